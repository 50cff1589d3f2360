#include "wire/sigv4/aws_chunked.hpp"

#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "base/random.hpp"
#include "wire/sigv4/signer.hpp"
#include "wire/sigv4/signing_keys.hpp"

namespace landfall::sigv4 {
namespace {

struct Decoded {
    std::string bytes;
    std::vector<Trailer> trailers;
    std::optional<Reason> reason;
};

/// Feeds pieces of `piece` bytes.
Decoded decode(ChunkedBody body, std::string_view wire, std::size_t piece = std::string_view::npos) {
    AwsChunkedDecoder decoder{std::move(body)};
    Decoded out;
    while (!wire.empty()) {
        std::string_view input = wire.substr(0, piece);
        wire.remove_prefix(input.size());
        while (!input.empty()) {
            const auto step = decoder.step(bytes_of(input));
            if (const auto* refusal = std::get_if<Refusal>(&step)) {
                out.reason = refusal->reason;
                return out;
            }
            const auto& taken = std::get<AwsChunkedDecoder::Step>(step);
            out.bytes += text_of(taken.decoded);
            input.remove_prefix(taken.consumed);
        }
    }
    if (const auto refusal = decoder.finish()) out.reason = refusal->reason;
    out.trailers = decoder.trailers();
    return out;
}

ChunkedBody unsigned_body(std::string trailer_names = {}, std::optional<Bytes> length = std::nullopt) {
    return {.payload = Payload::chunks_unsigned_trailer,
            .seed = std::nullopt,
            .decoded_length = length,
            .trailer_names = std::move(trailer_names)};
}

/// The key and instant of AWS's documented examples.
ChunkSeed documented_seed(std::string signature) {
    const SecretString secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
    return {.key = derive_signing_key(
                secret, {.key_id = {}, .day = "20130524", .region = "us-east-1", .service = "s3"}),
            .timestamp = "20130524T000000Z",
            .scope = "20130524/us-east-1/s3/aws4_request",
            .signature = std::move(signature)};
}

ChunkedBody documented_body() {
    return {.payload = Payload::chunks_signed,
            .seed = documented_seed("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"),
            .decoded_length = Bytes{66560},
            .trailer_names = {}};
}

// S3 API Reference, "Signature calculations: transferring payload in multiple chunks": 65 KiB of 'a'.
std::string documented_wire() {
    return "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
           std::string(65536, 'a') + "\r\n" +
           "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
           std::string(1024, 'a') + "\r\n" +
           "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
}

TEST(AwsChunked, the_documented_signed_example_holds_in_pieces_of_any_size) {
    const std::string wire = documented_wire();
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096}, wire.size()}) {
        const Decoded decoded = decode(documented_body(), wire, piece);
        EXPECT_EQ(decoded.reason, std::nullopt) << piece;
        EXPECT_EQ(decoded.bytes, std::string(66560, 'a')) << piece;
    }
}

TEST(AwsChunked, the_seed_of_the_documented_example_is_the_signature_of_its_head) {
    const std::vector<Header> headers{{.name = "content-encoding", .value = "aws-chunked"},
                                      {.name = "content-length", .value = "66824"},
                                      {.name = "host", .value = "s3.amazonaws.com"},
                                      {.name = "x-amz-decoded-content-length", .value = "66560"},
                                      {.name = "x-amz-storage-class", .value = "REDUCED_REDUNDANCY"}};
    const auto head = sign({.method = "PUT",
                            .path = "/examplebucket/chunkObject.txt",
                            .query = {},
                            .headers = headers,
                            .host = {}},
                           {.key_id = "AKIAIOSFODNN7EXAMPLE",
                            .secret = SecretString{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
                            .token = {}},
                           {.region = "us-east-1", .service = "s3"}, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                           *parse_basic_iso8601("20130524T000000Z"));
    EXPECT_EQ(head.chunks.signature, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    AwsChunkedWriter writer{head.chunks};
    std::string wire = writer.chunk(bytes_of(std::string(65536, 'a')));
    wire += writer.chunk(bytes_of(std::string(1024, 'a')));
    wire += writer.last({});
    EXPECT_TRUE(wire == documented_wire());
}

ChunkedBody documented_trailer_body() {
    return {.payload = Payload::chunks_signed_trailer,
            .seed = documented_seed("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"),
            .decoded_length = Bytes{66560},
            .trailer_names = "x-amz-checksum-crc32c"};
}

// S3 API Reference, "… multiple chunks with trailing headers": the same bytes and their CRC-32C.
std::string documented_trailer_wire(std::string_view after_checksum) {
    return "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
           std::string(65536, 'a') + "\r\n" +
           "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
           std::string(1024, 'a') + "\r\n" +
           "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
           "x-amz-checksum-crc32c:sOO8/Q==" +
           std::string{after_checksum} +
           "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
}

TEST(AwsChunked, the_documented_signed_trailer_holds_however_its_lines_end) {
    for (const std::string_view ending : {"\r\n", "\n", "\n\r\n"}) {
        const Decoded decoded = decode(documented_trailer_body(), documented_trailer_wire(ending), 5);
        EXPECT_EQ(decoded.reason, std::nullopt);
        ASSERT_EQ(decoded.trailers.size(), 1u);
        EXPECT_EQ(decoded.trailers[0].name, "x-amz-checksum-crc32c");
        Checksummer summer{ChecksumAlgorithm::crc32c};
        summer.update(bytes_of(decoded.bytes));
        EXPECT_EQ(decoded.trailers[0].value, summer.finish().base64());
    }
}

TEST(AwsChunked, every_changed_byte_of_a_signed_body_is_refused) {
    const auto seed = documented_seed(std::string(64, '0'));
    AwsChunkedWriter writer{seed};
    std::string wire = writer.chunk(bytes_of("hello"));
    wire += writer.chunk(bytes_of("world"));
    wire += writer.last({{"x-amz-checksum-crc32", "i9aeUg=="}});
    const ChunkedBody body{.payload = Payload::chunks_signed_trailer,
                           .seed = seed,
                           .decoded_length = Bytes{10},
                           .trailer_names = "x-amz-checksum-crc32"};
    ASSERT_EQ(decode(body, wire).reason, std::nullopt);
    for (std::size_t i = 0; i < wire.size(); ++i) {
        std::string changed = wire;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_TRUE(decode(body, changed).reason.has_value()) << i << " " << wire.substr(i, 10);
    }
}

TEST(AwsChunked, a_body_cut_anywhere_is_incomplete) {
    const std::string wire = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
    const auto body = unsigned_body("x-amz-checksum-crc32", Bytes{11});
    ASSERT_EQ(decode(body, wire).bytes, "hello world");
    for (std::size_t length = 0; length < wire.size() - 2; ++length)
        EXPECT_TRUE(decode(body, std::string_view{wire}.substr(0, length)).reason.has_value()) << length;
    EXPECT_EQ(decode(body, std::string_view{wire}.substr(0, wire.size() - 2)).reason, std::nullopt)
        << "some writers leave the last empty line out";
}

TEST(AwsChunked, the_decoded_length_is_held_exactly) {
    const std::string wire = "5\r\nhello\r\n0\r\n\r\n";
    EXPECT_EQ(decode(unsigned_body({}, Bytes{5}), wire).reason, std::nullopt);
    EXPECT_EQ(decode(unsigned_body({}, Bytes{4}), wire).reason, Reason::incomplete_body);
    EXPECT_EQ(decode(unsigned_body({}, Bytes{6}), wire).reason, Reason::incomplete_body);
    EXPECT_EQ(decode(unsigned_body({}, Bytes{0}), "0\r\n\r\n").reason, std::nullopt);
    EXPECT_EQ(decode(unsigned_body(), wire).reason, std::nullopt);
}

TEST(AwsChunked, malformed_framing_is_refused) {
    const std::string_view bad[] = {"\r\n",
                                    "x\r\n",
                                    "-1\r\n",
                                    "+1\r\n",
                                    " 5\r\nhello\r\n",
                                    "5\nhello\n",
                                    "5\r\nhello!\r\n",
                                    "5\r\nhello\n",
                                    "0x5\r\nhello\r\n",
                                    "fffffffffffffffff\r\n",
                                    "ffffffffffffffff\r\n",
                                    "5 \r\nhello\r\n0\r\n\r\n",
                                    "0\r\n\r\nmore"};
    for (const std::string_view wire : bad) {
        EXPECT_EQ(decode(unsigned_body(), wire).reason, Reason::malformed_chunk) << wire;
        EXPECT_EQ(decode(unsigned_body(), wire, 1).reason, Reason::malformed_chunk) << wire;
    }
    EXPECT_EQ(decode(unsigned_body(), std::string(5000, '1')).reason, Reason::malformed_chunk);
    EXPECT_EQ(decode(documented_body(), "5\r\nhello\r\n").reason, Reason::malformed_chunk) << "no signature";
}

TEST(AwsChunked, trailers_are_those_announced_and_no_other) {
    const auto with = [](std::string names, const std::string& trailers) {
        return decode(unsigned_body(std::move(names)), "0\r\n" + trailers + "\r\n").reason;
    };
    EXPECT_EQ(with("x-amz-checksum-crc32", "x-amz-checksum-crc32:AAAAAA==\r\n"), std::nullopt);
    EXPECT_EQ(with("X-Amz-Checksum-Crc32, b", "b: 1\r\nx-amz-checksum-crc32:AAAAAA==\r\n"), std::nullopt);
    EXPECT_EQ(with("", ""), std::nullopt);
    const std::pair<std::string, std::string> bad[] = {{"x-amz-checksum-crc32", ""},
                                                       {"", "x-amz-checksum-crc32:AAAAAA==\r\n"},
                                                       {"a", "a:1\r\na:1\r\n"},
                                                       {"a", "b:1\r\n"},
                                                       {"a", "a\r\n"},
                                                       {"a", ":1\r\n"},
                                                       {"a", "a b:1\r\n"},
                                                       {"a", "x-amz-trailer-signature:00\r\na:1\r\n"}};
    for (const auto& [names, trailers] : bad)
        EXPECT_EQ(with(names, trailers), Reason::malformed_trailer) << names << " / " << trailers;
    std::string many;
    std::string names;
    for (int i = 0; i < 17; ++i) {
        many += "a" + std::to_string(i) + ":1\r\n";
        names += "a" + std::to_string(i) + ",";
    }
    EXPECT_EQ(with(names, many), Reason::malformed_trailer);
}

TEST(AwsChunked, a_signed_body_without_trailer_form_takes_no_trailers) {
    std::string wire = documented_wire();
    wire.insert(wire.size() - 2, "x-amz-checksum-crc32c:sOO8/Q==\r\n");
    EXPECT_EQ(decode(documented_body(), wire).reason, Reason::malformed_trailer);
}

TEST(AwsChunked, a_trailer_without_its_signature_is_refused_where_it_must_be_signed) {
    std::string wire = documented_trailer_wire("\r\n");
    wire.erase(wire.find("x-amz-trailer-signature"));
    EXPECT_EQ(decode(documented_trailer_body(), wire).reason, Reason::incomplete_body);
    EXPECT_EQ(decode(documented_trailer_body(), wire + "\r\n").reason, Reason::incomplete_body);
}

TEST(AwsChunked, chunks_in_another_order_do_not_pass) {
    const auto seed = documented_seed(std::string(64, '0'));
    AwsChunkedWriter writer{seed};
    const std::string first = writer.chunk(bytes_of("aaaaa"));
    const std::string second = writer.chunk(bytes_of("bbbbb"));
    const std::string last = writer.last({});
    const ChunkedBody body{
        .payload = Payload::chunks_signed, .seed = seed, .decoded_length = {}, .trailer_names = {}};
    EXPECT_EQ(decode(body, first + second + last).reason, std::nullopt);
    EXPECT_EQ(decode(body, second + first + last).reason, Reason::chunk_signature_mismatch);
    EXPECT_EQ(decode(body, first + last).reason, Reason::chunk_signature_mismatch) << "a chunk left out";
}

TEST(AwsChunked, a_refusal_stays) {
    AwsChunkedDecoder decoder{unsigned_body()};
    EXPECT_TRUE(std::holds_alternative<Refusal>(decoder.step(bytes_of("x\r\n"))));
    EXPECT_TRUE(std::holds_alternative<Refusal>(decoder.step(bytes_of("0\r\n\r\n"))));
    EXPECT_TRUE(decoder.finish().has_value());
    EXPECT_FALSE(decoder.done());
}

TEST(AwsChunked, random_bodies_in_random_pieces_come_back) {
    SeededRandom random{11};
    for (int round = 0; round < 200; ++round) {
        const bool is_signed = random.below(2) == 1;
        const auto seed = is_signed ? std::optional{documented_seed(std::string(64, '1'))} : std::nullopt;
        AwsChunkedWriter writer{seed};
        std::string plain;
        std::string wire;
        for (std::uint64_t chunks = random.below(5); chunks > 0; --chunks) {
            std::string bytes(1 + random.below(300), '\0');
            random.fill(std::as_writable_bytes(std::span{bytes}));
            plain += bytes;
            wire += writer.chunk(bytes_of(bytes));
        }
        wire += writer.last({{"x-amz-checksum-sha1", "abc="}});
        const ChunkedBody body{
            .payload = is_signed ? Payload::chunks_signed_trailer : Payload::chunks_unsigned_trailer,
            .seed = seed,
            .decoded_length = Bytes{plain.size()},
            .trailer_names = "x-amz-checksum-sha1"};
        const Decoded decoded = decode(body, wire, 1 + random.below(50));
        ASSERT_EQ(decoded.reason, std::nullopt) << round;
        ASSERT_EQ(decoded.bytes, plain) << round;
    }
}

}  // namespace
}  // namespace landfall::sigv4
