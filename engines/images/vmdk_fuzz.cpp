#include "engines/images/fuzzing_testing.hpp"

namespace landfall::images {
namespace {

/// Every name is the input itself: descriptors that name themselves included.
class OneSibling final : public SiblingFiles {
public:
    explicit OneSibling(const ByteSource& file) : file_{file} {}
    [[nodiscard]] const ByteSource* find(std::string_view) const override { return &file_; }

private:
    const ByteSource& file_;
};

}  // namespace
}  // namespace landfall::images

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace landfall::images;
    const MemorySource source{"fuzz", bytes_of_input(input, size)};
    const OneSibling sibling{source};
    decode_everything(Format::vmdk, source, &sibling);
    return 0;
}
