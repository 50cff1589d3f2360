// What S3 needs of others, beside the stores that it is given whole.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "services/s3/model_checksum.hpp"
#include "services/s3/model_notification.hpp"

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

/// For whom a notice is sent: what the target's policy is asked about.
struct NoticeSource {
    std::string arn;      ///< of the bucket
    std::string account;  ///< that owns it
};
struct NoticeParcel {
    NoticeTarget target;
    NoticeSource source;
    std::string text;
};

/// Queues and topics of this server. Any thread.
class NoticeTargets {
public:
    virtual ~NoticeTargets() = default;
    /// Whether that bucket may send there. not_found; denied: the target's policy does not let principal
    /// s3.amazonaws.com; invalid: it takes no notices, with the sentence that the caller is told. No disk.
    [[nodiscard]] virtual Status check(const NoticeTarget& target, const NoticeSource& source) const = 0;
    /// One outcome for each, in order, when all are durable or refused; parcels for one target keep their
    /// order. Blocks. Errors as of check(); anything else: not now.
    [[nodiscard]] virtual std::vector<Status> deliver(std::span<const NoticeParcel> parcels) = 0;
};

}  // namespace landfall::s3
