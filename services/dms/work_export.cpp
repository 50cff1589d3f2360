#include "services/dms/work_export.hpp"

#include <algorithm>
#include <array>

#include "services/dms/model_overwrite.hpp"
#include "services/dms/model_rules.hpp"

namespace landfall::dms {
namespace {

using Outcome = ExportedObject::Outcome;

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::created: return "created";
        case Outcome::kept: return "kept";
        case Outcome::empty: return "nothing to execute";
        case Outcome::failed: break;
    }
    return "failed";
}

bool says_already_there(std::string_view sqlstate) {
    // table, schema, object, function, column
    constexpr std::array<std::string_view, 5> kThere{"42P07", "42P06", "42710", "42723", "42701"};
    return std::find(kThere.begin(), kThere.end(), sqlstate) != kThere.end();
}

/// Takes away what stands in the way, the last object first: what depends goes before what it depends on.
/// Answers for each object whether something of it stays because it holds something.
Result<std::vector<bool>> clear_the_way(TargetSession& session, const convert::Conversion& conversion,
                                        jobs::JobContext& job) {
    std::vector<bool> holds(conversion.objects.size(), false);
    for (std::size_t i = conversion.objects.size(); i-- > 0 && !job.should_stop();) {
        for (const Removal& removal : removals_of(conversion.objects[i].sql)) {
            if (!removal.holds.empty()) {
                const auto found = session.ask(removal.holds, {});
                if (found.is(Errc::unavailable)) return found.error();
                if (found.ok() && !found->empty()) {
                    holds[i] = true;
                    continue;
                }
            }
            // What cannot be taken away is told when the object cannot be made.
            TRY(session.run(removal.sql));
        }
    }
    return holds;
}

Result<ExportedObject> execute(TargetSession& session, const std::string& sql, bool holds) {
    if (is_comment_only(sql)) return ExportedObject{Outcome::empty, {}, {}};
    auto failures = TRY(session.run(sql));
    if (failures.empty()) return ExportedObject{Outcome::created, {}, {}};
    TargetSession::Failure& failure = failures.front();
    if (holds && says_already_there(failure.sqlstate))
        return ExportedObject{Outcome::kept, std::move(failure.sqlstate),
                              "it was there, and holds something"};
    return ExportedObject{Outcome::failed, std::move(failure.sqlstate), std::move(failure.message)};
}

void put_field(std::string& out, std::string_view text) {
    if (!out.empty() && out.back() != '\n') out += ',';
    out += '"';
    for (const char c : text) out.append(c == '"' ? 2 : 1, c);
    out += '"';
}

std::string phase_of(const convert::Object& object) {
    const std::string_view category = category_of_kind(object.kind);
    const std::string_view type =
        category.empty() ? std::string_view{object.kind} : type_of_category(category);
    return "APPLYING " + std::string{type} + ": " + object.schema + "." + object.name;
}

}  // namespace

std::string ExportReport::summary() const {
    std::string text = std::to_string(objects.size()) + " objects: " + std::to_string(created) + " created";
    if (kept > 0) text += ", " + std::to_string(kept) + " kept because they hold something";
    if (empty > 0) text += ", " + std::to_string(empty) + " with nothing to execute";
    if (failed == 0) return text;
    text += ", " + std::to_string(failed) + " failed";
    const auto first = std::find_if(objects.begin(), objects.end(), [](const ExportedObject& object) {
        return object.outcome == Outcome::failed;
    });
    return text + ", the first with " + first->sqlstate + " " + first->message;
}

std::string ExportReport::csv(const convert::Conversion& conversion) const {
    std::string out = "\"Schema\",\"Kind\",\"Name\",\"Outcome\",\"SQLSTATE\",\"Message\"\r\n";
    for (std::size_t i = 0; i < objects.size(); ++i) {
        const convert::Object& object = conversion.objects[i];
        for (const std::string_view field :
             {std::string_view{object.schema}, std::string_view{object.kind}, std::string_view{object.name},
              name_of(objects[i].outcome), std::string_view{objects[i].sqlstate},
              std::string_view{objects[i].message}})
            put_field(out, field);
        out += "\r\n";
    }
    return out;
}

Status install_pack(TargetSession& session, Pack pack) {
    if (pack == Pack::kept) {
        const auto there =
            TRY(session.ask("SELECT nspname FROM pg_namespace WHERE nspname = 'oracle_ext'", {}));
        if (!there.empty()) return {};
    }
    const auto failures = TRY(session.run(std::string{convert::runtime_pack()}));
    if (failures.empty()) return {};
    return Error{Errc::precondition, "installing the extension pack: " + failures.front().sqlstate + " " +
                                         failures.front().message};
}

Result<ExportReport> export_objects(TargetSession& session, const convert::Conversion& conversion,
                                    jobs::JobContext& job) {
    ExportReport report;
    report.objects.resize(conversion.objects.size());
    const std::vector<bool> holds = TRY(clear_the_way(session, conversion, job));
    std::vector<std::size_t> open(conversion.objects.size());
    for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
    for (bool further = true; further && !open.empty() && !job.should_stop();) {
        std::vector<std::size_t> failed;
        for (const std::size_t i : open) {
            if (job.should_stop()) return report;
            job.progress(Bytes{i + 1}, Bytes{conversion.objects.size()}, phase_of(conversion.objects[i]));
            report.objects[i] = TRY(execute(session, conversion.objects[i].sql, holds[i]));
            if (report.objects[i].outcome == Outcome::failed) failed.push_back(i);
        }
        further = failed.size() < open.size();
        open = std::move(failed);
    }
    for (const ExportedObject& object : report.objects)
        ++(object.outcome == Outcome::created ? report.created
           : object.outcome == Outcome::kept  ? report.kept
           : object.outcome == Outcome::empty ? report.empty
                                              : report.failed);
    return report;
}

}  // namespace landfall::dms
