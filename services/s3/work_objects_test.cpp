#include "services/s3/work_objects.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "core/state/store_testing.hpp"
#include "services/s3/world_testing.hpp"

namespace landfall::s3 {
namespace {

/// One pair of stores for all claims of this file; each has buckets of its own.
class S3 : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        directory_ = std::make_unique<state::TestDirectory>();
        world_ = std::make_unique<World>(directory_->path().string());
        world_->open();
    }
    static void TearDownTestSuite() {
        world_.reset();
        directory_.reset();
    }
    void SetUp() override {
        static int number = 0;
        bucket_ = "bucket-" + std::to_string(++number);
        ASSERT_TRUE(world().make_bucket(bucket_).ok());
    }
    static World& world() { return *world_; }
    Answer<ObjectRow> put(std::string_view key, std::string_view text,
                          const WriteConditions& conditions = {}) {
        return world().put(bucket_, std::string{key}, text, conditions);
    }
    Answer<std::string> get(std::string_view key) { return world().get(bucket_, std::string{key}); }

    std::string bucket_;

private:
    static std::unique_ptr<state::TestDirectory> directory_;
    static std::unique_ptr<World> world_;
};
std::unique_ptr<state::TestDirectory> S3::directory_;
std::unique_ptr<World> S3::world_;

TEST_F(S3, an_object_of_any_size_reads_back) {
    for (const std::size_t size : {0UL, 1UL, 65'535UL, 65'536UL, 3'000'000UL}) {
        const std::string text = noise(size + 1, size);
        const auto object = put("key", text).value();
        EXPECT_EQ(object.record.etag, md5(text).hex());
        EXPECT_EQ(object.record.size.count, size);
        EXPECT_EQ(get("key").value(), text) << size;
        Checksummer sum{kDefaultAlgorithm};
        sum.update(bytes_of(text));
        EXPECT_EQ(object.record.checksum.sum, sum.finish());
    }
}

TEST_F(S3, any_key_is_a_name_and_none_is_a_path) {
    const std::vector<std::string> keys = {"a b+c/\xc3\xa9", "..", "../x", "a//b", "%2F",
                                           "tail/",          "/",  ".",    "a\\b"};
    for (const auto& key : keys) ASSERT_TRUE(put(key, "content of " + key).ok());
    for (const auto& key : keys) EXPECT_EQ(get(key).value(), "content of " + key);
    auto sorted = keys;
    std::ranges::sort(sorted);
    EXPECT_EQ(world().keys(bucket_), sorted);
}

TEST_F(S3, what_does_not_match_its_claims_is_not_stored) {
    const auto code_of = [&](Expected expected, std::optional<ClaimedChecksum> trailer = {}) {
        TextStream stream{"hello"};
        stream.trailer = trailer;
        const auto put = world().objects().put(
            world().asker, {.bucket = bucket_, .key = "key", .expected = std::move(expected)}, stream);
        return put.ok() ? Code::not_modified : put.error().code();
    };
    const std::size_t refs = world().refs();
    EXPECT_EQ(code_of({.md5 = md5("other")}), Code::bad_digest);
    EXPECT_EQ(code_of({.length = 4_B}), Code::incomplete_body);
    EXPECT_EQ(code_of({.max = 4_B}), Code::entity_too_large);
    EXPECT_EQ(code_of({.max = 4_B, .length = 5_B}), Code::entity_too_large);
    const ClaimedChecksum wrong{Algorithm::crc32, "AAAAAA=="};
    EXPECT_EQ(code_of({.claim = wrong, .algorithm = Algorithm::crc32}), Code::bad_digest);
    EXPECT_EQ(code_of({.algorithm = Algorithm::crc32}, wrong), Code::bad_digest);
    EXPECT_EQ(code_of({.algorithm = Algorithm::crc32c}, wrong), Code::invalid_request);
    EXPECT_TRUE(world().objects().find(world().asker, bucket_, "key").is(Code::no_such_key));
    EXPECT_EQ(world().refs(), refs);
    EXPECT_EQ(code_of({.length = 5_B, .md5 = md5("hello")}), Code::not_modified) << "is stored";
}

TEST_F(S3, a_payload_that_breaks_off_leaves_the_old_object) {
    ASSERT_TRUE(put("key", "old").ok());
    const std::string text = noise(1, 1'000'000);
    TextStream stream{text};
    stream.failure = Error{Errc::cancelled, "the client went away"};
    EXPECT_TRUE(world()
                    .objects()
                    .put(world().asker, {.bucket = bucket_, .key = "key"}, stream)
                    .is(Code::request_timeout));
    EXPECT_EQ(get("key").value(), "old");
}

TEST_F(S3, a_replaced_object_gives_its_content_back) {
    ASSERT_TRUE(world().service().reclaim().ok());
    const std::size_t refs = world().refs();
    ASSERT_TRUE(put("key", "one").ok());
    ASSERT_TRUE(put("key", "two").ok());
    ASSERT_TRUE(world().service().reclaim().ok());
    EXPECT_EQ(world().refs(), refs + 1);
    ASSERT_TRUE(world().objects().remove(world().asker, bucket_, "key", {}).ok());
    ASSERT_TRUE(world().service().reclaim().ok());
    EXPECT_EQ(world().refs(), refs);
    EXPECT_TRUE(get("key").is(Code::no_such_key));
    EXPECT_TRUE(world().objects().remove(world().asker, bucket_, "key", {}).ok())
        << "deleting nothing succeeds";
}

TEST_F(S3, a_reader_reads_the_object_as_it_was_opened) {
    const std::string text = noise(7, 2'000'000);
    ASSERT_TRUE(put("key", text).ok());
    const auto source = world().service().open_source("000000000000", bucket_, "key").value();
    ASSERT_TRUE(put("key", "new").ok());
    ASSERT_TRUE(world().objects().remove(world().asker, bucket_, "key", {}).ok());
    ASSERT_TRUE(world().service().reclaim().ok());
    ASSERT_TRUE(world().blocks().collect_garbage({}).ok());
    std::string back(text.size(), '\0');
    EXPECT_EQ(source->read_at(ByteOffset{0}, std::as_writable_bytes(std::span{back})).value(), text.size());
    EXPECT_EQ(back, text);
    EXPECT_EQ(source->read_at(ByteOffset{text.size()}, std::as_writable_bytes(std::span{back})).value(), 0U);
    EXPECT_EQ(source->name(), "s3://" + bucket_ + "/key");
}

TEST_F(S3, the_source_of_what_is_not_there_says_what_is_missing) {
    EXPECT_TRUE(world().service().open_source("000000000000", bucket_, "nothing").is(Errc::not_found));
    EXPECT_TRUE(world().service().open_source("000000000000", "no-such-bucket", "x").is(Errc::not_found));
    ASSERT_TRUE(put("key", "x").ok());
    EXPECT_TRUE(world().service().open_source("111111111111", bucket_, "key").is(Errc::denied));
}

TEST_F(S3, of_many_writers_with_if_none_match_exactly_one_wins) {
    std::atomic<int> won = 0;
    std::vector<std::thread> writers;
    for (int i = 0; i < 8; ++i) {
        writers.emplace_back([&, i] {
            const auto answer = put("lock", "writer " + std::to_string(i), {.if_none_match = "*"});
            if (answer.ok()) ++won;
            EXPECT_TRUE(answer.ok() || answer.is(Code::precondition_failed));
        });
    }
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(won.load(), 1);
}

TEST_F(S3, writers_of_one_key_all_succeed_and_one_of_them_is_read) {
    std::vector<std::thread> writers;
    for (int i = 0; i < 8; ++i)
        writers.emplace_back([&, i] { EXPECT_TRUE(put("key", "writer " + std::to_string(i)).ok()); });
    for (auto& writer : writers) writer.join();
    EXPECT_TRUE(get("key").value().starts_with("writer "));
    ASSERT_TRUE(world().service().reclaim().ok());
    EXPECT_EQ(world().keys(bucket_), std::vector<std::string>{"key"});
}

TEST_F(S3, a_copy_has_the_bytes_and_what_was_chosen_of_the_rest) {
    TextStream stream{"text"};
    ObjectMetadata metadata{
        .content = {.content_type = "text/plain"}, .user = {{"a", "1"}}, .tags = {{"t", "1"}}};
    const auto source =
        world()
            .objects()
            .put(world().asker, {.bucket = bucket_, .key = "src", .metadata = metadata}, stream)
            .value();
    const auto plain =
        world()
            .objects()
            .copy(world().asker, {.source = {bucket_, "src", ""}, .bucket = bucket_, .key = "dst"})
            .value();
    EXPECT_EQ(plain.record.etag, source.record.etag);
    EXPECT_EQ(plain.record.metadata, metadata);
    ASSERT_TRUE(world().objects().remove(world().asker, bucket_, "src", {}).ok());
    ASSERT_TRUE(world().service().reclaim().ok());
    EXPECT_EQ(get("dst").value(), "text");
    const auto other = world()
                           .objects()
                           .copy(world().asker, {.source = {bucket_, "dst", ""},
                                                 .bucket = bucket_,
                                                 .key = "other",
                                                 .metadata = ObjectMetadata{.user = {{"b", "2"}}},
                                                 .tags = Tags{},
                                                 .algorithm = Algorithm::sha256})
                           .value();
    EXPECT_EQ(other.record.metadata.user, (UserMetadata{{"b", "2"}}));
    EXPECT_TRUE(other.record.metadata.tags.empty());
    EXPECT_EQ(other.record.checksum.sum, Checksum(Algorithm::sha256, sha256("text").span()));
    EXPECT_TRUE(world()
                    .objects()
                    .copy(world().asker, {.source = {bucket_, "dst", ""},
                                          .source_conditions = {.if_match = "\"nope\""},
                                          .bucket = bucket_,
                                          .key = "x"})
                    .is(Code::precondition_failed));
}

TEST_F(S3, a_copy_to_another_region_moves_the_bytes) {
    const std::string text = noise(9, 500'000);
    ASSERT_TRUE(put("key", text).ok());
    const std::string far = bucket_ + "-far";
    ASSERT_TRUE(world().buckets().create(world().asker, {.name = far, .location = "eu-west-1"}).ok());
    ASSERT_TRUE(world()
                    .objects()
                    .copy(world().asker, {.source = {bucket_, "key", ""}, .bucket = far, .key = "key"})
                    .ok());
    EXPECT_EQ(world().get(far, "key").value(), text);
}

TEST_F(S3, an_object_may_be_copied_onto_itself) {
    ASSERT_TRUE(put("key", "text").ok());
    ASSERT_TRUE(world()
                    .objects()
                    .copy(world().asker, {.source = {bucket_, "key", ""},
                                          .bucket = bucket_,
                                          .key = "key",
                                          .metadata = ObjectMetadata{.user = {{"new", "1"}}}})
                    .ok());
    ASSERT_TRUE(world().service().reclaim().ok());
    EXPECT_EQ(get("key").value(), "text");
    EXPECT_EQ(world().objects().find(world().asker, bucket_, "key")->record.metadata.user.size(), 1U);
}

TEST_F(S3, many_keys_go_in_one_delete) {
    std::vector<std::string> keys;
    for (int i = 0; i < 30; ++i) {
        keys.push_back("k" + std::to_string(i));
        ASSERT_TRUE(put(keys.back(), keys.back()).ok());
    }
    keys.push_back("k3");
    keys.push_back("never there");
    ASSERT_TRUE(world().objects().remove_all(world().asker, bucket_, keys).ok());
    EXPECT_TRUE(world().keys(bucket_).empty());
}

TEST_F(S3, tags_are_set_without_touching_the_object) {
    const auto object = put("key", "text").value();
    ASSERT_TRUE(
        world().objects().set_tags(world().asker, bucket_, "key", {{"a", "1"}}, Happening::tags_put).ok());
    const auto tagged = world().objects().find(world().asker, bucket_, "key").value();
    EXPECT_EQ(tagged.record.metadata.tags, (Tags{{"a", "1"}}));
    EXPECT_EQ(tagged.record.modified, object.record.modified);
    EXPECT_EQ(get("key").value(), "text");
    EXPECT_TRUE(world()
                    .objects()
                    .set_tags(world().asker, bucket_, "nothing", {}, Happening::tags_deleted)
                    .is(Code::no_such_key));
}

TEST_F(S3, a_page_of_common_prefixes_is_read_in_few_steps) {
    for (const char* key : {"a/1", "a/2", "b", "c/1", "c/2", "d"}) ASSERT_TRUE(put(key, "x").ok());
    const auto page = world().objects().list(world().asker, bucket_, {.delimiter = "/", .max = 3}).value();
    EXPECT_EQ(page.common_prefixes, (std::vector<std::string>{"a/", "c/"}));
    EXPECT_EQ(page.entries.size(), 1U);
    EXPECT_TRUE(page.truncated);
    EXPECT_EQ(page.last, "c/");
    const auto rest = world()
                          .objects()
                          .list(world().asker, bucket_, {.delimiter = "/", .after = page.last, .max = 3})
                          .value();
    ASSERT_EQ(rest.entries.size(), 1U);
    EXPECT_EQ(rest.entries[0].key, "d");
    EXPECT_FALSE(rest.truncated);
}

TEST_F(S3, listings_of_a_real_catalog_agree_with_an_oracle) {
    SeededRandom random{11};
    std::vector<std::string> keys;
    const std::vector<std::string> names = {"a", "b", "/", "c/", "\xc3\xa9", "-"};
    for (int i = 0; i < 60; ++i) {
        std::string key;
        for (auto n = 1 + random.below(4); n > 0; --n) key += names[random.below(names.size())];
        if (put(key, "x").ok()) keys.push_back(key);
    }
    std::ranges::sort(keys);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    std::vector<std::string> listed;
    ListQuery query{.max = 7};
    while (true) {
        const auto page = world().objects().list(world().asker, bucket_, query).value();
        for (const auto& object : page.entries) listed.push_back(object.key);
        if (!page.truncated) break;
        query.after = page.last;
    }
    EXPECT_EQ(listed, keys);
}

TEST_F(S3, another_accounts_bucket_is_denied) {
    Asker stranger = world().asker;
    stranger.account = "111111111111";
    EXPECT_TRUE(world().objects().find(stranger, bucket_, "key").is(Code::access_denied));
    EXPECT_TRUE(world().buckets().create(stranger, {.name = bucket_}).is(Code::bucket_already_exists));
    // One's own again is a success in the first region, and a conflict elsewhere.
    EXPECT_TRUE(world().buckets().create(world().asker, {.name = bucket_}).ok());
    Asker elsewhere = world().asker;
    elsewhere.region = "eu-west-1";
    EXPECT_TRUE(world().buckets().create(elsewhere, {.name = bucket_}).is(Code::bucket_already_owned_by_you));
}

TEST_F(S3, a_bucket_goes_only_when_it_is_empty) {
    ASSERT_TRUE(put("key", "x").ok());
    EXPECT_TRUE(world().buckets().remove(world().asker, bucket_).is(Code::bucket_not_empty));
    EXPECT_EQ(get("key").value(), "x");
    ASSERT_TRUE(world().objects().remove(world().asker, bucket_, "key", {}).ok());
    ASSERT_TRUE(world().uploads().create(world().asker, {.bucket = bucket_, .key = "half"}).ok());
    ASSERT_TRUE(world().buckets().remove(world().asker, bucket_).ok());
    EXPECT_TRUE(put("key", "x").is(Code::no_such_bucket));
    ASSERT_TRUE(world().make_bucket(bucket_).ok());
    EXPECT_TRUE(world().uploads().list(world().asker, bucket_, {})->entries.empty());
}

TEST_F(S3, puts_beside_a_delete_of_the_bucket_are_kept_or_refused) {
    for (int round = 0; round < 10; ++round) {
        std::atomic<int> kept = 0;
        std::thread writer{[&] {
            for (int i = 0; i < 3; ++i)
                if (put("k" + std::to_string(i), "x").ok()) ++kept;
        }};
        const Verdict removed = world().buckets().remove(world().asker, bucket_);
        writer.join();
        if (removed.ok()) {
            EXPECT_EQ(kept.load(), 0) << "an acknowledged object went with its bucket";
            ASSERT_TRUE(world().make_bucket(bucket_).ok());
        } else {
            EXPECT_EQ(removed.error().code(), Code::bucket_not_empty);
            EXPECT_EQ(world().keys(bucket_).size(), static_cast<std::size_t>(kept.load()));
            ASSERT_TRUE(world().objects().remove_all(world().asker, bucket_, {"k0", "k1", "k2"}).ok());
        }
    }
}

TEST_F(S3, buckets_list_by_name_whatever_their_region) {
    for (const auto& [name, region] :
         {std::pair{"zz-list-2", "eu-west-1"}, std::pair{"zz-list-1", "us-west-2"}})
        ASSERT_TRUE(world().buckets().create(world().asker, {.name = name, .location = region}).ok());
    const auto page = world().buckets().list(world().asker, "zz-list", "", 1).value();
    ASSERT_EQ(page.entries.size(), 1U);
    EXPECT_EQ(page.entries[0].name, "zz-list-1");
    EXPECT_TRUE(page.truncated);
    const auto rest = world().buckets().list(world().asker, "zz-list", page.last, 10).value();
    ASSERT_EQ(rest.entries.size(), 1U);
    EXPECT_EQ(rest.entries[0].name, "zz-list-2");
}

}  // namespace
}  // namespace landfall::s3
