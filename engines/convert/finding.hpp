// Findings: what a person must know about a conversion. No silent loss: whatever is not converted, or is
// known to behave differently, has one.
//
// Source of the numbers: AWS SCT's action codes where the meaning is the same (action_codes.hpp lists them
// with their subject and advice); our own begin at 9000.
#pragma once

#include <cstdint>
#include <string>

namespace landfall::convert {

enum class Complexity : std::uint8_t { info, simple, medium, complex };

/// A finding is about a place in the script that is being converted; who knows the script turns offsets into
/// files, lines and columns (Script::origin_of).
struct Finding {
    int code = 0;  ///< a number of action_codes.hpp
    Complexity complexity = Complexity::medium;
    std::uint32_t begin = 0;  ///< offsets into Script::text
    std::uint32_t end = 0;
    std::string detail;  ///< what this occurrence is about: a name, a construct; may be empty
};

}  // namespace landfall::convert
