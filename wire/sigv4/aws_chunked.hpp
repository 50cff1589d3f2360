// The aws-chunked body: a byte state machine that takes its input in any pieces.
//
//   chunk   = size-in-hex [";chunk-signature=" 64 hex] CRLF bytes CRLF
//   body    = *chunk last-chunk(size 0, no bytes) *(name ":" value CRLF) [trailer-signature] CRLF
//
// Invariants
//   1. Decoded bytes are views of the input: nothing is buffered but one line of at most kLineMax bytes.
//   2. A signed chunk's bytes come out before its signature is checked (chunks may be larger than memory);
//      whoever takes them must not commit anything before finish() has answered without a refusal.
//   3. After a refusal every further call answers the same refusal.
//   4. With a decoded length, finish() succeeds only after exactly that many bytes.
// Threads: one at a time. Does not touch disk.
// Facts: S3 API Reference "Signature calculations: transferring payload in multiple chunks" and "… with
// trailing headers". HTTP's own chunking, when present, has been taken off before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/units.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::sigv4 {

struct ChunkedBody {
    Payload payload = Payload::chunks_unsigned_trailer;  ///< one of the aws-chunked forms
    std::optional<ChunkSeed> seed;                       ///< the two signed forms; a bug without
    std::optional<Bytes> decoded_length;                 ///< x-amz-decoded-content-length
    std::string trailer_names;                           ///< X-Amz-Trailer as sent: "a,b"; may be empty
};

struct Trailer {
    std::string name;  ///< lower case
    std::string value;
};

class AwsChunkedDecoder {
public:
    static constexpr std::size_t kLineMax = 4096;
    static constexpr std::size_t kTrailersMax = 16;

    explicit AwsChunkedDecoder(ChunkedBody body);

    struct Step {
        std::size_t consumed = 0;  ///< bytes of the input that are done with
        ByteSpan decoded;          ///< a view of the input; may be empty
    };
    /// Goes on until it has decoded bytes to hand out or the input is used up. Call again with what is left.
    [[nodiscard]] std::variant<Step, Refusal> step(ByteSpan input);
    /// The input has ended. nullopt: all of it was there and right.
    [[nodiscard]] std::optional<Refusal> finish();
    /// The last chunk and its trailers have been seen: no more input is expected.
    [[nodiscard]] bool done() const { return state_ == State::done; }
    /// Complete after finish(); x-amz-trailer-signature is not among them.
    [[nodiscard]] const std::vector<Trailer>& trailers() const { return trailers_; }
    [[nodiscard]] Bytes decoded() const { return decoded_; }

private:
    enum class State : std::uint8_t { size_line, bytes, bytes_end, trailer_line, done, refused };

    void take_byte(char c);
    void take_size_line();
    void take_trailer_line();
    void end_of_chunk();
    void end_of_trailers();
    void check_trailer_names();
    [[nodiscard]] bool advance_signature(std::string_view kind, const Sha256& digest,
                                         std::string_view claimed);
    void refuse(Reason reason, std::string detail);
    [[nodiscard]] bool chunks_are_signed() const { return body_.seed.has_value(); }
    [[nodiscard]] bool has_trailers() const { return body_.payload != Payload::chunks_signed; }

    ChunkedBody body_;
    State state_ = State::size_line;
    std::string line_;
    std::uint64_t chunk_left_ = 0;
    bool last_chunk_ = false;
    std::string chunk_signature_;
    Sha256Hasher chunk_hash_;
    Bytes decoded_;
    std::vector<Trailer> trailers_;
    std::string trailer_signature_;
    std::optional<Refusal> refusal_;
};

}  // namespace landfall::sigv4
