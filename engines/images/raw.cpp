// RAW: the guest's bytes are the file's bytes, whatever they look like.
#include <vector>

#include "engines/images/extent_list.hpp"
#include "engines/images/formats.hpp"

namespace landfall::images {
namespace {

class RawImage final : public DiskImage {
public:
    explicit RawImage(const ByteSource& source) : sources_{&source} {}

    [[nodiscard]] Format format() const override { return Format::raw; }
    [[nodiscard]] std::string_view variant() const override { return "verbatim"; }
    [[nodiscard]] Bytes virtual_size() const override { return sources_.front()->size(); }
    [[nodiscard]] const std::vector<const ByteSource*>& sources() const override { return sources_; }
    [[nodiscard]] Bytes unit() const override { return kUnit; }
    [[nodiscard]] Bytes part_size() const override { return part_size_for(kUnit, kUnit); }
    [[nodiscard]] Result<std::vector<Extent>> map(DiskPart part) const override {
        ExtentList extents{part};
        extents.add_plain(part.length, part.begin);
        return std::move(extents).take();
    }

private:
    std::vector<const ByteSource*> sources_;
};

}  // namespace

OpenedImage open_raw(const ByteSource& source, const OpenOptions& options) {
    TRY(check_virtual_size(source, ByteOffset{0}, source.size(), options.limits));
    return OpenedImage{std::make_unique<RawImage>(source)};
}

}  // namespace landfall::images
