// Bodies that never sit in memory: what a service reads of a request's payload, and what it gives as a
// reply's.
//
// Invariants
//   1. Both block, so both are used on worker threads only (Runs::worker), by one thread at a time.
//   2. A reader yields the decoded payload: transfer and aws-chunked framing are gone, signatures and
//   declared
//      checksums of the frames are verified before the bytes that they cover are acknowledged by end-of-body.
//   3. A source yields exactly the length it was announced with, or fails; after a failure the connection is
//   cut,
//      never ended as if complete.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::wire {

class BodyReader {
public:
    virtual ~BodyReader() = default;
    /// Bytes written to the front of `into`; 0 only at the end of the body (or when `into` is empty).
    /// Errors: invalid = framing, signature or declared checksum is wrong (answer the client's error, store
    /// nothing); cancelled = the client went away; timeout = it sent nothing for too long.
    [[nodiscard]] virtual Result<std::size_t> read(MutableByteSpan into) = 0;
    /// The decoded length where the client declared it; nullopt for plain chunked bodies.
    [[nodiscard]] virtual std::optional<Bytes> declared_length() const = 0;
    /// A trailer field by lower-case name, once read() has returned 0: "x-amz-checksum-crc32".
    [[nodiscard]] virtual std::optional<std::string_view> trailer(std::string_view name) const = 0;
};

class BodySource {
public:
    virtual ~BodySource() = default;
    /// Bytes written to the front of `into`; 0 only when all announced bytes were given.
    [[nodiscard]] virtual Result<std::size_t> read(MutableByteSpan into) = 0;
};

}  // namespace landfall::wire
