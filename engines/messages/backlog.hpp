// Backlog: the messages of one queue that are in the log and not deleted, in the order of their sequences.
//
// Costs one bit a message beside what is in the open segment. See segment.hpp for the invariants.
// Threads: the broker's owner only. entry() may read an index file's page.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engines/messages/segment.hpp"

namespace landfall::messages {

class Backlog {
public:
    explicit Backlog(EntrySource& source) : source_{&source} {}
    Backlog(Backlog&& other) noexcept
        : source_{other.source_}, runs_{std::move(other.runs_)}, live_{std::exchange(other.live_, 0)} {}
    Backlog& operator=(Backlog&&) = delete;
    ~Backlog() { clear(); }

    /// A new message in the open segment, behind all others.
    void append(Segment& segment, const Entry& entry);
    /// Adds a run as a checkpoint names it, behind all others.
    void restore(Run run);

    [[nodiscard]] bool contains(Sequence sequence) const;
    /// nullopt when it is dead or unknown.
    [[nodiscard]] std::optional<Entry> entry(Sequence sequence);
    /// The segment of a live message.
    [[nodiscard]] Segment* segment_of(Sequence sequence);
    /// The first live message from `from` up to `upto`, both included. None, too, while its entry cannot be
    /// read: a message is not passed over because the disk fails for a moment.
    [[nodiscard]] std::optional<Entry> next(Sequence from, Sequence upto);
    /// The first of all, as next() finds it. Kept while it lives: its entry is read once, however often it is
    /// asked for.
    [[nodiscard]] std::optional<Entry> oldest();
    /// A place at or after `from` that skips whole runs whose messages were all stored earlier.
    [[nodiscard]] Sequence first_not_before(Sequence from, Millis stored) const;
    /// True when it was alive.
    bool kill(Sequence sequence);
    /// All messages are gone.
    void clear();
    [[nodiscard]] std::uint64_t live() const { return live_; }
    [[nodiscard]] bool empty() const { return live_ == 0; }

    /// The oldest run, if its youngest message was stored at or before `upto`, is dropped whole; how many
    /// messages it had. 0: there is none.
    std::uint64_t drop_expired_run(Millis upto, Sequence committed);

    /// The same messages in the segment's next generation, or fewer.
    void replace(Run& run, Run next);
    [[nodiscard]] std::vector<std::unique_ptr<Run>>& runs() { return runs_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Run>>& runs() const { return runs_; }
    [[nodiscard]] Run* run_in(const Segment& segment);
    /// Runs without live messages in sealed segments are forgotten.
    void tidy();

private:
    struct Place {
        Run* run = nullptr;
        std::size_t index = 0;
    };
    [[nodiscard]] std::size_t run_at_or_after(Sequence sequence) const;
    [[nodiscard]] std::optional<Place> find(Sequence sequence) const;
    [[nodiscard]] Result<Entry> read(const Run& run, std::size_t index) const;
    /// The first place in the run whose sequence is at least this.
    [[nodiscard]] std::size_t lower_bound(const Run& run, Sequence sequence) const;

    EntrySource* source_;
    std::vector<std::unique_ptr<Run>> runs_;
    std::uint64_t live_ = 0;
    std::optional<Entry> oldest_;  ///< when it was asked for and is where it was
    Sequence oldest_from_;         ///< all before it are dead
};

}  // namespace landfall::messages
