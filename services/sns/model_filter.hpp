// FilterPolicy: which messages a subscription wants; compiled once, matched per message.
//
// Invariants
//   1. What parse() accepts is within the limits: at most 5 keys (leaves), at most 150 combinations, 256 KiB,
//      numbers within ±10^9. What it refuses is named with the service's own text, line and column.
//   2. Matching is pure and never fails: a message that has no such attribute, or a body that is no JSON
//      object, does not match (but matches "exists": false of an attribute that it lacks).
//   3. All keys must hold (AND), one of a key's values suffices (OR), "$or" joins whole alternatives. In
//      arrays of objects one element must satisfy all keys of its level.
//   4. An attribute or element with several values satisfies a key when one of its values does.
// Sources: "Amazon SNS subscription filter policies" of the developer guide; texts recorded from the service.
// Pure; any thread may match one policy at the same time as others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/sns/model_json.hpp"
#include "services/sns/model_message.hpp"

namespace landfall::sns {

enum class FilterScope : std::uint8_t { attributes, body };
/// Which operation brings the policy: their texts differ.
enum class FilterCall : std::uint8_t { subscribe, set_attributes };

/// One value that is matched: out of an attribute or a body.
struct Scalar {
    Json::Kind kind = Json::Kind::null;  ///< never array or object
    std::string_view text;
    double number = 0;
    bool truth = false;
};

/// One condition of a key.
struct FilterTest {
    enum class Kind : std::uint8_t {
        equals,
        prefix,
        suffix,
        equals_ignoring_case,
        not_any,     ///< anything-but values
        not_prefix,  ///< anything-but prefix
        range,
        present,
        absent,
        address,
        wildcard,
    };
    enum class Edge : std::uint8_t { none, open, closed };
    Kind kind = Kind::equals;
    Json::Kind value = Json::Kind::string;  ///< equals: of what kind
    bool truth = false;
    double number = 0;
    std::string text;                ///< pattern; ignoring case: folded
    std::vector<FilterTest> values;  ///< not_any: each an `equals`
    double low = 0, high = 0;
    Edge low_edge = Edge::none, high_edge = Edge::none;
    std::array<std::uint8_t, 16> address{};
    std::uint8_t address_bits = 0;  ///< of 128
    bool address_v6 = false;

    [[nodiscard]] bool holds(const Scalar& scalar) const;
};

struct FilterNode {
    struct Leaf {
        std::string name;
        std::vector<FilterTest> tests;
    };
    struct Branch;
    std::vector<Leaf> leaves;
    std::vector<Branch> branches;
    std::vector<std::vector<FilterNode>> alternatives;  ///< each "$or": one of them must hold
};
struct FilterNode::Branch {
    std::string name;
    FilterNode node;
};

/// What a message shows to filters; made once per publish, asked by every policy.
class FilterSubject {
public:
    /// Borrows both for its life.
    FilterSubject(std::span<const MessageAttribute> attributes, std::string_view body);

    /// The values of an attribute; null where it has none that filters see.
    [[nodiscard]] const std::vector<Scalar>* attribute(std::string_view name) const;
    [[nodiscard]] const auto& attributes() const { return attributes_; }
    /// Null where the body is no JSON object. Parsed at the first call: not for two threads.
    [[nodiscard]] const Json* body();

private:
    struct Named {
        std::string_view name;
        std::vector<Scalar> values;
    };
    void add_array(const MessageAttribute& attribute);

    std::vector<Named> attributes_;
    std::vector<Json> arrays_;  ///< what scalars of String.Array point into
    std::string_view text_;
    std::optional<Json> body_;
    bool body_parsed_ = false;
};

class FilterPolicy {
public:
    static Judged<FilterPolicy> parse(std::string_view text, FilterScope scope, FilterCall call);

    [[nodiscard]] bool matches(FilterSubject& subject) const;
    [[nodiscard]] FilterScope scope() const { return scope_; }
    [[nodiscard]] const FilterNode& root() const { return root_; }
    /// A key of the top level that only exact texts and numbers satisfy: what an index looks the policy up
    /// by. Null where there is none.
    [[nodiscard]] const FilterNode::Leaf* exact_leaf() const;

private:
    FilterScope scope_ = FilterScope::attributes;
    FilterNode root_;
};

/// The scalars of a body's value at a leaf: itself, or the elements of an array, nested ones too.
void append_scalars(const Json& value, std::vector<Scalar>& out);
[[nodiscard]] Scalar scalar_of(const Json& value);

}  // namespace landfall::sns
