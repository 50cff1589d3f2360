// Events: what happens on this server, told to topics by rules. README.md says what is promised.
//
//     auto events = TRY(events::Events::open(parts));   // reads the rules
//     events->register_operations(registry);            // before the first request
//     events->start(threads); … events->stop();         // while topics work
//
// Threads: any. Operations read and write disk.
#pragma once

#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "services/events/work.hpp"

namespace landfall::wire {
class Registry;
}

namespace landfall::events {

/// Everything that it depends on; all outlive it.
struct Parts {
    state::StateStore& state;
    jobs::Jobs& jobs;
    Topics& topics;
    Clock& clock;
    Random& random;
    std::string region;  ///< of what has none
};

class Events {
public:
    [[nodiscard]] static Result<std::unique_ptr<Events>> open(const Parts& parts);
    /// For open() alone.
    class Private {
        friend class Events;
        Private() = default;
    };
    Events(Private, const Parts& parts, SecretBytes identity);

    void register_operations(wire::Registry& registry);
    void start(ThreadStarter& threads) { forwarder_.start(threads); }
    void stop() { forwarder_.stop(); }
    [[nodiscard]] std::string metrics_text() const { return forwarder_.metrics_text(); }

    // For the operations.
    struct NewRule {
        std::string account;
        std::string topic_arn;
        std::vector<std::string> patterns;
    };
    /// Of events from now on. invalid (patterns, ARN); not_found: no such topic of that account; exhausted:
    /// too many rules.
    [[nodiscard]] Result<Rule> add(const state::Cause& cause, NewRule wanted);
    /// By account, in the order of their creation.
    [[nodiscard]] std::vector<Rule> list(std::string_view account) const;
    /// not_found.
    [[nodiscard]] Status remove(const state::Cause& cause, std::string_view account, std::string_view id);
    [[nodiscard]] Forwarder& forwarder() { return forwarder_; }

private:
    Parts parts_;
    Records records_;
    Forwarder forwarder_;
    std::mutex changing_;  ///< one change of the list of rules at a time
};

}  // namespace landfall::events
