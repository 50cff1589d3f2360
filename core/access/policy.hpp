// Policy: a policy document, read once and evaluated many times.
//
// Invariants
//   1. A Policy is a value that never changes: any number of threads may evaluate one at the same time.
//      Its owner (a queue, a topic) keeps it beside the text and replaces it whole.
//   2. What parse() accepts is within PolicyLimits, and evaluating it never fails and never allocates more
//      than its variables need; what it refuses is Errc::invalid with a sentence that names the statement and
//      the element: "Statement[2] (Sid \"from-orders\"): Effect must be \"Allow\" or \"Deny\"".
//   3. Nothing is ignored: an element, operator or value that is not understood is an error, never a rule
//      that silently does not hold.
//   4. Element names, Sid, Effect and resources are told apart by case; actions, condition keys and Version
//      2012-10-17's variables are not.
// Facts: the IAM User Guide's "IAM JSON policy elements reference" and "Policy grammar".
// Threads: any. Does not touch disk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace landfall::access {

/// Bounds of one document; beyond one is Errc::exhausted. The defaults suit any policy; a service sets its
/// own (a queue: 8 KiB, 20 statements, 50 principals, 10 conditions).
struct PolicyLimits {
    Bytes bytes = 64_KiB;
    std::uint32_t statements = 200;
    std::uint32_t principals = 1000;  ///< in all statements
    std::uint32_t conditions = 1000;  ///< key tests in all statements
    std::uint32_t values = 5000;      ///< actions, resources and condition values in all statements
    std::uint32_t depth = 8;          ///< of the JSON text
};

/// attached_to_resource: says whom it is for (Principal or NotPrincipal in every statement), may leave
/// Resource out. attached_to_identity: names no principal, must name resources.
enum class PolicyKind : std::uint8_t { attached_to_resource, attached_to_identity };

enum class Effect : std::uint8_t { allow, deny };
/// Whether a list names what a statement is about, or what it is not about (NotAction …).
enum class Polarity : std::uint8_t { listed, not_listed };

/// Patterns with * (any run) and ? (any one character).
struct PatternList {
    Polarity polarity = Polarity::listed;
    std::vector<std::string> patterns;  ///< as written
    bool operator==(const PatternList&) const = default;
};

struct PolicyPrincipal {
    /// account: 12 digits or the root's ARN. identity: another ARN, or a unique id (AIDA…).
    enum class Kind : std::uint8_t { everyone, account, identity, service, federated, canonical_user };
    Kind kind = Kind::everyone;
    std::string name;  ///< an account: its 12 digits; everyone: empty; else as written
    bool operator==(const PolicyPrincipal&) const = default;
};

struct PrincipalList {
    Polarity polarity = Polarity::listed;
    std::vector<PolicyPrincipal> principals;
    bool operator==(const PrincipalList&) const = default;
};

/// What a condition compares by; the negated operators and …IfExists are flags beside it.
enum class Comparison : std::uint8_t {
    string_equals,
    string_equals_ignoring_case,
    string_like,
    arn_like,
    numeric_equals,
    numeric_less,
    numeric_at_most,
    numeric_greater,
    numeric_at_least,
    date_equals,
    date_before,
    date_at_most,
    date_after,
    date_at_least,
    boolean,
    binary_equals,
    address_in,
    null,
};
enum class OverValues : std::uint8_t { plain, any, all };  ///< ForAnyValue:, ForAllValues:

struct AddressBlock {
    std::array<std::uint8_t, 16> address{};  ///< IPv4 as ::ffff:a.b.c.d
    std::uint8_t prefix = 0;                 ///< of 128 bits
    bool operator==(const AddressBlock&) const = default;
};

struct ConditionValue {
    std::string text;      ///< as written; of Binary, the decoded bytes
    double number = 0;     ///< numeric_…
    Instant instant{};     ///< date_…
    AddressBlock block{};  ///< address_in
    bool truth = false;    ///< boolean, null
    bool operator==(const ConditionValue&) const = default;
};

/// One key under one operator: {"StringEquals": {"aws:SourceAccount": ["1…", "2…"]}}.
struct Condition {
    Comparison comparison = Comparison::string_equals;
    OverValues over = OverValues::plain;
    bool negated = false;    ///< StringNotEquals, ArnNotLike, NotIpAddress …
    bool if_exists = false;  ///< holds where the request has no such key
    std::string key;         ///< as written
    std::vector<ConditionValue> values;
    bool operator==(const Condition&) const = default;
};

struct PolicyStatement {
    std::string sid;  ///< empty: none
    Effect effect = Effect::deny;
    PrincipalList principals;
    PatternList actions;
    PatternList resources;  ///< empty and not_listed: left out, every resource
    std::vector<Condition> conditions;
    bool operator==(const PolicyStatement&) const = default;
};

class Policy {
public:
    /// invalid: not JSON, not a policy, or of another kind; exhausted: beyond the limits. Both name the
    /// place.
    static Result<Policy> parse(std::string_view json, PolicyKind kind, const PolicyLimits& limits = {});
    /// The same for what hangs on a resource.
    static Result<Policy> parse(std::string_view json, const PolicyLimits& limits = {}) {
        return parse(json, PolicyKind::attached_to_resource, limits);
    }

    [[nodiscard]] const std::string& id() const { return id_; }
    /// Of Version 2012-10-17, whose ${aws:…} are variables; 2008-10-17 takes them as text.
    [[nodiscard]] bool has_variables() const { return has_variables_; }
    [[nodiscard]] const std::vector<PolicyStatement>& statements() const { return statements_; }
    [[nodiscard]] const PolicyStatement* find(std::string_view sid) const;
    bool operator==(const Policy&) const = default;

private:
    friend class PolicyReader;
    Policy() = default;
    std::string id_;
    bool has_variables_ = false;
    std::vector<PolicyStatement> statements_;
};

}  // namespace landfall::access
