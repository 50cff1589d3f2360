// What a request is addressed to: its target and its Host, taken apart. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::front {

/// Views of the request target: raw, undecoded.
struct Target {
    std::string_view path;   ///< begins with '/'
    std::string_view query;  ///< without '?'; empty where there is none
};
/// Origin form ("/a?b") and absolute form ("http://host/a?b", RFC 9112 §3.2.2). nullopt for anything else.
[[nodiscard]] std::optional<Target> split_target(std::string_view target);

/// "b.s3.localhost:4566" -> "b.s3.localhost"; "[::1]:4566" -> "[::1]".
[[nodiscard]] std::string_view without_port(std::string_view host);

/// Knows which host names carry a bucket in front (virtual-host style).
class HostNames {
public:
    /// `domains`: names of this server, such as "localhost": "<bucket>.<domain>" is a bucket of it.
    explicit HostNames(std::vector<std::string> domains) : domains_{std::move(domains)} {}

    /// What is known of the service that the request is for.
    enum class Scope : std::uint8_t { s3, unknown };
    /// The bucket that the Host names, or empty: "<bucket>.s3.<anything>", "<bucket>.s3-region.…" and
    /// "<bucket>.<domain>". Account prefixes ("000000000000.localhost", as s3control sends) are no buckets;
    /// names of services are none unless the scope says s3. Addresses name no bucket.
    [[nodiscard]] std::string_view virtual_bucket(std::string_view host, Scope scope) const;

private:
    std::vector<std::string> domains_;
};

}  // namespace landfall::front
