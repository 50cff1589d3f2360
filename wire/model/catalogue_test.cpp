#include "wire/model/catalogue.hpp"

#include <gtest/gtest.h>

#include "wire/models/embedded.hpp"

namespace landfall::wire {
namespace {

TEST(Catalogue, every_embedded_model_loads_with_all_of_its_operations) {
    const Catalogue catalogue{embedded_models()};
    std::size_t operations = 0;
    for (const Face& face : catalogue.faces()) {
        const Model& model = face.model();
        EXPECT_EQ(model.protocol, face.protocol) << face.name;
        EXPECT_FALSE(model.operations.empty()) << face.name;
        operations += model.operations.size();
    }
    EXPECT_EQ(catalogue.faces().size(), 15U);
    EXPECT_GE(operations, 1100U);
}

TEST(Catalogue, both_faces_of_sqs_fill_the_same_slots) {
    const Catalogue catalogue{embedded_models()};
    const Model& json = catalogue.find("sqs")->model();
    const Model& query = catalogue.find("sqs-query")->model();
    ASSERT_EQ(json.structures.size(), query.structures.size());
    for (std::size_t s = 0; s < json.structures.size(); ++s) {
        EXPECT_EQ(json.structures[s].name, query.structures[s].name);
        ASSERT_EQ(json.structures[s].members.size(), query.structures[s].members.size());
        for (std::size_t m = 0; m < json.structures[s].members.size(); ++m)
            EXPECT_EQ(json.structures[s].members[m].name, query.structures[s].members[m].name);
    }
    EXPECT_EQ(catalogue.find("sqs-query")->service, "sqs");
}

TEST(Catalogue, paths_are_what_the_router_can_match) {
    const Catalogue catalogue{embedded_models()};
    for (const Face& face : catalogue.faces()) {
        for (const Operation& op : face.model().operations) {
            for (std::size_t i = 0; i < op.path.size(); ++i) {
                const Segment& segment = op.path[i];
                if (segment.type == Segment::Type::greedy) {
                    EXPECT_EQ(i + 1, op.path.size()) << op.name;
                }
                if (segment.type != Segment::Type::literal) {
                    EXPECT_NE(segment.member, kNone) << op.name;
                }
            }
            EXPECT_LE(op.path.size(), 8U) << op.name;
        }
    }
}

TEST(Catalogue, no_two_codes_of_a_service_disagree_about_their_status) {
    const Catalogue catalogue{embedded_models()};
    for (const Face& face : catalogue.faces()) {
        for (const Structure& structure : face.model().structures) {
            if (!structure.exception) continue;
            EXPECT_GE(structure.status, 300) << face.name << " " << structure.name;
            EXPECT_LT(structure.status, 600) << face.name << " " << structure.name;
            const int undeclared = face.model().status_of(structure.name);
            EXPECT_TRUE(undeclared == 0 || undeclared == structure.status)
                << face.name << " " << structure.name;
        }
    }
}

TEST(Catalogue, names_are_resolved_for_each_protocol) {
    const Catalogue catalogue{embedded_models()};
    const Model& ec2 = catalogue.find("ec2")->model();
    const Structure& describe = *ec2.input_of(*ec2.find("DescribeVolumes"));
    EXPECT_NE(describe.find_in("VolumeId"), kNone);
    EXPECT_NE(describe.find_in("Filter"), kNone);
    const Model& query = catalogue.find("sqs-query")->model();
    EXPECT_NE(query.input_of(*query.find("SendMessage"))->find_in("MessageAttribute"), kNone);
    const Model& json = catalogue.find("sqs")->model();
    EXPECT_NE(json.input_of(*json.find("SendMessage"))->find_in("MessageAttributes"), kNone);
}

TEST(Model, text_that_is_no_model_is_refused_with_the_services_name) {
    const auto broken = Model::load("x", "{", "{}");
    ASSERT_FALSE(broken.ok());
    EXPECT_TRUE(broken.is(Errc::invalid));
    EXPECT_EQ(broken.error().message().substr(0, 2), "x:");
    EXPECT_FALSE(
        Model::load("x", R"({"metadata":{"protocol":"smoke"},"shapes":{},"operations":{}})", "{}").ok());
    const auto dangling = Model::load("x",
                                      R"({"metadata":{"protocol":"json"},"shapes":{},)"
                                      R"("operations":{"A":{"http":{"method":"POST","requestUri":"/"},
            "input":{"shape":"Gone"}}}})",
                                      "{}");
    ASSERT_FALSE(dangling.ok());
    EXPECT_NE(dangling.error().message().find("Gone"), std::string::npos);
}

}  // namespace
}  // namespace landfall::wire
