// DB parameter groups: create, describe, modify, reset, delete; the lists of the engines.
#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

void put_group(api::out::DBParameterGroup out, const ParameterGroup& group) {
    out.set_db_parameter_group_name(group.self.name);
    out.set_db_parameter_group_family(group.family);
    out.set_description(group.description);
    out.set_db_parameter_group_arn(arn_of(group.self, ParameterGroup::kThing));
}

Verdict create(Rds& rds, const CallContext& call, api::CreateDBParameterGroup::In in,
               api::CreateDBParameterGroup::Out out) {
    TRY(check_identifier(in.db_parameter_group_name(), "DBParameterGroupName", 255));
    Tags tags = TRY(tags_in(in.tags()));
    ParameterGroup group{.self = {scope_of(call), lowered(in.db_parameter_group_name())},
                         .family = std::string{in.db_parameter_group_family()},
                         .description = std::string{in.description()},
                         .tags = std::move(tags)};
    if (rds.catalogue(group.family) == nullptr)
        return invalid_value("ParameterGroupFamily " + group.family +
                             " is not a valid parameter group family");
    TRY(rds.instances().create_group(cause_of(call, "CreateDBParameterGroup"), group));
    put_group(out.set_db_parameter_group(), group);
    return {};
}

Verdict describe(Rds& rds, const CallContext& call, api::DescribeDBParameterGroups::In in,
                 api::DescribeDBParameterGroups::Out out) {
    TRY(filters_in(in.filters(), {}));
    const PageAsked page = TRY(page_in(rds, call, "groups", in.max_records(), in.marker()));
    std::vector<ParameterGroup> groups;
    if (in.db_parameter_group_name())
        groups.push_back(
            TRY(rds.instances().find_group(scope_of(call), *in.db_parameter_group_name())).value);
    else
        groups = TRY(rds.instances().groups(scope_of(call)));
    out.start_db_parameter_groups();
    put_page(
        rds, page, groups, [](const ParameterGroup& each) -> const std::string& { return each.self.name; },
        [&](const ParameterGroup& each) { put_group(out.add_db_parameter_groups(), each); }, out);
    return {};
}

void put_parameter(api::out::Parameter out, const databases::Parameter& parameter, const Chosen* chosen) {
    using Kind = databases::Parameter::Kind;
    const bool live = parameter.takes == databases::Parameter::Takes::live;
    out.set_parameter_name(parameter.name);
    if (chosen != nullptr)
        out.set_parameter_value(chosen->value);
    else if (!parameter.initial.empty())
        out.set_parameter_value(parameter.initial);
    out.set_description(parameter.description);
    out.set_source(chosen != nullptr ? "user" : "engine-default");
    out.set_apply_type(live ? "dynamic" : "static");
    out.set_data_type(parameter.kind == Kind::text      ? "string"
                      : parameter.kind == Kind::boolean ? "boolean"
                      : parameter.kind == Kind::integer ? "integer"
                                                        : "float");
    const std::string allowed = allowed_values(parameter);
    if (!allowed.empty()) out.set_allowed_values(allowed);
    out.set_is_modifiable(true);
    out.set_apply_method(chosen != nullptr ? std::string_view{chosen->method} : kPendingReboot);
}

Verdict describe_parameters(Rds& rds, const CallContext& call, api::DescribeDBParameters::In in,
                            api::DescribeDBParameters::Out out) {
    const Filters filters = TRY(filters_in(in.filters(), {"parameter-name"}));
    const ParameterGroup group =
        TRY(rds.instances().find_group(scope_of(call), in.db_parameter_group_name())).value;
    const std::string source{in.source().value_or("")};
    if (!source.empty() && source != "user" && source != "system" && source != "engine-default")
        return invalid_value("Invalid Source: " + source);
    const PageAsked page = TRY(
        page_in(rds, call, "parameters/" + group.self.name + "/" + source, in.max_records(), in.marker()));
    const Catalogue* const catalogue = rds.catalogue(group.family);
    std::vector<databases::Parameter> asked;
    if (catalogue != nullptr) asked = *catalogue;
    std::erase_if(asked, [&](const databases::Parameter& each) {
        const std::string_view now = group.chosen.contains(each.name) ? "user" : "engine-default";
        return (!source.empty() && source != now) || !passes(filters, "parameter-name", {each.name});
    });
    out.start_parameters();
    put_page(
        rds, page, asked, [](const databases::Parameter& each) -> const std::string& { return each.name; },
        [&](const databases::Parameter& each) {
            const auto chosen = group.chosen.find(each.name);
            put_parameter(out.add_parameters(), each,
                          chosen == group.chosen.end() ? nullptr : &chosen->second);
        },
        out);
    return {};
}

Verdict describe_defaults(Rds& rds, const CallContext& call, api::DescribeEngineDefaultParameters::In in,
                          api::DescribeEngineDefaultParameters::Out out) {
    const Catalogue* const catalogue = rds.catalogue(in.db_parameter_group_family());
    if (catalogue == nullptr)
        return invalid_value("ParameterGroupFamily " + std::string{in.db_parameter_group_family()} +
                             " is not a valid parameter group family");
    const PageAsked page = TRY(page_in(rds, call, "defaults/" + std::string{in.db_parameter_group_family()},
                                       in.max_records(), in.marker()));
    auto defaults = out.set_engine_defaults();
    defaults.set_db_parameter_group_family(in.db_parameter_group_family());
    defaults.start_parameters();
    put_page(
        rds, page, *catalogue,
        [](const databases::Parameter& each) -> const std::string& { return each.name; },
        [&](const databases::Parameter& each) { put_parameter(defaults.add_parameters(), each, nullptr); },
        defaults);
    return {};
}

Verdict modify(Rds& rds, const CallContext& call, api::ModifyDBParameterGroup::In in,
               api::ModifyDBParameterGroup::Out out) {
    const auto alter = [&](ParameterGroup& group) -> Verdict {
        const Catalogue* const catalogue = rds.catalogue(group.family);
        if (catalogue == nullptr)
            return invalid_value("No engine of family " + group.family + " is installed");
        for (const api::in::Parameter each : in.parameters()) {
            if (!each.parameter_name() || !each.parameter_value() || !each.apply_method())
                return invalid_value(
                    "The parameters ParameterName, ParameterValue and ApplyMethod must be provided.");
            const Chosen chosen{std::string{*each.parameter_value()}, std::string{*each.apply_method()}};
            TRY(check_parameter(*catalogue, *each.parameter_name(), chosen));
            group.chosen[std::string{*each.parameter_name()}] = chosen;
        }
        return {};
    };
    const std::string name = lowered(in.db_parameter_group_name());
    TRY(rds.instances().change_group(cause_of(call, "ModifyDBParameterGroup"), scope_of(call), name, alter));
    out.set_db_parameter_group_name(name);
    return {};
}

Verdict reset(Rds& rds, const CallContext& call, api::ResetDBParameterGroup::In in,
              api::ResetDBParameterGroup::Out out) {
    const bool all = in.reset_all_parameters().value_or(false);
    if (all == !in.parameters().empty())
        return invalid_combination("ResetAllParameters or Parameters must be given, and not both");
    const auto alter = [&](ParameterGroup& group) -> Verdict {
        if (all) group.chosen.clear();
        for (const api::in::Parameter each : in.parameters())
            group.chosen.erase(std::string{each.parameter_name().value_or("")});
        return {};
    };
    const std::string name = lowered(in.db_parameter_group_name());
    TRY(rds.instances().change_group(cause_of(call, "ResetDBParameterGroup"), scope_of(call), name, alter));
    out.set_db_parameter_group_name(name);
    return {};
}

Verdict remove(Rds& rds, const CallContext& call, api::DeleteDBParameterGroup::In in,
               api::DeleteDBParameterGroup::Out) {
    TRY(rds.instances().remove_group(cause_of(call, "DeleteDBParameterGroup"), scope_of(call),
                                     in.db_parameter_group_name()));
    return {};
}

}  // namespace

void register_parameters(Operations& operations) {
    operations.on<api::CreateDBParameterGroup>(create);
    operations.on<api::DescribeDBParameterGroups>(describe);
    operations.on<api::DescribeDBParameters>(describe_parameters);
    operations.on<api::DescribeEngineDefaultParameters>(describe_defaults);
    operations.on<api::ModifyDBParameterGroup>(modify);
    operations.on<api::ResetDBParameterGroup>(reset);
    operations.on<api::DeleteDBParameterGroup>(remove);
}

}  // namespace landfall::rds
