// Exporting: what was converted is run on a database, object by object.
//
// Invariants
//   1. An object is there whole or not at all: its statements are one transaction.
//   2. Objects of the same name are replaced, but what holds something stays: tables with rows, sequences
//      that were used. Nothing cascades.
//   3. What fails is tried again after the others, as long as that gets any further.
#pragma once

#include <string>
#include <vector>

#include "core/jobs/step.hpp"
#include "engines/convert/converter.hpp"
#include "services/dms/model_request.hpp"
#include "services/dms/ports.hpp"

namespace landfall::dms {

struct ExportedObject {
    enum class Outcome : std::uint8_t { created, kept, empty, failed };
    Outcome outcome = Outcome::failed;
    std::string sqlstate;
    std::string message;
};

struct ExportReport {
    std::vector<ExportedObject> objects;  ///< as Conversion::objects
    std::size_t created = 0, kept = 0, empty = 0, failed = 0;

    /// "120 objects: 118 created, 1 kept because they hold something, 1 failed: …"
    [[nodiscard]] std::string summary() const;
    /// A line an object: schema, kind, name, outcome, SQLSTATE, message.
    [[nodiscard]] std::string csv(const convert::Conversion& conversion) const;
};

/// Installs the runtime pack where it is missing, or always. precondition: the database refused it.
Status install_pack(TargetSession& session, Pack pack);

/// Tells the job how far it is; returns early where it should stop. An error: the session was lost.
[[nodiscard]] Result<ExportReport> export_objects(TargetSession& session,
                                                  const convert::Conversion& conversion,
                                                  jobs::JobContext& job);

}  // namespace landfall::dms
