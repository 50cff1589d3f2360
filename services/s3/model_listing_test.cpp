#include "services/s3/model_listing.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace landfall::s3 {
namespace {

struct Name {
    std::string key;
    [[nodiscard]] std::string_view listed_name() const { return key; }
};

/// A bucket in memory that counts the steps taken on it.
class SetCursor final : public KeyCursor<Name> {
public:
    explicit SetCursor(const std::set<std::string>& keys) : keys_{keys}, at_{keys.end()} {}
    Result<std::optional<Name>> seek(std::string_view from) override {
        ++steps;
        at_ = keys_.lower_bound(std::string{from});
        return current();
    }
    Result<std::optional<Name>> next() override {
        ++steps;
        ++at_;
        return current();
    }
    std::size_t steps = 0;

private:
    std::optional<Name> current() const {
        return at_ == keys_.end() ? std::nullopt : std::optional{Name{*at_}};
    }
    const std::set<std::string>& keys_;
    std::set<std::string>::const_iterator at_;
};

struct Listed {
    std::vector<std::string> keys;
    std::vector<std::string> prefixes;
    bool operator==(const Listed&) const = default;
};

/// What a listing without pages shows: written without cleverness, as the judge of the one with.
Listed oracle(const std::set<std::string>& keys, const ListQuery& query) {
    Listed listed;
    std::set<std::string> groups;
    const auto after_group = [&]() -> std::string {
        if (query.delimiter.empty() || !query.after.starts_with(query.prefix)) return {};
        const std::string rest = query.after.substr(query.prefix.size());
        const bool group = rest.find(query.delimiter) == rest.size() - query.delimiter.size() &&
                           rest.size() >= query.delimiter.size();
        return group ? query.after : std::string{};
    }();
    for (const auto& key : keys) {
        if (!key.starts_with(query.prefix) || key <= query.after) continue;
        if (!after_group.empty() && key.starts_with(after_group)) continue;
        const std::string rest = key.substr(query.prefix.size());
        const std::size_t at = query.delimiter.empty() ? std::string::npos : rest.find(query.delimiter);
        if (at == std::string::npos) {
            listed.keys.push_back(key);
        } else {
            groups.insert(query.prefix + rest.substr(0, at + query.delimiter.size()));
        }
    }
    listed.prefixes.assign(groups.begin(), groups.end());
    return listed;
}

Listed all_pages(const std::set<std::string>& keys, ListQuery query, std::size_t& pages) {
    Listed listed;
    while (true) {
        SetCursor cursor{keys};
        auto page = list_page(cursor, query).value();
        EXPECT_LE(page.entries.size() + page.common_prefixes.size(), query.max);
        for (const auto& entry : page.entries) listed.keys.push_back(entry.key);
        for (const auto& prefix : page.common_prefixes) listed.prefixes.push_back(prefix);
        ++pages;
        if (!page.truncated) return listed;
        EXPECT_EQ(page.entries.size() + page.common_prefixes.size(), query.max);
        query.after = page.last;
        if (pages > 10'000) {
            ADD_FAILURE() << "the listing never ends";
            return listed;
        }
    }
}

TEST(Listing, pages_joined_are_the_unpaged_listing_for_any_bucket_and_page_size) {
    SeededRandom random{20261122};
    const std::vector<std::string> alphabet = {
        "a", "b", "/", "//", "-", "\xc3\xa9", "a/", "\xff", std::string(1, '\0')};
    for (int round = 0; round < 3000; ++round) {
        std::set<std::string> keys;
        const auto text = [&](std::uint64_t longest) {
            std::string out;
            for (auto n = random.below(longest + 1); n > 0; --n)
                out += alphabet[random.below(alphabet.size())];
            return out;
        };
        for (auto n = random.below(24); n > 0; --n)
            if (auto key = text(5); !key.empty()) keys.insert(std::move(key));
        ListQuery query;
        query.prefix = random.below(2) == 0 ? "" : text(2);
        query.delimiter = random.below(3) == 0 ? "" : random.below(4) == 0 ? "//" : "/";
        query.after = random.below(2) == 0 ? "" : text(3);
        query.max = static_cast<std::uint32_t>(1 + random.below(6));
        std::size_t pages = 0;
        const Listed listed = all_pages(keys, query, pages);
        ASSERT_EQ(listed, oracle(keys, query)) << "prefix '" << query.prefix << "' delimiter '"
                                               << query.delimiter << "' after '" << query.after << "'";
    }
}

TEST(Listing, a_common_prefix_costs_one_seek_however_many_keys_it_hides) {
    std::set<std::string> keys;
    for (int i = 0; i < 5000; ++i) keys.insert("logs/" + std::to_string(i));
    keys.insert("readme");
    SetCursor cursor{keys};
    const auto page = list_page(cursor, ListQuery{.prefix = "", .delimiter = "/"}).value();
    EXPECT_EQ(page.common_prefixes, std::vector<std::string>{"logs/"});
    EXPECT_EQ(page.entries.size(), 1U);
    EXPECT_LE(cursor.steps, 3U);
}

TEST(Listing, a_page_of_none_is_empty_and_not_truncated) {
    const std::set<std::string> keys = {"a"};
    SetCursor cursor{keys};
    const auto page = list_page(cursor, ListQuery{.max = 0}).value();
    EXPECT_TRUE(page.entries.empty());
    EXPECT_FALSE(page.truncated);
    EXPECT_EQ(cursor.steps, 0U);
}

TEST(Listing, a_marker_that_is_a_common_prefix_means_behind_all_of_it) {
    const std::set<std::string> keys = {"asdf", "boo/bar", "boo/baz/xyzzy", "cquux/bla", "cquux/thud"};
    SetCursor cursor{keys};
    const auto page = list_page(cursor, ListQuery{.delimiter = "/", .after = "boo/", .max = 1}).value();
    EXPECT_EQ(page.common_prefixes, std::vector<std::string>{"cquux/"});
    EXPECT_FALSE(page.truncated);
}

TEST(Listing, a_continuation_token_belongs_to_one_bucket_prefix_and_delimiter) {
    const ListingScope scope{.bucket = "b", .prefix = "p", .delimiter = "/"};
    const std::string token = continuation_token(scope, "p/key\xc3\xa9");
    EXPECT_EQ(position_of_token(scope, token).value(), "p/key\xc3\xa9");
    EXPECT_TRUE(position_of_token({.bucket = "c", .prefix = "p", .delimiter = "/"}, token)
                    .is(Code::invalid_argument));
    EXPECT_TRUE(
        position_of_token({.bucket = "b", .prefix = "", .delimiter = "/"}, token).is(Code::invalid_argument));
    EXPECT_TRUE(
        position_of_token({.bucket = "b", .prefix = "p", .delimiter = ""}, token).is(Code::invalid_argument));
    for (const std::string_view bad : {"", "x", "garbage!", "AAAAAAAAAAAA"})
        EXPECT_TRUE(position_of_token(scope, bad).is(Code::invalid_argument)) << bad;
}

TEST(Listing, url_encoding_keeps_slashes_and_escapes_the_rest) {
    EXPECT_EQ(url_encoded_key("a b+c/\xc3\xa9%2F"), "a%20b%2Bc/%C3%A9%252F");
    EXPECT_EQ(url_encoded_key("A-z_0.9~"), "A-z_0.9~");
}

}  // namespace
}  // namespace landfall::s3
