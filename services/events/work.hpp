// Forwarder: reads the event log behind a durable cursor and publishes what rules ask for.
//
// Invariants
//   1. The cursor moves over an event only after every topic that is to have it has it durably, or cannot
//      have it for good (the topic is gone; an event of the rule says so, once a run): at least once, also
//      across kill -9, and in the order of events to each topic.
//   2. While a topic cannot take a message now, everything waits and nothing is lost.
//   3. Rules of the first account see every event; those of another account see that account's.
// Threads: any; start() makes one of its own ("events.forward").
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_starter.hpp"
#include "core/jobs/jobs.hpp"
#include "services/events/ports.hpp"
#include "services/events/store.hpp"

namespace landfall::events {

class Forwarder final : public state::EventListener {
public:
    /// All outlive it.
    struct Parts {
        state::StateStore& state;
        jobs::Jobs& jobs;
        Records& records;
        Topics& topics;
        std::string region;  ///< of what has none
        SecretBytes identity;
    };
    explicit Forwarder(Parts parts);
    ~Forwarder() override;

    /// Takes effect with the events that are not sent yet and come after Rule::since.
    void set_rules(std::vector<Rule> rules);
    [[nodiscard]] std::vector<Rule> rules() const;

    /// Sends what is due now, on this thread: at most one batch. True: there may be more. An error: a topic
    /// that could not take its message now, or the store's.
    [[nodiscard]] Result<bool> forward();

    /// The topics must be able to work by now.
    void start(ThreadStarter& threads);
    /// Joins; what is not sent yet is sent by the next run. Before the topics stop. Idempotent.
    void stop();
    void on_events(std::span<const state::Event> events) override;

    /// Prometheus text.
    [[nodiscard]] std::string metrics_text() const;

private:
    /// What one batch has for one topic: texts, and the number of the event behind each.
    struct Outgoing {
        std::vector<std::string> texts;
        std::vector<state::EventSeq> events;
        std::vector<std::size_t> rules;
    };
    void run();
    [[nodiscard]] bool wait_for_work(bool failed);
    [[nodiscard]] Surroundings about(const state::Event& event) const;
    [[nodiscard]] std::map<std::string, Outgoing> gather(const std::vector<Rule>& rules,
                                                         const std::vector<state::Event>& events) const;
    /// The first event that could not be sent now, or nullopt.
    [[nodiscard]] std::optional<state::EventSeq> send(const std::vector<Rule>& rules,
                                                      const std::string& topic, const Outgoing& outgoing);
    void drop(const Rule& rule, const Error& why);

    Parts parts_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::vector<Rule> rules_;
    bool pending_ = true;
    bool stopping_ = false;
    bool listening_ = false;
    std::uint64_t published_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t retried_ = 0;
    std::set<std::string> complained_;  ///< of whose topics an event tells already
    std::thread thread_;
};

}  // namespace landfall::events
