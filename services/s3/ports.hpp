// What S3 needs of others, beside the stores that it is given whole.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "services/s3/model_checksum.hpp"

namespace landfall::s3 {

/// The payload of a request, pulled on the thread that serves it. One thread at a time; may block on the
/// network.
class ByteStream {
public:
    virtual ~ByteStream() = default;
    /// Bytes written to the front of `into`; 0 only at the end of the payload, when framing and signatures of
    /// all of it were found right. Errors: invalid (framing, signature, trailer), cancelled, timeout.
    [[nodiscard]] virtual Result<std::size_t> read(MutableByteSpan into) = 0;
    /// A checksum that the client sent behind the payload. To be asked at the end only.
    [[nodiscard]] virtual std::optional<ClaimedChecksum> trailing_claim() const { return std::nullopt; }
};

}  // namespace landfall::s3
