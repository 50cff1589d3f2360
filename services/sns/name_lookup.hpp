// NameLookup: addresses of hosts, any number at a time, none waiting for another.
//
// The resolver of the C library blocks a thread for each name, so that a few names whose servers are dead
// would hold back the endpoints of everybody else.
//
// Invariants
//   1. A look-up holds no thread. One of a name that nobody answers for ends by itself, and delays no other.
//   2. `done` is called at most once, on the loop's thread, also before find() returns; not at all once the
//      NameLookup is destroyed.
//   3. /etc/hosts, /etc/resolv.conf and the order in /etc/nsswitch.conf hold, as they are at the time of the
//      look-up.
// Threads: the loop's alone. Reads the small files above.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace boost::asio {
class io_context;
}

namespace landfall::sns {

/// Addresses as text, in the order in which they are to be tried; not empty. unavailable: there are none.
using LookupDone = UniqueFunction<void(Result<std::vector<std::string>>)>;

class NameLookup {
public:
    /// `servers`: "127.0.0.1:53,…" instead of those of /etc/resolv.conf; empty: those. unavailable: the
    /// resolver does not start.
    static Result<std::unique_ptr<NameLookup>> open(boost::asio::io_context& loop, std::string servers);
    virtual ~NameLookup() = default;
    virtual void find(const std::string& host, LookupDone done) = 0;
};

}  // namespace landfall::sns
