// RootLog: the durable truth about refs: an append-only, checksummed log with checkpoints.
// docs/formats/roots.md.
//
// Invariants
//   1. append() returns success only when the record is durable; a record holds all changes of one group of
//      commits and is replayed whole or, when torn at the log's end, not at all.
//   2. Damage before the durable end is told from a torn end: each record carries how much of the log was
//      durable when it was written, and a record that says so much is looked for behind every bad one.
//   3. A checkpoint replaces older logs only once it is durable itself.
//   4. After a failed append nothing more is appended to that file: its end is unknown. restart() goes on
//      with a new one that holds what was known to be there before; the failed record is then certain not to
//      have happened.
//   5. While a newer log than the one that is appended to may be on the disk, nothing is appended.
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
    /// A log is worth a checkpoint when it is longer than `checkpoint_min`, and twice as long as its last
    /// one.
    RootLog(Disk& disk, std::string directory, Bytes checkpoint_min = 4_MiB)
        : disk_{disk}, directory_{std::move(directory)}, checkpoint_min_{checkpoint_min.count} {}

    /// Called for each record of the newest complete log, in order; an error ends the replay with it.
    using Visit = UniqueFunction<Status(const RootRecord&)>;
    /// Makes the first log when there is none. corrupt: damage before the durable end, naming the offset.
    [[nodiscard]] Status open(Visit visit);
    [[nodiscard]] Status append(RootRecord record);
    /// The error that ended the log: what was being appended may or may not be there after the next start, or
    /// after restart(), which says that it is not.
    [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }
    /// The log is long enough, compared with its last checkpoint, for a new one.
    [[nodiscard]] bool wants_checkpoint() const;

    /// Gives out the live refs in pieces; an empty piece is the end.
    using Next = UniqueFunction<Result<std::vector<RootChange>>()>;
    /// Writes a checkpoint in one go and changes over to it.
    [[nodiscard]] Status checkpoint(std::uint64_t version, Next next);
    /// The same, in pieces between appends, so that none of them waits for all: each advance() writes
    /// `pieces` pieces (what `next` gives at a time) and syncs at most 8 MiB; the last one appends what was
    /// appended since begin, and changes over. An error gives the checkpoint up: the log goes on as it was,
    /// unless failed() says otherwise. Memory: what is appended meanwhile.
    [[nodiscard]] Status begin_checkpoint(std::uint64_t version, Next next);
    [[nodiscard]] Status advance_checkpoint(std::size_t pieces);
    [[nodiscard]] bool checkpointing() const { return draft_ != nullptr; }
    /// After failed(): a new log from `next`, which gives the refs without the record that failed.
    [[nodiscard]] Status restart(std::uint64_t version, Next next);

private:
    struct Draft {
        std::uint64_t version = 0;
        Next next;
        std::unique_ptr<File> file;
        std::uint64_t end = 0;
        std::uint64_t synced = 0;
        std::vector<std::byte> tail;  ///< appended to the log meanwhile
    };
    [[nodiscard]] std::string path_of(std::uint64_t sequence) const;
    [[nodiscard]] Status replay(Visit& visit);
    [[nodiscard]] Result<bool> write_piece(Draft& draft);
    [[nodiscard]] Status finish(Draft& draft);
    [[nodiscard]] std::string draft_path() const { return directory_ + "/draft.new"; }

    Disk& disk_;
    const std::string directory_;
    const std::uint64_t checkpoint_min_;
    std::unique_ptr<File> file_;
    std::unique_ptr<Draft> draft_;
    std::uint64_t sequence_ = 0;
    std::uint64_t sequence_max_ = 0;  ///< that a file on the disk may have
    std::uint64_t end_ = 0;
    std::uint64_t checkpoint_size_ = 0;
    std::optional<Error> failed_;
};

}  // namespace landfall::blocks
