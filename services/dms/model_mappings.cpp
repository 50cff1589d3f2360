#include "services/dms/model_mappings.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>

#include "services/dms/model_json.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kRulesMax = 10'000;
constexpr std::size_t kNameMax = 255;

Fault wrong(std::string what) { return invalid_value("Error in mapping rules. " + std::move(what)); }
Fault wrong(std::string_view rule_id, std::string what) {
    return wrong("Rule with ruleId = " + std::string{rule_id} + " failed validation. " + std::move(what));
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
    return std::ranges::find(all, text) != all.end();
}

/// One character of a pattern: which characters of a name it stands for, and where the next begins.
struct Glyph {
    std::string_view set;  ///< within [ ]
    char letter = 0;
    enum class Kind : std::uint8_t { letter, any, set } kind = Kind::letter;
    std::size_t next = 0;

    [[nodiscard]] bool is(std::string_view character) const {
        if (kind == Kind::any) return true;
        if (character.size() != 1) return false;
        if (kind == Kind::letter) return character.front() == letter;
        for (std::size_t i = 0; i < set.size(); ++i) {
            const bool range = i + 2 < set.size() && set[i + 1] == '-';
            if (range ? set[i] <= character.front() && character.front() <= set[i + 2]
                      : set[i] == character.front())
                return true;
            if (range) i += 2;
        }
        return false;
    }
};

/// Not at '%', nor at the end.
Glyph glyph_at(std::string_view pattern, std::size_t at) {
    if (pattern[at] == '_') return {.kind = Glyph::Kind::any, .next = at + 1};
    const std::size_t end = pattern[at] == '[' ? pattern.find(']', at + 1) : std::string_view::npos;
    if (end == std::string_view::npos || end == at + 1) return {.letter = pattern[at], .next = at + 1};
    return {.set = pattern.substr(at + 1, end - at - 1), .kind = Glyph::Kind::set, .next = end + 1};
}

/// The bytes of a character: a name may hold any of UTF-8, and _ is one of them.
std::size_t length_at(std::string_view name, std::size_t at) {
    std::size_t length = 1;
    while (at + length < name.size() && (static_cast<unsigned char>(name[at + length]) & 0xC0U) == 0x80U)
        ++length;
    return length;
}

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("%_[") != std::string_view::npos; }

Verdict check_members(const Json& json, std::string_view rule_id,
                      std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : json.members)
        if (!is_one_of(name, known)) return wrong(rule_id, "There is no member " + name);
    return {};
}

Judged<MappingRule> locate(const Json& rule, std::string_view rule_id) {
    const Json* const locator = rule.find("object-locator");
    if (locator == nullptr || !locator->is(Json::Kind::object))
        return wrong(rule_id, "object-locator must be given");
    TRY(check_members(*locator, rule_id, {"schema-name", "table-name", "table-type"}));
    MappingRule found{.schema = std::string{locator->text_of("schema-name")},
                      .table = std::string{locator->text_of("table-name")}};
    for (const std::string* const name : {&found.schema, &found.table})
        if (name->empty() || name->size() > kNameMax)
            return wrong(rule_id, "schema-name and table-name have 1 to 255 characters");
    const std::string_view type = locator->text_of("table-type");
    if (type == "view") return wrong(rule_id, "table-type view is not supported: tables alone are moved");
    if (!is_one_of(type, {"", "table", "all"}))
        return wrong(rule_id, "table-type must be table, view or all");
    return found;
}

Judged<MappingRule> selection_of(const Json& rule, std::string_view rule_id) {
    TRY(check_members(
        rule, rule_id,
        {"rule-type", "rule-id", "rule-name", "rule-action", "object-locator", "filters", "load-order"}));
    MappingRule made = TRY(locate(rule, rule_id));
    const std::string_view action = rule.text_of("rule-action");
    if (!is_one_of(action, {"include", "exclude", "explicit"}))
        return wrong(rule_id, "rule-action of a selection must be include, exclude or explicit");
    if (action == "exclude") made.action = MappingRule::Action::exclude;
    if (action == "explicit") made.action = MappingRule::Action::explicit_;
    // '_' is a letter of many names: an explicit one is taken by its letters.
    if (action == "explicit" && (made.schema + made.table).find('%') != std::string::npos)
        return wrong(rule_id, "An explicit rule names one schema and one table");
    if (const Json* const filters = rule.find("filters");
        filters != nullptr && !(filters->is(Json::Kind::array) && filters->items.empty()))
        return wrong(rule_id, "filters are not supported yet: rows are moved whole tables at a time");
    if (const Json* const order = rule.find("load-order");
        order != nullptr && !order->is(Json::Kind::number) && !order->is(Json::Kind::string))
        return wrong(rule_id, "load-order must be a number");
    return made;
}

constexpr std::array<std::string_view, 24> kActions{"rename",
                                                    "remove-column",
                                                    "include-column",
                                                    "make-lowercase",
                                                    "make-uppercase",
                                                    "convert-lowercase",
                                                    "convert-uppercase",
                                                    "add-prefix",
                                                    "remove-prefix",
                                                    "replace-prefix",
                                                    "add-suffix",
                                                    "remove-suffix",
                                                    "replace-suffix",
                                                    "add-column",
                                                    "change-data-type",
                                                    "define-primary-key",
                                                    "add-before-image-columns",
                                                    "add-tag",
                                                    "data-masking-digits-mask",
                                                    "data-masking-digits-randomize",
                                                    "data-masking-hash-mask",
                                                    "digits-mask",
                                                    "digits-randomize",
                                                    "hash-mask"};

Fault transformation_fault(const Json& rule, std::string_view rule_id) {
    const std::string_view target = rule.text_of("rule-target"), action = rule.text_of("rule-action");
    if (!is_one_of(target, {"schema", "table", "column", "table-tablespace", "index-tablespace"}))
        return wrong(rule_id,
                     "rule-target must be schema, table, column, table-tablespace or index-tablespace");
    if (std::ranges::find(kActions, action) == kActions.end())
        return wrong(rule_id, "rule-action " + std::string{action} + " is none of a transformation");
    return wrong(rule_id, "The transformation " + std::string{action} + " of a " + std::string{target} +
                              " is not supported yet");
}

Verdict check_table_settings(const Json& rule, std::string_view rule_id) {
    TRY(check_members(
        rule, rule_id,
        {"rule-type", "rule-id", "rule-name", "object-locator", "parallel-load", "lob-settings"}));
    const MappingRule located = TRY(locate(rule, rule_id));
    if (has_wildcard(located.schema) && located.schema.find_first_of("%[") != std::string::npos)
        return wrong(rule_id, "Exact schema and table name required when using table settings rule.");
    if (located.table.find_first_of("%[") != std::string::npos)
        return wrong(rule_id, "Exact schema and table name required when using table settings rule.");
    if (const Json* const load = rule.find("parallel-load"))
        if (!is_one_of(load->text_of("type"),
                       {"partitions-auto", "subpartitions-auto", "partitions-list", "ranges", "none"}))
            return wrong(rule_id,
                         "type of parallel-load must be partitions-auto, subpartitions-auto, "
                         "partitions-list, ranges or none");
    if (const Json* const lobs = rule.find("lob-settings"))
        if (!is_one_of(lobs->text_of("mode"), {"limited", "unlimited", "none", ""}))
            return wrong(rule_id, "mode of lob-settings must be limited, unlimited or none");
    return {};
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0, percent = std::string_view::npos, from = 0;
    while (n < name.size()) {
        const std::size_t length = length_at(name, n);
        if (p < pattern.size() && pattern[p] == '%') {
            percent = ++p;
            from = n;
            continue;
        }
        if (p < pattern.size()) {
            const Glyph glyph = glyph_at(pattern, p);
            if (glyph.is(glyph.kind == Glyph::Kind::letter ? name.substr(n, 1) : name.substr(n, length))) {
                p = glyph.next;
                n += glyph.kind == Glyph::Kind::letter ? 1 : length;
                continue;
            }
        }
        if (percent == std::string_view::npos) return false;
        p = percent;
        from += length_at(name, from);
        n = from;
    }
    while (p < pattern.size() && pattern[p] == '%') ++p;
    return p == pattern.size();
}

Judged<TableMappings> TableMappings::parse(std::string_view text) {
    const auto json = parse_json(text);
    if (!json.ok()) return wrong("The mappings are no JSON: " + json.error().message());
    const Json* const rules = json->find("rules");
    if (rules == nullptr || !rules->is(Json::Kind::array)) return wrong("There is no list of rules");
    if (rules->items.size() > kRulesMax) return wrong("There are more than 10000 rules");
    for (const auto& [name, value] : json->members)
        if (name != "rules") return wrong("There is no member " + name);
    TableMappings mappings;
    std::set<std::string, std::less<>> ids;
    for (const Json& rule : rules->items) {
        const std::string_view id = rule.text_of("rule-id");
        if (!rule.is(Json::Kind::object) || id.empty()) return wrong("A rule has no rule-id");
        if (!ids.emplace(id).second) return wrong(id, "The rule-id is given twice");
        if (rule.text_of("rule-name").empty()) return wrong(id, "rule-name must be given");
        const std::string_view type = rule.text_of("rule-type");
        if (type == "selection")
            mappings.rules_.push_back(TRY(selection_of(rule, id)));
        else if (type == "transformation")
            return transformation_fault(rule, id);
        else if (type == "table-settings")
            TRY(check_table_settings(rule, id));
        else if (is_one_of(type, {"validation", "object-mapping", "post-processing"}))
            return wrong(id, "Rules of type " + std::string{type} + " are not supported yet");
        else
            return wrong(id, "rule-type " + std::string{type} + " is none of DMS's");
    }
    const auto includes = [](const MappingRule& rule) { return rule.action != MappingRule::Action::exclude; };
    if (std::ranges::none_of(mappings.rules_, includes)) return wrong("No rule includes a table");
    return mappings;
}

bool TableMappings::selects(std::string_view schema, std::string_view table) const {
    bool selected = false;
    for (const MappingRule& rule : rules_) {
        const bool here = rule.action == MappingRule::Action::explicit_
                              ? rule.schema == schema && rule.table == table
                              : matches_pattern(rule.schema, schema) && matches_pattern(rule.table, table);
        if (here && rule.action == MappingRule::Action::exclude) return false;
        selected = selected || here;
    }
    return selected;
}

}  // namespace landfall::dms
