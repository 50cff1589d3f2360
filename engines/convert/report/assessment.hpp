// What a conversion comes to: objects by schema and kind, findings by number, hours.
//
// Invariants
//   1. Each object is counted once: by the most complex of its findings; one without a finding above `info`
//      is automatic, one that is raw is complex. So the numbers of a row add up to its objects.
//   2. Hours are, for each number, what it costs to learn it once and what each occurrence costs
//      (action_codes.hpp); findings of `info` cost nothing.
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "engines/convert/action_codes.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::convert {

/// Objects by what they cost.
struct ObjectCounts {
    std::size_t objects = 0, automatic = 0, simple = 0, medium = 0, complex = 0;
    std::size_t lines = 0;  ///< of the source

    void add(const ObjectCounts& other);
};

struct KindRow {
    std::string schema, kind;
    ObjectCounts counts;
    double hours = 0;  ///< of the occurrences; without learning
};

struct CodeRow {
    std::string schema;
    int code = 0;
    std::size_t occurrences = 0;
    double hours_to_learn = 0, hours_each = 0;
};

struct Assessment {
    std::vector<KindRow> kinds;  ///< by schema, then kind
    std::vector<CodeRow> codes;  ///< by schema, then number
    std::vector<std::size_t>
        findings;  ///< indexes into Conversion::findings: most complex first, then by place
    std::vector<Complexity> of_object;  ///< of Conversion::objects; info: automatic
    ObjectCounts all, storage, code;    ///< storage: tables and what belongs to them; code: what has a body
    double hours_to_learn = 0, hours_of_occurrences = 0;
};

[[nodiscard]] Assessment assess(const Conversion& conversion);

/// Is it code (a routine, trigger, package, view), not storage?
[[nodiscard]] bool is_code_kind(std::string_view kind);

/// What is known of the databases, for the columns of the reports that say it.
struct ReportLabels {
    std::string title = "Schema conversion";
    std::string source = "Oracle", target = "PostgreSQL 15";
    std::string server;  ///< address and port; empty: scripts
    std::string database;
};

}  // namespace landfall::convert
