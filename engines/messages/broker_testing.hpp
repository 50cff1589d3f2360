// A broker on a fake disk and a manual clock, whose calls are waited for: what tests do with it again and
// again.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/disk_fake.hpp"
#include "base/random.hpp"
#include "engines/messages/broker.hpp"

namespace landfall::messages {

/// The answer of one call, however late it comes.
template <class T>
class Answer {
public:
    Answer() : future_{promise_->get_future()} {}
    [[nodiscard]] Done<T> done() {
        return [promise = promise_](T value) { promise->set_value(std::move(value)); };
    }
    [[nodiscard]] T get() {
        CHECK(future_.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
        return future_.get();
    }
    [[nodiscard]] bool ready() const { return future_.wait_for(Duration{0}) == std::future_status::ready; }

private:
    // Shared: the call may outlive the test's interest in it.
    std::shared_ptr<std::promise<T>> promise_ = std::make_shared<std::promise<T>>();
    std::future<T> future_;
};

inline BrokerOptions small_broker() {
    return {.directory = "messages", .segment_size = 256_KiB, .checkpoint_every = 512_KiB};
}

inline MessageId message_id(std::uint64_t n) {
    MessageId id{};
    for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<std::uint8_t>(n >> (8 * i));
    return id;
}

class BrokerWorld {
public:
    explicit BrokerWorld(std::uint64_t seed = 1, BrokerOptions chosen = small_broker())
        : disk{seed}, random{seed}, options{std::move(chosen)} {}
    ~BrokerWorld() { broker = nullptr; }

    [[nodiscard]] Status open() {
        broker = nullptr;
        broker = TRY(Broker::open(options, disk, clock, random));
        for (const auto& [id, settings] : queues) broker->attach(QueueId{id}, settings);
        broker->start(threads);
        return {};
    }
    /// What open() said, empty when it went well.
    [[nodiscard]] std::string opening() {
        const Status opened = open();
        return opened.ok() ? std::string{} : opened.error().message();
    }
    /// The machine loses its power; open() comes back.
    void power_cut(FakeDisk::Cut cut) {
        disk.crash_at(1);
        broker = nullptr;
        disk.power_cut(cut);
    }
    void add(QueueId id, const QueueSettings& settings = {}) {
        queues[id.value] = settings;
        if (broker) broker->attach(id, settings);
    }
    void configure(QueueId id, const QueueSettings& settings) {
        queues[id.value] = settings;
        broker->configure(id, settings);
    }
    void advance(Duration by) {
        clock.advance(by);
        broker->wake();
        settle();
    }
    /// All that was posted before has been done: a receive of a queue that is not there is answered in order.
    void settle() {
        Answer<Result<std::vector<Received>>> answer;
        broker->receive({.queue = QueueId{~0ULL}}, answer.done());
        static_cast<void>(answer.get());
    }

    /// Alone or, every other one, as a batch of one: they are the same to whoever receives them.
    [[nodiscard]] Result<Sent> send(Send one) {
        if (++sends_made % 2 == 0) {
            Answer<Result<Sent>> answer;
            broker->send(std::move(one), answer.done());
            return answer.get();
        }
        Answer<std::vector<Result<Sent>>> answer;
        std::vector<Send> sends;
        sends.push_back(std::move(one));
        broker->send(std::move(sends), answer.done());
        return std::move(answer.get().front());
    }
    [[nodiscard]] Result<Sent> send(QueueId queue, const std::string& body) {
        return send(draft(queue, body));
    }
    [[nodiscard]] Send draft(QueueId queue, const std::string& body) {
        return {.message = {.id = message_id(++made), .body = body}, .targets = {{queue, {}}}};
    }
    [[nodiscard]] Result<Sent> send_fifo(QueueId queue, const std::string& group, const std::string& body,
                                         const std::string& dedup = {}) {
        Send one = draft(queue, body);
        one.message.group = group;
        one.message.dedup_id = dedup.empty() ? "id " + std::to_string(made) : dedup;
        return send(std::move(one));
    }
    [[nodiscard]] Result<std::vector<Received>> receive(Receive request) {
        Answer<Result<std::vector<Received>>> answer;
        broker->receive(std::move(request), answer.done());
        return answer.get();
    }
    [[nodiscard]] std::vector<Received> take(QueueId queue, std::uint32_t max = 10) {
        auto got = receive({.queue = queue, .max = max});
        return got.ok() ? std::move(*got) : std::vector<Received>{};
    }
    [[nodiscard]] std::vector<std::string> bodies(QueueId queue, std::uint32_t max = 10) {
        return bodies_of(take(queue, max));
    }
    [[nodiscard]] static std::vector<std::string> bodies_of(const std::vector<Received>& received) {
        std::vector<std::string> out;
        for (const Received& one : received) out.push_back(one.body);
        return out;
    }
    [[nodiscard]] Result<std::vector<ReceiptFault>> remove(std::vector<Receipt> receipts) {
        Answer<Result<std::vector<ReceiptFault>>> answer;
        broker->remove(std::move(receipts), answer.done());
        return answer.get();
    }
    [[nodiscard]] ReceiptFault remove(const Received& received) {
        return remove(std::vector<Receipt>{received.receipt}).value().front();
    }
    [[nodiscard]] ReceiptFault change(const Received& received, Duration visibility) {
        Answer<Result<std::vector<ReceiptFault>>> answer;
        broker->change_visibility({{received.receipt, visibility}}, answer.done());
        return answer.get().value().front();
    }
    [[nodiscard]] Status purge(QueueId queue) {
        Answer<Status> answer;
        broker->purge(queue, answer.done());
        return answer.get();
    }
    [[nodiscard]] Status forget(QueueId queue) {
        queues.erase(queue.value);
        Answer<Status> answer;
        broker->forget(queue, answer.done());
        return answer.get();
    }
    [[nodiscard]] Result<std::uint32_t> move(QueueId from, std::optional<QueueId> to, std::uint32_t max) {
        Answer<Result<std::uint32_t>> answer;
        broker->move(from, to, max, answer.done());
        return answer.get();
    }
    [[nodiscard]] std::vector<Seen> scan(QueueId queue, Broker::ScanFrom from = {},
                                         std::uint32_t max = 1000) {
        Answer<Result<std::vector<Seen>>> answer;
        broker->scan(queue, from, max, answer.done());
        return std::move(answer.get()).value();
    }
    [[nodiscard]] QueueCounts counts(QueueId queue) { return broker->counts(queue).value(); }

    FakeDisk disk;
    ManualClock clock;
    SeededRandom random;
    SystemThreads threads;
    BrokerOptions options;
    std::map<std::uint64_t, QueueSettings> queues;
    std::unique_ptr<Broker> broker;
    std::uint64_t made = 0;
    std::uint64_t sends_made = 0;
};

}  // namespace landfall::messages
