#include <cstdint>

#include "engines/images/ova.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    static_cast<void>(landfall::images::parse_ovf("fuzz", {reinterpret_cast<const char*>(input), size}).ok());
    return 0;
}
