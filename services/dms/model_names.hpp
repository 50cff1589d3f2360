// Names of what DMS keeps: identities, ARNs, names that people give, paths into buckets.
//
// Pure functions; any thread; no disk.
// Sources: the API reference of DMS for names; "Naming Amazon S3 objects" for paths.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dms/model_fault.hpp"

namespace landfall::dms {

/// Whose, and where.
struct Scope {
    std::string account;
    std::string region;
    auto operator<=>(const Scope&) const = default;
};

/// What an ARN names. `thing` is its word there: "data-provider".
struct Identity {
    Scope scope;
    std::string id;  ///< kIdLetters capital letters and digits
    auto operator<=>(const Identity&) const = default;
};
inline constexpr std::size_t kIdLetters = 26;

[[nodiscard]] std::string arn_of(const Identity& identity, std::string_view thing);
/// nullopt: no ARN of DMS, or of another thing.
[[nodiscard]] std::optional<Identity> parse_arn(std::string_view arn, std::string_view thing);
/// "data-provider" of an ARN of DMS; empty for anything else.
[[nodiscard]] std::string_view thing_of_arn(std::string_view arn);

/// A name that people give: 1 to 255 letters, digits and hyphens, a letter first, no hyphen last or doubled.
[[nodiscard]] Verdict check_name(std::string_view name, std::string_view parameter);

using Tags = std::vector<std::pair<std::string, std::string>>;
inline constexpr std::size_t kTagsMax = 50;
[[nodiscard]] Verdict check_tags(const Tags& tags);

/// A place in a bucket.
struct BucketPath {
    std::string bucket;
    std::string key;  ///< without a slash at the front; may be empty
    bool operator==(const BucketPath&) const = default;
    [[nodiscard]] std::string url() const { return "s3://" + bucket + "/" + key; }
};
/// s3://bucket/key, arn:aws:s3:::bucket/key or bucket/key.
[[nodiscard]] Judged<BucketPath> parse_bucket_path(std::string_view path, std::string_view parameter);
/// `name` in the folder that the path means: with exactly one slash between.
[[nodiscard]] std::string key_in(const BucketPath& folder, std::string_view name);

/// "source" of "dir/sub/source.sql": for the names of files that people gave; letters that a key or a shell
/// does not like become '_'.
[[nodiscard]] std::string plain_name(std::string_view text);

}  // namespace landfall::dms
