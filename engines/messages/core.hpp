// Core: all queues, as the broker's owner sees them.
//
// Every method runs on the owner's thread (before start(): on the thread that opens) and none waits for a
// disk, but for a page of an index. A pass of the owner: commands and news from other threads, timers, the
// waiting receives of queues that changed, their gauges, then the answers; what must be durable first is
// answered when its batch is. Between passes, a queue that has something to take has no waiting receive.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <unordered_map>

#include "engines/messages/broker.hpp"
#include "engines/messages/checkpoint.hpp"
#include "engines/messages/commit.hpp"
#include "engines/messages/compaction.hpp"
#include "engines/messages/dedup_window.hpp"
#include "engines/messages/gauges.hpp"
#include "engines/messages/hot_bodies.hpp"
#include "engines/messages/inbox.hpp"
#include "engines/messages/log_tail.hpp"
#include "engines/messages/one_send.hpp"
#include "engines/messages/queue_machine.hpp"
#include "engines/messages/replay.hpp"
#include "engines/messages/store_keys.hpp"
#include "engines/messages/stored_message.hpp"
#include "engines/messages/task_pool.hpp"

namespace landfall::messages {

/// A receive with all that answering it needs.
struct Waiter {
    PollId poll;
    Receive request;
    Millis deadline;
    Done<Result<std::vector<Received>>> done;
    TimerId timer;
};

/// Held messages on their way to another queue.
struct MoveJob {
    enum class Why { dead_letters, asked };
    QueueId source;
    std::optional<QueueId> destination;
    Why why = Why::asked;
    std::vector<QueueMachine::Taken> held;
    Done<Result<std::uint32_t>> done;  ///< none for dead letters
};

/// Where the entries of one queue are in a segment's index.
struct IndexedRun {
    QueueId queue;
    Sequence first;
    std::size_t count = 0;
    std::uint64_t base = 0;
};
enum class IndexFate { written, failed };

class Core final : EntrySource {
public:
    struct Parts {
        BrokerOptions options;
        std::unique_ptr<LogDevice> device;
        StoreKeys keys;
        std::uint32_t epoch = 0;
        EngineTime time;
        Inbox& inbox;
        GaugeTable& gauges;
    };
    explicit Core(Parts parts);
    ~Core() override;

    // Opening, in this order.
    Status recover();
    void attach(QueueId id, const QueueSettings& settings);
    void start(ThreadStarter& threads);

    void configure(QueueId id, const QueueSettings& settings);
    void forget(QueueId id, Done<Status> done);
    void purge(QueueId id, Done<Status> done);
    void send(std::vector<Send> sends, Done<std::vector<Result<Sent>>> done);
    void send(std::unique_ptr<OneSend> one);
    void receive(Waiter waiter);
    void cancel(PollId poll);
    void remove(const std::vector<Receipt>& receipts, Done<Result<std::vector<ReceiptFault>>> done);
    void change_visibility(const std::vector<VisibilityChange>& changes,
                           Done<Result<std::vector<ReceiptFault>>> done);
    void move(QueueId source, std::optional<QueueId> destination, std::uint32_t max,
              Done<Result<std::uint32_t>> done);
    void finish_move(MoveJob job, std::vector<Result<StoredMessage>> fetched);
    void scan(QueueId id, Broker::ScanFrom from, std::uint32_t max, Done<Result<std::vector<Seen>>> done);
    /// A message and the place of its bytes at one moment, which the pin keeps readable.
    struct Located {
        Entry entry;
        SegmentPin segment;
    };
    /// Messages whose stored bytes are damaged, and are still the ones in use, are taken out of their queue.
    void quarantine(QueueId id, const std::vector<Located>& damaged);
    void count_damage(QueueId id, std::uint64_t messages);

    // News from upkeep.
    void segment_indexed(const SegmentName& name, const std::vector<IndexedRun>& runs, IndexFate fate);
    void checkpoint_written(Status written, const std::vector<std::uint64_t>& gone,
                            std::vector<SegmentPin> replaced);
    void compacted(const SegmentPin& from, Result<Compacted> made);

    void begin_pass() { now_ = parts_.time.now(); }
    void finish_pass();
    void committed(Batch batch, Status status);
    [[nodiscard]] std::optional<Millis> next_timer() const { return wheel_.next(); }
    [[nodiscard]] Millis now() const { return now_; }
    /// Wakes the committer for what answers added. True: a commit is on its way; committed() will follow.
    [[nodiscard]] bool keep_committing() { return commits_->kick(); }

    void quiesce();  ///< from here on calls are answered cancelled; waiting receives are answered empty
    void when_done(UniqueFunction<void()> call) { answer(std::move(call)); }  ///< at this pass's end
    /// Commits what is queued, ends the threads. Not on the owner's thread; `settle` waits for a pass of it.
    void drain(UniqueFunction<void()> settle);
    /// The owner is gone.
    void close();
    [[nodiscard]] bool running() const { return running_; }
    [[nodiscard]] Broker::LogCounts log_counts() const;  ///< any thread

private:
    struct Queue {
        QueueId id;
        QueueSettings settings;
        std::unique_ptr<QueueMachine> machine;
        DedupWindow dedup;
        std::optional<Millis> dedup_watched;
        std::list<Waiter> waiters;
        Gauges* gauges = nullptr;
        Bytes memory;
        std::size_t mark = 0;  ///< where the batch that fills may have its watermark
        bool changed = false;
    };
    using Fetched = std::vector<Result<StoredMessage>>;

    [[nodiscard]] Queue* find(QueueId id);
    void touch(Queue& queue);
    [[nodiscard]] Status usable() const;
    [[nodiscard]] Error no_queue(QueueId id) const;
    void answer(UniqueFunction<void()> call) { answers_.push_back(std::move(call)); }
    void on_commit(Batch::Completion completion);
    void append(ByteSpan record);
    /// The settings with dead letters left out while their queue is not there.
    [[nodiscard]] QueueSettings effective(const QueueSettings& settings);
    void reconfigure_sources_of(QueueId dead_letters);

    [[nodiscard]] Result<Sent> send_one(Send& send);
    [[nodiscard]] Status check(const Send& send);
    [[nodiscard]] Queue* deciding(const Send& send);
    void write_message(MessageRecord& record);
    void remember(Queue& queue, const DedupRow& row);

    [[nodiscard]] bool serve(Queue& queue, Waiter& waiter);
    void deliver(Queue& queue, QueueMachine::Take take, Waiter waiter);
    void hand_over(QueueId id, std::vector<QueueMachine::Taken> taken, std::vector<Located> places,
                   Waiter waiter);
    [[nodiscard]] Status move_one(const MoveJob& job, Queue& source, const QueueMachine::Taken& held,
                                  const StoredMessage& message);
    void send_dead_letters(Queue& queue, std::vector<QueueMachine::Taken> dead);
    void again(Waiter waiter);
    [[nodiscard]] std::vector<Located> locate(Queue& queue, const std::vector<QueueMachine::Taken>& taken);
    /// `then` runs on a reader or at the end of the pass; what is damaged is quarantined by the pass behind
    /// it.
    void fetch(QueueId queue, std::vector<Located> places, UniqueFunction<void(Fetched)> then);
    void settle_fetch(QueueId queue, std::vector<Located> places, Fetched fetched,
                      UniqueFunction<void(Fetched)> then);
    [[nodiscard]] ReceiptFault check_receipt(Queue& queue, const Receipt& receipt) const;
    void fire(const Alarm& alarm);
    void flush_gauges(Queue& queue);
    void publish();

    void replay_record(const SegmentName& name, std::uint64_t offset, const Decoded& decoded);
    void replay_message(Segment& segment, std::uint64_t offset, const MessageRecord& record,
                        std::size_t length);
    [[nodiscard]] Entry entry_of(const MessageRecord& record, Sequence sequence, std::uint64_t offset,
                                 std::size_t length, std::uint32_t ordinal) const;
    [[nodiscard]] QueueImage& image(QueueId id);
    [[nodiscard]] DedupRow dedup_row(std::string_view dedup_id, std::string_view group, MessageId id) const;

    using RunsByQueue = std::map<std::uint64_t, Run*>;
    using WalkedSegments = std::map<std::uint64_t, RunsByQueue>;
    [[nodiscard]] QueueRow row_of(Queue& queue) const;
    [[nodiscard]] Checkpoint make_checkpoint();
    [[nodiscard]] std::vector<std::uint64_t> uncovered(const Checkpoint& checkpoint) const;
    void consider_checkpoint();
    void trim_doomed();
    void final_checkpoint();
    [[nodiscard]] Result<std::optional<Checkpoint>> load_checkpoint();
    [[nodiscard]] Status restore(const Checkpoint& checkpoint, std::span<const SegmentName> there);
    [[nodiscard]] Status restore_run(QueueId id, const RunRow& row, WalkedSegments& walked);
    [[nodiscard]] Status walk_runs(Segment& segment, RunsByQueue& runs);
    [[nodiscard]] Status trim_unlisted(std::vector<SegmentName>& segments, const Checkpoint& checkpoint);

    template <class Visit>
    void each_run_in(const Segment& segment, Visit visit);
    void index_segment(Segment& segment);
    Result<Entry> entry(const SegmentName& segment, std::uint64_t base, std::size_t index) override;
    [[nodiscard]] Result<std::vector<Entry>> load_chunk(const SegmentName& segment, std::uint64_t number);
    [[nodiscard]] Result<Entry> entry_from_segment(const SegmentName& segment, std::uint64_t at);
    [[nodiscard]] Result<std::vector<Entry>> rebuild_index(const SegmentName& name);
    void consider_compaction();
    void compact(Segment& segment);
    [[nodiscard]] bool is_dead(const Run& run, const SegmentName& name, Sequence sequence);

    struct CachedChunk {
        SegmentName segment;
        std::uint64_t number = 0;
        std::vector<Entry> entries;
    };

    Parts parts_;
    Millis now_;
    Wheel wheel_;
    LogTail tail_;
    HotBodies hot_;
    std::optional<CommitQueue> commits_;
    TaskPool readers_;
    TaskPool upkeep_;
    LogPosition recovered_;
    std::map<std::uint64_t, QueueImage> images_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Queue>> queues_;
    std::unordered_map<std::uint64_t, QueueId> polls_;
    std::vector<Queue*> changed_;
    std::vector<Queue*> found_;      ///< of the targets of the send that was checked last
    std::vector<TargetSlot> slots_;  ///< of the send before: only their memory
    std::vector<UniqueFunction<void()>> answers_;
    std::vector<Alarm> alarms_;
    std::optional<Error> failed_;
    bool quiet_ = false;
    std::atomic<bool> running_ = true;
    Bytes state_memory_;
    Bytes written_;
    std::uint64_t damaged_ = 0;
    struct Published {
        std::atomic<std::uint64_t> commits = 0;
        std::atomic<std::uint64_t> written = 0;
        std::atomic<std::uint64_t> segments = 0;
        std::atomic<std::uint64_t> memory = 0;
        std::atomic<std::uint64_t> damaged = 0;
    };
    Published published_;

    bool checkpointing_ = false;
    std::uint64_t checkpoint_number_ = 0;
    std::uint64_t checkpointed_at_ = 0;  ///< bytes written by then
    unsigned next_slot_ = 0;
    std::vector<SegmentPin> replaced_;  ///< by compaction, until a checkpoint names what took their place
    std::vector<SegmentPin> doomed_;    ///< to be trimmed when nobody reads them
    bool compacting_ = false;
    std::vector<CachedChunk> chunks_;
    std::size_t last_chunk_ = 0;
    std::size_t next_chunk_ = 0;
};

}  // namespace landfall::messages
