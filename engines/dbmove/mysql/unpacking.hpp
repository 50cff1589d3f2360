// Compressed parts of binary logs: MariaDB's (zlib, in one piece) and MySQL's (zstd, a stream of events).
//
// Invariants
//   1. No more memory is taken than bytes really come out, whatever a header claims.
// Threads: one owner.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::dbmove::mysql {

struct TransactionPayload;

/// Unpacks what follows the header of a compressed event of MariaDB into `out`. Errc::corrupt where it is not
/// exactly that; Errc::exhausted above `max` bytes.
[[nodiscard]] Status unpack_mariadb(ByteSpan packed, std::uint64_t max, std::string& out);

/// The events inside of a TRANSACTION_PAYLOAD, one after the other; at most one is in memory.
class PayloadReader {
public:
    /// Borrows the payload's bytes while it lives. `event_max` bounds one event.
    explicit PayloadReader(const TransactionPayload& payload, std::uint64_t event_max);
    ~PayloadReader();
    PayloadReader(const PayloadReader&) = delete;
    PayloadReader& operator=(const PayloadReader&) = delete;

    /// The next event, for EventDecoder::decode_inner(); valid until the next call. Empty at the end.
    [[nodiscard]] Result<ByteSpan> next();

private:
    struct Stream;
    Status fill(std::size_t wanted);
    std::unique_ptr<Stream> stream_;
};

}  // namespace landfall::dbmove::mysql
