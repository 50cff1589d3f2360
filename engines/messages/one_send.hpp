// OneSend: a send on its way, from the call to the answer: one allocation for all of it.
//
// The caller's thread makes it, the owner writes its message into the batch that fills and holds it there
// until the batch is durable. Threads: one at a time.
#pragma once

#include <cstdint>

#include "engines/messages/broker.hpp"
#include "engines/messages/message.hpp"

namespace landfall::messages {

struct OneSend {
    Send send;
    Done<Result<Sent>> done;
    std::uint64_t bytes = 0;  ///< that it counts for while it waits
    Sent sent{};              ///< the answer, once the commit succeeds
};

}  // namespace landfall::messages
