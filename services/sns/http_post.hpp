// HttpPoster: POSTs to endpoints outside of this server, many at a time on one thread, none waiting for
// another.
//
// Invariants
//   1. `done` is called exactly once per post(), on the thread of run(), within kPostTime; looking up its
//      name is part of that time, and holds back no other post (name_lookup.hpp).
//   2. The addresses of a name are judged after it is resolved, and one of those judged is connected to:
//      blocked networks and link-local addresses are refused, whatever the name says.
//   3. Certificates of https endpoints are verified against the system's authorities, and by name.
// Threads: post() and later() any; run() one.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace landfall::sns {

struct PostRequest {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Duration wait{};  ///< before it begins
};
/// The status, or why there is none: denied (a blocked address), invalid (the URL), timeout, unavailable.
using PostDone = UniqueFunction<void(Result<int>)>;

inline constexpr Duration kPostTime = std::chrono::seconds{15};

struct PosterSettings {
    std::vector<std::string> blocked_networks;
    std::string name_servers;  ///< "ADDRESS:PORT,…"; empty: those of the system
};

class HttpPoster {
public:
    /// invalid: a network that is none, named. unavailable: no resolver.
    static Result<std::unique_ptr<HttpPoster>> open(const PosterSettings& settings);
    virtual ~HttpPoster() = default;
    virtual void post(PostRequest request, PostDone done) = 0;
    /// Runs `then` on the thread of run(), after `wait`.
    virtual void later(Duration wait, UniqueFunction<void()> then) = 0;
    /// Until stop(); then what is under way is given up (cancelled).
    virtual void run() = 0;
    virtual void stop() = 0;
};

/// A URL's parts; invalid where it is none of http or https.
struct Url {
    std::string scheme, host, port, target, user_info;
};
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace landfall::sns
