// What SigV4 needs to see of an HTTP request, as it was on the wire.
#pragma once

#include <span>
#include <string_view>

#include "wire/protocols/http.hpp"

namespace landfall::sigv4 {

using Header = wire::HeaderField;

/// Borrows everything for the call.
struct Request {
    std::string_view method;
    std::string_view path;   ///< the raw request target before '?', never decoded
    std::string_view query;  ///< the raw text after '?', without it; empty when there is none
    std::span<const Header> headers;
    /// Stands in for the Host header where a trusted proxy has told what the client sent; otherwise empty.
    std::string_view host;
    /// The bucket that the Host names, empty in path style: only old presigned URLs sign it (see sigv2.hpp).
    std::string_view virtual_bucket = {};
};

/// The one value of a header: nullopt when absent. `repeated` is set when it appears more than once.
struct Found {
    std::string_view value;
    bool present = false;
    bool repeated = false;
};
[[nodiscard]] Found find_header(std::span<const Header> headers, std::string_view lower_case_name);

}  // namespace landfall::sigv4
