// DeliveryWork: outboxes to endpoints outside of this server: HTTP, mail, hooks.
//
// Invariants
//   1. A message stays in its outbox until the endpoint took it, the subscription's dead-letter queue has it,
//      or it was dropped with an event. After a crash it may be delivered again, never less.
//   2. One thread drives all HTTP deliveries without blocking, another one all mails; an outbox has at most
//      kPerOutbox requests under way, so that a slow endpoint holds back only itself.
//   3. The next attempt is the message's visibility in the broker: no timer here, and a restart keeps it.
//   4. An endpoint's address is judged after it was resolved, and that address is the one connected to.
// Threads: watch() and forget() any; start() and stop() the owner's.
#pragma once

#include <memory>

#include "base/thread_starter.hpp"
#include "services/sns/delivery_settings.hpp"
#include "services/sns/directory.hpp"
#include "services/sns/store.hpp"
#include "services/sns/work_publish.hpp"

namespace landfall::sns {

class DeliveryWork {
public:
    struct Parts {
        messages::Broker& broker;
        const Records& records;
        const Directory& directory;
        Publisher& publisher;
        Clock& clock;
        Random& random;
        const DeliverySettings& settings;
        DeliveryReport& report;
    };
    explicit DeliveryWork(Parts parts);
    ~DeliveryWork();

    /// True where subscriptions of that protocol have an outbox: this server can deliver to them.
    [[nodiscard]] bool delivers(Protocol protocol) const;
    /// Why nothing is delivered to endpoints of that protocol, by the setting that is missing; empty where it
    /// is.
    [[nodiscard]] std::string why_not(Protocol protocol) const;
    /// Starts receiving from a subscription's outbox; ends by itself when the subscription is gone.
    void watch(const SubscriptionName& name, messages::QueueId outbox);
    /// What is published without a topic: pushes and text messages, from kDirectOutbox.
    void watch_direct();
    /// invalid: a blocked network that is none.
    Status start(ThreadStarter& threads);
    void stop();

private:
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

}  // namespace landfall::sns
