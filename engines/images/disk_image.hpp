// DiskImage: a virtual disk inside one or several sources, as a map of extents. A format's reader only says
// where the bytes of the guest are; reading, decompressing and hashing are the importer's (import.hpp), for
// all alike.
//
//   auto image = TRY(open_image(Format::vmdk, object, {.limits = limits}));
//   for (DiskPart p : image->parts()) { std::vector<Extent> extents = TRY(image->map(p)); … }
//
// Invariants
//   1. The format is the caller's word and never probed: RAW is verbatim even if it looks like another
//      format.
//   2. An image reads its own sources and siblings by plain name; backing files, data files, parents,
//      absolute names and host devices are refused by name.
//   3. Limits are checked before anything is allocated. No table is held whole: memory is bounded by one
//      part.
//   4. What is not understood (a feature bit, an extent type, a checksum that fails) is refused, never
//      skipped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

enum class Format : std::uint8_t { raw, vmdk, vhd, vhdx, qcow2, vdi };
[[nodiscard]] std::string_view name_of(Format format);

/// What the owner of the store allows.
struct Limits {
    Bytes virtual_size_max = Bytes{std::uint64_t{16} << 40};
};

enum class ExtentKind : std::uint8_t {
    hole,        ///< never written: reads as zeros
    zero,        ///< written as zeros without bytes in the file
    plain,       ///< the guest's bytes are in the source as they are
    vmdk_grain,  ///< a grain marker {u64 lba, u32 size}, then a zlib stream
    deflate,     ///< a raw deflate stream that gives `length` bytes; bytes after it are ignored
    zstd,        ///< one zstd frame that gives `length` bytes; bytes after it are ignored
};

/// A run of the guest's bytes. `length` is what the disk shows (clipped to its end); a compressed extent
/// decodes to `decoded` bytes, of which the first `length` count.
struct Extent {
    ByteOffset guest;
    Bytes length;
    ByteOffset at;  ///< in the source; meaningless for hole and zero
    Bytes stored;   ///< bytes at `at` that may be needed: exact for plain, an upper bound where compressed
    std::uint32_t decoded = 0;
    ExtentKind kind = ExtentKind::hole;
    std::uint16_t source = 0;  ///< index into DiskImage::sources()

    [[nodiscard]] bool has_bytes() const { return kind != ExtentKind::hole && kind != ExtentKind::zero; }
};

/// A stretch of the guest that `map` describes at once; begins and ends at multiples of unit(), but for the
/// disk's end.
struct DiskPart {
    ByteOffset begin;
    Bytes length;
};

/// Any thread may call any method; all are const. Its sources must outlive it.
class DiskImage {
public:
    virtual ~DiskImage() = default;
    [[nodiscard]] virtual Format format() const = 0;
    /// As people call it: "streamOptimized", "dynamic", "v3 zstd".
    [[nodiscard]] virtual std::string_view variant() const = 0;
    /// The guest's size in bytes: as the image says, not rounded.
    [[nodiscard]] virtual Bytes virtual_size() const = 0;
    /// What extents point into, the main source first.
    [[nodiscard]] virtual const std::vector<const ByteSource*>& sources() const = 0;
    /// Bytes that one decoding step produces: a power of two, 1 or 2 MiB. No compressed extent crosses a
    /// multiple.
    [[nodiscard]] virtual Bytes unit() const = 0;
    /// A length of guest, a multiple of unit(), whose map is small (≤ 262,144 table entries).
    [[nodiscard]] virtual Bytes part_size() const = 0;
    /// The extents of a part in guest order, without gaps and overlaps. Reads tables from the source;
    /// Errc::invalid with file and offset where they are wrong.
    [[nodiscard]] virtual Result<std::vector<Extent>> map(DiskPart part) const = 0;

    [[nodiscard]] std::vector<DiskPart> parts() const;
};

struct OpenOptions {
    Limits limits;
    const SiblingFiles* siblings = nullptr;  ///< must outlive the image
};

/// Reads headers and directories only. Errc::invalid: not that format, damaged, or refused (the message says
/// which file, offset and rule). Errc::exhausted: larger than the limits.
[[nodiscard]] Result<std::unique_ptr<DiskImage>> open_image(Format format, const ByteSource& source,
                                                            const OpenOptions& options);

}  // namespace landfall::images
