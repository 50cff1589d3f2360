// Metadata models: look, walk, target rules, reports, the configuration of conversions.
#include "services/dms/api_models.hpp"

#include "base/encoding.hpp"
#include "engines/convert/report/reports.hpp"
#include "services/dms/model_settings.hpp"
#include "services/dms/model_zip.hpp"

namespace landfall::dms {
namespace {

constexpr std::size_t kTargetRulesMax = 10;
constexpr std::size_t kFileNameMax = 255;

/// The project's models of one side as they are now.
struct There {
    ProjectView view;
    WorkPlace place;
    TreePtr tree;  ///< null: nothing is there yet
    std::vector<const Model*> models;
    std::vector<const Model*> converted;  ///< of the same tree, where it is the converted one
};

/// A lower layer's error about a snapshot or a bucket, as these operations declare it.
Fault fault_of(const Error& error) {
    if (error.code() == Errc::not_found) return {FaultCode::not_found, error.message()};
    return error;
}

Judged<There> models_of(Dms& dms, const Scope& scope, std::string_view project, Origin origin) {
    There there;
    there.view = TRY(view_of(dms.catalogue(), scope, project));
    const auto place = there.view.work_place();
    const auto state = TRY(get_or_new<ModelState>(dms.catalogue().records(), there.view.project.self));
    const ModelState& model = state.value;
    const bool source = origin == Origin::source;
    const std::string& snapshot = source ? model.snapshot : model.converted;
    if (!place.ok() || snapshot.empty()) return there;
    there.place = *place;
    const std::string& configuration = source ? there.view.project.configuration : model.settings;
    auto tree = dms.library().tree(there.place,
                                   {snapshot, configuration, there.view.servers(), there.view.dialect()});
    if (!tree.ok()) return fault_of(tree.error());
    there.tree = std::move(*tree);
    there.models = TRY(models_by(*there.tree, source ? model.loaded_by : model.converted_by));
    if (model.converted == snapshot) there.converted = TRY(models_by(*there.tree, model.converted_by));
    return there;
}

Fault no_such_model() { return {FaultCode::not_found, "The metadata model was not found"}; }

Origin origin_in(std::string_view origin) { return origin == "TARGET" ? Origin::target : Origin::source; }

std::string_view name_of(const SelectionRule& rule) {
    if (rule.schemas) return "Schemas";
    const Place& place = rule.place;
    if (!place.object.empty()) return place.object;
    if (!place.category.empty()) return place.category;
    return place.schema.empty() ? std::string_view{place.server} : std::string_view{place.schema};
}

std::string_view type_of(const SelectionRule& rule) {
    const Place& place = rule.place;
    if (!place.object.empty()) return type_of_category(place.category);
    if (rule.schemas || !place.category.empty()) return "Category";
    return place.schema.empty() ? "Server" : "Schema";
}

Verdict describe_model(Dms& dms, const CallContext& call, api::DescribeMetadataModel::In in,
                       api::DescribeMetadataModel::Out out) {
    const Origin origin = origin_in(in.origin());
    const There there = TRY(models_of(dms, scope_of(call), in.migration_project_identifier(), origin));
    const SelectionRule rule = TRY(one_rule_in(there.view, origin, in.selection_rules()));
    if (!exists(there.models, origin, rule)) return no_such_model();
    const Model* const model = model_at(there.models, origin, rule);
    const Place* const place = model != nullptr ? &model->at(origin) : nullptr;
    out.set_metadata_model_name(place == nullptr        ? name_of(rule)
                                : place->object.empty() ? place->schema
                                                        : place->object);
    out.set_metadata_model_type(type_of(rule));
    if (model == nullptr) return {};
    if (const std::string text = definition_of(*there.tree, *model, origin); !text.empty())
        out.set_definition(text);
    const bool converted =
        std::find(there.converted.begin(), there.converted.end(), model) != there.converted.end();
    if (origin == Origin::target || !converted) return {};
    auto reference = out.add_target_metadata_models();
    reference.set_metadata_model_name(model->target.object.empty() ? model->target.schema
                                                                   : model->target.object);
    reference.set_selection_rules(selection_of(model->target));
    return {};
}

Verdict describe_children(Dms& dms, const CallContext& call, api::DescribeMetadataModelChildren::In in,
                          api::DescribeMetadataModelChildren::Out out) {
    const Origin origin = origin_in(in.origin());
    const There there = TRY(models_of(dms, scope_of(call), in.migration_project_identifier(), origin));
    const SelectionRule rule = TRY(one_rule_in(there.view, origin, in.selection_rules()));
    const std::string question =
        "children/" + there.view.project.self.id + "/" + std::string{in.selection_rules()};
    const PageAsked page = TRY(page_in(dms, call, question, {}, in.max_records(), in.marker()));
    const bool is_server = rule.place.schema.empty();
    if (!is_server && !exists(there.models, origin, rule)) return no_such_model();
    const std::string_view server =
        origin == Origin::source ? there.view.source.server_name() : there.view.target.server_name();
    std::vector<Child> children = children_of(there.models, origin, rule, server);
    std::sort(children.begin(), children.end(),
              [](const Child& a, const Child& b) { return a.name < b.name; });
    out.start_metadata_model_children();
    put_page(
        dms, page, children, [](const Child& child) -> const std::string& { return child.name; },
        [&](const Child& child) {
            auto reference = out.add_metadata_model_children();
            reference.set_metadata_model_name(child.name);
            reference.set_selection_rules(child.selection);
        },
        out);
    return {};
}

Verdict target_rules(Dms& dms, const CallContext& call, api::GetTargetSelectionRules::In in,
                     api::GetTargetSelectionRules::Out out) {
    const There there =
        TRY(models_of(dms, scope_of(call), in.migration_project_identifier(), Origin::source));
    const Selection selection = TRY(selection_in(there.view, Origin::source, in.selection_rules()));
    if (selection.rules.size() > kTargetRulesMax)
        return invalid_value("SelectionRules has more than 10 rules");
    std::vector<Place> places;
    for (const SelectionRule& rule : selection.rules) {
        if (rule.action != RuleAction::explicit_) return invalid_value("every rule-action must be explicit");
        const bool category = rule.schemas || (!rule.place.category.empty() && rule.place.object.empty());
        if (category) return invalid_value("a rule may not have a category-name");
        if (rule.place.schema.empty()) {
            places.push_back({.server = std::string{there.view.target.server_name()}});
            continue;
        }
        const Model* const model = model_at(there.converted, Origin::source, rule);
        if (model == nullptr) return invalid_state("What the rules name was not converted");
        places.push_back(model->target);
    }
    out.set_target_selection_rules(selection_of(places));
    return {};
}

convert::ReportLabels labels_of(const ProjectView& view) {
    convert::ReportLabels labels;
    labels.title = "Schema conversion: " + view.project.name;
    labels.server = view.source.server_name();
    labels.database = view.source.settings.text("DatabaseName");
    return labels;
}

Judged<std::string> csv_archive(const convert::Conversion& part, const ProjectView& view,
                                const std::string& stem) {
    const convert::CsvReports reports = convert::csv_reports(part, labels_of(view));
    ZipFile zip;
    TRY(zip.add(stem + "_Summary.csv", reports.summary));
    TRY(zip.add(stem + ".csv", reports.occurrences));
    TRY(zip.add(stem + "_Action_Items_Summary.csv", reports.action_items));
    return std::move(zip).finish();
}

Verdict write_report(Dms& dms, const CallContext& call, const There& there, const std::string& name,
                     const std::string& content, std::string_view type,
                     api::out::ExportMetadataModelAssessmentResultEntry out) {
    const BucketPath& folder = there.place.folder;
    const std::string key = key_in(folder, name);
    const Status written = dms.parts().buckets.write(there.place.owner, folder.bucket, key, content, type);
    if (!written.ok()) return fault_of(written.error());
    out.set_s3_object_key(key);
    out.set_object_url(object_url(call, folder.bucket, key));
    return {};
}

Verdict export_assessment(Dms& dms, const CallContext& call, api::ExportMetadataModelAssessment::In in,
                          api::ExportMetadataModelAssessment::Out out) {
    const There there =
        TRY(models_of(dms, scope_of(call), in.migration_project_identifier(), Origin::source));
    const Selection selection = TRY(selection_in(there.view, Origin::source, in.selection_rules()));
    for (const SelectionRule& rule : selection.rules)
        if (rule.action != RuleAction::explicit_) return invalid_value("every rule-action must be explicit");
    const auto chosen = chosen_of(there.models, Origin::source, selection);
    if (chosen.empty()) return Fault{FaultCode::not_found, "Nothing that the rules select was assessed"};
    std::string stem{in.file_name().value_or("")};
    TRY(check_file_name(stem));
    stem = plain_name(stem);
    if (stem.empty()) stem = plain_name(there.view.project.name + "-" + basic_iso8601(call.received));
    bool pdf = !in.has_assessment_report_types(), csv = pdf;
    for (const std::string_view type : in.assessment_report_types()) {
        pdf = pdf || type == "pdf";
        csv = csv || type == "csv";
    }
    const convert::Conversion part = part_of(*there.tree, chosen);
    if (pdf) {
        const std::string page = TRY(convert::pdf_report(part, labels_of(there.view)));
        TRY(write_report(dms, call, there, stem + ".pdf", page, "application/pdf", out.set_pdf_report()));
    }
    if (csv) {
        const std::string archive = TRY(csv_archive(part, there.view, stem));
        TRY(write_report(dms, call, there, stem + ".zip", archive, "application/zip", out.set_csv_report()));
    }
    return {};
}

void register_configuration(Operations& operations, Dms& dms) {
    operations.on<api::DescribeConversionConfiguration>(
        [&dms](const CallContext& call, api::DescribeConversionConfiguration::In in,
               api::DescribeConversionConfiguration::Out out) -> Verdict {
            const auto project = TRY(
                dms.catalogue().find<MigrationProject>(scope_of(call), in.migration_project_identifier()));
            out.set_migration_project_identifier(arn_of(project.value.self, MigrationProject::kThing));
            const std::string shown = TRY(shown_configuration(project.value.configuration));
            out.set_conversion_configuration(shown);
            return {};
        });
    operations.on<api::ModifyConversionConfiguration>(
        [&dms](const CallContext& call, api::ModifyConversionConfiguration::In in,
               api::ModifyConversionConfiguration::Out out) -> Verdict {
            const auto change = [&](MigrationProject& project) -> Verdict {
                project.configuration =
                    TRY(merged_configuration(project.configuration, in.conversion_configuration()));
                return {};
            };
            const MigrationProject project = TRY(dms.catalogue().modify<MigrationProject>(
                cause_of(call, "ModifyConversionConfiguration"), scope_of(call),
                in.migration_project_identifier(), change));
            out.set_migration_project_identifier(arn_of(project.self, MigrationProject::kThing));
            return {};
        });
}

}  // namespace

Judged<Selection> selection_in(const ProjectView& view, Origin origin, std::string_view json) {
    Selection selection = TRY(parse_selection(json));
    const DataProvider& side = view.side(origin);
    for (SelectionRule& rule : selection.rules) {
        const bool pattern = rule.action != RuleAction::explicit_ && rule.place.server == "%";
        if (!pattern && !same_name(rule.place.server, side.server_name()) &&
            !same_name(rule.place.server, side.name))
            return Fault{
                FaultCode::not_found,
                "Server " + rule.place.server + " is not that of the project's data provider " + side.name};
        rule.place.server = side.server_name();
    }
    return selection;
}

Judged<SelectionRule> one_rule_in(const ProjectView& view, Origin origin, std::string_view json) {
    TRY(parse_one_explicit(json));
    return TRY(selection_in(view, origin, json)).rules.front();
}

std::string object_url(const CallContext& call, std::string_view bucket, std::string_view key) {
    std::string url = call.base_url() + "/" + std::string{bucket};
    for (std::size_t at = 0; at <= key.size();) {
        const std::size_t end = std::min(key.find('/', at), key.size());
        url += "/" + uri_encode(key.substr(at, end - at));
        at = end + 1;
    }
    return url;
}

Verdict check_file_name(std::string_view name) {
    if (name.size() <= kFileNameMax && name.find('/') == std::string_view::npos) return {};
    return invalid_value("FileName has at most 255 characters and no slash");
}

void register_models(Operations& operations, Dms& dms) {
    operations.on<api::DescribeMetadataModel>(
        [&dms](const CallContext& call, api::DescribeMetadataModel::In in,
               api::DescribeMetadataModel::Out out) { return describe_model(dms, call, in, out); });
    operations.on<api::DescribeMetadataModelChildren>([&dms](const CallContext& call,
                                                             api::DescribeMetadataModelChildren::In in,
                                                             api::DescribeMetadataModelChildren::Out out) {
        return describe_children(dms, call, in, out);
    });
    operations.on<api::GetTargetSelectionRules>(
        [&dms](const CallContext& call, api::GetTargetSelectionRules::In in,
               api::GetTargetSelectionRules::Out out) { return target_rules(dms, call, in, out); });
    operations.on<api::ExportMetadataModelAssessment>([&dms](const CallContext& call,
                                                             api::ExportMetadataModelAssessment::In in,
                                                             api::ExportMetadataModelAssessment::Out out) {
        return export_assessment(dms, call, in, out);
    });
    register_configuration(operations, dms);
}

}  // namespace landfall::dms
