#include "services/s3/store_records.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace landfall::s3 {
namespace {

const Checksum kSum{Algorithm::sha256, sha256("x").span()};

ObjectMetadata metadata() {
    return {.content = {.content_type = "text/plain",
                        .cache_control = "no-cache",
                        .content_disposition = "inline",
                        .content_encoding = "gzip",
                        .content_language = "fr",
                        .expires = "Sun, 22 Nov 2026 15:42:07 GMT",
                        .website_redirect_location = "/x"},
            .user = {{"colour",
                      "r\xc3\xa9"
                      "d"},
                     {"empty", ""}},
            .tags = {{"k", "v"}, {"a", ""}}};
}

BucketRecord bucket() {
    return {.account = "000000000000",
            .region = "eu-west-1",
            .created = Instant{1'700'000'000'123'456'789},
            .versioning = Versioning::suspended,
            .ownership = Ownership::object_writer,
            .public_access = PublicAccessBlock{.block_acls = false},
            .tags = {{"k", "v"}},
            .notifications = {{.id = "one",
                               .target = {TargetKind::topic, "arn:aws:sns:eu-west-1:000000000000:t"},
                               .events = {"s3:ObjectCreated:*", "s3:ObjectRemoved:*"},
                               .prefix = ""},
                              {.id = "two", .events = {"s3:ObjectTagging:*"}, .suffix = ".jpg"}}};
}
ObjectRecord object() {
    return {.content = ContentId{1ULL << 40},
            .size = Bytes{1ULL << 45},
            .etag = "abc-3",
            .modified = Instant{1'700'000'000'123'456'789},
            .checksum = {.sum = kSum, .type = ChecksumType::composite, .parts = 3},
            .parts = 3,
            .upload = "upload",
            .metadata = metadata()};
}
UploadRecord upload() {
    return {.initiated = Instant{5},
            .checksum = {Algorithm::crc32, ChecksumType::composite, true},
            .metadata = metadata()};
}
PartRecord part() {
    return {.content = ContentId{9},
            .modified = Instant{7},
            .part = {.size = 5_MiB, .md5 = md5("x"), .sum = kSum}};
}

TEST(Records, come_back_as_they_were_written) {
    EXPECT_EQ(decode_bucket(bytes_of(encode(bucket()))).value(), bucket());
    EXPECT_EQ(decode_object(bytes_of(encode(object()))).value(), object());
    EXPECT_EQ(decode_upload(bytes_of(encode(upload()))).value(), upload());
    EXPECT_EQ(decode_part(bytes_of(encode(part()))).value(), part());
    const PartsRecord parts{.numbers = {1, 10'000}, .sums = {{5_MiB, kSum}, {1_B, kSum}}};
    const auto back = decode_parts(bytes_of(encode(parts))).value();
    EXPECT_EQ(back.numbers, parts.numbers);
    EXPECT_EQ(back.sums, parts.sums);
}

TEST(Records, of_defaults_come_back_as_well) {
    BucketRecord plain;
    EXPECT_EQ(decode_bucket(bytes_of(encode(plain))).value(), plain);
    plain.ownership = Ownership::none;
    plain.public_access.reset();
    EXPECT_EQ(decode_bucket(bytes_of(encode(plain))).value(), plain);
    EXPECT_EQ(decode_upload(bytes_of(encode(UploadRecord{}))).value(), UploadRecord{});
}

TEST(Records, a_field_of_a_newer_version_is_skipped) {
    const std::string newer = encode(object()) + std::string{"\xf0\x03new", 5};
    EXPECT_EQ(decode_object(bytes_of(newer)).value(), object());
}

TEST(Records, damaged_bytes_are_corrupt_and_never_a_crash) {
    SeededRandom random{3};
    for (const std::string& good : {encode(bucket()), encode(object()), encode(upload()), encode(part())}) {
        for (std::size_t cut = 0; cut < good.size(); ++cut) {
            const ByteSpan bytes = bytes_of(good).first(cut);
            (void)decode_bucket(bytes).ok();
            (void)decode_object(bytes).ok();
            (void)decode_upload(bytes).ok();
            (void)decode_part(bytes).ok();
            (void)decode_parts(bytes).ok();
        }
        for (int round = 0; round < 500; ++round) {
            std::string bad = good;
            bad[random.below(bad.size())] = static_cast<char>(random.u64());
            (void)decode_object(bytes_of(bad)).ok();
            (void)decode_upload(bytes_of(bad)).ok();
            (void)decode_part(bytes_of(bad)).ok();
            (void)decode_parts(bytes_of(bad)).ok();
        }
    }
    EXPECT_TRUE(decode_object({}).is(Errc::corrupt));
    EXPECT_TRUE(decode_object(bytes_of("\x02")).is(Errc::corrupt));
}

TEST(Rows, sort_as_the_api_lists) {
    EXPECT_LT(object_row("a", "z"), object_row("a-b", "a"));
    EXPECT_LT(object_row("a", "k"), object_row("a", "k/"));
    const std::string early(kUploadIdLength, '1');
    const std::string late(kUploadIdLength, '2');
    EXPECT_LT(upload_row("b", "k", late), upload_row("b", "k2", early));
    EXPECT_LT(upload_row("b", "k", early), upload_row("b", "k", late));
    EXPECT_LT(part_row(early, 9), part_row(early, 10));
    EXPECT_LT(part_row(early, 255), part_row(early, 256));
    EXPECT_LT(content_row({255}), content_row({256}));
}

TEST(Rows, give_their_names_back) {
    const std::string id(kUploadIdLength, 'f');
    const std::string row = upload_row("b", std::string{"k\0x", 3}, id);
    EXPECT_EQ(name_of_upload_row(row, "b").key, (std::string_view{"k\0x", 3}));
    EXPECT_EQ(name_of_upload_row(row, "b").upload, id);
    EXPECT_EQ(key_of_object_row(object_row("bucket", "a/b"), "bucket"), "a/b");
    EXPECT_EQ(number_of_part_row(part_row(id, 77)), 77U);
    EXPECT_EQ(content_of_row(content_row({1234567})), ContentId{1234567});
}

}  // namespace
}  // namespace landfall::s3
