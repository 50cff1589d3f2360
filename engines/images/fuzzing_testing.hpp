// What the fuzz targets share: an input is opened as one format and decoded whole, under limits that keep a
// run short.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "engines/images/decode.hpp"
#include "engines/images/disk_image.hpp"

namespace landfall::images {

/// Maps every part and decodes every compressed extent on this thread. Any error is a fine answer; what is
/// not: a crash, a gap in a map, an extent beyond its source, or a decoder that writes beyond its place.
inline void decode_everything(Format format, const ByteSource& source,
                              const SiblingFiles* siblings = nullptr) {
    const auto image =
        open_image(format, source, {.limits = {.virtual_size_max = 64_MiB}, .siblings = siblings});
    if (!image.ok()) return;
    Decoder decoder;
    std::vector<std::byte> out;
    std::vector<std::byte> stored;
    for (const DiskPart part : (*image)->parts()) {
        const auto extents = (*image)->map(part);
        if (!extents.ok()) return;
        ByteOffset next = part.begin;
        unsigned decoded = 0;
        for (const Extent& e : *extents) {
            CHECK(e.guest == next);
            next += e.length;
            if (!e.has_bytes()) continue;
            const ByteSource& from = *(*image)->sources().at(e.source);
            CHECK(e.at.value <= from.size().count && e.stored.count <= from.size().count - e.at.value);
            if (e.kind == ExtentKind::plain || ++decoded > 16) continue;
            CHECK(e.guest.value % (*image)->unit().count + e.decoded <= (*image)->unit().count);
            stored.resize(e.stored.count);
            out.resize(e.decoded);
            CHECK(read_exactly(from, e.at, stored, "an extent").ok());
            if (!decoder.decode(from, e, stored, out).ok()) return;
        }
        CHECK(next == part.begin + part.length);
    }
}

inline std::vector<std::byte> bytes_of_input(const std::uint8_t* input, std::size_t size) {
    const auto* begin = reinterpret_cast<const std::byte*>(input);
    return {begin, begin + size};
}

}  // namespace landfall::images
