#include "services/s3/model_conditions.hpp"

#include <gtest/gtest.h>

namespace landfall::s3 {
namespace {

const Instant kModified = Instant::from_seconds(1'700'000'000);
const Validators kObject{.etag = "abc", .modified = kModified + std::chrono::milliseconds{700}};
const Instant kBefore = kModified - std::chrono::seconds{10};
const Instant kAfter = kModified + std::chrono::seconds{10};

Code code_of(const Verdict& verdict) { return verdict.ok() ? Code::internal_error : verdict.error().code(); }
constexpr Code kOk = Code::internal_error;

TEST(Conditions, entity_tags_match_quoted_bare_listed_and_starred) {
    for (const std::string_view header :
         {"\"abc\"", "abc", "*", " * ", "\"x\", \"abc\"", "x,abc", "\"a,b\",\"abc\""})
        EXPECT_TRUE(names_etag(header, "abc", Comparison::strong)) << header;
    for (const std::string_view header : {"\"abd\"", "ab", "W/\"abc\"", "\"\"", ",", "\"abc"})
        EXPECT_FALSE(names_etag(header, "abc", Comparison::strong)) << header;
    EXPECT_TRUE(names_etag("W/\"abc\"", "abc", Comparison::weak));
}

TEST(Conditions, a_read_follows_the_precedence_of_rfc_9110) {
    struct Row {
        ReadConditions conditions;
        Code expected;
    };
    const std::vector<Row> rows = {
        {{}, kOk},
        {{.if_match = "\"abc\""}, kOk},
        {{.if_match = "\"x\""}, Code::precondition_failed},
        {{.if_none_match = "\"abc\""}, Code::not_modified},
        {{.if_none_match = "*"}, Code::not_modified},
        {{.if_none_match = "\"x\""}, kOk},
        {{.if_modified_since = kBefore}, kOk},
        {{.if_modified_since = kAfter}, Code::not_modified},
        // The object's 0.7 s are invisible in an HTTP date: its own Last-Modified sent back is "not
        // modified".
        {{.if_modified_since = kModified}, Code::not_modified},
        {{.if_unmodified_since = kModified}, kOk},
        {{.if_unmodified_since = kBefore}, Code::precondition_failed},
        // If-Match true beats If-Unmodified-Since false; If-None-Match true beats If-Modified-Since false.
        {{.if_match = "\"abc\"", .if_unmodified_since = kBefore}, kOk},
        {{.if_none_match = "\"x\"", .if_modified_since = kAfter}, kOk},
        {{.if_none_match = "\"abc\"", .if_modified_since = kBefore}, Code::not_modified},
        // A failed If-Match answers before If-None-Match is looked at.
        {{.if_match = "\"x\"", .if_none_match = "\"abc\""}, Code::precondition_failed},
    };
    for (std::size_t i = 0; i < rows.size(); ++i)
        EXPECT_EQ(code_of(judge_read(rows[i].conditions, kObject)), rows[i].expected) << "row " << i;
}

TEST(Conditions, the_source_of_a_copy_never_answers_304) {
    EXPECT_TRUE(judge_copy_source({.if_none_match = "\"abc\""}, kObject).is(Code::precondition_failed));
    EXPECT_TRUE(judge_copy_source({.if_modified_since = kAfter}, kObject).is(Code::precondition_failed));
    EXPECT_TRUE(judge_copy_source({.if_match = "\"x\""}, kObject).is(Code::precondition_failed));
    EXPECT_TRUE(judge_copy_source({.if_match = "\"abc\"", .if_unmodified_since = kBefore}, kObject).ok());
}

TEST(Conditions, a_write_is_judged_against_what_the_key_holds) {
    EXPECT_TRUE(judge_write({.if_none_match = "*"}, std::nullopt).ok());
    EXPECT_TRUE(judge_write({.if_none_match = "*"}, kObject).is(Code::precondition_failed));
    EXPECT_TRUE(judge_write({.if_match = "\"abc\""}, kObject).ok());
    EXPECT_TRUE(judge_write({.if_match = "\"x\""}, kObject).is(Code::precondition_failed));
    EXPECT_TRUE(judge_write({.if_match = "\"abc\""}, std::nullopt).is(Code::no_such_key));
    EXPECT_TRUE(judge_write({}, std::nullopt).ok());
}

TEST(Conditions, a_write_knows_only_the_star_in_if_none_match) {
    EXPECT_TRUE(check_write({.if_none_match = "*"}).ok());
    EXPECT_TRUE(check_write({.if_match = "\"abc\""}).ok());
    EXPECT_TRUE(check_write({.if_none_match = "\"abc\""}).is(Code::not_implemented));
    EXPECT_TRUE(check_write({.if_match = "\"abc\"", .if_none_match = "*"}).is(Code::not_implemented));
}

}  // namespace
}  // namespace landfall::s3
