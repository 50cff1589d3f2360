// FakeVfs: SQLite on a FakeDisk, so that the state store meets failed writes, failed syncs and power cuts.
//
// Invariants
//   1. Files are those of the FakeDisk, by the last part of their path. Locks and the log's shared memory are
//      this process's; they end with the connections.
//   2. A write that fails is torn: its first half is there.
//   3. A new log or journal gets its directory entry synced with its first sync, as SQLite's own VFS for Unix
//      does; the database's entry is for whoever makes the database.
// The name() is what StoreOptions::vfs takes. Threads: any. Outlives the stores that use it.
#pragma once

#include <memory>
#include <string>

#include "base/disk_fake.hpp"

namespace landfall::state {

class FakeVfs {
public:
    /// `disk` outlives it. `name` must be free in this process.
    FakeVfs(FakeDisk& disk, std::string name);
    ~FakeVfs();
    FakeVfs(const FakeVfs&) = delete;
    FakeVfs& operator=(const FakeVfs&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    class Inside;
    const std::string name_;
    std::unique_ptr<Inside> inside_;
};

}  // namespace landfall::state
