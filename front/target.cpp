#include "front/target.hpp"

#include <algorithm>
#include <array>

#include "front/request_parser.hpp"

namespace landfall::front {

namespace {

constexpr std::size_t kAccountDigits = 12;

/// The first labels of service hosts: "sqs.us-east-1.localhost" names no bucket.
constexpr std::array<std::string_view, 18> kServices{
    "sqs", "sns", "s3",  "s3-control", "ec2",      "ebs", "dms",   "drs", "backup", "elasticfilesystem",
    "efs", "rds", "sts", "iam",        "dynamodb", "kms", "queue", "mgn"};

bool is_address(std::string_view host) {
    return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_service(std::string_view name) {
    const std::string_view first = name.substr(0, name.find('.'));
    return std::find(kServices.begin(), kServices.end(), first) != kServices.end();
}

std::string_view without_account(std::string_view host) {
    const bool prefixed =
        host.size() > kAccountDigits + 1 && host[kAccountDigits] == '.' &&
        host.substr(0, kAccountDigits).find_first_not_of("0123456789") == std::string_view::npos;
    return prefixed ? host.substr(kAccountDigits + 1) : host;
}

/// Where the last label that is "s3" or "s3-<region>" begins; 0 where there is none behind another label.
std::size_t s3_label(std::string_view host) {
    for (std::size_t at = host.rfind(".s3"); at != std::string_view::npos && at > 0;
         at = host.rfind(".s3", at - 1)) {
        const std::string_view rest = host.substr(at + 3);
        if (rest.empty() || rest.front() == '.' || rest.front() == '-') return at + 1;
    }
    return 0;
}

}  // namespace

std::optional<Target> split_target(std::string_view target) {
    if (!target.starts_with('/')) {
        const std::size_t scheme = target.find("://");
        if (scheme == std::string_view::npos) return std::nullopt;
        const std::string_view name = target.substr(0, scheme);
        if (!equal_ignoring_case(name, "http") && !equal_ignoring_case(name, "https")) return std::nullopt;
        const std::size_t path = target.find_first_of("/?", scheme + 3);
        if (path == std::string_view::npos) return Target{"/", {}};
        target.remove_prefix(path);
        if (target.front() == '?') return Target{"/", target.substr(1)};
    }
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return Target{target, {}};
    return Target{target.substr(0, mark), target.substr(mark + 1)};
}

std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

std::string_view HostNames::virtual_bucket(std::string_view host, Scope scope) const {
    host = without_account(without_port(host));
    if (is_address(host)) return {};
    if (const std::size_t label = s3_label(host); label > 0) return host.substr(0, label - 1);
    if (host == "s3" || host.starts_with("s3.") || host.starts_with("s3-")) return {};
    for (const std::string& domain : domains_) {
        if (host.size() <= domain.size() + 1 || host[host.size() - domain.size() - 1] != '.') continue;
        if (!equal_ignoring_case(host.substr(host.size() - domain.size()), domain)) continue;
        const std::string_view name = host.substr(0, host.size() - domain.size() - 1);
        return scope == Scope::unknown && is_service(name) ? std::string_view{} : name;
    }
    return {};
}

}  // namespace landfall::front
