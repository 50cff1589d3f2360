// RootLog: the durable truth about refs: an append-only, checksummed log with checkpoints.
// docs/formats/roots.md.
//
// Invariants
//   1. append() returns success only when the record is durable; a record holds all changes of one group of
//      commits and is replayed whole or, when torn at the log's end, not at all.
//   2. Damage before the durable end is told from a torn end: each record carries how much of the log was
//      durable when it was written, and a record that says so much is looked for behind every bad one.
//   3. A checkpoint replaces older logs only once it is durable itself.
//   4. After a failed append nothing more is appended: the file's end is unknown until the next start.
// Threads: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.hpp"
#include "base/unique_function.hpp"
#include "core/blocks/records.hpp"

namespace landfall::blocks {

struct RootChange {
    std::string key;                  ///< as ref_key() makes it
    std::optional<RefRecord> record;  ///< nullopt: deleted
};

/// One record of the log. Pure codec.
struct RootRecord {
    std::uint64_t version = 0;        ///< of the newest change in it
    std::uint64_t durable_below = 0;  ///< log offset
    bool checkpoint_end = false;
    std::vector<RootChange> changes;
};
[[nodiscard]] std::vector<std::byte> encode(const RootRecord& record);
struct DecodedRootRecord {
    RootRecord record;
    std::size_t length = 0;
};
/// The record at the beginning of `bytes`. corrupt: there is none.
[[nodiscard]] Result<DecodedRootRecord> decode_root_record(ByteSpan bytes);

class RootLog {
public:
    RootLog(Disk& disk, std::string directory) : disk_{disk}, directory_{std::move(directory)} {}

    /// Called for each record of the newest complete log, in order; an error ends the replay with it.
    using Visit = UniqueFunction<Status(const RootRecord&)>;
    /// Makes the first log when there is none. corrupt: damage before the durable end, naming the offset.
    [[nodiscard]] Status open(Visit visit);
    [[nodiscard]] Status append(RootRecord record);
    /// The error that ended the log: what was being appended may or may not be there after the next start.
    [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }
    /// The log is long enough, compared with its last checkpoint, for a new one.
    [[nodiscard]] bool wants_checkpoint() const;

    /// Gives out the live refs in pieces; an empty piece is the end.
    using Next = UniqueFunction<Result<std::vector<RootChange>>()>;
    [[nodiscard]] Status checkpoint(std::uint64_t version, Next next);

private:
    [[nodiscard]] std::string path_of(std::uint64_t sequence) const;
    [[nodiscard]] Status replay(Visit& visit);
    [[nodiscard]] Result<Bytes> fill_checkpoint(File& file, std::uint64_t version, Next& next);

    Disk& disk_;
    const std::string directory_;
    std::unique_ptr<File> file_;
    std::uint64_t sequence_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t checkpoint_size_ = 0;
    std::optional<Error> failed_;
};

}  // namespace landfall::blocks
