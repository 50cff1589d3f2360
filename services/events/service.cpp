#include "services/events/service.hpp"

#include <algorithm>

#include "core/access/decide.hpp"

namespace landfall::events {
namespace {

constexpr std::size_t kIdDigits = 17;

}  // namespace

Result<std::unique_ptr<Events>> Events::open(const Parts& parts) {
    auto identity = TRY(parts.state.token_key("events"));
    auto events = std::make_unique<Events>(Private{}, parts, std::move(identity));
    events->forwarder_.set_rules(TRY(events->records_.load()));
    return events;
}

Events::Events(Private, const Parts& parts, SecretBytes identity)
    : parts_{parts},
      records_{parts.state},
      forwarder_{{.state = parts.state,
                  .jobs = parts.jobs,
                  .records = records_,
                  .topics = parts.topics,
                  .region = parts.region,
                  .identity = std::move(identity)}} {}

Result<Rule> Events::add(const state::Cause& cause, NewRule wanted) {
    TRY(check_patterns(wanted.patterns));
    TRY(parts_.topics.check(wanted.topic_arn));
    if (access::account_of_arn(wanted.topic_arn) != wanted.account)
        return Error{Errc::not_found, "no topic " + wanted.topic_arn + " of account " + wanted.account};
    const std::scoped_lock lock{changing_};
    std::vector<Rule> rules = forwarder_.rules();
    if (list(wanted.account).size() >= kRulesMax)
        return Error{Errc::exhausted, "an account has at most " + std::to_string(kRulesMax) + " rules"};
    Rule rule{.id = "ntf-" + parts_.random.hex(kIdDigits),
              .account = std::move(wanted.account),
              .topic_arn = std::move(wanted.topic_arn),
              .patterns = std::move(wanted.patterns)};
    rule.since = TRY(parts_.state.last_event());
    rule.created = parts_.clock.now();
    TRY(records_.create(cause, rule));
    rules.push_back(rule);
    forwarder_.set_rules(std::move(rules));
    return rule;
}

std::vector<Rule> Events::list(std::string_view account) const {
    std::vector<Rule> rules = forwarder_.rules();
    std::erase_if(rules, [&](const Rule& rule) { return rule.account != account; });
    std::ranges::stable_sort(rules, {}, &Rule::created);
    return rules;
}

Status Events::remove(const state::Cause& cause, std::string_view account, std::string_view id) {
    const std::scoped_lock lock{changing_};
    std::vector<Rule> rules = forwarder_.rules();
    const auto found = std::ranges::find_if(
        rules, [&](const Rule& rule) { return rule.account == account && rule.id == id; });
    if (found == rules.end()) return Error{Errc::not_found, "There is no notification " + std::string{id}};
    TRY(records_.erase(cause, *found));
    rules.erase(found);
    forwarder_.set_rules(std::move(rules));
    return {};
}

}  // namespace landfall::events
