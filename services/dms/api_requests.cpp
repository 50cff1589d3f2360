// The asynchronous operations on metadata models: start, describe, cancel.
#include "services/dms/api_models.hpp"

namespace landfall::dms {
namespace {

/// What a start is checked for beyond its project and its rules.
struct Start {
    Operation operation;
    Origin origin = Origin::source;
    std::optional<std::string_view> selection = std::nullopt;
};

Judged<Request> begin(Dms& dms, const CallContext& call, std::string_view name, const Request& wanted) {
    return dms.requests().begin(cause_of(call, name), wanted);
}

/// A request that may be queued: the project, its sides, its bucket and the rules are as they must be.
Judged<Request> wanted_request(Dms& dms, const CallContext& call, std::string_view project,
                               const Start& start) {
    const ProjectView view = TRY(view_of(dms.catalogue(), scope_of(call), project));
    TRY(view.work_place());
    TRY(view.scripts());
    const bool on_target =
        start.operation == Operation::export_target || start.operation == Operation::extension_pack;
    if (on_target) TRY(view.check_export_target());
    Request request{.self = {view.project.self.scope, {}},
                    .project = view.project.self.id,
                    .operation = start.operation,
                    .origin = start.origin};
    if (start.selection) {
        TRY(selection_in(view, start.origin, *start.selection));
        request.selection = *start.selection;
    }
    return request;
}

Origin origin_in(std::string_view origin) { return origin == "TARGET" ? Origin::target : Origin::source; }

/// Where a running job is, out of what it told: "CONVERTING Table: HR.EMPLOYEES".
struct Phase {
    std::string_view step, type, name;
};
Phase phase_of(std::string_view told) {
    Phase phase;
    const std::size_t blank = std::min(told.find(' '), told.size());
    phase.step = told.substr(0, blank);
    const std::size_t colon = told.find(": ", blank);
    if (colon == std::string_view::npos) return phase;
    phase.type = told.substr(blank + 1, colon - blank - 1);
    phase.name = told.substr(colon + 2);
    return phase;
}

std::string_view endpoint_of(const Request& request) {
    const bool target = request.origin == Origin::target || request.operation == Operation::export_target;
    return target ? "TARGET" : "SOURCE";
}

void put_progress(Dms& dms, const Request& request, api::out::Progress out) {
    if (request.status == kSuccess) {
        out.set_progress_percent(100);
        out.set_total_objects(static_cast<std::int64_t>(request.objects));
        out.set_progress_step("FINISHED");
        return;
    }
    const auto job = dms.requests().job_of(request);
    if (!job || has_ended(request.status)) {
        out.set_progress_percent(0);
        if (!has_ended(request.status)) out.set_progress_step("IN_PROGRESS");
        return;
    }
    const Phase phase = phase_of(job->progress.phase);
    out.set_progress_percent(job->progress.percent());
    out.set_total_objects(static_cast<std::int64_t>(job->progress.total.count));
    out.set_progress_step(phase.step.empty() ? "IN_PROGRESS" : phase.step);
    if (phase.name.empty()) return;
    auto object = out.set_processed_object();
    object.set_name(phase.name);
    object.set_type(phase.type);
    object.set_endpoint_type(endpoint_of(request));
}

void put_request(Dms& dms, const CallContext& call, const Request& request,
                 api::out::SchemaConversionRequest out) {
    const Identity project{request.self.scope, request.project};
    out.set_request_identifier(request.self.id);
    out.set_migration_project_arn(arn_of(project, MigrationProject::kThing));
    out.set_status(request.status);
    put_progress(dms, request, out.set_progress());
    if (!request.error.empty()) out.set_error().set_default_error_details().set_message(request.error);
    if (request.operation != Operation::export_script || request.object_key.empty()) return;
    auto details = out.set_export_sql_details();
    details.set_s3_object_key(request.object_key);
    const auto view = view_of(dms.catalogue(), request.self.scope, arn_of(project, MigrationProject::kThing));
    if (!view.ok()) return;
    if (const auto place = view->work_place(); place.ok())
        details.set_object_url(object_url(call, place->folder.bucket, request.object_key));
}

template <class In, class Out>
Verdict describe(Dms& dms, const CallContext& call, Operation operation, In in, Out out) {
    const Filters filters =
        TRY(filters_in(in.filters(), {"request-id", "status", "schema-conversion-operation-id"}));
    const auto project =
        TRY(dms.catalogue().find<MigrationProject>(scope_of(call), in.migration_project_identifier()));
    const std::string question =
        "requests/" + project.value.self.id + "/" + std::to_string(static_cast<int>(operation));
    const PageAsked page = TRY(page_in(dms, call, question, filters, in.max_records(), in.marker()));
    std::vector<Request> requests = TRY(dms.requests().list(project.value.self, operation));
    std::erase_if(requests, [&](const Request& request) {
        return !passes(filters, "request-id", request.self.id, {}) ||
               !passes(filters, "schema-conversion-operation-id", request.self.id, {}) ||
               !passes(filters, "status", request.status, {});
    });
    // Positions that sort as the requests came.
    std::vector<std::pair<std::string, const Request*>> ordered;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        std::string number = std::to_string(requests[i].created.ns);
        number.insert(0, number.size() < 20 ? 20 - number.size() : 0, '0');
        ordered.emplace_back(number + requests[i].self.id, &requests[i]);
    }
    std::sort(ordered.begin(), ordered.end());
    out.start_requests();
    put_page(
        dms, page, ordered, [](const auto& each) -> const std::string& { return each.first; },
        [&](const auto& each) { put_request(dms, call, *each.second, out.add_requests()); }, out);
    return {};
}

/// What describes the requests of an operation.
auto described(Dms& dms, Operation operation) {
    return [&dms, operation](const CallContext& call, auto in, auto out) {
        return describe(dms, call, operation, in, out);
    };
}

void register_starts(Operations& operations, Dms& dms) {
    operations.on<api::StartMetadataModelImport>([&dms](const CallContext& call,
                                                        api::StartMetadataModelImport::In in,
                                                        api::StartMetadataModelImport::Out out) -> Verdict {
        if (origin_in(in.origin()) == Origin::target)
            return invalid_state("Models of the target come from conversions; they are not imported");
        Request wanted = TRY(wanted_request(dms, call, in.migration_project_identifier(),
                                            {Operation::import, Origin::source, in.selection_rules()}));
        wanted.refresh = in.refresh().value_or(false) ? ReadAgain::yes : ReadAgain::no;
        out.set_request_identifier(TRY(begin(dms, call, "StartMetadataModelImport", wanted)).self.id);
        return {};
    });
    operations.on<api::StartMetadataModelAssessment>(
        [&dms](const CallContext& call, api::StartMetadataModelAssessment::In in,
               api::StartMetadataModelAssessment::Out out) -> Verdict {
            const Request wanted =
                TRY(wanted_request(dms, call, in.migration_project_identifier(),
                                   {Operation::assessment, Origin::source, in.selection_rules()}));
            out.set_request_identifier(TRY(begin(dms, call, "StartMetadataModelAssessment", wanted)).self.id);
            return {};
        });
    operations.on<api::StartMetadataModelConversion>(
        [&dms](const CallContext& call, api::StartMetadataModelConversion::In in,
               api::StartMetadataModelConversion::Out out) -> Verdict {
            const Request wanted =
                TRY(wanted_request(dms, call, in.migration_project_identifier(),
                                   {Operation::conversion, Origin::source, in.selection_rules()}));
            out.set_request_identifier(TRY(begin(dms, call, "StartMetadataModelConversion", wanted)).self.id);
            return {};
        });
}

void register_exports(Operations& operations, Dms& dms) {
    operations.on<api::StartMetadataModelExportAsScript>(
        [&dms](const CallContext& call, api::StartMetadataModelExportAsScript::In in,
               api::StartMetadataModelExportAsScript::Out out) -> Verdict {
            Request wanted =
                TRY(wanted_request(dms, call, in.migration_project_identifier(),
                                   {Operation::export_script, origin_in(in.origin()), in.selection_rules()}));
            wanted.file_name = in.file_name().value_or("");
            TRY(check_file_name(wanted.file_name));
            out.set_request_identifier(
                TRY(begin(dms, call, "StartMetadataModelExportAsScript", wanted)).self.id);
            return {};
        });
    operations.on<api::StartMetadataModelExportToTarget>(
        [&dms](const CallContext& call, api::StartMetadataModelExportToTarget::In in,
               api::StartMetadataModelExportToTarget::Out out) -> Verdict {
            Request wanted =
                TRY(wanted_request(dms, call, in.migration_project_identifier(),
                                   {Operation::export_target, Origin::target, in.selection_rules()}));
            wanted.pack = in.overwrite_extension_pack().value_or(true) ? Pack::overwritten : Pack::kept;
            out.set_request_identifier(
                TRY(begin(dms, call, "StartMetadataModelExportToTarget", wanted)).self.id);
            return {};
        });
    operations.on<api::StartExtensionPackAssociation>(
        [&dms](const CallContext& call, api::StartExtensionPackAssociation::In in,
               api::StartExtensionPackAssociation::Out out) -> Verdict {
            const Request wanted = TRY(wanted_request(dms, call, in.migration_project_identifier(),
                                                      {Operation::extension_pack, Origin::target}));
            out.set_request_identifier(
                TRY(begin(dms, call, "StartExtensionPackAssociation", wanted)).self.id);
            return {};
        });
}

void register_cancels(Operations& operations, Dms& dms) {
    operations.on<api::CancelMetadataModelConversion>(
        [&dms](const CallContext& call, api::CancelMetadataModelConversion::In in,
               api::CancelMetadataModelConversion::Out out) -> Verdict {
            const auto project = TRY(
                dms.catalogue().find<MigrationProject>(scope_of(call), in.migration_project_identifier()));
            const Request request =
                TRY(dms.requests().cancel(cause_of(call, "CancelMetadataModelConversion"), project.value.self,
                                          in.request_identifier(), Operation::conversion));
            put_request(dms, call, request, out.set_request());
            return {};
        });
}

/// Statements of their own are models for sources of SQL Server alone, which are not converted here.
void register_creations(Operations& operations, Dms& dms) {
    operations.on<api::StartMetadataModelCreation>([&dms](const CallContext& call,
                                                          api::StartMetadataModelCreation::In in,
                                                          api::StartMetadataModelCreation::Out) -> Verdict {
        TRY(dms.catalogue().find<MigrationProject>(scope_of(call), in.migration_project_identifier()));
        return invalid_value("Models are created of statements for sources of SQL Server alone");
    });
    operations.on<api::CancelMetadataModelCreation>([&dms](const CallContext& call,
                                                           api::CancelMetadataModelCreation::In in,
                                                           api::CancelMetadataModelCreation::Out) -> Verdict {
        TRY(dms.catalogue().find<MigrationProject>(scope_of(call), in.migration_project_identifier()));
        return Fault{FaultCode::not_found,
                     "Request " + std::string{in.request_identifier()} + " was not found"};
    });
    operations.on<api::DescribeMetadataModelCreations>(
        [&dms](const CallContext& call, api::DescribeMetadataModelCreations::In in,
               api::DescribeMetadataModelCreations::Out out) -> Verdict {
            TRY(dms.catalogue().find<MigrationProject>(scope_of(call), in.migration_project_identifier()));
            out.start_requests();
            return {};
        });
}

}  // namespace

void register_requests(Operations& operations, Dms& dms) {
    register_starts(operations, dms);
    register_exports(operations, dms);
    register_cancels(operations, dms);
    register_creations(operations, dms);
    operations.on<api::DescribeMetadataModelImports>(described(dms, Operation::import));
    operations.on<api::DescribeMetadataModelAssessments>(described(dms, Operation::assessment));
    operations.on<api::DescribeMetadataModelConversions>(described(dms, Operation::conversion));
    operations.on<api::DescribeMetadataModelExportsAsScript>(described(dms, Operation::export_script));
    operations.on<api::DescribeMetadataModelExportsToTarget>(described(dms, Operation::export_target));
    operations.on<api::DescribeExtensionPackAssociations>(described(dms, Operation::extension_pack));
}

}  // namespace landfall::dms
