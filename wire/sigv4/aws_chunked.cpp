#include "wire/sigv4/aws_chunked.hpp"

#include <algorithm>

#include "base/secret.hpp"
#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/text.hpp"

namespace landfall::sigv4 {
namespace {

constexpr std::string_view kSignatureExtension = "chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
/// A larger size is no chunk but an attack on the arithmetic.
constexpr std::uint64_t kChunkMax = std::uint64_t{1} << 50;
constexpr std::size_t kSizeDigitsMax = 16;

std::string lowered(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

/// Field names of RFC 9110 that a trailer of ours may have: letters, digits and '-'.
bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace

AwsChunkedDecoder::AwsChunkedDecoder(ChunkedBody body) : body_{std::move(body)} {
    CHECK(is_aws_chunked(body_.payload));
    CHECK(body_.seed.has_value() == (body_.payload != Payload::chunks_unsigned_trailer));
}

void AwsChunkedDecoder::refuse(Reason reason, std::string detail) {
    state_ = State::refused;
    refusal_ = Refusal{.reason = reason, .detail = std::move(detail)};
}

std::variant<AwsChunkedDecoder::Step, Refusal> AwsChunkedDecoder::step(ByteSpan input) {
    Step step;
    while (step.consumed < input.size() && state_ != State::refused) {
        if (state_ != State::bytes) {
            take_byte(static_cast<char>(input[step.consumed++]));
            continue;
        }
        const std::size_t take = std::min<std::uint64_t>(chunk_left_, input.size() - step.consumed);
        step.decoded = input.subspan(step.consumed, take);
        step.consumed += take;
        chunk_left_ -= take;
        decoded_ += Bytes{take};
        if (chunks_are_signed()) chunk_hash_.update(step.decoded);
        if (chunk_left_ == 0) state_ = State::bytes_end;
        return step;
    }
    if (state_ == State::refused) return *refusal_;
    return step;
}

void AwsChunkedDecoder::take_byte(char c) {
    if (state_ == State::done) return refuse(Reason::malformed_chunk, "bytes after the end of the body");
    if (c != '\n') {
        if (line_.size() == kLineMax)
            return refuse(state_ == State::trailer_line ? Reason::malformed_trailer : Reason::malformed_chunk,
                          "a line longer than 4096 bytes");
        line_ += c;
        return;
    }
    const bool has_cr = line_.ends_with('\r');
    if (has_cr) line_.pop_back();
    // Some writers end trailers by LF alone, as S3's documentation shows them; chunks never.
    if (!has_cr && state_ != State::trailer_line)
        return refuse(Reason::malformed_chunk, "a line that ends without CR LF");
    switch (state_) {
        case State::size_line: take_size_line(); break;
        case State::bytes_end:
            if (line_.empty())
                end_of_chunk();
            else
                refuse(Reason::malformed_chunk, "a chunk is longer than its size says");
            break;
        default: take_trailer_line(); break;
    }
    line_.clear();
}

void AwsChunkedDecoder::take_size_line() {
    std::string_view line = line_;
    const std::size_t semicolon = std::min(line.find(';'), line.size());
    const std::string_view digits = line.substr(0, semicolon);
    const auto size = digits.size() <= kSizeDigitsMax ? parse_number(digits, 16) : std::nullopt;
    if (!size || *size > kChunkMax)
        return refuse(Reason::malformed_chunk, "a chunk size that is no hexadecimal number");
    const std::string_view extension = line.substr(std::min(semicolon + 1, line.size()));
    if (chunks_are_signed()) {
        if (!extension.starts_with(kSignatureExtension))
            return refuse(Reason::malformed_chunk, "a chunk without chunk-signature");
        chunk_signature_ = extension.substr(kSignatureExtension.size());
    }
    if (body_.decoded_length && *size > body_.decoded_length->count - decoded_.count)
        return refuse(Reason::incomplete_body, "more bytes than x-amz-decoded-content-length");
    chunk_left_ = *size;
    last_chunk_ = *size == 0;
    if (!last_chunk_) {
        state_ = State::bytes;
        return;
    }
    end_of_chunk();
}

void AwsChunkedDecoder::end_of_chunk() {
    if (chunks_are_signed() && !advance_signature(kChunkKind, chunk_hash_.finish(), chunk_signature_))
        return refuse(Reason::chunk_signature_mismatch, "the signature of a chunk");
    state_ = last_chunk_ ? State::trailer_line : State::size_line;
}

bool AwsChunkedDecoder::advance_signature(std::string_view kind, const Sha256& digest,
                                          std::string_view claimed) {
    ChunkSeed& seed = *body_.seed;
    const std::string text = chunk_string_to_sign({.kind = kind,
                                                   .timestamp = seed.timestamp,
                                                   .scope = seed.scope,
                                                   .previous_signature = seed.signature},
                                                  digest);
    seed.signature = seed.key.of(text).hex();
    return equal_in_constant_time(bytes_of(seed.signature), bytes_of(claimed));
}

void AwsChunkedDecoder::take_trailer_line() {
    const bool awaits_signature =
        body_.payload == Payload::chunks_signed_trailer && trailer_signature_.empty();
    if (line_.empty()) {
        // Between the trailers and their signature S3's own examples show an empty line.
        if (!awaits_signature || trailers_.empty()) end_of_trailers();
        return;
    }
    const std::size_t colon = line_.find(':');
    std::string name = lowered(trimmed(std::string_view{line_}.substr(0, colon)));
    if (colon == std::string::npos || !is_name(name))
        return refuse(Reason::malformed_trailer, "a trailer that is no \"name:value\"");
    const std::string_view value = trimmed(std::string_view{line_}.substr(colon + 1));
    if (!has_trailers() || !trailer_signature_.empty())
        return refuse(Reason::malformed_trailer, "a trailer where none may be");
    if (name == kTrailerSignature) {
        if (!body_.seed)
            return refuse(Reason::malformed_trailer, "a trailer signature without signed chunks");
        trailer_signature_ = value.empty() ? "none" : value;
        return;
    }
    if (trailers_.size() == kTrailersMax) return refuse(Reason::malformed_trailer, "more than 16 trailers");
    trailers_.push_back({.name = std::move(name), .value = std::string{value}});
}

void AwsChunkedDecoder::end_of_trailers() {
    check_trailer_names();
    if (state_ == State::refused) return;
    if (body_.payload == Payload::chunks_signed_trailer) {
        Sha256Hasher hash;
        for (const Trailer& trailer : trailers_) hash.update(trailer.name + ":" + trailer.value + "\n");
        if (!advance_signature(kTrailerKind, hash.finish(), trailer_signature_))
            return refuse(Reason::trailer_signature_mismatch, "the signature of the trailers");
    }
    if (body_.decoded_length && decoded_ != *body_.decoded_length)
        return refuse(Reason::incomplete_body, "fewer bytes than x-amz-decoded-content-length");
    state_ = State::done;
}

/// Every trailer that X-Amz-Trailer announced must be there, once, and no other.
void AwsChunkedDecoder::check_trailer_names() {
    std::size_t announced = 0;
    bool all_found = true;
    for_each_piece(body_.trailer_names, ',', [&](std::string_view piece) {
        const std::string name = lowered(trimmed(piece));
        if (name.empty()) return;
        ++announced;
        const auto found = std::count_if(trailers_.begin(), trailers_.end(),
                                         [&name](const Trailer& trailer) { return trailer.name == name; });
        all_found = all_found && found == 1;
    });
    if (!has_trailers() && announced == 0) return;
    if (!all_found || announced != trailers_.size())
        refuse(Reason::malformed_trailer, "the trailers are not those that X-Amz-Trailer announced");
}

std::optional<Refusal> AwsChunkedDecoder::finish() {
    // Everything is there but the last empty line, which some writers leave out.
    const bool at_end = state_ == State::trailer_line && line_.empty();
    const bool complete = body_.payload != Payload::chunks_signed_trailer || !trailer_signature_.empty();
    if (at_end && complete) end_of_trailers();
    if (state_ == State::done) return std::nullopt;
    if (state_ != State::refused) refuse(Reason::incomplete_body, "the body ends inside its framing");
    return refusal_;
}

}  // namespace landfall::sigv4
