// Reads policy documents. simdjson stays in this file.
#include "core/access/policy.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "core/access/condition.hpp"

namespace landfall::access {
namespace {

namespace dom = simdjson::dom;

bool all_of(std::string_view text, bool (*is)(char)) { return std::all_of(text.begin(), text.end(), is); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_of_pattern(char c) { return c == '*' || c == '?'; }
bool is_of_prefix(char c) { return is_alphanumeric(c) || is_of_pattern(c) || c == '-'; }
bool is_of_action(char c) { return is_alphanumeric(c) || is_of_pattern(c) || c == '-' || c == '_'; }

bool is_account(std::string_view text) { return text.size() == 12 && all_of(text, is_digit); }

/// So much of a wrong text as a message can carry.
std::string shown(std::string_view text) {
    constexpr std::size_t kShown = 100;
    if (text.size() <= kShown) return "\"" + std::string{text} + "\"";
    std::size_t end = kShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return "\"" + std::string{text.substr(0, end)} + "…\"";
}

Error wrong(std::string message) { return Error{Errc::invalid, std::move(message)}; }

Error too_many(std::string_view what, std::uint64_t most) {
    return Error{Errc::exhausted, "more than " + std::to_string(most) + " " + std::string{what}};
}

/// Account ids and ARNs as principals. nullopt: it is neither.
std::optional<PolicyPrincipal> identity_named(std::string_view text) {
    using Kind = PolicyPrincipal::Kind;
    if (text == "*") return PolicyPrincipal{Kind::everyone, {}};
    if (is_account(text)) return PolicyPrincipal{Kind::account, std::string{text}};
    const bool unique_id =
        text.size() >= 16 && text.size() <= 128 && text.starts_with('A') &&
        std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
    if (unique_id) return PolicyPrincipal{Kind::identity, std::string{text}};
    if (!text.starts_with("arn:aws")) return std::nullopt;
    std::string_view rest = text.substr(text.find(':') + 1);
    rest.remove_prefix(std::min(rest.size(), rest.find(':')));  // the partition
    if (!rest.starts_with(":iam::") && !rest.starts_with(":sts::")) return std::nullopt;
    rest.remove_prefix(6);
    const std::string_view account = rest.substr(0, rest.find(':'));
    if (!is_account(account) || rest.size() < account.size() + 2) return std::nullopt;
    const std::string_view name = rest.substr(account.size() + 1);
    if (name == "root") return PolicyPrincipal{Kind::account, std::string{account}};
    // A pattern in a principal would hold for nobody: AWS refuses it as well.
    if (name.find_first_of("*?") != std::string_view::npos || name.find('/') == std::string_view::npos)
        return std::nullopt;
    return PolicyPrincipal{Kind::identity, std::string{text}};
}

Status check_action(std::string_view text) {
    if (text == "*") return {};
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        return wrong("the action " + shown(text) + " names no service: \"service:Operation\" is expected");
    const std::string_view prefix = text.substr(0, colon);
    const std::string_view name = text.substr(colon + 1);
    if (prefix.empty() || name.empty() || !all_of(prefix, is_of_prefix) || !all_of(name, is_of_action))
        return wrong("the action " + shown(text) + " is not \"service:Operation\"");
    return {};
}

Status check_resource(std::string_view text) {
    if (text == "*" || text.starts_with("arn:")) return {};
    return wrong("the resource " + shown(text) + " is neither an ARN nor \"*\"");
}

Status check_variables(std::string_view text) {
    for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
        const std::size_t end = text.find('}', at);
        if (end == std::string_view::npos || end == at + 2)
            return wrong("the variable in " + shown(text) + " has no name or no end");
    }
    return {};
}

}  // namespace

/// Reads one document; counts what its limits bound.
class PolicyReader {
public:
    PolicyReader(PolicyKind kind, const PolicyLimits& limits) : kind_{kind}, limits_{limits} {}

    Result<Policy> document(std::string_view json) {
        if (json.size() > limits_.bytes.count)
            return Error{Errc::exhausted, "the policy has " + std::to_string(json.size()) +
                                              " bytes, more than " + std::to_string(limits_.bytes.count)};
        dom::parser parser{simdjson::SIMDJSON_MAXSIZE_BYTES};
        const simdjson::padded_string padded{json};
        dom::element root;
        auto failed = parser.allocate(std::max<std::size_t>(json.size(), 64), limits_.depth);
        if (!failed) failed = parser.parse(padded).get(root);
        if (failed == simdjson::DEPTH_ERROR) return too_many("levels of nesting", limits_.depth);
        if (failed) return wrong("the policy is not JSON: " + std::string{simdjson::error_message(failed)});
        dom::object object;
        if (root.get(object)) return wrong("the policy is not a JSON object");
        TRY(top(object));
        return std::move(policy_);
    }

private:
    Status top(const dom::object& object) {
        dom::element statements;
        bool found = false;
        TRY(each(object, [&](std::string_view name, const dom::element& value) -> Status {
            if (name == "Version") return version(value);
            if (name == "Id") return text_into(policy_.id_, name, value);
            if (name != "Statement") return wrong("there is no element " + shown(name) + " in a policy");
            statements = value;
            found = true;
            return {};
        }));
        if (!found) return wrong("the policy has no Statement");
        dom::array list;
        if (statements.get(list)) return statement(statements, 1);
        std::size_t number = 0;
        for (const dom::element& one : list) TRY(statement(one, ++number));
        if (number == 0) return wrong("Statement is empty");
        return {};
    }

    /// Every name once, in the order of the text.
    template <class F>
    Status each(const dom::object& object, F f) {
        std::set<std::string_view> names;
        for (const auto& [name, value] : object) {
            if (!names.insert(name).second) return wrong(shown(name) + " stands there twice");
            TRY(f(name, value));
        }
        return {};
    }

    Status version(const dom::element& value) {
        std::string text;
        TRY(text_into(text, "Version", value));
        if (text != "2012-10-17" && text != "2008-10-17")
            return wrong("Version " + shown(text) + " is neither \"2012-10-17\" nor \"2008-10-17\"");
        policy_.has_variables_ = text == "2012-10-17";
        return {};
    }

    static Status text_into(std::string& out, std::string_view name, const dom::element& value) {
        std::string_view text;
        if (value.get(text)) return wrong(std::string{name} + " is not a string");
        out = text;
        return {};
    }

    Status statement(const dom::element& value, std::size_t number) {
        if (policy_.statements_.size() == limits_.statements)
            return too_many("statements", limits_.statements);
        PolicyStatement out;
        seen_ = {};
        const Status read = elements(value, out);
        if (!read.ok()) {
            std::string place = "Statement " + std::to_string(number);
            if (!out.sid.empty()) place.append(" (Sid ").append(shown(out.sid)).append(")");
            return Error{read.error()}.in(place);
        }
        policy_.statements_.push_back(std::move(out));
        return {};
    }

    Status elements(const dom::element& value, PolicyStatement& out) {
        dom::object object;
        if (value.get(object)) return wrong("it is not an object");
        std::string_view sid;
        if (!object["Sid"].get(sid)) out.sid = sid;  // first: messages name it
        TRY(each(object, [&](std::string_view name, const dom::element& element) {
            return element_of(name, element, out);
        }));
        if (!out.sid.empty() && policy_.find(out.sid) != nullptr)
            return wrong("an earlier statement has the same Sid");
        if (!seen_.effect) return wrong("Effect is missing");
        if (!seen_.action) return wrong("it has neither Action nor NotAction");
        const bool identity = kind_ == PolicyKind::attached_to_identity;
        if (!seen_.principal && !identity) return wrong("it has neither Principal nor NotPrincipal");
        if (!seen_.resource && identity) return wrong("it has neither Resource nor NotResource");
        // What is not asked about holds: a list that leaves nothing out.
        if (!seen_.principal) out.principals.polarity = Polarity::not_listed;
        if (!seen_.resource) out.resources.polarity = Polarity::not_listed;
        return {};
    }

    Status element_of(std::string_view name, const dom::element& value, PolicyStatement& out) {
        const Polarity polarity = name.starts_with("Not") ? Polarity::not_listed : Polarity::listed;
        if (name == "Sid") return text_into(out.sid, name, value);
        if (name == "Effect") return effect(value, out);
        if (name == "Principal" || name == "NotPrincipal") {
            if (kind_ == PolicyKind::attached_to_identity)
                return wrong("the policy of an identity names no principals");
            TRY(once(seen_.principal, "Principal"));
            out.principals.polarity = polarity;
            return principals(name, value, out.principals.principals);
        }
        if (name == "Action" || name == "NotAction") {
            TRY(once(seen_.action, "Action"));
            out.actions.polarity = polarity;
            return patterns(name, value, out.actions.patterns, check_action);
        }
        if (name == "Resource" || name == "NotResource") {
            TRY(once(seen_.resource, "Resource"));
            out.resources.polarity = polarity;
            return patterns(name, value, out.resources.patterns, check_resource);
        }
        if (name == "Condition") return conditions(value, out);
        return wrong("there is no element " + shown(name) + " in a statement");
    }

    static Status once(bool& seen, std::string_view what) {
        if (seen) return wrong(std::string{what} + " and Not" + std::string{what} + " exclude each other");
        seen = true;
        return {};
    }

    Status effect(const dom::element& value, PolicyStatement& out) {
        std::string_view text;
        if (value.get(text) || (text != "Allow" && text != "Deny"))
            return wrong("Effect must be \"Allow\" or \"Deny\"");
        out.effect = text == "Allow" ? Effect::allow : Effect::deny;
        seen_.effect = true;
        return {};
    }

    /// A string, or a list of strings that is not empty; each counts as a value.
    template <class F>
    Status strings(std::string_view name, const dom::element& value, F f) {
        std::string_view text;
        if (!value.get(text)) {
            TRY(counted(values_, limits_.values, "values"));
            return f(text);
        }
        dom::array list;
        if (value.get(list)) return wrong(std::string{name} + " is neither a string nor a list of strings");
        if (list.begin() == list.end()) return wrong(std::string{name} + " is an empty list");
        for (const dom::element& one : list) {
            if (one.get(text)) return wrong(std::string{name} + " has an item that is not a string");
            TRY(counted(values_, limits_.values, "values"));
            TRY(f(text));
        }
        return {};
    }

    static Status counted(std::uint32_t& count, std::uint32_t most, std::string_view what) {
        if (count == most) return too_many(what, most);
        ++count;
        return {};
    }

    Status patterns(std::string_view name, const dom::element& value, std::vector<std::string>& out,
                    Status (*check)(std::string_view)) {
        return strings(name, value, [&](std::string_view text) -> Status {
            TRY(check(text));
            if (policy_.has_variables_) TRY(check_variables(text));
            out.emplace_back(text);
            return {};
        });
    }

    Status principals(std::string_view name, const dom::element& value, std::vector<PolicyPrincipal>& out) {
        std::string_view text;
        dom::object object;
        if (!value.get(text)) {
            if (text != "*")
                return wrong(std::string{name} + " " + shown(text) + " is neither \"*\" nor an object");
            return principal({PolicyPrincipal::Kind::everyone, {}}, out);
        }
        if (value.get(object)) return wrong(std::string{name} + " is neither \"*\" nor an object");
        TRY(each(object, [&](std::string_view type, const dom::element& names) {
            return strings(type, names, [&](std::string_view one) { return principal_of(type, one, out); });
        }));
        if (out.empty()) return wrong(std::string{name} + " is empty");
        return {};
    }

    Status principal_of(std::string_view type, std::string_view name, std::vector<PolicyPrincipal>& out) {
        using Kind = PolicyPrincipal::Kind;
        if (type == "AWS") {
            auto identity = identity_named(name);
            if (identity) return principal(*std::move(identity), out);
            return wrong("the principal " + shown(name) +
                         " is neither \"*\", an account, the ARN of an identity nor a unique id");
        }
        if (name.empty()) return wrong("a principal of the type " + shown(type) + " is empty");
        if (type == "Service") {
            if (name != "*" && name.find('.') == std::string_view::npos)
                return wrong("the service " + shown(name) + " is not a name such as \"sns.amazonaws.com\"");
            return principal({Kind::service, std::string{name}}, out);
        }
        if (type == "Federated") return principal({Kind::federated, std::string{name}}, out);
        if (type == "CanonicalUser") return principal({Kind::canonical_user, std::string{name}}, out);
        return wrong("there is no type of principals " + shown(type));
    }

    Status principal(PolicyPrincipal named, std::vector<PolicyPrincipal>& out) {
        TRY(counted(principals_, limits_.principals, "principals"));
        out.push_back(std::move(named));
        return {};
    }

    Status conditions(const dom::element& value, PolicyStatement& out) {
        dom::object operators;
        if (value.get(operators)) return wrong("Condition is not an object");
        return each(operators, [&](std::string_view name, const dom::element& tests) -> Status {
            const auto condition = condition_named(name);
            if (!condition) return wrong("there is no condition operator " + shown(name));
            dom::object keys;
            if (tests.get(keys)) return wrong(std::string{name} + " is not an object");
            return each(keys, [&](std::string_view key, const dom::element& values) -> Status {
                TRY(counted(conditions_, limits_.conditions, "conditions"));
                if (key.empty()) return wrong(std::string{name} + " has a key without a name");
                out.conditions.push_back(*condition);
                out.conditions.back().key = key;
                const Status read = condition_values(values, out.conditions.back());
                if (read.ok()) return {};
                return Error{read.error()}.in(std::string{name} + " of " + shown(key));
            });
        });
    }

    Status condition_values(const dom::element& value, Condition& out) {
        dom::array list;
        if (value.get(list)) return one_value(value, out);
        if (list.begin() == list.end()) return wrong("the list of values is empty");
        for (const dom::element& one : list) TRY(one_value(one, out));
        return {};
    }

    Status one_value(const dom::element& value, Condition& out) {
        TRY(counted(values_, limits_.values, "values"));
        const auto text = scalar_text(value);
        if (!text) return wrong("a value is neither a string, a number nor a boolean");
        if (policy_.has_variables_ && takes_variables(out.comparison)) TRY(check_variables(*text));
        out.values.push_back(TRY(condition_value(out.comparison, *text)));
        return {};
    }

    static std::optional<std::string> scalar_text(const dom::element& value) {
        switch (value.type()) {
            case dom::element_type::STRING: return std::string{std::string_view{value}};
            case dom::element_type::BOOL: return bool{value} ? "true" : "false";
            case dom::element_type::INT64: return std::to_string(std::int64_t{value});
            case dom::element_type::UINT64: return std::to_string(std::uint64_t{value});
            case dom::element_type::DOUBLE: {
                char room[32];
                const auto end = std::to_chars(room, room + sizeof room, double{value});
                return std::string{room, end.ptr};
            }
            default: return std::nullopt;
        }
    }

    PolicyKind kind_;
    PolicyLimits limits_;
    Policy policy_;
    struct Seen {
        bool effect = false, principal = false, action = false, resource = false;
    } seen_;
    std::uint32_t values_ = 0;
    std::uint32_t principals_ = 0;
    std::uint32_t conditions_ = 0;
};

Result<Policy> Policy::parse(std::string_view json, PolicyKind kind, const PolicyLimits& limits) {
    return PolicyReader{kind, limits}.document(json);
}

const PolicyStatement* Policy::find(std::string_view sid) const {
    const auto at = std::find_if(statements_.begin(), statements_.end(), [sid](const PolicyStatement& one) {
        return !sid.empty() && one.sid == sid;
    });
    return at == statements_.end() ? nullptr : &*at;
}

}  // namespace landfall::access
