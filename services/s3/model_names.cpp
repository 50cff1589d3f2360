#include "services/s3/model_names.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "services/s3/model_metadata.hpp"

namespace landfall::s3 {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool looks_like_ipv4(std::string_view name) {
    return std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }) &&
           std::ranges::count(name, '.') == 3;
}

bool is_reserved(std::string_view name) {
    for (const std::string_view start : {"xn--", "sthree-", "amzn-s3-demo-"})
        if (name.starts_with(start)) return true;
    for (const std::string_view end : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"})
        if (name.ends_with(end)) return true;
    return false;
}

bool is_bucket_name(std::string_view name) {
    if (name.size() < 3 || name.size() > 63) return false;
    if (!is_lower_or_digit(name.front()) || !is_lower_or_digit(name.back())) return false;
    const auto allowed = [](char c) { return is_lower_or_digit(c) || c == '.' || c == '-'; };
    if (!std::ranges::all_of(name, allowed)) return false;
    return name.find("..") == std::string_view::npos && !looks_like_ipv4(name) && !is_reserved(name);
}

}  // namespace

Verdict check_bucket_name(std::string_view name) {
    if (is_bucket_name(name)) return {};
    return Fault{Code::invalid_bucket_name}.with("BucketName", std::string{name});
}

Verdict check_key(std::string_view key) {
    if (key.size() > kKeyBytesMax) {
        return Fault{Code::key_too_long}
            .with("Size", std::to_string(key.size()))
            .with("MaxSizeAllowed", std::to_string(kKeyBytesMax));
    }
    if (key.empty()) return Fault{Code::invalid_argument, "An object key must not be empty."};
    if (!is_utf8(key)) return Fault{Code::invalid_argument, "An object key must be UTF-8."};
    return {};
}

Verdict check_version_id(std::string_view id) {
    if (id.empty() || id == kNullVersion) return {};
    return Fault{Code::invalid_argument, "Invalid version id specified"}
        .with("ArgumentName", "versionId")
        .with("ArgumentValue", std::string{id});
}

Answer<CopySource> parse_copy_source(std::string_view header) {
    const auto wrong = [&](std::string message) {
        return Fault{Code::invalid_argument, std::move(message)}
            .with("ArgumentName", "x-amz-copy-source")
            .with("ArgumentValue", std::string{header});
    };
    std::string_view path = header;
    CopySource source;
    const std::size_t query = path.rfind("?versionId=");
    if (query != std::string_view::npos) {
        source.version_id = path.substr(query + 11);
        path = path.substr(0, query);
    }
    const auto decoded = uri_decode(path);
    if (!decoded.ok()) return wrong("Invalid copy source encoding.");
    std::string_view name = *decoded;
    if (name.starts_with("arn:"))
        return Fault{Code::not_implemented, "Copying from an access point is not supported."};
    if (name.starts_with('/')) name.remove_prefix(1);
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == name.size())
        return wrong("Invalid copy source object key");
    source.bucket = name.substr(0, slash);
    source.key = name.substr(slash + 1);
    TRY(check_bucket_name(source.bucket));
    TRY(check_key(source.key));
    return source;
}

}  // namespace landfall::s3
