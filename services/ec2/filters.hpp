// Filters: how every Describe call selects, as EC2 documents it: filters are joined by AND, the values of one
// by OR, `*` and `?` are wildcards, `\` escapes them, comparison is case-sensitive.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace landfall::ec2 {

struct Tag {
    std::string key;
    std::string value;
    friend bool operator==(const Tag&, const Tag&) = default;
};
using Tags = std::vector<Tag>;

struct Filter {
    std::string name;
    std::vector<std::string> values;
};

/// Linear in text times stars; never backtracks exponentially.
[[nodiscard]] bool wildcard_matches(std::string_view pattern, std::string_view text);

/// What one resource has under a filter's name: none is "has no such attribute", more are a set.
using Attributes = std::function<std::optional<std::vector<std::string>>(std::string_view filter_name)>;

/// Selects by a list of filters. `tag:KEY`, `tag-key` and `tag-value` are answered from the tags; every other
/// name must be one that the resource's kind knows.
class Selection {
public:
    /// Errors: invalid, in EC2's words, for a name that is neither known nor a tag filter, or a filter
    /// without values.
    static Result<Selection> of(std::vector<Filter> filters, const std::vector<std::string_view>& known);

    /// `attribute` answers for names of `known` only.
    [[nodiscard]] bool accepts(const Tags& tags, const Attributes& attribute) const;
    [[nodiscard]] bool empty() const { return filters_.empty(); }
    /// A text that is equal for equal selections: page tokens are bound to it.
    [[nodiscard]] std::string fingerprint() const;

private:
    explicit Selection(std::vector<Filter> filters) : filters_{std::move(filters)} {}
    std::vector<Filter> filters_;
};

}  // namespace landfall::ec2
