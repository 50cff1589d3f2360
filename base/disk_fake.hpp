// FakeDisk: a disk in memory that keeps no promise it was not asked for.
//
// Invariants
//   1. What is visible (open, read, list) is what was last written. What survives power_cut() is what was
//      synced, plus an arbitrary (seeded) subset of what was not: each un-synced write is kept, dropped, or
//      torn at a 512-byte boundary; each un-synced directory entry is kept or dropped, each by itself.
//   2. A file whose name was never synced may vanish even if its content was synced.
//   3. A failed sync() poisons the File and leaves its un-synced writes to chance at the next power cut.
//   4. At the n-th mutating call (write, sync, truncate, allocate, create, rename, link, unlink, directory
//   calls)
//      the disk can fail it, or "crash": that call and all later ones fail until power_cut().
// Threads: any. Test programs only, but part of `base` so that every layer's tests share it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.hpp"

namespace landfall {

class FakeDisk final : public Disk {
public:
    explicit FakeDisk(std::uint64_t seed = 1);
    ~FakeDisk() override;

    /// From now on the n-th mutating call (1 = the next) returns `error`; calls behind it work again.
    void fail_at(std::uint64_t call, Errc error = Errc::io);
    /// From now on the n-th mutating call and all later calls of any kind fail until power_cut().
    void crash_at(std::uint64_t call);
    [[nodiscard]] bool crashed() const;
    /// Mutating calls made since construction.
    [[nodiscard]] std::uint64_t calls() const;
    /// Writes that would grow the sum of all files above this fail with exhausted. nullopt: no limit.
    void limit_space(std::optional<Bytes> total);

    enum class Cut {
        lose_all,   ///< nothing un-synced survives
        keep_all,   ///< everything written survives, as after kill -9
        arbitrary,  ///< invariant 1
    };
    /// The machine goes off and on: open Files and locks are dead (every call fails), faults are disarmed.
    void power_cut(Cut cut);

    /// Flips bits of stored, durable bytes behind the owner's back.
    [[nodiscard]] Status corrupt(const std::string& path, ByteOffset at, std::byte mask);
    /// A copy of the whole disk as it is visible now: "someone cloned the directory".
    [[nodiscard]] std::unique_ptr<FakeDisk> clone() const;

    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                                     Caching caching = Caching::cached) override;
    [[nodiscard]] Status rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Status link(const std::string& from, const std::string& to) override;
    [[nodiscard]] Status unlink(const std::string& path) override;
    [[nodiscard]] Status make_directory(const std::string& path) override;
    [[nodiscard]] Status remove_directory(const std::string& path) override;
    [[nodiscard]] Status sync_directory(const std::string& path) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;
    [[nodiscard]] Result<FileStat> stat(const std::string& path) override;
    [[nodiscard]] Result<SpaceStat> space(const std::string& path) override;
    [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

private:
    struct State;
    friend class FakeFile;
    friend class FakeLock;
    // Shared with open Files and locks: a File may outlive the disk object that made it, as in a test's
    // teardown.
    std::shared_ptr<State> state_;
};

}  // namespace landfall
