// Through the whole wire layer: a form in, the service's XML out.
#include "services/sts/api.hpp"

#include <gtest/gtest.h>

#include "services/sts/service.hpp"
#include "wire/api/dispatcher.hpp"
#include "wire/models/embedded.hpp"

namespace landfall::sts {
namespace {

struct Sts : testing::Test {
    Sts() { register_operations(registry); }

    wire::HttpReply ask(std::string form, const wire::Caller& caller) {
        const std::vector<wire::HeaderField> headers{
            {.name = "Content-Type", .value = "application/x-www-form-urlencoded; charset=utf-8"}};
        const wire::RequestHead head{.method = "POST", .path = "/", .query = {}, .headers = headers};
        const wire::Face* face = dispatcher.face(head, "sts", form);
        CHECK(face != nullptr);
        const auto route = dispatcher.route(*face, head, form);
        const auto* operation = std::get_if<const wire::Operation*>(&route);
        CHECK(operation != nullptr);
        auto opened = dispatcher.open(*face, **operation, head, std::move(form));
        auto* call = std::get_if<std::unique_ptr<wire::Call>>(&opened);
        CHECK(call != nullptr);
        (*call)->context.caller = caller;
        (*call)->context.request_id = "req-1";
        wire::HttpReply reply;
        (*call)->completed = [&](std::unique_ptr<wire::Call> done) { reply = dispatcher.reply(*done); };
        dispatcher.run(std::move(*call));
        return reply;
    }

    wire::Catalogue catalogue{wire::embedded_models()};
    wire::Registry registry;
    wire::Dispatcher dispatcher{catalogue, registry};
    wire::Caller root{.account = "000000000000",
                      .arn = "arn:aws:iam::000000000000:root",
                      .user_id = "000000000000",
                      .access_key = "AKIDEXAMPLE"};
};

TEST_F(Sts, a_caller_learns_who_it_is) {
    const auto reply = ask("Action=GetCallerIdentity&Version=2011-06-15", root);
    EXPECT_EQ(reply.status, 200);
    for (const std::string_view part :
         {"<GetCallerIdentityResponse", "<UserId>000000000000</UserId>", "<Account>000000000000</Account>",
          "<Arn>arn:aws:iam::000000000000:root</Arn>", "<RequestId>req-1</RequestId>"})
        EXPECT_NE(reply.body.find(part), std::string::npos) << part << " in " << reply.body;
}

TEST_F(Sts, every_account_learns_its_own) {
    const auto reply =
        ask("Action=GetCallerIdentity&Version=2011-06-15", {.account = "111122223333",
                                                            .arn = "arn:aws:iam::111122223333:root",
                                                            .user_id = "111122223333",
                                                            .access_key = "AKIDEXAMPLE"});
    EXPECT_NE(reply.body.find("<Account>111122223333</Account>"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find("<Arn>arn:aws:iam::111122223333:root</Arn>"), std::string::npos) << reply.body;
}

TEST_F(Sts, nobody_is_not_told_to_be_somebody) {
    const auto reply = ask("Action=GetCallerIdentity&Version=2011-06-15", {});
    EXPECT_EQ(reply.status, 403);
    EXPECT_NE(reply.body.find("<Code>MissingAuthenticationToken</Code>"), std::string::npos) << reply.body;
}

TEST_F(Sts, what_is_not_there_says_so) {
    const auto reply = ask("Action=GetSessionToken&Version=2011-06-15", root);
    EXPECT_EQ(reply.status, 501);
    EXPECT_NE(reply.body.find("NotImplemented"), std::string::npos) << reply.body;
}

}  // namespace
}  // namespace landfall::sts
