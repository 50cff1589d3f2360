// SpoolFile: a file in the making, on this machine's disk, until a sink takes it.
//
// Invariants
//   1. It has no name: however the program ends, nothing of it stays.
//   2. What is in memory is bounded, however long it becomes.
//   3. The same appends give the same bytes, compressed as well.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace landfall::dbmove::files {

class SpoolFile {
public:
    enum class Form : std::uint8_t { plain, gzip };
    /// Errors: exhausted, denied, io.
    static Result<SpoolFile> open(const std::filesystem::path& folder, Form form = Form::plain);
    SpoolFile(SpoolFile&& other) noexcept;
    SpoolFile& operator=(SpoolFile&& other) noexcept;
    ~SpoolFile();

    Status append(std::string_view bytes);
    /// Behind the last append. Then descriptor() holds all of it, from its beginning.
    Status close();
    /// Of all that was appended.
    [[nodiscard]] std::uint64_t appended() const { return appended_; }
    /// Of the file, once closed.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Of the file, in hexadecimal. Once closed.
    [[nodiscard]] const std::string& sha256() const { return digest_; }

private:
    class Gzip;
    explicit SpoolFile(int descriptor);
    enum class More : std::uint8_t { comes, none };
    Status write_out(More more);
    Status write(std::string_view bytes);

    int descriptor_ = -1;
    std::string buffer_;
    std::unique_ptr<Gzip> gzip_;
    std::uint64_t appended_ = 0, size_ = 0;
    Sha256Hasher hasher_;
    std::string digest_;
};

}  // namespace landfall::dbmove::files
