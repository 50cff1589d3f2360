#include "front/payload_reader.hpp"

#include <algorithm>
#include <cstring>

namespace landfall::front {

namespace {

sigv4::Refusal payload_mismatch() {
    sigv4::Refusal refusal;
    refusal.reason = sigv4::Reason::payload_mismatch;
    return refusal;
}

}  // namespace

std::optional<sigv4::Refusal> check_payload(std::string_view body, const PayloadForm& form) {
    if (form.digest && sha256(body) != *form.digest) return payload_mismatch();
    return std::nullopt;
}

std::variant<std::string, sigv4::Refusal> whole_payload(std::string_view body, PayloadForm form) {
    if (auto refusal = check_payload(body, form)) return std::move(*refusal);
    if (!form.chunked) return std::string{body};
    sigv4::AwsChunkedDecoder decoder{std::move(*form.chunked)};
    std::string payload;
    ByteSpan left = bytes_of(body);
    while (!left.empty()) {
        auto step = decoder.step(left);
        if (auto* refusal = std::get_if<sigv4::Refusal>(&step)) return std::move(*refusal);
        const auto& taken = std::get<sigv4::AwsChunkedDecoder::Step>(step);
        payload.append(text_of(taken.decoded));
        left = left.subspan(taken.consumed);
    }
    if (auto refusal = decoder.finish()) return std::move(*refusal);
    return payload;
}

PayloadReader::PayloadReader(Exchange& exchange, PayloadForm form, PayloadFailure& failure)
    : exchange_{exchange}, failure_{failure}, digest_{form.digest}, declared_{form.declared_length} {
    if (form.chunked) decoder_.emplace(std::move(*form.chunked));
}

Error PayloadReader::refuse(sigv4::Refusal refusal) {
    std::string why = sigv4::error_text(refusal, sigv4::Family::s3).message;
    failure_ = std::move(refusal);
    failed_ = Error{Errc::invalid, std::move(why)};
    return *failed_;
}

Result<std::size_t> PayloadReader::read(MutableByteSpan into) {
    if (failed_) return *failed_;
    if (ended_ || into.empty()) return std::size_t{0};
    const auto n = decoder_ ? read_decoded(into) : exchange_.read(into);
    if (!n.ok()) {
        if (!failed_) failed_ = n.error();
        if (failed_->code() == Errc::timeout) {
            failure_ =
                wire::ApiError{{.name = "RequestTimeout"},
                               "Your socket connection to the server was not read from or written to within "
                               "the timeout period.",
                               {},
                               400};
        }
        return n;
    }
    if (*n == 0) {
        TRY(check_end());
        ended_ = true;
        return std::size_t{0};
    }
    seen_ += Bytes{*n};
    if (digest_) hasher_.update(ByteSpan{into}.first(*n));
    return n;
}

/// Raw bytes are read into the caller's memory and decoded in place: framing only ever shrinks.
Result<std::size_t> PayloadReader::read_decoded(MutableByteSpan into) {
    while (true) {
        const std::size_t raw = TRY(exchange_.read(into));
        if (raw == 0) return std::size_t{0};
        std::size_t used = 0;
        std::size_t decoded = 0;
        while (used < raw) {
            auto step = decoder_->step(ByteSpan{into}.subspan(used, raw - used));
            if (auto* refusal = std::get_if<sigv4::Refusal>(&step)) return refuse(std::move(*refusal));
            const auto& taken = std::get<sigv4::AwsChunkedDecoder::Step>(step);
            if (!taken.decoded.empty()) {
                std::memmove(into.data() + decoded, taken.decoded.data(), taken.decoded.size());
            }
            decoded += taken.decoded.size();
            used += taken.consumed;
        }
        if (decoded > 0) return decoded;
    }
}

Status PayloadReader::check_end() {
    if (decoder_) {
        if (auto refusal = decoder_->finish()) return refuse(std::move(*refusal));
    }
    if (digest_ && hasher_.finish() != *digest_) return refuse(payload_mismatch());
    return {};
}

std::optional<std::string_view> PayloadReader::trailer(std::string_view name) const {
    if (!decoder_ || !ended_) return std::nullopt;
    for (const sigv4::Trailer& trailer : decoder_->trailers()) {
        if (trailer.name == name) return trailer.value;
    }
    return std::nullopt;
}

Result<std::size_t> MemoryReader::read(MutableByteSpan into) {
    const std::size_t n = std::min(into.size(), body_.size() - at_);
    std::memcpy(into.data(), body_.data() + at_, n);
    at_ += n;
    return n;
}

}  // namespace landfall::front
