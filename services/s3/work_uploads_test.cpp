#include "services/s3/work_uploads.hpp"

#include <gtest/gtest.h>

#include "core/state/store_testing.hpp"
#include "services/s3/world_testing.hpp"

namespace landfall::s3 {
namespace {

constexpr std::size_t kPart = 5 << 20;

class Upload : public ::testing::Test {
protected:
    void SetUp() override {
        world_.open();
        ASSERT_TRUE(world_.make_bucket("bucket").ok());
    }
    Uploads::Name start(const std::string& key, const UploadChecksum& checksum = {}) {
        const auto upload = world_.uploads()
                                .create(world_.asker, {.bucket = "bucket", .key = key, .checksum = checksum})
                                .value();
        return {.bucket = "bucket", .key = key, .upload = std::string{upload.upload()}};
    }
    Answer<PartRow> part(const Uploads::Name& name, std::int64_t number, std::string_view text) {
        TextStream stream{text, 1'000'000};
        return world_.uploads().put_part(world_.asker, name, number, {}, stream);
    }
    static NamedPart named(const PartRow& part) {
        return {.number = part.number, .etag = etag_of(part.record.part.md5)};
    }
    Answer<ObjectRow> complete(const Uploads::Name& name, std::vector<NamedPart> parts) {
        return world_.uploads().complete(world_.asker, name, {.parts = std::move(parts)}, {});
    }

    state::TestDirectory directory_;
    World world_{directory_.path().string()};
};

TEST_F(Upload, becomes_an_object_of_its_parts_and_leaves_nothing_else) {
    const std::string first = noise(1, kPart);
    const std::string second = noise(2, kPart + 12'345);
    const std::string third = "the end";
    const auto name = start("big");
    EXPECT_TRUE(world_.get("bucket", "big").is(Code::no_such_key));
    const auto c = part(name, 9, third).value();
    const auto a = part(name, 1, first).value();
    ASSERT_TRUE(part(name, 2, "replaced").ok());
    const auto b = part(name, 2, second).value();
    const auto object = complete(name, {named(a), named(b), named(c)}).value();
    EXPECT_EQ(object.record.etag.substr(32), "-3");
    EXPECT_EQ(world_.get("bucket", "big").value(), first + second + third);
    Checksummer sum{kDefaultAlgorithm};
    for (const auto& text : {first, second, third}) sum.update(bytes_of(text));
    EXPECT_EQ(object.record.checksum.sum, sum.finish());

    const auto parts = world_.objects().parts("bucket", object).value();
    EXPECT_EQ(parts.numbers, (std::vector<std::uint32_t>{1, 2, 9}));
    EXPECT_EQ(parts.sums[1].size.count, second.size());

    ASSERT_TRUE(world_.service().reclaim().ok());
    EXPECT_EQ(world_.refs(), 2U) << "the object and its layout";
    EXPECT_TRUE(world_.uploads().find(world_.asker, name).is(Code::no_such_upload));
    ASSERT_TRUE(world_.objects().remove(world_.asker, "bucket", "big", {}).ok());
    ASSERT_TRUE(world_.service().reclaim().ok());
    EXPECT_EQ(world_.refs(), 0U);
}

TEST_F(Upload, completes_once_and_answers_a_repeated_complete_again) {
    const auto name = start("key");
    const auto a = part(name, 1, "text").value();
    const auto object = complete(name, {named(a)}).value();
    EXPECT_EQ(complete(name, {named(a)}).value().record.etag, object.record.etag);
    ASSERT_TRUE(world_.put("bucket", "key", "newer").ok());
    EXPECT_TRUE(complete(name, {named(a)}).is(Code::no_such_upload));
    EXPECT_TRUE(part(name, 2, "late").is(Code::no_such_upload));
}

TEST_F(Upload, that_is_aborted_gives_everything_back) {
    const auto name = start("key");
    ASSERT_TRUE(part(name, 1, noise(1, 100'000)).ok());
    ASSERT_TRUE(part(name, 2, noise(2, 100'000)).ok());
    ASSERT_TRUE(world_.uploads().abort(world_.asker, name).ok());
    ASSERT_TRUE(world_.service().reclaim().ok());
    EXPECT_EQ(world_.refs(), 0U);
    EXPECT_TRUE(world_.uploads().abort(world_.asker, name).is(Code::no_such_upload));
    EXPECT_TRUE(world_.uploads().abort(world_.asker, {"bucket", "key", "nonsense"}).is(Code::no_such_upload));
    EXPECT_TRUE(
        world_.uploads().abort(world_.asker, {"bucket", "other", name.upload}).is(Code::no_such_upload));
}

TEST_F(Upload, of_empty_parts_is_an_empty_object) {
    const auto name = start("key");
    const auto a = part(name, 1, "").value();
    EXPECT_EQ(complete(name, {named(a)}).value().record.size, 0_B);
    EXPECT_EQ(world_.get("bucket", "key").value(), "");
}

TEST_F(Upload, keeps_the_old_object_when_its_condition_fails) {
    ASSERT_TRUE(world_.put("bucket", "key", "old").ok());
    const auto name = start("key");
    const auto a = part(name, 1, "new").value();
    EXPECT_TRUE(world_.uploads()
                    .complete(world_.asker, name, {.parts = {named(a)}}, {.if_none_match = "*"})
                    .is(Code::precondition_failed));
    EXPECT_EQ(world_.get("bucket", "key").value(), "old");
    EXPECT_TRUE(complete(name, {named(a)}).ok()) << "the upload is still there";
    EXPECT_EQ(world_.get("bucket", "key").value(), "new");
}

TEST_F(Upload, lists_its_parts_in_order_and_in_pages) {
    const auto name = start("key");
    for (const int number : {3, 1, 10'000, 2}) ASSERT_TRUE(part(name, number, std::to_string(number)).ok());
    const auto page = world_.uploads().list_parts(world_.asker, name, 0, 3).value();
    EXPECT_TRUE(page.truncated);
    ASSERT_EQ(page.parts.size(), 3U);
    EXPECT_EQ(page.parts[2].number, 3U);
    const auto rest = world_.uploads().list_parts(world_.asker, name, 3, 3).value();
    ASSERT_EQ(rest.parts.size(), 1U);
    EXPECT_EQ(rest.parts[0].number, 10'000U);
    EXPECT_FALSE(rest.truncated);
}

TEST_F(Upload, takes_ranges_of_objects_as_parts) {
    const std::string text = noise(3, 200'000);
    ASSERT_TRUE(world_.put("bucket", "src", text).ok());
    const auto name =
        start("dst", {.algorithm = Algorithm::sha1, .type = ChecksumType::composite, .declared = true});
    const CopySource source{"bucket", "src", ""};
    const auto a = world_.uploads()
                       .copy_part(world_.asker, name, 1, {.source = source, .range = "bytes=1000-150999"})
                       .value();
    EXPECT_EQ(a.record.part.sum, Checksum(Algorithm::sha1, sha1(text.substr(1000, 150'000)).span()));
    EXPECT_TRUE(world_.uploads()
                    .copy_part(world_.asker, name, 2, {.source = source, .range = "bytes=0-200000"})
                    .is(Code::invalid_argument));
    auto named_part = named(a);
    named_part.checksum = ClaimedChecksum{Algorithm::sha1, a.record.part.sum.base64()};
    ASSERT_TRUE(complete(name, {named_part}).ok());
    EXPECT_EQ(world_.get("bucket", "dst").value(), text.substr(1000, 150'000));
}

TEST_F(Upload, listings_page_through_keys_and_uploads_of_a_key) {
    std::vector<std::string> expected;
    for (const char* key : {"a/1", "a/2", "b", "b", "b", "c"}) {
        const auto name = start(key);
        expected.push_back(std::string{key} + "|" + name.upload);
    }
    std::ranges::sort(expected);
    std::vector<std::string> listed;
    ListQuery query{.max = 2};
    while (true) {
        const auto page = world_.uploads().list(world_.asker, "bucket", query).value();
        for (const auto& upload : page.entries)
            listed.push_back(std::string{upload.listed_name()} + "|" + std::string{upload.upload()});
        if (!page.truncated) break;
        query.after = page.last;
    }
    EXPECT_EQ(listed, expected);
    const auto grouped = world_.uploads().list(world_.asker, "bucket", {.delimiter = "/"}).value();
    EXPECT_EQ(grouped.common_prefixes, std::vector<std::string>{"a/"});
    EXPECT_EQ(grouped.entries.size(), 4U);
}

TEST_F(Upload, survives_a_restart_with_its_parts) {
    const auto name = start("key");
    const auto a = part(name, 1, "first").value();
    world_.reopen();
    EXPECT_EQ(world_.uploads().list_parts(world_.asker, name, 0, 10)->parts.size(), 1U);
    ASSERT_TRUE(complete(name, {named(a)}).ok());
    world_.reopen();
    EXPECT_EQ(world_.get("bucket", "key").value(), "first");
}

}  // namespace
}  // namespace landfall::s3
