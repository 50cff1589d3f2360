// ByteSource: random-access, read-only bytes of one object: an upload in the object store, a member of an
// OVA, a file in a test. Every decoder reads through it and through nothing else, so that no image can name a
// host file.
//
// Invariants
//   1. The bytes and the size do not change while a source is open.
//   2. A read returns fewer bytes than asked only at the end of the source; a read past the end returns 0.
//   3. Any number of threads may read at once.
//   4. An error of the medium (Errc::io, unavailable …) is passed on as it is; a decoder's own verdict about
//      the bytes is Errc::invalid and its message names the source and the offset.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::images {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// What a person knows it by: "s3://in/app.ova", "disk1.vmdk in s3://in/app.ova". Valid as long as the
    /// source.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Bytes size() const = 0;
    /// Fills `out` from `at` on and returns the bytes filled. May block on disk or network.
    [[nodiscard]] virtual Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const = 0;
};

/// Fills all of `out`, or fails: Errc::invalid "NAME: offset N: the file ends before <what> is complete".
Status read_exactly(const ByteSource& source, ByteOffset at, MutableByteSpan out, std::string_view what);

/// An error about the bytes of a source: "NAME: offset N: <what>". Errc::invalid.
Error bad_input(const ByteSource& source, ByteOffset at, std::string_view what);

/// Owned bytes.
class MemorySource final : public ByteSource {
public:
    MemorySource(std::string name, std::vector<std::byte> bytes);
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] Bytes size() const override { return Bytes{bytes_.size()}; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override;

private:
    std::string name_;
    std::vector<std::byte> bytes_;
};

/// A file of the host, opened by the caller's own choice: tests, benches, the command line. Never by an
/// image.
class FileSource final : public ByteSource {
    struct Key {
        explicit Key() = default;
    };

public:
    FileSource(Key, std::string name, int fd, Bytes size);
    static Result<std::unique_ptr<FileSource>> open(const std::string& path);
    ~FileSource() override;
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] Bytes size() const override { return size_; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override;

private:
    std::string name_;
    int fd_;
    Bytes size_;
};

/// A part of another source, which must outlive it. `at + size` must lie inside (a bug otherwise).
class SliceSource final : public ByteSource {
public:
    SliceSource(std::string name, const ByteSource& whole, ByteOffset at, Bytes size);
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] Bytes size() const override { return size_; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override;

private:
    std::string name_;
    const ByteSource& whole_;
    ByteOffset at_;
    Bytes size_;
};

/// The files that may stand beside an image, by plain name: the members of its OVA, or a set that the caller
/// gives. Images with extents in files of their own (VMDK flat and split) find them here and nowhere else.
class SiblingFiles {
public:
    virtual ~SiblingFiles() = default;
    /// nullptr if there is none of that name. The source lives as long as this set.
    [[nodiscard]] virtual const ByteSource* find(std::string_view name) const = 0;
};

}  // namespace landfall::images
