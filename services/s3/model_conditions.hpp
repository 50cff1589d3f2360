// Conditional requests: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, for reads, writes
// and the source of copies.
//
// Pure functions; any thread; no disk.
// Sources: RFC 9110 §13.1 (weak and strong comparison) and §13.2.2 (precedence); GetObject and CopyObject of
// the S3 API reference (If-Match true beats If-Unmodified-Since false; If-None-Match false beats
// If-Modified-Since true).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

/// What a condition is judged against. Times are compared in whole seconds, as HTTP dates carry them.
struct Validators {
    std::string etag;  ///< without quotes
    Instant modified;
};

/// Entity tags as the client sent them: quoted, bare, weak, a list, or "*". Empty: the header was absent.
struct ReadConditions {
    std::string if_match;
    std::string if_none_match;
    std::optional<Instant> if_modified_since;
    std::optional<Instant> if_unmodified_since;
};

struct WriteConditions {
    std::string if_match;
    std::string if_none_match;  ///< S3 knows only "*" here
    [[nodiscard]] bool empty() const { return if_match.empty() && if_none_match.empty(); }
};

/// For GET and HEAD: NotModified (304) or PreconditionFailed (412, with <Condition>).
Verdict judge_read(const ReadConditions& conditions, const Validators& object);
/// For the source of a copy: there is no 304 here, every failure is PreconditionFailed.
Verdict judge_copy_source(const ReadConditions& conditions, const Validators& source);
/// Before any byte is read: NotImplemented for an If-None-Match that is not "*" and for both headers at once.
Verdict check_write(const WriteConditions& conditions);
/// At the commit, against what the key holds then (nullopt: nothing). PreconditionFailed, or NoSuchKey for an
/// If-Match on a key that holds nothing.
Verdict judge_write(const WriteConditions& conditions, const std::optional<Validators>& current);
/// True when the header's value, a list or "*", names this entity tag. Weak tags match nothing under strong
/// comparison.
enum class Comparison { strong, weak };
[[nodiscard]] bool names_etag(std::string_view header, std::string_view etag, Comparison comparison);

}  // namespace landfall::s3
