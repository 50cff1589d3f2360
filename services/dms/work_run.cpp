#include "services/dms/work_run.hpp"

#include <algorithm>

#include "services/dms/model_settings.hpp"
#include "services/dms/model_zip.hpp"
#include "services/dms/work_export.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kRunners = 2;

/// What a caller of an operation would see as a fault, as the reason of a job.
Error error_of(const Fault& fault) {
    return {fault.code() == FaultCode::inner ? fault.inner() : Errc::invalid, fault.message()};
}

template <class T>
Result<T> plain(Judged<T> judged) {
    if (!judged.ok()) return error_of(judged.error());
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return std::move(judged).value();
}

void add_once(std::vector<std::string>& texts, const std::string& text) {
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

/// "CONVERTING Table HR.EMPLOYEES": the step, and what it is at; api_requests.cpp reads it back.
std::string phase_of(std::string_view step, const Place& place) {
    return std::string{step} + " " + std::string{type_of_category(place.category)} + ": " + place.schema +
           "." + place.object;
}

/// Goes through the models once more, for those who watch.
void show(jobs::JobContext& job, std::string_view step, const std::vector<const Model*>& models,
          Origin origin) {
    for (std::size_t i = 0; i < models.size() && !job.should_stop(); ++i)
        job.progress(Bytes{i + 1}, Bytes{models.size()}, phase_of(step, models[i]->at(origin)));
}

Error nothing_selected(std::string_view where) {
    return {Errc::not_found, "the selection rules select nothing of " + std::string{where}};
}

/// What a database of the source is called in the names of files.
std::string stem_of(const ProjectView& view, Origin origin, Instant now) {
    std::string stamp = iso8601(now);
    std::replace(stamp.begin(), stamp.end(), ':', '-');
    return view.side(origin).engine + "-" + stamp;
}

Result<std::string> archive_of(const ModelTree& tree, const std::vector<const Model*>& models,
                               Origin origin) {
    ZipFile zip;
    const auto file_name = [](std::size_t number, std::string_view kind, std::string_view schema,
                              std::string_view name) {
        std::string digits = std::to_string(number);
        digits.insert(0, digits.size() < 5 ? 5 - digits.size() : 0, '0');
        return plain_name(digits + "_" + std::string{kind} + "_" + std::string{schema} + "." +
                          std::string{name}) +
               ".sql";
    };
    if (origin == Origin::source) {
        for (std::size_t i = 0; i < models.size(); ++i) {
            const Place& place = models[i]->source;
            TRY(zip.add(file_name(i + 1, type_of_category(place.category), place.schema, place.object),
                        definition_of(tree, *models[i], origin)));
        }
        return std::move(zip).finish();
    }
    const convert::Conversion part = part_of(tree, models);
    if (!part.runtime_pack.empty()) TRY(zip.add("00000_extension_pack.sql", part.runtime_pack));
    for (std::size_t i = 0; i < part.objects.size(); ++i) {
        const convert::Object& object = part.objects[i];
        TRY(zip.add(file_name(i + 1, object.kind, object.schema, object.name), object.sql));
    }
    return std::move(zip).finish();
}

}  // namespace

ServerNames ProjectView::servers() const {
    return {std::string{source.server_name()}, std::string{target.server_name()}};
}

Judged<WorkPlace> ProjectView::work_place() const {
    if (project.bucket_path.empty())
        return invalid_state("The migration project has no S3BucketPath for its work");
    BucketPath folder = TRY(parse_bucket_path(project.bucket_path, "S3BucketPath"));
    const Scope& scope = project.self.scope;
    return WorkPlace{{scope.account, scope.region}, std::move(folder)};
}

Judged<BucketPath> ProjectView::scripts() const {
    if (!dialect_of(source.engine))
        return invalid_state("Schemas of engine " + source.engine +
                             " are not converted: the source must be oracle, mysql or mariadb");
    const std::string_view path = source.settings.text("S3Path");
    if (path.empty())
        return invalid_state("Data provider " + source.name +
                             " has no S3Path: schemas are read from scripts in a bucket");
    return parse_bucket_path(path, "S3Path");
}

Verdict ProjectView::check_export_target() const {
    if (target.is_virtual) return invalid_state("Data provider " + target.name + " is virtual");
    if (target.settings.kind != "PostgreSqlSettings")
        return invalid_state("Schemas are not exported to engine " + target.engine +
                             ": the target must be postgres or aurora-postgresql");
    return {};
}

Judged<ProjectView> view_of(const Catalogue& catalogue, const Scope& scope, std::string_view identifier) {
    ProjectView view;
    view.project = TRY(catalogue.find<MigrationProject>(scope, identifier)).value;
    const auto side = [&](const std::vector<Descriptor>& descriptors) {
        return catalogue.records().get<DataProvider>({scope, descriptors.front().provider});
    };
    view.source = TRY(side(view.project.sources)).value;
    view.target = TRY(side(view.project.targets)).value;
    return view;
}

Result<std::vector<const Model*>> models_by(const ModelTree& tree,
                                            const std::vector<std::string>& selections) {
    Loaded loaded;
    for (const std::string& each : selections) loaded.selections.push_back(TRY(plain(parse_selection(each))));
    std::vector<const Model*> models;
    for (const Model& model : tree.models)
        if (loaded.covers(model)) models.push_back(&model);
    return models;
}

std::vector<const Model*> chosen_of(const std::vector<const Model*>& models, Origin origin,
                                    const Selection& selection) {
    std::vector<const Model*> chosen;
    for (const Model* model : models)
        if (!model->source.object.empty() && selection.covers(model->at(origin))) chosen.push_back(model);
    return chosen;
}

void ModelWork::register_jobs(jobs::Jobs& jobs) {
    jobs::JobKind kind{.name = std::string{kModelJob}};
    kind.steps.push_back({"work", [this](jobs::JobContext& job) { return work(job); }});
    kind.steps.push_back({"finish", [this](jobs::JobContext& job) { return finish(job); }});
    kind.on_unfinished = [this](const jobs::Job& job, state::Tx& tx) { add_unfinished(job, tx); };
    kind.runners = kRunners;
    kind.backoff_first = std::chrono::milliseconds{50};
    jobs.add_kind(std::move(kind));
}

Result<ModelWork::Run> ModelWork::begin(jobs::JobContext& job) const {
    const Scope scope{job.job().account, job.job().region};
    const Records& records = parts_.catalogue.records();
    auto request = TRY(records.get<Request>({scope, job.params().text("request")}));
    const Identity project{scope, request.value.project};
    ProjectView view =
        TRY(plain(view_of(parts_.catalogue, scope, arn_of(project, MigrationProject::kThing))));
    WorkPlace place = TRY(plain(view.work_place()));
    auto state = TRY(get_or_new<ModelState>(records, project));
    return Run{job, std::move(request.value), std::move(view), std::move(place), std::move(state.value), {}};
}

jobs::StepResult ModelWork::work(jobs::JobContext& job) {
    auto run = begin(job);
    if (!run.ok()) return jobs::StepResult::from(run.error());
    const Status performed = perform(*run);
    if (job.should_stop()) return jobs::StepResult::next("work", {});
    if (!performed.ok()) {
        job.log(jobs::LogLevel::error, performed.error().message());
        return jobs::StepResult::failed(performed.error().message());
    }
    return jobs::StepResult::next("finish", std::move(run->result));
}

Status ModelWork::perform(Run& run) {
    switch (run.request.operation) {
        case Operation::import:
        case Operation::assessment: return load(run);
        case Operation::conversion: return convert(run);
        case Operation::export_script: return export_script(run);
        case Operation::export_target: return export_target(run);
        case Operation::extension_pack: return associate_pack(run);
    }
    return Error{Errc::corrupt, "a request of an unknown operation"};
}

/// The tree of the scripts, read now where they were not, or where the request asks for it.
Result<TreePtr> ModelWork::loaded_tree(Run& run) {
    run.job.progress(Bytes{0}, Bytes{0}, "LOADING_METADATA");
    const bool again = run.request.operation == Operation::import && run.request.refresh == ReadAgain::yes;
    if (run.state.snapshot.empty() || again) {
        const BucketPath scripts = TRY(plain(run.view.scripts()));
        run.state.snapshot = TRY(parts_.library.take(run.place, run.request.project, scripts));
    }
    run.result.set("snapshot", run.state.snapshot);
    return parts_.library.tree(run.place, {run.state.snapshot, run.view.project.configuration,
                                           run.view.servers(), run.view.dialect()});
}

Result<TreePtr> ModelWork::converted_tree(Run& run) {
    if (run.state.converted.empty())
        return Error{Errc::not_found, "nothing of this project was converted yet"};
    run.job.progress(Bytes{0}, Bytes{0}, "LOADING_METADATA");
    return parts_.library.tree(
        run.place, {run.state.converted, run.state.settings, run.view.servers(), run.view.dialect()});
}

Status ModelWork::load(Run& run) {
    const TreePtr tree = TRY(loaded_tree(run));
    std::vector<const Model*> all;
    for (const Model& model : tree->models) all.push_back(&model);
    const auto chosen = chosen_of(all, Origin::source, TRY(plain(parse_selection(run.request.selection))));
    if (chosen.empty()) return nothing_selected("the scripts");
    show(run.job, run.request.operation == Operation::import ? "COUNTING_OBJECTS" : "ANALYZING", chosen,
         Origin::source);
    run.result.set("objects", chosen.size()).set("loaded", run.request.selection);
    return {};
}

Status ModelWork::convert(Run& run) {
    for (const TransformationRule& rule :
         run.view.project.transformation_rules.empty()
             ? std::vector<TransformationRule>{}
             : TRY(plain(parse_transformations(run.view.project.transformation_rules))))
        if (rule.action != "convert-lowercase")
            return Error{Errc::invalid,
                         "transformation rule " + rule.id + ": " + rule.action +
                             " is not applied by this converter; take the rule out of the project"};
    const TreePtr tree = TRY(loaded_tree(run));
    std::vector<const Model*> all;
    for (const Model& model : tree->models) all.push_back(&model);
    const auto chosen = chosen_of(all, Origin::source, TRY(plain(parse_selection(run.request.selection))));
    if (chosen.empty()) return nothing_selected("the scripts");
    show(run.job, "CONVERTING", chosen, Origin::source);
    const convert::Conversion part = part_of(*tree, chosen);
    run.job.log(jobs::LogLevel::note, std::to_string(part.emitted) + " objects converted, " +
                                          std::to_string(part.raw) + " kept as comments, " +
                                          std::to_string(part.dropped) + " left out, " +
                                          std::to_string(part.findings.size()) + " findings");
    run.result.set("objects", chosen.size())
        .set("loaded", run.request.selection)
        .set("converted", run.state.snapshot)
        .set("converted-by", run.request.selection)
        .set("settings", run.view.project.configuration);
    return {};
}

Status ModelWork::export_script(Run& run) {
    const Origin origin = run.request.origin;
    if (origin == Origin::source && run.state.snapshot.empty())
        return Error{Errc::not_found, "nothing of this project was imported yet"};
    const TreePtr tree = origin == Origin::source ? TRY(loaded_tree(run)) : TRY(converted_tree(run));
    const auto there =
        TRY(models_by(*tree, origin == Origin::source ? run.state.loaded_by : run.state.converted_by));
    const auto chosen = chosen_of(there, origin, TRY(plain(parse_selection(run.request.selection))));
    if (chosen.empty())
        return nothing_selected(origin == Origin::source ? "what was imported" : "what was converted");
    show(run.job, "IN_PROGRESS", chosen, origin);
    const std::string archive = TRY(archive_of(*tree, chosen, origin));
    std::string name = plain_name(run.request.file_name);
    if (name.empty()) name = stem_of(run.view, origin, run.request.created);
    if (!name.ends_with(".zip")) name += ".zip";
    const std::string key = key_in(run.place.folder, name);
    TRY(parts_.buckets.write(run.place.owner, run.place.folder.bucket, key, archive, "application/zip"));
    run.result.set("objects", chosen.size()).set("key", key);
    return {};
}

Result<std::unique_ptr<TargetSession>> ModelWork::open_target(const Run& run) {
    TRY(plain(run.view.check_export_target()));
    const Descriptor& descriptor = run.view.project.targets.front();
    if (descriptor.secret_id.empty())
        return Error{Errc::invalid, "the target's descriptor has no SecretsManagerSecretId to sign in with"};
    const ProviderSettings& settings = run.view.target.settings;
    DatabaseAddress address{.host = std::string{settings.text("ServerName")},
                            .database = std::string{settings.text("DatabaseName")},
                            .ssl_mode = std::string{settings.text("SslMode")}};
    if (const auto port = settings.numbers.find("Port"); port != settings.numbers.end())
        address.port = static_cast<int>(port->second);
    const Credentials credentials =
        TRY(parts_.secrets.credentials(run.place.owner.account, descriptor.secret_id));
    return parts_.databases.open(address, credentials);
}

Status ModelWork::export_target(Run& run) {
    const TreePtr tree = TRY(converted_tree(run));
    const auto there = TRY(models_by(*tree, run.state.converted_by));
    const auto chosen = chosen_of(there, Origin::target, TRY(plain(parse_selection(run.request.selection))));
    if (chosen.empty()) return nothing_selected("what was converted");
    const auto session = TRY(open_target(run));
    run.job.progress(Bytes{0}, Bytes{0}, "APPLYING");
    const convert::Conversion part = part_of(*tree, chosen);
    if (!part.runtime_pack.empty()) TRY(install_pack(*session, run.request.pack));
    const ExportReport report = TRY(export_objects(*session, part, run.job));
    const std::string key = key_in(run.place.folder, "export-" + run.request.self.id + ".csv");
    TRY(parts_.buckets.write(run.place.owner, run.place.folder.bucket, key, report.csv(part), "text/csv"));
    run.job.log(jobs::LogLevel::note,
                report.summary() + "; the report is s3://" + run.place.folder.bucket + "/" + key);
    if (report.failed > 0 && !run.job.should_stop())
        return Error{Errc::precondition,
                     report.summary() + "; the report is s3://" + run.place.folder.bucket + "/" + key};
    run.result.set("objects", chosen.size()).set("key", key);
    return {};
}

Status ModelWork::associate_pack(Run& run) {
    run.job.progress(Bytes{0}, Bytes{1}, "APPLYING");
    const auto session = TRY(open_target(run));
    TRY(install_pack(*session, Pack::overwritten));
    run.result.set("objects", 1);
    return {};
}

jobs::StepResult ModelWork::finish(jobs::JobContext& job) {
    const Scope scope{job.job().account, job.job().region};
    const state::Record& result = job.checkpoint();
    const Records& records = parts_.catalogue.records();
    auto request = records.get<Request>({scope, job.params().text("request")});
    if (!request.ok()) return jobs::StepResult::from(request.error());
    auto state = get_or_new<ModelState>(records, {scope, request->value.project});
    if (!state.ok()) return jobs::StepResult::from(state.error());
    ModelState& model = state->value;
    state::Tx tx{job.cause()};
    if (result.has("snapshot")) model.snapshot = result.text("snapshot");
    if (result.has("loaded")) add_once(model.loaded_by, result.text("loaded"));
    if (result.has("converted")) {
        model.converted = result.text("converted");
        model.settings = result.text("settings");
        add_once(model.converted_by, result.text("converted-by"));
    }
    put(tx, *state);
    const Status ended =
        parts_.requests.add_end(tx, request->value.self,
                                {.status = kSuccess,
                                 .object_key = result.text("key"),
                                 .objects = static_cast<std::uint64_t>(result.number("objects"))});
    if (!ended.ok()) return jobs::StepResult::from(ended.error());
    return jobs::StepResult::done({}, std::move(tx));
}

void ModelWork::add_unfinished(const jobs::Job& job, state::Tx& tx) {
    const Identity request{{job.account, job.region}, job.params.text("request")};
    const bool canceled = job.state == jobs::JobState::cancelled;
    // A store that cannot be read now is asked again with the next try of this transaction.
    (void)parts_.requests.add_end(
        tx, request,
        {.status = canceled ? kCanceled : kFailed, .error = canceled ? std::string{} : job.reason});
}

}  // namespace landfall::dms
