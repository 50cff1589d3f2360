#include "engines/images/file_systems.hpp"
#include "engines/images/fuzzing_testing.hpp"
#include "engines/images/inspect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall::images;
    const MemorySource source{"fuzz", bytes_of_input(input, size)};
    static_cast<void>(inspect(source).ok());
    static_cast<void>(read_ext_file(source, "/etc/os-release").ok());
    return 0;
}
