#include "engines/images/manifest.hpp"
#include "engines/images/vmdk_descriptor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall::images;
    const std::string_view text{reinterpret_cast<const char*>(input), size};
    const MemorySource source{"fuzz", {}};
    static_cast<void>(parse_manifest(source, text).ok());
    static_cast<void>(parse_vmdk_descriptor(source, landfall::ByteOffset{0}, text).ok());
    return 0;
}
