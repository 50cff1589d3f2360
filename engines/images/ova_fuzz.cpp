#include "engines/images/fuzzing_testing.hpp"
#include "engines/images/ova.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall::images;
    const MemorySource source{"fuzz", bytes_of_input(input, size)};
    const auto ova = Ova::open(source, {.virtual_size_max = landfall::Bytes{64 << 20}});
    if (!ova.ok()) return 0;
    for (std::size_t i = 0; i < (*ova)->machine().disks.size() && i < 4; ++i) {
        const auto image = (*ova)->open_disk(i);
        if (!image.ok()) continue;
        const auto digests = (*ova)->digests_of(**image);
        if (digests.ok()) static_cast<void>((*ova)->verify_other_files(*digests).ok());
    }
    return 0;
}
