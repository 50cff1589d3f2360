#include "services/sns/model_filter.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace landfall::sns {
namespace {

char folded(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool equals_folded(std::string_view text, std::string_view pattern) {
    return text.size() == pattern.size() && std::equal(text.begin(), text.end(), pattern.begin(),
                                                       [](char a, char b) { return folded(a) == b; });
}

bool in_range(const FilterTest& test, double number) {
    using Edge = FilterTest::Edge;
    const bool above = test.low_edge == Edge::none || number > test.low ||
                       (test.low_edge == Edge::closed && number == test.low);
    const bool below = test.high_edge == Edge::none || number < test.high ||
                       (test.high_edge == Edge::closed && number == test.high);
    return above && below;
}

bool in_network(const FilterTest& test, std::string_view text) {
    constexpr std::size_t kAddressTextMax = 64;
    if (text.size() > kAddressTextMax) return false;
    std::array<std::uint8_t, 16> address{};
    if (::inet_pton(test.address_v6 ? AF_INET6 : AF_INET, std::string{text}.c_str(), address.data()) != 1)
        return false;
    unsigned bits = test.address_bits;
    for (std::size_t i = 0; i < address.size() && bits > 0; ++i) {
        const unsigned here = std::min(bits, 8U);
        const auto mask = static_cast<std::uint8_t>(0xff00U >> here);
        if ((address[i] & mask) != (test.address[i] & mask)) return false;
        bits -= here;
    }
    return true;
}

/// Greedy with one point of return: linear in text × stars.
bool like(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

bool equal(const FilterTest& test, const Scalar& scalar) {
    if (test.value != scalar.kind) return false;
    switch (test.value) {
        case Json::Kind::string: return test.text == scalar.text;
        case Json::Kind::number: return test.number == scalar.number;
        case Json::Kind::boolean: return test.truth == scalar.truth;
        default: return true;
    }
}

/// `values` is null where the message has no such key.
bool leaf_holds(const FilterNode::Leaf& leaf, const std::vector<Scalar>* values) {
    const bool present = values != nullptr && !values->empty();
    return std::any_of(leaf.tests.begin(), leaf.tests.end(), [&](const FilterTest& test) {
        if (test.kind == FilterTest::Kind::present) return present;
        if (test.kind == FilterTest::Kind::absent) return !present;
        return present &&
               std::any_of(values->begin(), values->end(), [&](const Scalar& s) { return test.holds(s); });
    });
}

bool matches_attributes(const FilterNode& node, const FilterSubject& subject) {
    for (const FilterNode::Leaf& leaf : node.leaves)
        if (!leaf_holds(leaf, subject.attribute(leaf.name))) return false;
    for (const auto& alternatives : node.alternatives)
        if (std::none_of(alternatives.begin(), alternatives.end(),
                         [&](const FilterNode& one) { return matches_attributes(one, subject); }))
            return false;
    return true;
}

bool matches_object(const FilterNode& node, const Json* object);

/// One object, or one object of an array, must satisfy the node; nothing at all satisfies only "absent".
bool matches_value(const FilterNode& node, const Json* value) {
    if (value == nullptr || value->is(Json::Kind::object)) return matches_object(node, value);
    if (value->is(Json::Kind::array))
        return std::any_of(value->items.begin(), value->items.end(), [&](const Json& item) {
            return !item.items.empty() || item.is(Json::Kind::object) ? matches_value(node, &item) : false;
        });
    return matches_object(node, nullptr);
}

bool matches_object(const FilterNode& node, const Json* object) {
    std::vector<Scalar> values;
    for (const FilterNode::Leaf& leaf : node.leaves) {
        values.clear();
        const Json* found = object != nullptr ? object->find(leaf.name) : nullptr;
        if (found != nullptr) append_scalars(*found, values);
        if (!leaf_holds(leaf, &values)) return false;
    }
    for (const FilterNode::Branch& branch : node.branches)
        if (!matches_value(branch.node, object != nullptr ? object->find(branch.name) : nullptr))
            return false;
    for (const auto& alternatives : node.alternatives)
        if (std::none_of(alternatives.begin(), alternatives.end(),
                         [&](const FilterNode& one) { return matches_object(one, object); }))
            return false;
    return true;
}

}  // namespace

bool FilterTest::holds(const Scalar& scalar) const {
    const bool is_text = scalar.kind == Json::Kind::string;
    switch (kind) {
        case Kind::equals: return equal(*this, scalar);
        case Kind::prefix: return is_text && scalar.text.starts_with(text);
        case Kind::suffix: return is_text && scalar.text.ends_with(text);
        case Kind::equals_ignoring_case: return is_text && equals_folded(scalar.text, text);
        case Kind::not_any:
            return std::none_of(values.begin(), values.end(),
                                [&](const FilterTest& v) { return equal(v, scalar); });
        case Kind::not_prefix: return !(is_text && scalar.text.starts_with(text));
        case Kind::range: return scalar.kind == Json::Kind::number && in_range(*this, scalar.number);
        case Kind::address: return is_text && in_network(*this, scalar.text);
        case Kind::wildcard: return is_text && like(scalar.text, text);
        case Kind::present: return true;
        case Kind::absent: return false;
    }
    return false;
}

Scalar scalar_of(const Json& value) {
    return {.kind = value.kind, .text = value.text, .number = value.number, .truth = value.truth};
}

void append_scalars(const Json& value, std::vector<Scalar>& out) {
    if (value.is(Json::Kind::object)) return;
    if (value.is(Json::Kind::array)) {
        for (const Json& item : value.items) append_scalars(item, out);
        return;
    }
    out.push_back(scalar_of(value));
}

FilterSubject::FilterSubject(std::span<const MessageAttribute> attributes, std::string_view body)
    : text_{body} {
    arrays_.reserve(attributes.size());
    for (const MessageAttribute& attribute : attributes) {
        if (attribute.type == "String.Array") {
            add_array(attribute);
        } else if (attribute.type.starts_with("String")) {
            attributes_.push_back({attribute.name, {{.kind = Json::Kind::string, .text = attribute.value}}});
        } else if (attribute.type.starts_with("Number")) {
            auto number = parse_json(attribute.value);
            if (number.ok() && number->is(Json::Kind::number))
                attributes_.push_back(
                    {attribute.name, {{.kind = Json::Kind::number, .number = number->number}}});
        }
    }
}

void FilterSubject::add_array(const MessageAttribute& attribute) {
    auto parsed = parse_json(attribute.value);
    if (!parsed.ok() || !parsed->is(Json::Kind::array)) return;
    arrays_.push_back(std::move(parsed).value());
    Named named{attribute.name, {}};
    for (const Json& item : arrays_.back().items)
        if (!item.is(Json::Kind::array) && !item.is(Json::Kind::object))
            named.values.push_back(scalar_of(item));
    attributes_.push_back(std::move(named));
}

const std::vector<Scalar>* FilterSubject::attribute(std::string_view name) const {
    for (const Named& named : attributes_)
        if (named.name == name) return &named.values;
    return nullptr;
}

const Json* FilterSubject::body() {
    if (!body_parsed_) {
        body_parsed_ = true;
        auto parsed = parse_json(text_);
        if (parsed.ok() && parsed->is(Json::Kind::object)) body_ = std::move(parsed).value();
    }
    return body_ ? &*body_ : nullptr;
}

bool FilterPolicy::matches(FilterSubject& subject) const {
    if (scope_ == FilterScope::attributes) return matches_attributes(root_, subject);
    const Json* body = subject.body();
    return body != nullptr && matches_object(root_, body);
}

const FilterNode::Leaf* FilterPolicy::exact_leaf() const {
    for (const FilterNode::Leaf& leaf : root_.leaves)
        if (std::all_of(leaf.tests.begin(), leaf.tests.end(), [](const FilterTest& test) {
                return test.kind == FilterTest::Kind::equals &&
                       (test.value == Json::Kind::string || test.value == Json::Kind::number);
            }))
            return &leaf;
    return nullptr;
}

}  // namespace landfall::sns
