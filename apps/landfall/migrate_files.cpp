#include "apps/landfall/migrate_files.hpp"

#include <cstdlib>

#include "apps/landfall/object_store.hpp"
#include "services/dms/model_file_settings.hpp"

namespace landfall::app {

Result<FileTarget> file_target_of(const MigrateOptions& options) {
    if (options.cutover) return Error{Errc::invalid, "files take nothing over: --cutover is for databases"};
    if (options.on_error != "stop" || !options.reload.empty())
        return Error{Errc::invalid, "--on-error suspend and --reload are for targets that are databases"};
    BucketAddress address = TRY(parse_bucket_address(options.to));
    dms::ProviderSettings settings;
    for (const std::string& each : options.settings) {
        const std::size_t equals = each.find('=');
        if (equals == std::string::npos) return Error{Errc::invalid, "--setting takes NAME=VALUE"};
        const auto set = dms::set_file_setting(settings, each.substr(0, equals), each.substr(equals + 1));
        if (!set.ok()) return Error{Errc::invalid, "--setting: " + set.error().message()};
    }
    settings.texts["BucketFolder"] = address.folder;
    auto layout = dms::layout_of(settings);
    if (!layout.ok()) return Error{Errc::invalid, "--setting: " + layout.error().message()};
    FileTarget target{.layout = std::move(*layout)};
    target.sink = std::make_unique<ObjectStore>(TRY(find_object_store(options.endpoint)), address.bucket);
    target.spool = options.spool;
    if (options.spool.empty()) {
        const char* const temporary = std::getenv("TMPDIR");
        target.spool = temporary != nullptr && *temporary != '\0' ? temporary : "/var/tmp";
    }
    return target;
}

}  // namespace landfall::app
