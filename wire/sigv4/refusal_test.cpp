#include "wire/sigv4/refusal.hpp"

#include <gtest/gtest.h>

namespace landfall::sigv4 {
namespace {

TEST(Refusal, every_reason_has_words_in_every_family) {
    for (std::size_t reason = 0; reason < kReasons; ++reason) {
        for (std::size_t family = 0; family < kFamilies; ++family) {
            const ErrorText text =
                error_text({.reason = static_cast<Reason>(reason)}, static_cast<Family>(family));
            EXPECT_FALSE(text.code.empty()) << reason;
            EXPECT_FALSE(text.message.empty()) << reason;
            EXPECT_TRUE(text.status >= 400 && text.status < 500) << reason;
            EXPECT_TRUE(static_cast<Family>(family) == Family::s3 || text.members.empty());
        }
    }
}

TEST(Refusal, an_unknown_key_is_named_as_each_protocol_names_it) {
    const Refusal refusal{.reason = Reason::unknown_key, .key_id = "AKID"};
    const ErrorText s3 = error_text(refusal, Family::s3);
    EXPECT_EQ(s3.code, "InvalidAccessKeyId");
    EXPECT_EQ(s3.members, (decltype(s3.members){{"AWSAccessKeyId", "AKID"}}));
    EXPECT_EQ(error_text(refusal, Family::json).code, "UnrecognizedClientException");
    EXPECT_EQ(error_text(refusal, Family::query).code, "InvalidClientTokenId");
    EXPECT_EQ(error_text(refusal, Family::ec2).code, "AuthFailure");
}

Refusal skewed(std::int64_t request_s, std::int64_t server_s) {
    return {.reason = Reason::skewed,
            .request_time = Instant::from_seconds(request_s),
            .server_time = Instant::from_seconds(server_s)};
}

TEST(Refusal, a_skewed_clock_is_told_the_servers_time) {
    const ErrorText s3 = error_text(skewed(1'700'000'000, 1'700'002'000), Family::s3);
    EXPECT_EQ(s3.code, "RequestTimeTooSkewed");
    EXPECT_EQ(s3.status, 403);
    EXPECT_EQ(s3.members, (decltype(s3.members){{"RequestTime", "20231114T221320Z"},
                                                {"ServerTime", "2023-11-14T22:46:40Z"},
                                                {"MaxAllowedSkewMilliseconds", "900000"}}));
}

TEST(Refusal, the_words_by_which_sdks_correct_their_clock_are_there) {
    const ErrorText late = error_text(skewed(1'700'000'000, 1'700'002'000), Family::query);
    EXPECT_EQ(late.code, "SignatureDoesNotMatch");
    EXPECT_EQ(late.message,
              "Signature expired: 20231114T221320Z is now earlier than 20231114T223140Z "
              "(20231114T224640Z - 15 min.)");
    const ErrorText early = error_text(skewed(1'700'002'000, 1'700'000'000), Family::json);
    EXPECT_EQ(early.code, "InvalidSignatureException");
    EXPECT_EQ(early.message,
              "Signature not yet current: 20231114T224640Z is still later than 20231114T222820Z "
              "(20231114T221320Z + 15 min.)");
    EXPECT_EQ(error_text(skewed(1'700'002'000, 1'700'000'000), Family::ec2).code, "RequestExpired");
}

TEST(Refusal, an_expired_url_says_when_it_ended) {
    const ErrorText text = error_text({.reason = Reason::expired,
                                       .request_time = Instant::from_seconds(1'700'000'000),
                                       .server_time = Instant::from_seconds(1'700'002'000),
                                       .expires_s = 60},
                                      Family::s3);
    EXPECT_EQ(text.code, "AccessDenied");
    EXPECT_EQ(text.message, "Request has expired");
    EXPECT_EQ(text.members[1].second, "2023-11-14T22:14:20Z");
}

}  // namespace
}  // namespace landfall::sigv4
