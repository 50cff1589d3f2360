// ObjectSink: where files go: one bucket.
//
// Invariants
//   1. An object is whole or not there; once a call has answered it is durable.
//   2. replace() is the only call that looks at what is there: two writers of one key cannot both succeed.
// Errors: unavailable, timeout (may pass), denied, not_found (no such bucket), else invalid, each with the
// store's own words. Threads: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace landfall::dbmove::files {

class SpoolFile;

struct StoredObject {
    std::string content;
    std::string version;  ///< what replace() takes
};

class ObjectSink {
public:
    virtual ~ObjectSink() = default;
    /// For people.
    [[nodiscard]] virtual std::string place() const = 0;
    /// What the key held is replaced.
    virtual Status put(const std::string& key, const SpoolFile& file, std::string_view content_type) = 0;
    /// Only where the key holds `version` still (empty: nothing). Answers the new version. precondition: it
    /// holds something else.
    virtual Result<std::string> replace(const std::string& key, std::string_view content,
                                        const std::string& version) = 0;
    virtual Result<std::optional<StoredObject>> get(const std::string& key) = 0;
    virtual Result<bool> exists(const std::string& key) = 0;
    /// Also where there is nothing.
    virtual Status remove(const std::string& key) = 0;
};

}  // namespace landfall::dbmove::files
