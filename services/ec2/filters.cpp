#include "services/ec2/filters.hpp"

#include <algorithm>

namespace landfall::ec2 {
namespace {

/// One element of a pattern at `at`: its length there, and whether it takes this character.
struct Element {
    std::size_t length;
    bool takes;
};

Element element_at(std::string_view pattern, std::size_t at, char c) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) return {2, pattern[at + 1] == c};
    return {1, pattern[at] == '?' || pattern[at] == c};
}

std::vector<std::string> tag_values(const Tags& tags, std::string_view filter) {
    std::vector<std::string> values;
    for (const Tag& tag : tags) {
        if (filter == "tag-key") values.push_back(tag.key);
        if (filter == "tag-value") values.push_back(tag.value);
        if (filter.starts_with("tag:") && filter.substr(4) == tag.key) values.push_back(tag.value);
    }
    return values;
}

bool is_tag_filter(std::string_view name) {
    return name == "tag-key" || name == "tag-value" || (name.starts_with("tag:") && name.size() > 4);
}

}  // namespace

bool wildcard_matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = t;
            continue;
        }
        const Element element = p < pattern.size() ? element_at(pattern, p, text[t]) : Element{0, false};
        if (element.takes) {
            p += element.length;
            ++t;
        } else if (star != std::string_view::npos) {
            // Only the last star needs to take one more: an earlier one that did could not match more.
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

Result<Selection> Selection::of(std::vector<Filter> filters, const std::vector<std::string_view>& known) {
    for (const Filter& filter : filters) {
        const bool is_known = std::find(known.begin(), known.end(), filter.name) != known.end();
        if (!is_known && !is_tag_filter(filter.name))
            return Error{Errc::invalid, "The filter '" + filter.name + "' is invalid"};
        if (filter.values.empty())
            return Error{Errc::invalid, "The filter '" + filter.name + "' needs at least one value"};
        if (filter.values.size() > 200)
            return Error{Errc::invalid, "The filter '" + filter.name + "' has more than 200 values"};
    }
    return Selection{std::move(filters)};
}

bool Selection::accepts(const Tags& tags, const Attributes& attribute) const {
    return std::all_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
        const auto has = is_tag_filter(filter.name) ? std::optional{tag_values(tags, filter.name)}
                                                    : attribute(filter.name);
        if (!has) return false;
        return std::any_of(has->begin(), has->end(), [&](const std::string& value) {
            return std::any_of(filter.values.begin(), filter.values.end(),
                               [&](const std::string& pattern) { return wildcard_matches(pattern, value); });
        });
    });
}

std::string Selection::fingerprint() const {
    std::string text;
    for (const Filter& filter : filters_) {
        text += filter.name;
        for (const std::string& value : filter.values) {
            text += '\x1f';
            text += value;
        }
        text += '\x1e';
    }
    return text;
}

}  // namespace landfall::ec2
