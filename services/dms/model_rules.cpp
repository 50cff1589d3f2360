#include "services/dms/model_rules.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "services/dms/model_json.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kRulesMax = 1000;

struct Category {
    std::string_view name;
    std::string_view key;
    std::string_view type;
    std::string_view kinds;  ///< of the converter's objects, with a bar around each
};
constexpr std::array kCategories{
    Category{"Tables", "table-name", "Table", "|table|"},
    Category{"Views", "view-name", "View", "|view|"},
    Category{"Materialized views", "materialized-view-name", "Materialized view", "|materialized view|"},
    Category{"Indexes", "index-name", "Index", "|index|"},
    Category{"Sequences", "sequence-name", "Sequence", "|sequence|"},
    Category{"Synonyms", "synonym-name", "Synonym", "|synonym|"},
    Category{"Types", "type-name", "Type", "|type|type body|"},
    Category{"Packages", "package-name", "Package", "|package|package body|"},
    Category{"Functions", "function-name", "Function", "|function|"},
    Category{"Procedures", "procedure-name", "Procedure", "|procedure|"},
    Category{"Triggers", "trigger-name", "Trigger", "|trigger|"},
    Category{"Other objects", "object-name", "Other object", "|script|drop|"},
};
/// What belongs to the table, view or routine of its name.
constexpr std::string_view kOfOthers =
    "|constraint|primary key|unique key|foreign key|check|comment|grant|schema|";

constexpr std::string_view kSchemas = "Schemas";

const Category* category(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(kCategories, [&](const Category& each) { return same_name(each.name, name); });
    return found == kCategories.end() ? nullptr : found;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Without regard to case; % is any run of characters. Work is at most one length times the other.
bool like(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '%') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '%') ++p;
    return p == pattern.size();
}

bool covers(const SelectionRule& rule, const Place& place) {
    const bool exact = rule.action == RuleAction::explicit_;
    const auto fits = [&](std::string_view wanted, std::string_view there) {
        return wanted.empty() || (exact ? same_name(wanted, there) : like(wanted, there));
    };
    const Place& wanted = rule.place;
    return fits(wanted.server, place.server) && fits(wanted.schema, place.schema) &&
           fits(wanted.category, place.category) && fits(wanted.object, place.object);
}

Fault bad_rule(std::string_view id, std::string_view what) {
    return invalid_value("SelectionRules: rule " + std::string{id} + ": " + std::string{what});
}

Verdict read_key(std::string_view id, std::string_view key, std::string_view value, SelectionRule& rule) {
    Place& place = rule.place;
    if (key == "server-name") {
        place.server = value;
    } else if (key == "database-name") {
        // A server of Oracle or PostgreSQL is one database here: the name adds nothing.
    } else if (key == "schema-name") {
        place.schema = value;
    } else if (key == "category-name") {
        if (same_name(value, kSchemas)) {
            rule.schemas = true;
            return {};
        }
        const Category* const known = category(value);
        const bool pattern = value.find('%') != std::string_view::npos;
        if (known == nullptr && !pattern) return bad_rule(id, "there is no category " + std::string{value});
        place.category = known != nullptr ? known->name : value;
    } else {
        const std::string_view of = category_of_key(key);
        if (of.empty()) return bad_rule(id, "object-locator has an unknown key " + std::string{key});
        if (!place.object.empty()) return bad_rule(id, "object-locator names two objects");
        place.category = of;
        place.object = value;
    }
    return {};
}

Judged<Place> read_locator(const Json& json, SelectionRule& rule) {
    const Json* const locator = json.find("object-locator");
    if (locator == nullptr || !locator->is(Json::Kind::object))
        return bad_rule(rule.id, "object-locator is missing");
    for (const auto& [key, value] : locator->members) {
        if (!value.is(Json::Kind::string) || value.text.empty())
            return bad_rule(rule.id, key + " of the object-locator must be a text that is not empty");
        TRY(read_key(rule.id, key, value.text, rule));
    }
    const Place& place = rule.place;
    if (place.server.empty()) return bad_rule(rule.id, "object-locator has no server-name");
    if (rule.schemas && (!place.schema.empty() || !place.category.empty()))
        return bad_rule(rule.id, "the category Schemas stands right below a server");
    if (place.schema.empty() && !place.category.empty() && rule.action == RuleAction::explicit_)
        return bad_rule(rule.id, "an explicit rule names the schema of its object");
    return rule.place;
}

Judged<SelectionRule> read_rule(const Json& json) {
    SelectionRule rule{.id = std::string{json.text_of("rule-id")},
                       .name = std::string{json.text_of("rule-name")}};
    if (!json.is(Json::Kind::object)) return bad_rule("", "a rule is an object");
    const bool digits = !rule.id.empty() && rule.id.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return bad_rule(rule.id, "rule-id must be a number");
    if (rule.name.empty()) return bad_rule(rule.id, "rule-name is missing");
    if (json.text_of("rule-type") != "selection") return bad_rule(rule.id, "rule-type must be selection");
    const std::string_view action = json.text_of("rule-action");
    if (action == "include")
        rule.action = RuleAction::include;
    else if (action == "exclude")
        rule.action = RuleAction::exclude;
    else if (action != "explicit")
        return bad_rule(rule.id, "rule-action must be explicit, include or exclude");
    TRY(read_locator(json, rule));
    return rule;
}

Judged<std::vector<Json>> rules_of(std::string_view text, std::string_view parameter) {
    auto json = parse_json(text);
    if (!json.ok()) return invalid_value(std::string{parameter} + ": " + json.error().message());
    Json* const rules = json->find("rules");
    if (rules == nullptr || !rules->is(Json::Kind::array) || rules->items.empty())
        return invalid_value(std::string{parameter} + " must be {\"rules\": […]} with at least one rule");
    if (rules->items.size() > kRulesMax)
        return invalid_value(std::string{parameter} + " has more than 1000 rules");
    return std::move(rules->items);
}

Json json_of(const Place& place, Below below, std::size_t number) {
    Json locator = Json::object();
    locator.set("server-name", Json::string(place.server));
    if (below == Below::schemas) locator.set("category-name", Json::string(kSchemas));
    if (!place.schema.empty()) locator.set("schema-name", Json::string(place.schema));
    if (!place.object.empty())
        locator.set(key_of_category(place.category), Json::string(place.object));
    else if (!place.category.empty())
        locator.set("category-name", Json::string(place.category));
    Json rule = Json::object();
    rule.set("rule-type", Json::string("selection"));
    rule.set("rule-id", Json::string(std::to_string(number)));
    rule.set("rule-name", Json::string(std::to_string(number)));
    rule.set("rule-action", Json::string("explicit"));
    rule.set("object-locator", std::move(locator));
    return rule;
}

std::string rules_text(std::vector<Json> rules) {
    Json list = Json::array();
    list.items = std::move(rules);
    Json document = Json::object();
    document.set("rules", std::move(list));
    return dump(document);
}

enum class Needs : std::uint8_t { nothing, value, both, type };
struct Transformation {
    std::string_view action;
    Needs needs;
};
constexpr std::array kTransformations{
    Transformation{"rename", Needs::value},
    Transformation{"convert-lowercase", Needs::nothing},
    Transformation{"convert-uppercase", Needs::nothing},
    Transformation{"add-prefix", Needs::value},
    Transformation{"remove-prefix", Needs::value},
    Transformation{"replace-prefix", Needs::both},
    Transformation{"add-suffix", Needs::value},
    Transformation{"remove-suffix", Needs::value},
    Transformation{"replace-suffix", Needs::both},
    Transformation{"change-data-type", Needs::type},
};

Judged<TransformationRule> read_transformation(const Json& json) {
    TransformationRule rule{.id = std::string{json.text_of("rule-id")},
                            .action = std::string{json.text_of("rule-action")},
                            .target = std::string{json.text_of("rule-target")}};
    const auto bad = [&](std::string_view what) {
        return invalid_value("TransformationRules: rule " + rule.id + ": " + std::string{what});
    };
    if (!json.is(Json::Kind::object)) return bad("a rule is an object");
    const bool digits = !rule.id.empty() && rule.id.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return bad("rule-id must be a number");
    if (json.text_of("rule-name").empty()) return bad("rule-name is missing");
    if (json.text_of("rule-type") != "transformation") return bad("rule-type must be transformation");
    if (rule.target.empty()) return bad("rule-target is missing");
    const Json* const locator = json.find("object-locator");
    if (locator == nullptr || !locator->is(Json::Kind::object)) return bad("object-locator is missing");
    const auto* const known = std::ranges::find(kTransformations, rule.action, &Transformation::action);
    if (known == kTransformations.end()) return bad("there is no rule-action " + rule.action);
    const bool valued = known->needs == Needs::value || known->needs == Needs::both;
    if (valued && json.text_of("value").empty()) return bad(rule.action + " needs a value");
    if (known->needs == Needs::both && json.text_of("old-value").empty())
        return bad(rule.action + " needs an old-value");
    if (known->needs == Needs::type && json.find("data-type") == nullptr)
        return bad("change-data-type needs a data-type");
    return rule;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

std::string_view category_of_key(std::string_view key) {
    const auto* const found = std::ranges::find(kCategories, key, &Category::key);
    return found == kCategories.end() ? std::string_view{} : found->name;
}

std::string_view key_of_category(std::string_view name) {
    const Category* const found = category(name);
    return found == nullptr ? std::string_view{} : found->key;
}

std::string_view type_of_category(std::string_view name) {
    const Category* const found = category(name);
    return found == nullptr ? std::string_view{} : found->type;
}

std::string_view category_of_kind(std::string_view kind) {
    const std::string bars = "|" + std::string{kind} + "|";
    for (const Category& each : kCategories)
        if (each.kinds.find(bars) != std::string_view::npos) return each.name;
    return kOfOthers.find(bars) != std::string_view::npos ? std::string_view{} : kCategories.back().name;
}

bool Selection::covers(const Place& place) const {
    bool wanted = false;
    for (const SelectionRule& rule : rules) {
        if (!dms::covers(rule, place)) continue;
        if (rule.action == RuleAction::exclude) return false;
        wanted = true;
    }
    return wanted;
}

Judged<Selection> parse_selection(std::string_view json) {
    const std::vector<Json> rules = TRY(rules_of(json, "SelectionRules"));
    Selection selection;
    std::set<std::string> ids, names;
    for (const Json& each : rules) {
        SelectionRule rule = TRY(read_rule(each));
        if (!ids.insert(rule.id).second) return bad_rule(rule.id, "its rule-id is another's");
        if (!names.insert(rule.name).second) return bad_rule(rule.id, "its rule-name is another's");
        selection.rules.push_back(std::move(rule));
    }
    return selection;
}

Judged<SelectionRule> parse_one_explicit(std::string_view json) {
    Selection selection = TRY(parse_selection(json));
    if (selection.rules.size() != 1 || selection.rules.front().action != RuleAction::explicit_)
        return invalid_value("SelectionRules must be one rule whose rule-action is explicit");
    return std::move(selection.rules.front());
}

std::string selection_of(const Place& place, Below below) {
    std::vector<Json> rules;
    rules.push_back(json_of(place, below, 1));
    return rules_text(std::move(rules));
}

std::string selection_of(const std::vector<Place>& places) {
    std::vector<Json> rules;
    for (const Place& place : places) rules.push_back(json_of(place, Below::itself, rules.size() + 1));
    return rules_text(std::move(rules));
}

Judged<std::vector<TransformationRule>> parse_transformations(std::string_view json) {
    const std::vector<Json> items = TRY(rules_of(json, "TransformationRules"));
    std::vector<TransformationRule> rules;
    std::set<std::string> ids;
    for (const Json& each : items) {
        TransformationRule rule = TRY(read_transformation(each));
        if (!ids.insert(rule.id).second)
            return invalid_value("TransformationRules: rule " + rule.id + ": its rule-id is another's");
        rules.push_back(std::move(rule));
    }
    return rules;
}

}  // namespace landfall::dms
