// PatchMap: what a log lays over a file: ranges with bytes kept in memory, and ranges of zeros. The latest
// wins. The file itself is never written.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/extent_list.hpp"

namespace landfall::images {

/// Built by one thread; then any thread may read.
class PatchMap {
public:
    struct Patch {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        bool zero = false;
        std::uint64_t bytes_at = 0;  ///< in bytes(), where not zero
    };

    /// begin + length must not overflow: the caller's check.
    void put_bytes(ByteOffset begin, ByteSpan bytes);
    void put_zeros(ByteOffset begin, Bytes length);

    [[nodiscard]] bool empty() const { return patches_.empty(); }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
    /// The first patch that ends behind `at`; end == 0 where there is none.
    [[nodiscard]] Patch next(std::uint64_t at) const;

private:
    void put(Patch patch);
    std::map<std::uint64_t, Patch> patches_;  // by begin, without overlaps
    std::vector<std::byte> bytes_;
};

/// A file as it reads with its patches. Bytes between the file's end and `size` are zeros.
class PatchedSource final : public ByteSource {
public:
    PatchedSource(const ByteSource& file, const PatchMap& patches, Bytes size)
        : file_{file}, patches_{patches}, size_{size} {}
    [[nodiscard]] std::string_view name() const override { return file_.name(); }
    [[nodiscard]] Bytes size() const override { return size_; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override;

private:
    const ByteSource& file_;
    const PatchMap& patches_;
    Bytes size_;
};

}  // namespace landfall::images
