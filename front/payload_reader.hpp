// PayloadReader: the body of a streaming request as a service reads it: HTTP framing off (Exchange),
// aws-chunked framing off, every signature and digest that the client declared checked before the end is
// acknowledged.
//
// Invariants
//   1. read() returns 0 only after everything checked out; a service that commits after that stores what the
//      client signed.
//   2. The first failure is kept: the gateway answers it in the client's words whatever the service makes of
//      it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/hash.hpp"
#include "front/http_exchange.hpp"
#include "wire/api/body.hpp"
#include "wire/api/error.hpp"
#include "wire/sigv4/aws_chunked.hpp"
#include "wire/sigv4/refusal.hpp"

namespace landfall::front {

/// How the payload is framed and what it must hash to.
struct PayloadForm {
    std::optional<sigv4::ChunkedBody> chunked;  ///< aws-chunked
    std::optional<Sha256> digest;               ///< x-amz-content-sha256 as signed
    std::optional<Bytes> declared_length;       ///< decoded
};

/// Why a body could not be read to its end.
using PayloadFailure = std::variant<std::monostate, sigv4::Refusal, wire::ApiError>;

/// What a body that is not chunked must be; nullopt: it is.
[[nodiscard]] std::optional<sigv4::Refusal> check_payload(std::string_view body, const PayloadForm& form);
/// Takes whole bodies apart in the same way: the payload, or why not. `body` may be a view of an exchange.
[[nodiscard]] std::variant<std::string, sigv4::Refusal> whole_payload(std::string_view body,
                                                                      PayloadForm form);

/// Worker thread, one at a time. `exchange` and `failure` outlive it.
class PayloadReader final : public wire::BodyReader {
public:
    PayloadReader(Exchange& exchange, PayloadForm form, PayloadFailure& failure);

    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override;
    [[nodiscard]] std::optional<Bytes> declared_length() const override { return declared_; }
    [[nodiscard]] std::optional<std::string_view> trailer(std::string_view name) const override;

private:
    [[nodiscard]] Result<std::size_t> read_decoded(MutableByteSpan into);
    [[nodiscard]] Status check_end();
    [[nodiscard]] Error refuse(sigv4::Refusal refusal);

    Exchange& exchange_;
    PayloadFailure& failure_;
    std::optional<sigv4::AwsChunkedDecoder> decoder_;
    std::optional<Sha256> digest_;
    Sha256Hasher hasher_;
    std::optional<Bytes> declared_;
    Bytes seen_;
    std::optional<Error> failed_;
    bool ended_ = false;
};

/// A body that is in memory already, for streaming operations whose body had to be hashed before it could be
/// trusted.
class MemoryReader final : public wire::BodyReader {
public:
    explicit MemoryReader(std::string body) : body_{std::move(body)} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override;
    [[nodiscard]] std::optional<Bytes> declared_length() const override { return Bytes{body_.size()}; }
    [[nodiscard]] std::optional<std::string_view> trailer(std::string_view) const override {
        return std::nullopt;
    }

private:
    std::string body_;
    std::size_t at_ = 0;
};

}  // namespace landfall::front
