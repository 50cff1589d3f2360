#include "services/events/work.hpp"

#include <algorithm>

#include "core/access/keys.hpp"

namespace landfall::events {
namespace {

constexpr std::size_t kBatch = 256;
constexpr Duration kRetryAfter = std::chrono::seconds{1};

bool is_final(const Error& error) {
    return error.code() == Errc::not_found || error.code() == Errc::invalid || error.code() == Errc::denied;
}

bool may_see(const Rule& rule, const std::string& account) {
    return rule.account == access::kFirstAccount || rule.account == account;
}

}  // namespace

Forwarder::Forwarder(Parts parts) : parts_{std::move(parts)} {}
Forwarder::~Forwarder() { stop(); }

void Forwarder::set_rules(std::vector<Rule> rules) {
    const std::scoped_lock lock{mutex_};
    rules_ = std::move(rules);
    pending_ = true;
    work_.notify_one();
}

std::vector<Rule> Forwarder::rules() const {
    const std::scoped_lock lock{mutex_};
    return rules_;
}

void Forwarder::on_events(std::span<const state::Event>) {
    const std::scoped_lock lock{mutex_};
    pending_ = true;
    work_.notify_one();
}

Surroundings Forwarder::about(const state::Event& event) const {
    Surroundings about{.account = event.key.account, .region = event.key.region};
    about.identity = parts_.identity.reveal();
    if (event.key.kind == "job") {
        auto job = parts_.jobs.get({event.key.id});
        if (job.ok()) {
            about.account = job->account;
            about.region = job->region;
            about.job = std::move(job).value();
        }
    } else if (const auto resource = parts_.state.get(event.key); resource.ok()) {
        about.arn = resource->arn;
    }
    if (about.account.empty()) about.account = access::kFirstAccount;
    if (about.region.empty()) about.region = parts_.region;
    return about;
}

std::map<std::string, Forwarder::Outgoing> Forwarder::gather(const std::vector<Rule>& rules,
                                                             const std::vector<state::Event>& events) const {
    std::map<std::string, Outgoing> by_topic;
    for (const state::Event& event : events) {
        if (is_of_delivery(rules, event)) continue;
        std::optional<Surroundings> known;
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const Rule& rule = rules[i];
            if (event.seq <= rule.since || !matches(rule, event)) continue;
            if (!known) known = about(event);
            if (!may_see(rule, known->account)) continue;
            Outgoing& outgoing = by_topic[rule.topic_arn];
            // Two rules for one topic: it hears of an event once.
            if (!outgoing.events.empty() && outgoing.events.back() == event.seq) continue;
            outgoing.texts.push_back(message(event, *known));
            outgoing.events.push_back(event.seq);
            outgoing.rules.push_back(i);
        }
    }
    return by_topic;
}

void Forwarder::drop(const Rule& rule, const Error& why) {
    {
        const std::scoped_lock lock{mutex_};
        ++dropped_;
        if (!complained_.insert(rule.id).second) return;
    }
    // Best effort: the count tells it as well.
    static_cast<void>(parts_.records.note(rule, "events for " + rule.topic_arn + ": " + why.message()));
}

std::optional<state::EventSeq> Forwarder::send(const std::vector<Rule>& rules, const std::string& topic,
                                               const Outgoing& outgoing) {
    const std::vector<Status> outcomes = parts_.topics.publish(topic, outgoing.texts);
    CHECK(outcomes.size() == outgoing.texts.size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (!outcomes[i].ok() && !is_final(outcomes[i].error())) return outgoing.events[i];
        if (!outcomes[i].ok()) drop(rules[outgoing.rules[i]], outcomes[i].error());
        const std::scoped_lock lock{mutex_};
        published_ += outcomes[i].ok() ? 1 : 0;
    }
    return std::nullopt;
}

Result<bool> Forwarder::forward() {
    const std::vector<Rule> rules = this->rules();
    if (rules.empty()) return false;
    state::EventSeq first = rules.front().since;
    for (const Rule& rule : rules) first = std::min(first, rule.since);
    const state::EventSeq cursor = TRY(parts_.records.cursor());
    const state::EventSeq from = std::max(cursor, first);
    const auto events = TRY(parts_.state.events({.since = from, .limit = kBatch}));
    if (events.empty()) return false;
    state::EventSeq reached = events.back().seq;
    bool failed = false;
    for (const auto& [topic, outgoing] : gather(rules, events)) {
        const auto refused = send(rules, topic, outgoing);
        if (!refused) continue;
        failed = true;
        reached = std::min(reached, state::EventSeq{refused->value - 1});
    }
    if (reached > cursor) TRY(parts_.records.move_cursor(cursor, reached));
    if (!failed) return events.size() == kBatch;
    const std::scoped_lock lock{mutex_};
    ++retried_;
    return Error{Errc::unavailable, "a topic cannot take messages now"};
}

bool Forwarder::wait_for_work(bool failed) {
    std::unique_lock lock{mutex_};
    if (failed) {
        work_.wait_for(lock, kRetryAfter, [&] { return stopping_; });
    } else {
        work_.wait(lock, [&] { return pending_ || stopping_; });
    }
    pending_ = false;
    return !stopping_;
}

void Forwarder::run() {
    bool failed = false;
    while (wait_for_work(failed)) {
        auto more = forward();
        failed = !more.ok();
        if (more.ok() && *more) on_events({});
    }
}

void Forwarder::start(ThreadStarter& threads) {
    CHECK(!thread_.joinable());
    parts_.state.add_listener(*this);
    listening_ = true;
    thread_ = threads.start("events.forward", [this] { run(); });
}

void Forwarder::stop() {
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
        work_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    if (std::exchange(listening_, false)) parts_.state.remove_listener(*this);
}

std::string Forwarder::metrics_text() const {
    const std::scoped_lock lock{mutex_};
    std::string out;
    const auto add = [&](std::string_view name, std::uint64_t value) {
        const std::string full = "landfall_events_" + std::string{name} + "_total";
        out += "# TYPE " + full + " counter\n" + full + " " + std::to_string(value) + "\n";
    };
    add("published", published_);
    add("dropped", dropped_);
    add("retried", retried_);
    return out;
}

}  // namespace landfall::events
