#include "engines/messages/broker.hpp"

#include <future>

#include "engines/messages/core.hpp"

namespace landfall::messages {
namespace {

Error stopped() { return Error{Errc::cancelled, "the message broker has stopped"}; }

std::uint64_t bytes_of(const Send& send) {
    std::uint64_t sum = send.message.text().size() + send.message.headers.size() + sizeof(Send);
    for (const Target& target : send.targets) sum += target.wrapping.size() + sizeof(Target);
    return sum;
}

std::uint64_t bytes_of(const std::vector<Send>& sends) {
    std::uint64_t sum = 0;
    for (const Send& send : sends) sum += bytes_of(send);
    return sum;
}

Error too_many() { return Error{Errc::exhausted, "too many sends are waiting"}; }

class LocalBroker final : public Broker {
public:
    struct Parts {
        BrokerOptions options;
        std::unique_ptr<LogDevice> device;
        StoreKeys keys;
        std::uint32_t epoch;
    };
    LocalBroker(Parts parts, Clock& clock)
        : memory_limit_{parts.options.memory_limit},
          time_{clock},
          core_{{.options = std::move(parts.options),
                 .device = std::move(parts.device),
                 .keys = parts.keys,
                 .epoch = parts.epoch,
                 .time = time_,
                 .inbox = inbox_,
                 .gauges = gauges_}} {}
    ~LocalBroker() override { stop(); }

    Status recover() { return core_.recover(); }

    void attach(QueueId queue, const QueueSettings& settings) override {
        if (!owner_.joinable() && !stopped_) {
            core_.attach(queue, settings);
            return;
        }
        static_cast<void>(inbox_.post([queue, settings](Core& core) { core.attach(queue, settings); }));
    }

    void start(ThreadStarter& threads) override {
        core_.start(threads);
        owner_ = threads.start("messages.owner", [this] { own(); });
    }

    void stop() override {
        if (!owner_.joinable()) return;
        core_.drain([this] { settle(); });
        inbox_.close();
        owner_.join();
        stopped_ = true;
        core_.close();
    }

    void wake() override {
        static_cast<void>(inbox_.post([](Core&) {}));
    }
    void configure(QueueId queue, const QueueSettings& settings) override {
        static_cast<void>(inbox_.post([queue, settings](Core& core) { core.configure(queue, settings); }));
    }

    void forget(QueueId queue, Done<Status> done) override {
        post(std::move(done),
             [queue](Core& core, Done<Status> then) { core.forget(queue, std::move(then)); });
    }
    void purge(QueueId queue, Done<Status> done) override {
        post(std::move(done), [queue](Core& core, Done<Status> then) { core.purge(queue, std::move(then)); });
    }

    void send(std::vector<Send> sends, Done<std::vector<Result<Sent>>> done) override {
        const std::uint64_t bytes = bytes_of(sends);
        if (!has_room(bytes)) return refuse(sends.size(), std::move(done));
        Inbox::Command command = [this, bytes, all = std::move(sends),
                                  done = std::move(done)](Core& core) mutable {
            inbox_.bytes -= bytes;
            if (core.running())
                core.send(std::move(all), std::move(done));
            else
                done(std::vector<Result<Sent>>(all.size(), stopped()));
        };
        // What no owner takes any more is run here, where it finds a core that does not run.
        if (!inbox_.post(std::move(command), Wake::patient)) command(core_);
    }

    void send(Send send, Done<Result<Sent>> done) override {
        const std::uint64_t bytes = bytes_of(send);
        if (!has_room(bytes)) return post(std::move(done), [](Core&, auto then) { then(too_many()); });
        auto one = std::make_unique<OneSend>(OneSend{std::move(send), std::move(done), bytes});
        Inbox::Command command = [this, one = std::move(one)](Core& core) mutable {
            inbox_.bytes -= one->bytes;
            if (core.running())
                core.send(std::move(one));
            else
                one->done(stopped());
        };
        if (!inbox_.post(std::move(command), Wake::patient)) command(core_);
    }

    PollId receive(Receive request, Done<Result<std::vector<Received>>> done) override {
        const PollId poll{++polls_};
        const Millis deadline = time_.now() + request.wait;
        Waiter waiter{poll, std::move(request), deadline, std::move(done), {}};
        Inbox::Command command = [waiter = std::move(waiter)](Core& core) mutable {
            if (core.running())
                core.receive(std::move(waiter));
            else
                waiter.done(stopped());
        };
        if (!inbox_.post(std::move(command))) command(core_);
        return poll;
    }
    void cancel(PollId poll) override {
        static_cast<void>(inbox_.post([poll](Core& core) { core.cancel(poll); }));
    }

    void remove(std::vector<Receipt> receipts, Done<Result<std::vector<ReceiptFault>>> done) override {
        post(
            std::move(done),
            [receipts = std::move(receipts)](Core& core, auto then) {
                core.remove(receipts, std::move(then));
            },
            Wake::patient);
    }
    void change_visibility(std::vector<VisibilityChange> changes,
                           Done<Result<std::vector<ReceiptFault>>> done) override {
        post(
            std::move(done),
            [changes = std::move(changes)](Core& core, auto then) {
                core.change_visibility(changes, std::move(then));
            },
            Wake::patient);
    }
    void move(QueueId source, std::optional<QueueId> destination, std::uint32_t max,
              Done<Result<std::uint32_t>> done) override {
        post(std::move(done), [source, destination, max](Core& core, auto then) {
            core.move(source, destination, max, std::move(then));
        });
    }
    void scan(QueueId queue, ScanFrom from, std::uint32_t max,
              Done<Result<std::vector<Seen>>> done) override {
        post(std::move(done),
             [queue, from, max](Core& core, auto then) { core.scan(queue, from, max, std::move(then)); });
    }

    Result<QueueCounts> counts(QueueId queue) const override {
        if (auto found = gauges_.read(queue, time_.now())) return *found;
        return Error{Errc::not_found, "no queue " + std::to_string(queue.value) + " is attached"};
    }
    LogCounts log_counts() const override { return core_.log_counts(); }

private:
    /// Runs `call(core, done)` on the owner, or answers `done` with cancelled where there is none any more.
    template <class T, class Call>
    void post(Done<T> done, Call call, Wake wake = Wake::at_once) {
        Inbox::Command command = [done = std::move(done), call = std::move(call)](Core& core) mutable {
            if (core.running())
                call(core, std::move(done));
            else
                done(T{stopped()});
        };
        if (!inbox_.post(std::move(command), wake)) command(core_);
    }
    void refuse(std::size_t count, Done<std::vector<Result<Sent>>> done) {
        Inbox::Command command = [count, done = std::move(done)](Core&) mutable {
            done(std::vector<Result<Sent>>(count, too_many()));
        };
        if (!inbox_.post(std::move(command))) command(core_);
    }
    /// For so many bytes more of sends that wait; they count from here on.
    bool has_room(std::uint64_t bytes) {
        if (inbox_.bytes.fetch_add(bytes) + bytes <= memory_limit_.count / 8) return true;
        inbox_.bytes -= bytes;
        return false;
    }
    /// Returns when the owner has done everything that was posted before.
    void settle() {
        std::promise<void> reached;
        if (inbox_.post([&](Core& core) {
                core.quiesce();
                core.when_done([&] { reached.set_value(); });
            }))
            reached.get_future().wait();
    }

    void own() {
        std::vector<Inbox::Command> commands;
        for (;;) {
            std::optional<Duration> wait;
            if (const auto next = core_.next_timer()) wait = std::max(Duration{0}, *next - time_.now());
            inbox_.take(commands, wait,
                        core_.keep_committing() ? Inbox::Commit::under_way : Inbox::Commit::none);
            if (commands.empty() && inbox_.closed()) return;
            core_.begin_pass();
            for (Inbox::Command& command : commands) command(core_);
            commands.clear();
            core_.finish_pass();
        }
    }

    const Bytes memory_limit_;
    EngineTime time_;
    Inbox inbox_;
    GaugeTable gauges_;
    Core core_;
    std::atomic<std::uint64_t> polls_ = 0;
    bool stopped_ = false;
    std::thread owner_;
};

}  // namespace

Result<std::unique_ptr<Broker>> Broker::open(BrokerOptions options, Disk& disk, Clock& clock,
                                             Random& random) {
    auto device = TRY(open_local_log(disk, options.directory));
    const StoreKeys keys = TRY(load_store_keys(disk, options.directory, random));
    const std::uint32_t epoch = TRY(device->fence());
    auto broker = std::make_unique<LocalBroker>(
        LocalBroker::Parts{std::move(options), std::move(device), keys, epoch}, clock);
    TRY(broker->recover());
    return std::unique_ptr<Broker>{std::move(broker)};
}

}  // namespace landfall::messages
