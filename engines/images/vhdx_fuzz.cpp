// VHDX keeps its structures megabytes apart and under checksums, which no mutation would get right: the input
// is a list of patches to a small valid skeleton, and the checksums of headers and region tables are made
// right again.
#include "base/checksum.hpp"
#include "engines/images/fuzzing_testing.hpp"

namespace landfall::images {
namespace {

constexpr std::size_t kKiB = 1024;

void sign(std::vector<std::byte>& file, std::size_t at, std::size_t size) {
    store_le<std::uint32_t>(file, at + 4, 0);
    store_le<std::uint32_t>(file, at + 4, Crc32c::of(ByteSpan{file}.subspan(at, size)));
}

void put(std::vector<std::byte>& file, std::size_t at, std::string_view text) {
    for (const char c : text) file[at++] = static_cast<std::byte>(c);
}

/// The structures that hold whatever the input says, each placed where the format wants it.
struct Place {
    std::size_t at;
    std::size_t size;
};
constexpr Place kPlaces[] = {{64 * kKiB, 128},     // header
                             {192 * kKiB, 256},    // region table
                             {1024 * kKiB, 8192},  // log
                             {2048 * kKiB, 1024},  // metadata table and items
                             {3072 * kKiB, 512}};  // block table

}  // namespace
}  // namespace landfall::images

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall::images;
    using landfall::ByteSpan;
    std::vector<std::byte> file(4096 * kKiB);
    const auto bytes = bytes_of_input(input, size);
    std::size_t used = 0;
    for (const Place& place : kPlaces) {
        const std::size_t n = std::min(place.size, bytes.size() - used);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(used), n,
                    file.begin() + static_cast<std::ptrdiff_t>(place.at));
        used += n;
    }
    put(file, 0, "vhdxfile");
    put(file, 64 * kKiB, "head");
    put(file, 192 * kKiB, "regi");
    landfall::store_le<std::uint16_t>(file, 64 * kKiB + 66, 1);
    sign(file, 64 * kKiB, 4096);
    sign(file, 192 * kKiB, 64 * kKiB);
    const auto entry = landfall::load_le<std::uint32_t>(file, 1024 * kKiB + 8);
    if (entry >= 4096 && entry <= 64 * kKiB) sign(file, 1024 * kKiB, entry);
    decode_everything(Format::vhdx, MemorySource{"fuzz", std::move(file)});
    return 0;
}
