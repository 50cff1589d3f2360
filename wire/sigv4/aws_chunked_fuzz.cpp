// Bytes -> an aws-chunked body; the first byte chooses its form and the size of the pieces that it is fed in.
// What must hold: no crash, the same verdict and the same bytes in pieces as in one, never more out than in.
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/sigv4/aws_chunked.hpp"

namespace {

using namespace landfall::sigv4;  // NOLINT: one file, one purpose

struct Outcome {
    std::string bytes;
    bool refused = false;
    bool operator==(const Outcome&) const = default;
};

ChunkedBody body_of(unsigned choice) {
    ChunkedBody body;
    body.payload = choice % 3 == 0   ? Payload::chunks_unsigned_trailer
                   : choice % 3 == 1 ? Payload::chunks_signed
                                     : Payload::chunks_signed_trailer;
    if (choice % 3 != 0)
        body.seed = ChunkSeed{.key = landfall::HmacSha256{landfall::bytes_of("k")},
                              .timestamp = "20260102T030405Z",
                              .scope = "20260102/r/s3/aws4_request",
                              .signature = std::string(64, '0')};
    if (choice % 2 == 1) body.decoded_length = landfall::Bytes{choice};
    if (choice % 5 == 0) body.trailer_names = "x-amz-checksum-crc32";
    return body;
}

Outcome run(unsigned choice, landfall::ByteSpan wire, std::size_t piece) {
    AwsChunkedDecoder decoder{body_of(choice)};
    Outcome out;
    while (!wire.empty()) {
        landfall::ByteSpan input = wire.first(piece < wire.size() ? piece : wire.size());
        wire = wire.subspan(input.size());
        while (!input.empty()) {
            const auto step = decoder.step(input);
            const auto* taken = std::get_if<AwsChunkedDecoder::Step>(&step);
            if (taken == nullptr) return out.refused = true, out;
            out.bytes += landfall::text_of(taken->decoded);
            input = input.subspan(taken->consumed);
        }
    }
    out.refused = decoder.finish().has_value();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const landfall::ByteSpan wire{reinterpret_cast<const std::byte*>(bytes) + 1, size - 1};
    const Outcome whole = run(bytes[0], wire, size);
    const Outcome pieces = run(bytes[0], wire, 1 + bytes[0] % 7);
    CHECK(whole == pieces);
    CHECK(whole.bytes.size() <= wire.size());
    return 0;
}
