#include "engines/images/fuzzing_testing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall::images;
    decode_everything(Format::qcow2, MemorySource{"fuzz", bytes_of_input(input, size)});
    return 0;
}
