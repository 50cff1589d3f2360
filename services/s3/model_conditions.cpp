#include "services/s3/model_conditions.hpp"

namespace landfall::s3 {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the next entity tag off the front of a list; a quoted tag may hold commas.
std::string_view take_tag(std::string_view& list) {
    std::size_t end = list.find_first_not_of(" \t,");
    list.remove_prefix(end == std::string_view::npos ? list.size() : end);
    const std::size_t quote = list.starts_with("W/\"") ? 2 : 0;
    if (list.size() > quote && list[quote] == '"') {
        const std::size_t close = list.find('"', quote + 1);
        end = close == std::string_view::npos ? list.size() : close + 1;
    } else {
        end = std::min(list.find(','), list.size());
    }
    const std::string_view tag = trimmed(list.substr(0, end));
    list.remove_prefix(end);
    return tag;
}

Fault failed(std::string_view condition) {
    return Fault{Code::precondition_failed}.with("Condition", std::string{condition});
}

}  // namespace

bool names_etag(std::string_view header, std::string_view etag, Comparison comparison) {
    if (trimmed(header) == "*") return true;
    while (!header.empty()) {
        std::string_view tag = take_tag(header);
        const bool weak = tag.starts_with("W/");
        if (weak) tag.remove_prefix(2);
        if (weak && comparison == Comparison::strong) continue;
        if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
        if (!tag.empty() && tag == etag) return true;
    }
    return false;
}

Verdict judge_read(const ReadConditions& conditions, const Validators& object) {
    if (!conditions.if_match.empty()) {
        if (!names_etag(conditions.if_match, object.etag, Comparison::strong)) return failed("If-Match");
    } else if (conditions.if_unmodified_since &&
               object.modified.seconds() > conditions.if_unmodified_since->seconds()) {
        return failed("If-Unmodified-Since");
    }
    if (!conditions.if_none_match.empty()) {
        if (names_etag(conditions.if_none_match, object.etag, Comparison::weak))
            return Fault{Code::not_modified};
    } else if (conditions.if_modified_since &&
               object.modified.seconds() <= conditions.if_modified_since->seconds()) {
        return Fault{Code::not_modified};
    }
    return {};
}

Verdict judge_copy_source(const ReadConditions& conditions, const Validators& source) {
    const Verdict verdict = judge_read(conditions, source);
    if (verdict.is(Code::not_modified)) {
        return failed(conditions.if_none_match.empty() ? "x-amz-copy-source-If-Modified-Since"
                                                       : "x-amz-copy-source-If-None-Match");
    }
    if (!verdict.ok()) {
        return failed(conditions.if_match.empty() ? "x-amz-copy-source-If-Unmodified-Since"
                                                  : "x-amz-copy-source-If-Match");
    }
    return {};
}

Verdict check_write(const WriteConditions& conditions) {
    if (!conditions.if_none_match.empty() && trimmed(conditions.if_none_match) != "*") {
        return Fault{Code::not_implemented}
            .with("Header", "If-None-Match")
            .with("additionalMessage",
                  "We don't accept the provided value of If-None-Match header for this API");
    }
    if (!conditions.if_none_match.empty() && !conditions.if_match.empty()) {
        return Fault{Code::not_implemented}
            .with("Header", "If-Match,If-None-Match")
            .with("additionalMessage", "Multiple conditional request headers present in the request");
    }
    return {};
}

Verdict judge_write(const WriteConditions& conditions, const std::optional<Validators>& current) {
    if (!conditions.if_none_match.empty() && current) return failed("If-None-Match");
    if (conditions.if_match.empty()) return {};
    if (!current) return Fault{Code::no_such_key};
    if (!names_etag(conditions.if_match, current->etag, Comparison::strong)) return failed("If-Match");
    return {};
}

}  // namespace landfall::s3
