// LoadClient: many kept-alive HTTP connections in one thread, each with one request outstanding, as fast as
// the server answers. The client's work is kept small, so that two cores measure the server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_function.hpp"

namespace landfall::bench {

struct Outcome {
    std::uint64_t answers = 0;
    std::uint64_t errors = 0;  ///< answers that are not a 200
    std::string first_error;
    double seconds = 0;
    std::vector<float> milliseconds;  ///< of each answer
};

/// What a connection does: called with its last answer's body (empty at first), gives its next request,
/// whole; an empty one ends the connection's work.
using NextRequest = UniqueFunction<std::string_view(std::size_t connection, std::string_view last_body)>;

/// Runs until every connection has ended its work, or `limit` has passed: then no further request is sent and
/// the open ones are waited for.
Outcome run_load(std::uint16_t port, std::size_t connections, Duration limit, NextRequest next);

/// The p-th quantile (0..1) in milliseconds; reorders.
float quantile(std::vector<float>& milliseconds, double p);

}  // namespace landfall::bench
