// What the tests of this folder share: disks with known content, qemu-img as the second opinion, a sink that
// checks its contract.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "engines/images/block_sink.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/disk_image.hpp"
#include "engines/images/import.hpp"

namespace landfall::images {

using ByteVector = std::vector<std::byte>;

/// Removed with all it holds when it goes.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    [[nodiscard]] std::string path(std::string_view name) const;

private:
    std::string path_;
};

/// Runs a program to its end and returns its exit status; its output goes nowhere unless it fails.
int run_program(const std::vector<std::string>& arguments);

ByteVector read_file(const std::string& path);
void write_file(const std::string& path, ByteSpan bytes);

/// Runs of random bytes, of text, and of zeros, of lengths from sectors to megabytes; the same for the same
/// seed.
ByteVector patterned_disk(std::size_t size, std::uint64_t seed);

/// `qemu-img convert` of raw bytes into `format` with `options` ("" for none); returns the path.
std::string made_by_qemu(const TempFolder& folder, const ByteVector& raw, const std::string& format,
                         const std::string& options);
/// What qemu-img reads from it.
ByteVector read_by_qemu(const TempFolder& folder, const std::string& path, const std::string& format);

/// Keeps the blocks, and fails the test when the contract of BlockSink is broken.
class MemorySink final : public BlockSink {
public:
    Status put(BlockIndex first, ByteSpan blocks) override;
    Status put_zlib(std::span<const ZlibBlock> blocks) override;
    [[nodiscard]] std::size_t streams() const { return streams_; }
    /// The disk of that size, holes as zeros.
    [[nodiscard]] ByteVector disk(Bytes size) const;
    [[nodiscard]] std::size_t blocks() const { return blocks_.size(); }

private:
    std::mutex mutex_;
    std::map<std::uint64_t, ByteVector> blocks_;
    std::atomic<std::size_t> streams_{0};  ///< blocks that came with a zlib stream
};

/// Files by name.
class NamedFiles final : public SiblingFiles {
public:
    void add(std::string name, ByteVector bytes);
    [[nodiscard]] const ByteSource* find(std::string_view name) const override;

private:
    std::map<std::string, MemorySource, std::less<>> files_;
};

/// open_image and import_disk in one, into memory.
Result<ByteVector> decoded(Format format, const ByteSource& source, unsigned threads = 2,
                           const SiblingFiles* siblings = nullptr);
/// The message of that failure; fails the test if it succeeds.
std::string refusal(Format format, ByteVector bytes, const SiblingFiles* siblings = nullptr);

/// Equal without printing megabytes: says where the first difference is.
::testing::AssertionResult same_bytes(const ByteVector& a, const ByteVector& b);
/// `longer` is `shorter` and then zeros.
::testing::AssertionResult same_then_zeros(const ByteVector& longer, const ByteVector& shorter);

}  // namespace landfall::images
