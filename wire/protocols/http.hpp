// What the wire layer needs of HTTP: a parsed request head in, a reply to write out. No sockets, no framing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/named_text.hpp"
#include "base/units.hpp"
#include "wire/api/body.hpp"

namespace landfall::wire {

using HeaderField = NamedText;  ///< the name as sent; compared without case

/// Views of the front's buffer; valid for the call they are passed to (the wire layer copies what it keeps).
struct RequestHead {
    std::string_view method;
    std::string_view path;   ///< raw, still encoded, begins with '/'
    std::string_view query;  ///< raw, without '?'
    std::span<const HeaderField> headers;
    /// The bucket that the Host names ("b.s3.example:4566"), or empty: path style.
    std::string_view virtual_bucket = {};

    /// The first field of that name, compared without case; nullopt where there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// The front adds Date, Server, Connection and, from body or source, Content-Length.
struct HttpReply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::unique_ptr<BodySource> source;  ///< instead of `body`, where set
    Bytes source_length;
    /// HEAD and 304: no body is sent; this is the Content-Length to announce (nullopt = announce none).
    bool head_only = false;
    std::optional<Bytes> announced_length;
};

/// How an answer of the Query face is written.
enum class QueryForm : std::uint8_t { xml, json };

/// "/000000000000/orders": the path of a queue's URL. Old clients of SQS name the queue by it alone.
[[nodiscard]] bool is_queue_path(std::string_view path);

}  // namespace landfall::wire
