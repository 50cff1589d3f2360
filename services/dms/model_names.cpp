#include "services/dms/model_names.hpp"

#include <algorithm>

namespace landfall::dms {
namespace {

constexpr std::string_view kArnFront = "arn:aws:dms:";
constexpr std::size_t kNameMax = 255;
constexpr std::size_t kTagKeyMax = 128;
constexpr std::size_t kTagValueMax = 256;
constexpr std::size_t kBucketMin = 3, kBucketMax = 63;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The parts between colons of what follows "arn:aws:dms:": region, account, thing, id.
std::vector<std::string_view> parts_of(std::string_view arn) {
    std::vector<std::string_view> parts;
    if (!arn.starts_with(kArnFront)) return parts;
    arn.remove_prefix(kArnFront.size());
    for (std::size_t at = 0; at <= arn.size();) {
        const std::size_t end = std::min(arn.find(':', at), arn.size());
        parts.push_back(arn.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

}  // namespace

std::string arn_of(const Identity& identity, std::string_view thing) {
    std::string arn{kArnFront};
    arn += identity.scope.region + ":" + identity.scope.account + ":";
    return arn.append(thing).append(":").append(identity.id);
}

std::optional<Identity> parse_arn(std::string_view arn, std::string_view thing) {
    const auto parts = parts_of(arn);
    if (parts.size() != 4 || parts[2] != thing || parts[3].empty()) return std::nullopt;
    return Identity{{std::string{parts[1]}, std::string{parts[0]}}, std::string{parts[3]}};
}

std::string_view thing_of_arn(std::string_view arn) {
    const auto parts = parts_of(arn);
    return parts.size() == 4 ? parts[2] : std::string_view{};
}

Verdict check_name(std::string_view name, std::string_view parameter) {
    const bool plain =
        !name.empty() && name.size() <= kNameMax && is_letter(name.front()) && name.back() != '-' &&
        name.find("--") == std::string_view::npos &&
        std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
    if (plain) return {};
    return invalid_value(std::string{parameter} +
                         " must begin with a letter and hold only letters, digits and hyphens; it can't end "
                         "with a hyphen or hold two in a row");
}

Verdict check_tags(const Tags& tags) {
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > kTagKeyMax || value.size() > kTagValueMax)
            return invalid_value("a tag has a key of 1 to 128 characters and a value of at most 256");
        if (key.starts_with("aws:") || key.starts_with("dms:"))
            return invalid_value("keys of tags can't begin with aws: or dms:");
    }
    return {};
}

Judged<BucketPath> parse_bucket_path(std::string_view path, std::string_view parameter) {
    for (const std::string_view front : {"s3://", "arn:aws:s3:::"})
        if (path.starts_with(front)) path.remove_prefix(front.size());
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view bucket = path.substr(0, slash);
    const bool named =
        bucket.size() >= kBucketMin && bucket.size() <= kBucketMax && std::ranges::all_of(bucket, [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
        });
    if (!named) return invalid_value(std::string{parameter} + " must be s3://bucket/path");
    std::string_view key = path.substr(std::min(slash + 1, path.size()));
    while (key.starts_with('/')) key.remove_prefix(1);
    return BucketPath{std::string{bucket}, std::string{key}};
}

std::string key_in(const BucketPath& folder, std::string_view name) {
    std::string key = folder.key;
    if (!key.empty() && !key.ends_with('/')) key += '/';
    return key.append(name);
}

std::string plain_name(std::string_view text) {
    std::string plain;
    for (const char c : text)
        plain += is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' ? c : '_';
    return plain;
}

}  // namespace landfall::dms
