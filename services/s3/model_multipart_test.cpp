#include "services/s3/model_multipart.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace landfall::s3 {
namespace {

struct Uploaded {
    StoredParts stored;
    Completion completion;
    std::string whole;
    std::vector<std::string> bodies;
};

/// Parts of random bytes; all but the last have exactly the smallest allowed size.
Uploaded uploaded(Algorithm algorithm, std::size_t parts) {
    SeededRandom random{7};
    Uploaded made;
    for (std::uint32_t number = 1; number <= parts; ++number) {
        std::string body(number == parts ? 1234 : kPartSizeMin.count, '\0');
        random.fill(std::as_writable_bytes(std::span{body}.first(1000)));
        Digests digests{algorithm};
        digests.update(bytes_of(body));
        const auto sums = digests.finish();
        // Numbers need not be consecutive.
        made.stored[number * 3] = {.size = Bytes{body.size()}, .md5 = sums.md5, .sum = sums.sum};
        made.completion.parts.push_back({.number = number * 3, .etag = '"' + etag_of(sums.md5) + '"'});
        made.whole += body;
        made.bodies.push_back(std::move(body));
    }
    return made;
}

TEST(Multipart, the_entity_tag_is_the_md5_of_the_md5s_and_the_count) {
    const auto made = uploaded(Algorithm::crc64nvme, 3);
    const auto plan = plan_completion({}, made.stored, made.completion).value();
    std::string joined_md5s;
    for (const auto& body : made.bodies) joined_md5s += text_of(md5(body).span());
    EXPECT_EQ(plan.etag, md5(joined_md5s).hex() + "-3");
    EXPECT_EQ(plan.size.count, made.whole.size());
    EXPECT_EQ(plan.numbers, (std::vector<std::uint32_t>{3, 6, 9}));
}

TEST(Multipart, a_full_object_checksum_is_that_of_the_joined_bytes) {
    for (const auto algorithm : {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme}) {
        const auto made = uploaded(algorithm, 4);
        const UploadChecksum upload{
            .algorithm = algorithm, .type = ChecksumType::full_object, .declared = true};
        Checksummer whole{algorithm};
        whole.update(bytes_of(made.whole));
        const auto plan = plan_completion(upload, made.stored, made.completion).value();
        EXPECT_EQ(plan.checksum.sum, whole.finish()) << landfall::name_of(algorithm);
        EXPECT_EQ(plan.checksum.text().find('-'), std::string::npos);
    }
}

TEST(Multipart, a_composite_checksum_is_that_of_the_parts_checksums) {
    for (const auto algorithm : {Algorithm::crc32, Algorithm::crc32c, Algorithm::sha1, Algorithm::sha256}) {
        auto made = uploaded(algorithm, 3);
        const UploadChecksum upload{
            .algorithm = algorithm, .type = ChecksumType::composite, .declared = true};
        EXPECT_TRUE(plan_completion(upload, made.stored, made.completion).is(Code::invalid_request))
            << "every part's checksum must be repeated";
        Checksummer outer{algorithm};
        for (std::size_t i = 0; i < 3; ++i) {
            Checksummer part{algorithm};
            part.update(bytes_of(made.bodies[i]));
            const Checksum sum = part.finish();
            outer.update(sum.bytes());
            made.completion.parts[i].checksum = ClaimedChecksum{algorithm, sum.base64()};
        }
        const std::string expected = outer.finish().base64() + "-3";
        made.completion.checksum = ClaimedChecksum{algorithm, expected};
        EXPECT_EQ(plan_completion(upload, made.stored, made.completion).value().checksum.text(), expected);
        made.completion.parts[1].checksum->text = made.completion.parts[0].checksum->text;
        EXPECT_TRUE(plan_completion(upload, made.stored, made.completion).is(Code::invalid_part));
    }
}

TEST(Multipart, a_wrong_list_of_parts_is_refused_with_its_own_code) {
    const auto made = uploaded(Algorithm::crc64nvme, 3);
    const auto code_after = [&](auto change) {
        Completion completion = made.completion;
        change(completion);
        const auto plan = plan_completion({}, made.stored, completion);
        return plan.ok() ? Code::internal_error : plan.error().code();
    };
    EXPECT_EQ(code_after([](Completion& c) { c.parts.clear(); }), Code::malformed_xml);
    EXPECT_EQ(code_after([](Completion& c) { std::swap(c.parts[0], c.parts[1]); }), Code::invalid_part_order);
    EXPECT_EQ(code_after([](Completion& c) { c.parts[1] = c.parts[0]; }), Code::invalid_part_order);
    EXPECT_EQ(code_after([](Completion& c) { c.parts[1].number = 5; }), Code::invalid_part);
    EXPECT_EQ(code_after([](Completion& c) { c.parts[2].number = 1LL << 33; }), Code::invalid_part);
    EXPECT_EQ(code_after([](Completion& c) { c.parts[0].number = -1; }), Code::invalid_part);
    EXPECT_EQ(code_after([](Completion& c) { c.parts[1].etag = "\"abc\""; }), Code::invalid_part);
    EXPECT_EQ(code_after([](Completion& c) { c.size = 7_B; }), Code::invalid_request);
    EXPECT_EQ(code_after([](Completion& c) {
                  c.checksum = ClaimedChecksum{Algorithm::crc64nvme, "AAAAAAAAAAA="};
              }),
              Code::bad_digest);
    EXPECT_EQ(code_after([&](Completion& c) { c.size = Bytes{made.whole.size()}; }), Code::internal_error)
        << "is fine";
}

TEST(Multipart, only_the_last_part_may_be_small) {
    auto made = uploaded(Algorithm::crc64nvme, 3);
    made.stored[3].size = kPartSizeMin - 1_B;
    const auto plan = plan_completion({}, made.stored, made.completion);
    ASSERT_TRUE(plan.is(Code::entity_too_small));
    EXPECT_EQ(plan.error().members()[0], (std::pair<std::string, std::string>{"ProposedSize", "5242879"}));
    made.completion.parts.erase(made.completion.parts.begin() + 1, made.completion.parts.end());
    EXPECT_TRUE(plan_completion({}, made.stored, made.completion).ok());
}

TEST(Multipart, the_words_of_create_choose_the_checksum) {
    EXPECT_EQ(upload_checksum("", "").value(), UploadChecksum{});
    EXPECT_EQ(upload_checksum("sha256", "").value(),
              (UploadChecksum{Algorithm::sha256, ChecksumType::composite, true}));
    EXPECT_EQ(upload_checksum("CRC64NVME", "").value(),
              (UploadChecksum{Algorithm::crc64nvme, ChecksumType::full_object, true}));
    EXPECT_EQ(upload_checksum("CRC32", "FULL_OBJECT").value(),
              (UploadChecksum{Algorithm::crc32, ChecksumType::full_object, true}));
    EXPECT_TRUE(upload_checksum("SHA256", "FULL_OBJECT").is(Code::invalid_request));
    EXPECT_TRUE(upload_checksum("CRC64NVME", "COMPOSITE").is(Code::invalid_request));
    EXPECT_TRUE(upload_checksum("", "COMPOSITE").is(Code::invalid_request));
    EXPECT_TRUE(upload_checksum("CRC99", "").is(Code::invalid_request));
    EXPECT_TRUE(upload_checksum("XXHASH3", "").is(Code::not_implemented));
}

TEST(Multipart, a_part_may_not_claim_another_checksum_than_the_upload_declared) {
    const UploadChecksum declared{Algorithm::sha1, ChecksumType::composite, true};
    EXPECT_TRUE(check_part_claim(declared, ClaimedChecksum{Algorithm::sha1, "x"}).ok());
    EXPECT_TRUE(check_part_claim(declared, ClaimedChecksum{Algorithm::crc32, "x"}).is(Code::invalid_request));
    EXPECT_TRUE(check_part_claim({}, ClaimedChecksum{Algorithm::crc32, "x"}).ok());
    for (const std::int64_t number : {0LL, -1LL, 10'001LL, 1LL << 40})
        EXPECT_TRUE(check_part_number(number).is(Code::invalid_argument)) << number;
    EXPECT_TRUE(check_part_number(10'000).ok());
}

TEST(Checksum, claims_are_compared_and_never_believed) {
    Digests digests{Algorithm::crc32};
    digests.update(bytes_of("123456789"));
    const auto sums = digests.finish();
    EXPECT_EQ(sums.sum.base64(), "y/Q5Jg==");
    EXPECT_TRUE(check_claim({Algorithm::crc32, "y/Q5Jg=="}, sums.sum).ok());
    EXPECT_TRUE(check_claim({Algorithm::crc32, "y/Q5Jw=="}, sums.sum).is(Code::bad_digest));
    EXPECT_TRUE(check_claim({Algorithm::crc32, "nonsense"}, sums.sum).is(Code::invalid_request));
    EXPECT_TRUE(check_content_md5(parse_content_md5("JfnnlDI7RTiF9RgfGx2Jew==").value(), sums.md5)
                    .is(Code::bad_digest));
    EXPECT_TRUE(check_content_md5(parse_content_md5("JfnnlDI7RTiF9RgfG2JNCw==").value(), sums.md5).ok());
    for (const std::string_view bad : {"", "JfnnlDI7RTiF9RgfG2JNCw", "AAAA", "@@@@"})
        EXPECT_TRUE(parse_content_md5(bad).is(Code::invalid_digest)) << bad;
}

}  // namespace
}  // namespace landfall::s3
