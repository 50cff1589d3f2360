// Filter policies from their JSON: the syntax, the limits and the texts.
#include <arpa/inet.h>

#include <cctype>
#include <cstring>

#include "services/sns/model_filter.hpp"

namespace landfall::sns {
namespace {

constexpr std::size_t kKeysMax = 5;
constexpr std::uint64_t kCombinationsMax = 150;
constexpr std::size_t kTextMax = 256 * 1024;
constexpr std::size_t kWildcardsMax = 3;
constexpr double kNumberMax = 1e9;

/// Where the service's streaming reader stands when it has seen a value's token: behind it, but only behind
/// the opening quote, brace or bracket where it had no need to look further.
std::uint32_t seen(const Json& value) {
    switch (value.kind) {
        case Json::Kind::string:
        case Json::Kind::array:
        case Json::Kind::object: return value.begin + 1;
        default: return value.end;
    }
}

std::string shown(const Json& value) {
    switch (value.kind) {
        case Json::Kind::null: return "null";
        case Json::Kind::boolean: return value.truth ? "true" : "false";
        case Json::Kind::array: return "[";
        case Json::Kind::object: return "{";
        default: return value.text;
    }
}

std::string folded(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

class FilterReader {
public:
    FilterReader(std::string_view text, FilterScope scope, FilterCall call)
        : text_{text}, scope_{scope}, prefix_{call == FilterCall::subscribe ? "Attributes Reason: " : ""} {}

    Judged<FilterNode> whole() {
        if (text_.size() > kTextMax) return plain("Filter policy can not be longer than 262144 bytes");
        auto parsed = parse_json(text_);
        if (!parsed.ok()) return plain("failed to parse JSON. " + parsed.error().message());
        if (!parsed->is(Json::Kind::object)) return at("Filter is not an object", seen(*parsed));
        FilterNode root = TRY(read_node(*parsed, 1));
        if (scope_ == FilterScope::attributes && nested_)
            return invalid(prefix_ +
                           "Filter policy scope MessageAttributes does not support nested filter policy");
        if (keys_ > kKeysMax) return plain("Filter policy can not have more than 5 keys");
        if (combinations(*parsed, 1, 1) > kCombinationsMax) return plain("Filter policy is too complex");
        return root;
    }

private:
    [[nodiscard]] Fault plain(std::string_view text) const {
        return invalid(prefix_ + "FilterPolicy: " + std::string{text});
    }
    [[nodiscard]] Fault at(std::string_view text, std::uint32_t offset) const {
        return plain(std::string{text} + json_place(text_, offset));
    }

    static bool is_or(const Json::Member& member) {
        if (member.name != "$or" || !member.value.is(Json::Kind::array) || member.value.items.size() < 2)
            return false;
        for (const Json& item : member.value.items)
            if (!item.is(Json::Kind::object)) return false;
        return true;
    }

    Judged<FilterNode> read_node(const Json& object, int depth) {
        if (object.members.empty() && depth > 1) return at("Empty objects are not allowed", object.end);
        FilterNode node;
        for (const Json::Member& member : object.members) {
            if (is_or(member)) {
                std::vector<FilterNode> alternatives;
                for (const Json& item : member.value.items)
                    alternatives.push_back(TRY(read_node(item, depth)));
                node.alternatives.push_back(std::move(alternatives));
            } else if (member.value.is(Json::Kind::object)) {
                nested_ = true;
                FilterNode below = TRY(read_node(member.value, depth + 1));
                node.branches.push_back({member.name, std::move(below)});
            } else if (member.value.is(Json::Kind::array)) {
                ++keys_;
                std::vector<FilterTest> tests = TRY(read_tests(member.value));
                node.leaves.push_back({member.name, std::move(tests)});
            } else {
                return at("\"" + member.name + "\" must be an object or an array", seen(member.value));
            }
        }
        return node;
    }

    Judged<std::vector<FilterTest>> read_tests(const Json& array) {
        if (array.items.empty()) return at("Empty arrays are not allowed", array.end);
        std::vector<FilterTest> tests;
        for (const Json& item : array.items) {
            if (item.is(Json::Kind::array))
                return at("Match value must be String, number, true, false, or null", seen(item));
            if (item.is(Json::Kind::object))
                TRY(read_operator(item, tests));
            else
                tests.push_back(TRY(read_equals(item)));
        }
        return tests;
    }

    Judged<FilterTest> read_equals(const Json& value) {
        FilterTest test{.value = value.kind, .truth = value.truth, .number = value.number};
        if (value.is(Json::Kind::number)) TRY(check_number(value));
        if (value.is(Json::Kind::string)) test.text = value.text;
        return test;
    }

    [[nodiscard]] Verdict check_number(const Json& value) const {
        if (!(value.number >= -kNumberMax && value.number <= kNumberMax))
            return at("Value must be between -1.0E9 and 1.0E9, inclusive", value.end);
        return {};
    }

    Verdict read_operator(const Json& object, std::vector<FilterTest>& tests) {
        if (object.members.empty()) return at("Empty objects are not allowed", object.end);
        if (object.members.size() > 1)
            return at("Only one key allowed in match expression", seen(object.members[1].value));
        const Json::Member& only = object.members.front();
        const Json& value = only.value;
        if (only.name == "exists") {
            if (!value.is(Json::Kind::boolean))
                return at("exists match pattern must be either true or false.", seen(value));
            tests.push_back({.kind = value.truth ? FilterTest::Kind::present : FilterTest::Kind::absent});
            return {};
        }
        if (only.name == "anything-but") return read_anything_but(value, tests);
        if (only.name == "numeric") return read_numeric(value, tests);
        if (only.name == "cidr") return read_cidr(value, tests);
        if (only.name == "wildcard") return read_wildcard(value, tests);
        if (only.name == "prefix" || only.name == "suffix" || only.name == "equals-ignore-case")
            return read_pattern(only, tests);
        return at("Unrecognized match type " + only.name, seen(value));
    }

    Verdict read_pattern(const Json::Member& only, std::vector<FilterTest>& tests) {
        if (!only.value.is(Json::Kind::string))
            return at(only.name + " match pattern must be a string", seen(only.value));
        FilterTest test{.kind = FilterTest::Kind::prefix, .text = only.value.text};
        if (only.name == "suffix") test.kind = FilterTest::Kind::suffix;
        if (only.name == "equals-ignore-case") {
            test.kind = FilterTest::Kind::equals_ignoring_case;
            test.text = folded(test.text);
        }
        tests.push_back(std::move(test));
        return {};
    }

    Verdict read_anything_but(const Json& value, std::vector<FilterTest>& tests) {
        if (value.is(Json::Kind::object)) return read_anything_but_pattern(value, tests);
        FilterTest test{.kind = FilterTest::Kind::not_any};
        const auto add = [&](const Json& one) -> Verdict {
            if (!one.is(Json::Kind::string) && !one.is(Json::Kind::number))
                return at("Value of anything-but must be an array or single string/number value.", seen(one));
            test.values.push_back(TRY(read_equals(one)));
            return {};
        };
        if (value.is(Json::Kind::array)) {
            if (value.items.empty()) return at("Empty arrays are not allowed", value.end);
            for (const Json& item : value.items) TRY(add(item));
        } else {
            TRY(add(value));
        }
        tests.push_back(std::move(test));
        return {};
    }

    Verdict read_anything_but_pattern(const Json& object, std::vector<FilterTest>& tests) {
        if (object.members.empty()) return at("Empty objects are not allowed", object.end);
        const Json::Member& only = object.members.front();
        if (only.name != "prefix")
            return at("Unsupported anything-but pattern: " + only.name, seen(only.value));
        if (!only.value.is(Json::Kind::string))
            return at("prefix match pattern must be a string", seen(only.value));
        if (object.members.size() > 1)
            return at("Only one key allowed in match expression", seen(object.members[1].value));
        tests.push_back({.kind = FilterTest::Kind::not_prefix, .text = only.value.text});
        return {};
    }

    Verdict read_numeric(const Json& value, std::vector<FilterTest>& tests) {
        if (!value.is(Json::Kind::array)) return at("Value of numeric must be an array.", seen(value));
        const std::vector<Json>& terms = value.items;
        if (terms.empty()) return at("Invalid member in numeric match: ]", value.end);
        if (!terms[0].is(Json::Kind::string))
            return at("Invalid member in numeric match: " + shown(terms[0]), seen(terms[0]));
        const std::string& first = terms[0].text;
        if (first != "=" && first != "<" && first != "<=" && first != ">" && first != ">=")
            return at("Unrecognized numeric range operator: " + first,
                      terms.size() > 1 ? seen(terms[1]) : value.end);
        if (terms.size() < 2 || !terms[1].is(Json::Kind::number))
            return at("Value of " + (first == "=" ? std::string{"equals"} : first) + " must be numeric",
                      terms.size() > 1 ? seen(terms[1]) : value.end);
        TRY(check_number(terms[1]));
        FilterTest test{.kind = FilterTest::Kind::range};
        bound(test, first, terms[1].number);
        if (terms.size() > 2) {
            if (first != ">" && first != ">=")
                return at("Too many elements in numeric expression", seen(terms[2]));
            TRY(read_upper(value, test));
        }
        tests.push_back(std::move(test));
        return {};
    }

    Verdict read_upper(const Json& value, FilterTest& test) {
        const std::vector<Json>& terms = value.items;
        if (!terms[2].is(Json::Kind::string))
            return at("Bad value in numeric range: " + shown(terms[2]), seen(terms[2]));
        const std::string& second = terms[2].text;
        if (second != "<" && second != "<=") return at("Bad numeric range operator: " + second, terms[2].end);
        if (terms.size() < 4 || !terms[3].is(Json::Kind::number))
            return at("Value of " + second + " must be numeric",
                      terms.size() > 3 ? seen(terms[3]) : value.end);
        TRY(check_number(terms[3]));
        if (terms.size() > 4) return at("Too many terms in numeric range expression", seen(terms[4]));
        if (terms[3].number <= terms[1].number) return at("Bottom must be less than top", value.end);
        bound(test, second, terms[3].number);
        return {};
    }

    static void bound(FilterTest& test, std::string_view sign, double number) {
        using Edge = FilterTest::Edge;
        if (sign == "=" || sign == ">" || sign == ">=") {
            test.low = number;
            test.low_edge = sign == ">" ? Edge::open : Edge::closed;
        }
        if (sign == "=" || sign == "<" || sign == "<=") {
            test.high = number;
            test.high_edge = sign == "<" ? Edge::open : Edge::closed;
        }
    }

    Verdict read_cidr(const Json& value, std::vector<FilterTest>& tests) {
        // The service names the prefix operator here; clients compare the text.
        if (!value.is(Json::Kind::string)) return at("prefix match pattern must be a string", seen(value));
        const std::size_t slash = value.text.find('/');
        const std::string address = value.text.substr(0, slash);
        FilterTest test{.kind = FilterTest::Kind::address};
        in_addr v4{};
        in6_addr v6{};
        if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
            std::memcpy(test.address.data(), &v4, 4);
        } else if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
            std::memcpy(test.address.data(), &v6, 16);
            test.address_v6 = true;
        } else {
            return plain("Nonstandard IP address: " + address);
        }
        if (slash == std::string::npos || value.text.find('/', slash + 1) != std::string::npos)
            return plain("Malformed CIDR, one '/' required");
        const std::string bits = value.text.substr(slash + 1);
        unsigned count = 0;
        for (const char c : bits) {
            if (c < '0' || c > '9' || bits.size() > 3)
                return plain("Malformed CIDR, mask bits must be an integer");
            count = count * 10 + static_cast<unsigned>(c - '0');
        }
        if (bits.empty()) return plain("Malformed CIDR, mask bits must be an integer");
        if (count > (test.address_v6 ? 128U : 32U))
            return plain("Malformed CIDR, mask bits must be between 0 and " +
                         std::string{test.address_v6 ? "128" : "32"});
        test.address_bits = static_cast<std::uint8_t>(count);
        tests.push_back(std::move(test));
        return {};
    }

    Verdict read_wildcard(const Json& value, std::vector<FilterTest>& tests) {
        if (!value.is(Json::Kind::string)) return at("wildcard match pattern must be a string", seen(value));
        std::size_t stars = 0;
        for (std::size_t i = 0; i < value.text.size(); ++i) {
            if (value.text[i] != '*') continue;
            ++stars;
            if (i > 0 && value.text[i - 1] == '*')
                return at("Consecutive wildcard characters at pos " + std::to_string(i - 1), value.end);
        }
        if (stars > kWildcardsMax) return plain("Filter policy is too complex");
        tests.push_back({.kind = FilterTest::Kind::wildcard, .text = value.text});
        return {};
    }

    /// Values multiply over keys, each weighed by its depth; the alternatives of an "$or" add up.
    static std::uint64_t combinations(const Json& object, std::uint64_t depth, std::uint64_t so_far) {
        for (const Json::Member& member : object.members) {
            if (so_far > kCombinationsMax) return so_far;
            if (is_or(member)) {
                std::uint64_t sum = 0;
                for (const Json& item : member.value.items) sum += combinations(item, depth, so_far);
                so_far = sum;
            } else if (member.value.is(Json::Kind::object)) {
                so_far = combinations(member.value, depth + 1, so_far);
            } else {
                so_far *= member.value.items.size() * depth;
            }
        }
        return so_far;
    }

    std::string_view text_;
    FilterScope scope_;
    std::string prefix_;
    std::size_t keys_ = 0;
    bool nested_ = false;
};

}  // namespace

Judged<FilterPolicy> FilterPolicy::parse(std::string_view text, FilterScope scope, FilterCall call) {
    FilterPolicy policy;
    policy.scope_ = scope;
    policy.root_ = TRY(FilterReader{text, scope, call}.whole());
    return policy;
}

}  // namespace landfall::sns
