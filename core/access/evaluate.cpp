// What one policy says of a question: statements whose principal, action, resource and conditions hold.
#include <algorithm>
#include <charconv>
#include <optional>

#include "core/access/condition.hpp"
#include "core/access/decide.hpp"
#include "core/access/pattern.hpp"
#include "core/access/policy.hpp"

namespace landfall::access {
namespace {

using Kind = Principal::Kind;

/// How a statement's principals speak to the one who asks.
enum class Addressed : std::uint8_t { no, by_account, directly };

bool is_person(const Principal& principal) {
    return principal.kind != Kind::anonymous && principal.kind != Kind::service;
}

std::string_view type_of(const Principal& principal) {
    switch (principal.kind) {
        case Kind::anonymous: return "Anonymous";
        case Kind::root: return "Account";
        case Kind::user: return "User";
        case Kind::role: return "AssumedRole";
        case Kind::service: return {};
    }
    return {};
}

/// What follows from the principal and the instant. Empty: the request has no such key. `room` holds what is
/// made.
std::string_view derived(const Question& question, std::string_view key, std::string& room) {
    const Principal& who = question.principal;
    const bool person = is_person(who);
    const bool service = who.kind == Kind::service;
    const auto is = [key](std::string_view name) { return same_letters(key, name); };
    if (is("aws:PrincipalArn")) {
        if (!person) return {};
        return who.role_arn.empty() ? who.arn : who.role_arn;
    }
    if (is("aws:PrincipalAccount") || is("aws:SourceOwner")) return who.account;
    if (is("aws:PrincipalType")) return type_of(who);
    if (is("aws:PrincipalIsAWSService")) return service ? "true" : "false";
    if (is("aws:PrincipalServiceName")) return service ? std::string_view{who.arn} : std::string_view{};
    if (is("aws:userid")) return who.kind == Kind::anonymous ? "anonymous" : std::string_view{who.user_id};
    if (is("aws:username") && who.kind == Kind::user)
        return std::string_view{who.arn}.substr(who.arn.rfind('/') + 1);
    if (is("aws:CurrentTime")) return room = iso8601(question.at);
    if (is("aws:EpochTime")) return room = std::to_string(question.at.seconds());
    return {};
}

/// Calls f with every value that the request has of the key; how many there were.
template <class F>
std::size_t each_value(const Question& question, std::string_view key, F f) {
    std::size_t count = 0;
    for (const Fact& fact : question.context) {
        if (!same_letters(fact.key, key)) continue;
        f(fact.value);
        ++count;
    }
    if (count > 0) return count;
    std::string room;
    const std::string_view value = derived(question, key, room);
    if (value.empty()) return 0;
    f(value);
    return 1;
}

/// Whether the text comes out as a pattern, in which what variables bring in is none, or as it is.
enum class Into : std::uint8_t { pattern, text };

void append_literal(std::string& out, std::string_view value, Into into) {
    for (const char c : value) {
        if (into == Into::pattern && c == '*')
            out.push_back(kLiteralStar);
        else if (into == Into::pattern && c == '?')
            out.push_back(kLiteralMark);
        else
            out.push_back(c);
    }
}

std::string_view trimmed(std::string_view text) {
    const std::size_t from = text.find_first_not_of(' ');
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

/// "aws:username" or "aws:username, 'nobody'": the request's only value, or the default.
bool append_variable(const Question& question, std::string_view inside, Into into, std::string& out) {
    if (inside == "*" || inside == "?" || inside == "$") return append_literal(out, inside, into), true;
    const std::size_t comma = inside.find(',');
    std::optional<std::string> value;
    const std::size_t count = each_value(question, trimmed(inside.substr(0, comma)),
                                         [&](std::string_view one) { value = std::string{one}; });
    if (count == 1) return append_literal(out, *value, into), true;
    if (comma == std::string_view::npos) return false;
    std::string_view fallback = trimmed(inside.substr(comma + 1));
    if (fallback.size() < 2 || fallback.front() != '\'' || fallback.back() != '\'') return false;
    fallback.remove_prefix(1);
    fallback.remove_suffix(1);
    append_literal(out, fallback, into);
    return true;
}

/// One pattern or value, with its variables replaced where the policy has any.
class Expanded {
public:
    Expanded(const Question& question, const Policy& policy, std::string_view text, Into into) : view_{text} {
        if (!policy.has_variables() || text.find("${") == std::string_view::npos) return;
        for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${")) {
            const std::size_t end = text.find('}', at);
            if (end == std::string_view::npos) break;  // parse() lets none of these through
            room_.append(text.substr(0, at));
            known_ = known_ && append_variable(question, text.substr(at + 2, end - at - 2), into, room_);
            text.remove_prefix(end + 1);
        }
        room_.append(text);
        view_ = room_;
    }
    Expanded(const Expanded&) = delete;
    Expanded& operator=(const Expanded&) = delete;
    /// nullopt: the request lacks a variable, so that nothing is equal to the text.
    [[nodiscard]] std::optional<std::string_view> text() const {
        return known_ ? std::optional{view_} : std::nullopt;
    }

private:
    std::string room_;
    std::string_view view_;
    bool known_ = true;
};

bool names_action(const PatternList& actions, std::string_view action) {
    const bool listed = std::any_of(
        actions.patterns.begin(), actions.patterns.end(),
        [action](const std::string& pattern) { return matches(pattern, action, Letters::either_case); });
    return listed == (actions.polarity == Polarity::listed);
}

/// What an unknown variable makes of a comparison that a "not" turns over: an allow must not come of it.
bool doubtful_match(const PolicyStatement& statement) { return statement.effect == Effect::allow; }

bool names_resource(const Question& question, const Policy& policy, const PolicyStatement& statement) {
    const PatternList& resources = statement.resources;
    const bool turned_over = resources.polarity == Polarity::not_listed;
    const bool listed =
        std::any_of(resources.patterns.begin(), resources.patterns.end(), [&](const std::string& pattern) {
            const Expanded expanded{question, policy, pattern, Into::pattern};
            const auto text = expanded.text();
            if (!text) return turned_over && doubtful_match(statement);
            return matches_resource(*text, question.resource);
        });
    return listed != turned_over;
}

Addressed addressed_by(const PolicyPrincipal& named, const Principal& who) {
    using Named = PolicyPrincipal::Kind;
    const bool person = is_person(who);
    switch (named.kind) {
        case Named::everyone: return Addressed::directly;
        case Named::account:
            if (!person || named.name != who.account) return Addressed::no;
            return who.kind == Kind::root ? Addressed::directly : Addressed::by_account;
        case Named::identity: {
            const bool same = person && (named.name == who.arn || named.name == who.role_arn ||
                                         (who.kind != Kind::root && named.name == who.user_id));
            return same ? Addressed::directly : Addressed::no;
        }
        case Named::service: {
            const bool same = who.kind == Kind::service && (named.name == "*" || named.name == who.arn);
            return same ? Addressed::directly : Addressed::no;
        }
        case Named::federated:
        case Named::canonical_user: return Addressed::no;  // kept for those who read the policy
    }
    return Addressed::no;
}

Addressed addressed_by(const PolicyStatement& statement, const Principal& who) {
    Addressed strongest = Addressed::no;
    for (const PolicyPrincipal& named : statement.principals.principals)
        strongest = std::max(strongest, addressed_by(named, who));
    if (statement.principals.polarity == Polarity::listed) return strongest;
    // Who is excepted must be so without doubt: from a denial by name, from an allow by the account already.
    const Addressed excepted = statement.effect == Effect::deny ? Addressed::directly : Addressed::by_account;
    return strongest >= excepted ? Addressed::no : Addressed::directly;
}

bool holds(const Question& question, const Policy& policy, const PolicyStatement& statement,
           const Condition& condition) {
    std::size_t satisfied = 0;
    const Into into =
        condition.comparison == Comparison::string_like || condition.comparison == Comparison::arn_like
            ? Into::pattern
            : Into::text;
    const auto one = [&](std::string_view value) {
        const bool any =
            std::any_of(condition.values.begin(), condition.values.end(), [&](const ConditionValue& against) {
                if (!takes_variables(condition.comparison))
                    return satisfies(condition.comparison, value, against, {});
                const Expanded expanded{question, policy, against.text, into};
                const auto text = expanded.text();
                if (!text) return condition.negated && doubtful_match(statement);
                return satisfies(condition.comparison, value, against, *text);
            });
        satisfied += any != condition.negated ? 1 : 0;
    };
    const std::size_t count = each_value(question, condition.key, one);
    if (condition.comparison == Comparison::null) {
        return std::any_of(condition.values.begin(), condition.values.end(),
                           [count](const ConditionValue& value) { return value.truth == (count == 0); });
    }
    if (count == 0) {
        if (condition.if_exists || condition.over == OverValues::all) return true;
        return condition.negated && condition.over == OverValues::plain;
    }
    // A negated operator holds of a key with many values where none of them is listed.
    const bool every =
        condition.over == OverValues::all || (condition.negated && condition.over == OverValues::plain);
    return every ? satisfied == count : satisfied > 0;
}

}  // namespace

Verdict evaluate(const Question& question, const Policy& policy) {
    Verdict strongest = Verdict::nothing;
    for (const PolicyStatement& statement : policy.statements()) {
        if (!names_action(statement.actions, question.action)) continue;
        const Addressed addressed = addressed_by(statement, question.principal);
        if (addressed == Addressed::no || !names_resource(question, policy, statement)) continue;
        const bool all = std::all_of(
            statement.conditions.begin(), statement.conditions.end(),
            [&](const Condition& condition) { return holds(question, policy, statement, condition); });
        if (!all) continue;
        if (statement.effect == Effect::deny) return Verdict::deny;
        strongest =
            std::max(strongest, addressed == Addressed::directly ? Verdict::allow : Verdict::allow_account);
    }
    return strongest;
}

}  // namespace landfall::access
