#include "services/events/store.hpp"

#include "core/state/record.hpp"

namespace landfall::events {
namespace {

constexpr std::string_view kCursor = "events.cursor";
constexpr std::size_t kPage = 1000;

state::Key key_of(const Rule& rule) {
    return {.kind = "events.rule", .account = rule.account, .region = {}, .id = rule.id};
}

state::Cause own_cause() { return {.actor = "landfall", .service = "events", .operation = "Forward"}; }

Result<Rule> rule_of(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    Rule rule;
    rule.id = resource.key.id;
    rule.account = resource.key.account;
    rule.topic_arn = TRY(record.need_text("topic"));
    rule.patterns = record.texts("patterns");
    rule.since.value = static_cast<std::uint64_t>(TRY(record.need_number("since")));
    rule.created = record.instant("created");
    return rule;
}

}  // namespace

Result<std::vector<Rule>> Records::load() {
    std::vector<Rule> rules;
    state::Query query{.kind = "events.rule", .limit = kPage};
    do {
        const state::Page page = TRY(state_.list(query));
        for (const state::Resource& resource : page.items) rules.push_back(TRY(rule_of(resource)));
        query.after = page.next;
    } while (!query.after.empty());
    return rules;
}

Status Records::create(const state::Cause& cause, const Rule& rule) {
    state::Record record;
    record.set("topic", rule.topic_arn).set("patterns", rule.patterns);
    record.set("since", rule.since.value).set("created", rule.created);
    state::Tx tx{cause};
    tx.create({.key = key_of(rule), .state = "active", .doc = record.encode()});
    TRY(state_.commit(std::move(tx)));
    return {};
}

Status Records::erase(const state::Cause& cause, const Rule& rule) {
    state::Tx tx{cause};
    tx.erase(key_of(rule), state::kAnyVersion);
    TRY(state_.commit(std::move(tx)));
    return {};
}

Result<state::EventSeq> Records::cursor() { return state::EventSeq{TRY(state_.counter(kCursor))}; }

Status Records::move_cursor(state::EventSeq from, state::EventSeq to) {
    CHECK(from <= to);
    state::Tx tx{own_cause()};
    tx.count(std::string{kCursor}, to.value - from.value);
    TRY(state_.commit(std::move(tx)));
    return {};
}

Status Records::note(const Rule& rule, std::string why) {
    state::Tx tx{own_cause()};
    tx.note(key_of(rule), std::move(why));
    TRY(state_.commit(std::move(tx)));
    return {};
}

}  // namespace landfall::events
