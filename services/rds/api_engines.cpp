// What can be had: engine versions, and instance classes.
#include "services/rds/api.hpp"

namespace landfall::rds {
namespace {

struct Offer {
    std::string position;
    const databases::Installed* engine;
    const InstanceClass* size = nullptr;
};

std::vector<Offer> engines_of(const Rds& rds, std::string_view engine,
                              std::optional<std::string_view> version) {
    std::vector<Offer> offers;
    if (rds.host() == nullptr) return offers;
    for (const databases::Installed& each : rds.host()->installed()) {
        const std::string name{name_of(each.product)};
        if (!engine.empty() && engine != name) continue;
        if (version && *version != each.version && *version != each.major) continue;
        offers.push_back({name + "/" + each.version, &each});
    }
    std::sort(offers.begin(), offers.end(),
              [](const Offer& a, const Offer& b) { return a.position < b.position; });
    return offers;
}

void put_version(api::out::DBEngineVersion out, const databases::Installed& engine) {
    const bool postgres = engine.product == databases::Product::postgres;
    out.set_engine(name_of(engine.product));
    out.set_engine_version(engine.version);
    out.set_major_engine_version(engine.major);
    out.set_db_parameter_group_family(family_of(engine));
    out.set_db_engine_description(postgres ? "PostgreSQL" : "MariaDb Community Edition");
    out.set_db_engine_version_description((postgres ? "PostgreSQL " : "MariaDB ") + engine.version);
    out.start_valid_upgrade_target();
    out.start_exportable_log_types();
    out.set_supports_log_exports_to_cloudwatch_logs(false);
    out.set_supports_read_replica(false);
    out.start_supported_feature_names();
    out.set_status("available");
    out.set_supports_parallel_query(false);
    out.set_supports_global_databases(false);
    out.set_supports_babelfish(false);
}

Verdict describe_versions(Rds& rds, const CallContext& call, api::DescribeDBEngineVersions::In in,
                          api::DescribeDBEngineVersions::Out out) {
    const Filters filters = TRY(filters_in(
        in.filters(), {"db-parameter-group-family", "engine", "engine-version", "engine-mode", "status"}));
    const PageAsked page = TRY(page_in(rds, call, "versions", in.max_records(), in.marker()));
    auto offers = engines_of(rds, in.engine().value_or(""), in.engine_version());
    std::erase_if(offers, [&](const Offer& each) {
        const std::string family = family_of(*each.engine);
        return (in.db_parameter_group_family() && *in.db_parameter_group_family() != family) ||
               !passes(filters, "db-parameter-group-family", {family}) ||
               !passes(filters, "engine", {name_of(each.engine->product)}) ||
               !passes(filters, "engine-version", {each.engine->version, each.engine->major}) ||
               !passes(filters, "engine-mode", {"provisioned"}) || !passes(filters, "status", {"available"});
    });
    out.start_db_engine_versions();
    put_page(
        rds, page, offers, [](const Offer& each) -> const std::string& { return each.position; },
        [&](const Offer& each) { put_version(out.add_db_engine_versions(), *each.engine); }, out);
    return {};
}

void put_option(api::out::OrderableDBInstanceOption out, const CallContext& call, const Offer& offer) {
    out.set_engine(name_of(offer.engine->product));
    out.set_engine_version(offer.engine->version);
    out.set_db_instance_class(offer.size->name);
    out.set_license_model(license_of(name_of(offer.engine->product)));
    out.start_availability_zones();
    out.add_availability_zones().set_name(call.region + "a");
    out.set_multi_az_capable(false);
    out.set_read_replica_capable(false);
    out.set_vpc(true);
    out.set_supports_storage_encryption(false);
    out.set_storage_type("gp2");
    out.set_supports_iops(false);
    out.set_supports_enhanced_monitoring(false);
    out.set_supports_iam_database_authentication(false);
    out.set_supports_performance_insights(false);
    out.set_min_storage_size(kStorageMin);
    out.set_max_storage_size(kStorageMax);
    out.start_available_processor_features();
    out.start_supported_engine_modes();
    out.add_supported_engine_modes("provisioned");
    out.set_supports_storage_autoscaling(false);
    out.set_supports_kerberos_authentication(false);
    out.set_outpost_capable(false);
    out.set_supports_global_databases(false);
    out.start_supported_network_types();
    out.add_supported_network_types("IPV4");
    out.set_supports_clusters(false);
}

Verdict describe_options(Rds& rds, const CallContext& call, api::DescribeOrderableDBInstanceOptions::In in,
                         api::DescribeOrderableDBInstanceOptions::Out out) {
    if (!databases::product_named(in.engine())) return invalid_value("Invalid DB engine");
    const PageAsked page = TRY(page_in(rds, call, "options", in.max_records(), in.marker()));
    std::vector<Offer> offers;
    const bool licensed = !in.license_model() || *in.license_model() == license_of(in.engine());
    if (licensed)
        for (const Offer& engine : engines_of(rds, in.engine(), in.engine_version()))
            for (const InstanceClass& size : instance_classes())
                if (in.db_instance_class().value_or(size.name) == size.name)
                    offers.push_back({engine.position + "/" + std::string{size.name}, engine.engine, &size});
    std::sort(offers.begin(), offers.end(),
              [](const Offer& a, const Offer& b) { return a.position < b.position; });
    out.start_orderable_db_instance_options();
    put_page(
        rds, page, offers, [](const Offer& each) -> const std::string& { return each.position; },
        [&](const Offer& each) { put_option(out.add_orderable_db_instance_options(), call, each); }, out);
    return {};
}

}  // namespace

void register_engines(Operations& operations) {
    operations.on<api::DescribeDBEngineVersions>(describe_versions);
    operations.on<api::DescribeOrderableDBInstanceOptions>(describe_options);
}

}  // namespace landfall::rds
