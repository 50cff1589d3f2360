// Reclaimer: gives back what no record names any more: replaced and deleted contents, parts of finished
// uploads, and what a crash left between the two stores.
//
// Invariants
//   1. Only content that no record names is dropped. A record that is read and then replaced may lose its
//      content under the reader's feet: the reader finds no ref, and reads the record again.
//   2. What is queued and lost in a crash is found again by sweep(), which compares every ref of earlier runs
//      with its record. A stop that drained the queue spares the next start that work.
//   3. Every step may be repeated: dropping what is gone is no error.
// Threads: any; start() makes one of its own ("s3.reclaim").
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_starter.hpp"
#include "services/s3/store_contents.hpp"

namespace landfall::s3 {

class Reclaimer {
public:
    /// Both outlive it.
    Reclaimer(Catalog& catalog, Contents& contents) : catalog_{catalog}, contents_{contents} {}
    ~Reclaimer();

    /// The record that named these is gone, durably. Returns at once, except when too much is waiting.
    void release(std::vector<blocks::RefKey> refs);
    /// The upload of that row is gone, durably; its parts follow.
    void release_parts(std::string upload_row);

    /// Content is being kept whose record may or may not follow. Unless it is settled (the record is durable,
    /// or the content was released), nobody can tell, and the next start sweeps.
    class Undecided {
    public:
        explicit Undecided(Reclaimer& reclaimer) : reclaimer_{&reclaimer} {}
        Undecided(const Undecided&) = delete;
        Undecided& operator=(const Undecided&) = delete;
        ~Undecided() {
            if (reclaimer_ != nullptr) reclaimer_->suspect();
        }
        void settled() { reclaimer_ = nullptr; }

    private:
        Reclaimer* reclaimer_;
    };

    /// Everything that is queued, on this thread. What cannot be done stays queued.
    [[nodiscard]] Status drain();
    /// Finds and drops what earlier runs left. O(objects) reads, no memory to speak of; stops early, with
    /// cancelled, when stop() is called.
    [[nodiscard]] Status sweep();

    /// Sweeps if the last run did not end cleanly, then drains as work comes.
    void start(ThreadStarter& threads);
    /// Joins, drains, and leaves the mark of a clean stop. Idempotent.
    void stop();
    /// What went wrong last in the background, until it goes right again.
    [[nodiscard]] std::optional<Error> trouble() const;

private:
    void suspect();
    void run();
    [[nodiscard]] bool stopping() const;
    void note(const Status& status);
    [[nodiscard]] Status drain_refs();
    [[nodiscard]] Status drain_uploads();
    [[nodiscard]] Status erase_parts(const std::string& upload_row);
    [[nodiscard]] Status sweep_refs(std::string_view refs, std::string_view kind);
    [[nodiscard]] Status sweep_parts();

    Catalog& catalog_;
    Contents& contents_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::vector<blocks::RefKey> refs_;
    std::vector<std::string> uploads_;
    std::optional<Error> trouble_;
    bool stopping_ = false;
    bool swept_ = false;
    bool suspect_ = false;
    std::thread thread_;
};

}  // namespace landfall::s3
