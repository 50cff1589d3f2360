// Request: one asynchronous operation on the metadata model of a project, and where it stands.
//
//   IN_PROGRESS (in the project's queue, or running) ──► SUCCESS | FAILED
//        └──► CANCELING ──► CANCELED | SUCCESS | FAILED
//
// Invariants
//   1. SUCCESS, FAILED and CANCELED are final.
//   2. A project's queue holds its requests that have not ended, in the order in which they came; only the
//      first has a job.
// Pure values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "services/dms/model_names.hpp"
#include "services/dms/model_tree.hpp"

namespace landfall::dms {

enum class Operation : std::uint8_t {
    import = 1,
    assessment = 2,
    conversion = 3,
    export_script = 4,
    export_target = 5,
    extension_pack = 6,
};

inline constexpr std::string_view kInProgress = "IN_PROGRESS";
inline constexpr std::string_view kSuccess = "SUCCESS";
inline constexpr std::string_view kFailed = "FAILED";
inline constexpr std::string_view kCanceling = "CANCELING";
inline constexpr std::string_view kCanceled = "CANCELED";
[[nodiscard]] inline bool has_ended(std::string_view status) {
    return status == kSuccess || status == kFailed || status == kCanceled;
}

enum class ReadAgain : std::uint8_t { no, yes };
enum class Pack : std::uint8_t { kept, overwritten };

struct Request {
    Identity self;        ///< its id is a UUID
    std::string project;  ///< the id
    Operation operation = Operation::import;
    std::string selection;  ///< JSON; empty where the operation has none
    Origin origin = Origin::source;
    ReadAgain refresh = ReadAgain::no;
    Pack pack = Pack::overwritten;
    std::string file_name;  ///< as the client wants the export called; empty: as we like
    std::string status{kInProgress};
    std::string error;       ///< why it failed
    std::string object_key;  ///< of the export
    std::uint64_t objects = 0;
    std::string job;  ///< empty while it waits in the queue
    Instant created;
    bool operator==(const Request&) const = default;
};

/// The requests of a project that have not ended, by id.
struct Queue {
    Identity self;  ///< of the project
    std::vector<std::string> requests;
    bool operator==(const Queue&) const = default;
};

/// What was read and converted of a project so far.
struct ModelState {
    Identity self;                          ///< of the project
    std::string snapshot;                   ///< key of the scripts as they were read; empty: never
    std::string converted;                  ///< key of those that were converted; empty: none
    std::string settings;                   ///< the configuration of that conversion
    std::vector<std::string> loaded_by;     ///< selections, JSON
    std::vector<std::string> converted_by;  ///< selections, JSON
    bool operator==(const ModelState&) const = default;
};

}  // namespace landfall::dms
