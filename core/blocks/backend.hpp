// Backend: where sealed packs live. Local directory today; any S3 endpoint and Ceph RADOS fit the same
// contract.
//
// Invariants (backend_suite.hpp is the conformance suite; every implementation and the fake pass it)
//   1. An object is there whole or not at all: no reader and no crash ever sees a part of one.
//   2. adopt() and put() return success only when the object is durable; remove() only when it stays away.
//   3. Objects never change. adopt() onto an existing key is already_exists.
//   4. list() after adopt() or remove() by the same process sees the change.
// Keys are 1 to 128 of [a-z0-9.-]. Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/disk.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::blocks {

class Backend {
public:
    virtual ~Backend() = default;
    /// Stores `content` under the key.
    [[nodiscard]] virtual Status put(const std::string& key, ByteSpan content) = 0;
    /// Takes over a local file that is complete and synced; the file is gone afterwards. O(1) where the
    /// backend is the same file system.
    [[nodiscard]] virtual Status adopt(const std::string& key, const std::string& local_path) = 0;
    /// Reads until `to` is full or the object ends; returns the bytes read. not_found.
    [[nodiscard]] virtual Result<Bytes> get(const std::string& key, ByteOffset from, MutableByteSpan to) = 0;
    virtual void hint_read_ahead(const std::string& key, ByteOffset from, Bytes length) = 0;
    [[nodiscard]] virtual Result<Bytes> stat(const std::string& key) = 0;
    /// Keys > after, sorted, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<std::string>> list(std::string_view after,
                                                                std::size_t limit) = 0;
    /// Absent is success.
    [[nodiscard]] virtual Status remove(const std::string& key) = 0;
};

/// Files of one directory; descriptors of recently read ones stay open (≤ 128).
class LocalDirectory final : public Backend {
public:
    /// Makes the directory when missing.
    [[nodiscard]] static Result<std::unique_ptr<LocalDirectory>> open(Disk& disk,
                                                                      const std::string& directory);
    /// For open(), which prepares the directory.
    LocalDirectory(Disk& disk, std::string directory);
    ~LocalDirectory() override;

    [[nodiscard]] Status put(const std::string& key, ByteSpan content) override;
    [[nodiscard]] Status adopt(const std::string& key, const std::string& local_path) override;
    [[nodiscard]] Result<Bytes> get(const std::string& key, ByteOffset from, MutableByteSpan to) override;
    void hint_read_ahead(const std::string& key, ByteOffset from, Bytes length) override;
    [[nodiscard]] Result<Bytes> stat(const std::string& key) override;
    [[nodiscard]] Result<std::vector<std::string>> list(std::string_view after, std::size_t limit) override;
    [[nodiscard]] Status remove(const std::string& key) override;

private:
    class OpenFiles;
    Disk& disk_;
    std::string directory_;
    std::unique_ptr<OpenFiles> open_files_;
};

}  // namespace landfall::blocks
