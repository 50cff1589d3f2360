#include "services/dms/model_task_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "services/dms/model_json.hpp"

namespace landfall::dms {
namespace {

constexpr std::string_view kDefaults = R"({
"Logging":{"EnableLogging":false,"EnableLogContext":false,"LogComponents":[
{"Id":"TRANSFORMATION","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"SOURCE_UNLOAD",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"IO","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"TARGET_LOAD","Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"PERFORMANCE","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"SOURCE_CAPTURE",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"SORTER","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"REST_SERVER",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"VALIDATOR_EXT","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"TARGET_APPLY",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"TASK_MANAGER","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"TABLES_MANAGER",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"METADATA_MANAGER","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"FILE_FACTORY",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"COMMON","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"ADDONS","Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"DATA_STRUCTURE","Severity":"LOGGER_SEVERITY_DEFAULT"},{"Id":"COMMUNICATION",
"Severity":"LOGGER_SEVERITY_DEFAULT"},
{"Id":"FILE_TRANSFER","Severity":"LOGGER_SEVERITY_DEFAULT"}],"CloudWatchLogGroup":null,
"CloudWatchLogStream":null},
"StreamBufferSettings":{"StreamBufferCount":3,"CtrlStreamBufferSizeInMB":5,"StreamBufferSizeInMB":8},
"ErrorBehavior":{"FailOnNoTablesCaptured":false,"ApplyErrorUpdatePolicy":"LOG_ERROR",
"FailOnTransactionConsistencyBreached":false,"RecoverableErrorThrottlingMax":1800,
"DataErrorEscalationPolicy":"SUSPEND_TABLE",
"ApplyErrorEscalationCount":0,"RecoverableErrorStopRetryAfterThrottlingMax":false,
"RecoverableErrorThrottling":true,
"ApplyErrorFailOnTruncationDdl":false,"DataTruncationErrorPolicy":"LOG_ERROR",
"ApplyErrorInsertPolicy":"LOG_ERROR",
"ApplyErrorEscalationPolicy":"LOG_ERROR","RecoverableErrorCount":-1,"DataErrorEscalationCount":0,
"TableErrorEscalationPolicy":"STOP_TASK","RecoverableErrorInterval":5,
"ApplyErrorDeletePolicy":"IGNORE_RECORD",
"TableErrorEscalationCount":0,"FullLoadIgnoreConflicts":true,"DataErrorPolicy":"LOG_ERROR",
"TableErrorPolicy":"SUSPEND_TABLE"},
"TTSettings":null,
"FullLoadSettings":{"CommitRate":10000,"StopTaskCachedChangesApplied":false,
"StopTaskCachedChangesNotApplied":false,
"MaxFullLoadSubTasks":8,"TransactionConsistencyTimeout":600,"CreatePkAfterFullLoad":false,
"TargetTablePrepMode":"DO_NOTHING"},
"TargetMetadata":{"ParallelApplyBufferSize":100,"ParallelApplyQueuesPerThread":1,"ParallelApplyThreads":0,
"TargetSchema":"",
"InlineLobMaxSize":0,"ParallelLoadQueuesPerThread":1,"SupportLobs":true,"LobChunkSize":64,
"TaskRecoveryTableEnabled":false,
"ParallelLoadThreads":0,"LobMaxSize":32,"BatchApplyEnabled":false,"FullLobMode":false,
"LimitedSizeLobMode":true,
"LoadMaxFileSize":0,"ParallelLoadBufferSize":0},
"BeforeImageSettings":null,
"ControlTablesSettings":{"historyTimeslotInMinutes":5,"HistoryTimeslotInMinutes":5,
"StatusTableEnabled":false,
"SuspendedTablesTableEnabled":false,"HistoryTableEnabled":false,"ControlSchema":"",
"FullLoadExceptionTableEnabled":false},
"LoopbackPreventionSettings":null,
"CharacterSetSettings":null,
"FailTaskWhenCleanTaskResourceFailed":false,
"ChangeProcessingTuning":{"StatementCacheSize":50,"CommitTimeout":1,"RecoveryTimeout":-1,
"BatchApplyPreserveTransaction":true,
"BatchApplyTimeoutMin":1,"BatchSplitSize":0,"BatchApplyTimeoutMax":30,"MinTransactionSize":1000,
"MemoryKeepTime":60,
"BatchApplyMemoryLimit":500,"MemoryLimitTotal":1024},
"ChangeProcessingDdlHandlingPolicy":{"HandleSourceTableDropped":true,"HandleSourceTableTruncated":true,
"HandleSourceTableAltered":true},
"PostProcessingRules":null,
"ValidationSettings":{"EnableValidation":false,"ValidationMode":"ROW_LEVEL","ThreadCount":5,
"PartitionSize":10000,
"FailureMaxCount":10000,"TableFailureMaxCount":1000,"RecordFailureDelayInMinutes":5,
"RecordFailureDelayLimitInMinutes":0,
"RecordSuspendDelayInMinutes":30,"MaxKeyColumnSize":8096,"ValidationOnly":false,"HandleCollationDiff":false,
"SkipLobColumns":false,"ValidationPartialLobSize":0,"ValidationQueryCdcDelaySeconds":0,"ValidationS3Mask":0,
"ValidationS3Time":0},
"ResyncSettings":null
})";

Fault wrong(std::string_view path, std::string what) {
    return invalid_value("Invalid task settings: " + std::string{path} + ": " + std::move(what));
}

/// What a bound member may hold.
struct Bounds {
    std::string_view path;
    long min, max;
};
constexpr std::array kBounds{Bounds{"FullLoadSettings.MaxFullLoadSubTasks", 1, 49},
                             Bounds{"FullLoadSettings.CommitRate", 1, 50'000},
                             Bounds{"ErrorBehavior.RecoverableErrorCount", -1, 1'000'000},
                             Bounds{"ErrorBehavior.RecoverableErrorInterval", 0, 86'400},
                             Bounds{"ErrorBehavior.RecoverableErrorThrottlingMax", 0, 86'400},
                             Bounds{"ValidationSettings.ThreadCount", 1, 1000}};

long number_of(const Json* json, long absent) {
    if (json == nullptr) return absent;
    long value = absent;
    std::from_chars(json->text.data(), json->text.data() + json->text.size(), value);
    return value;
}

Verdict check_value(std::string_view path, const Json& value) {
    for (const Bounds& bounds : kBounds)
        if (bounds.path == path)
            if (const long number = number_of(&value, bounds.min - 1);
                number < bounds.min || number > bounds.max)
                return wrong(path,
                             "must be " + std::to_string(bounds.min) + " to " + std::to_string(bounds.max));
    const auto one_of = [&](std::initializer_list<std::string_view> all) -> Verdict {
        if (std::ranges::find(all, value.text) != all.end()) return {};
        return wrong(path, value.text + " is no value of it");
    };
    if (path == "FullLoadSettings.TargetTablePrepMode")
        return one_of({"DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD"});
    if (path.starts_with("ErrorBehavior.") && path.ends_with("Policy"))
        return one_of(
            {"IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK", "INSERT_RECORD", "UPDATE_RECORD"});
    if (path == "TargetMetadata.TargetSchema" && !value.text.empty())
        return wrong(path, "another schema than the source's is not supported yet");
    if (path == "ValidationSettings.ValidationOnly" && value.text == "true")
        return wrong(path, "validation alone is not supported yet");
    if (path == "Logging.CloudWatchLogGroup" || path == "Logging.CloudWatchLogStream")
        return invalid_value("CloudWatchLogGroup or CloudWatchLogStream cannot be set on create");
    return {};
}

Verdict merge_components(Json& known, const Json& given) {
    for (const Json& each : given.items) {
        const std::string_view id = each.text_of("Id");
        const auto at =
            std::ranges::find_if(known.items, [&](const Json& one) { return one.text_of("Id") == id; });
        if (at == known.items.end())
            return wrong("Logging.LogComponents", "there is no component " + std::string{id});
        constexpr std::array<std::string_view, 6> kSeverities{
            "LOGGER_SEVERITY_ERROR", "LOGGER_SEVERITY_WARNING",        "LOGGER_SEVERITY_INFO",
            "LOGGER_SEVERITY_DEBUG", "LOGGER_SEVERITY_DETAILED_DEBUG", "LOGGER_SEVERITY_DEFAULT"};
        const std::string_view severity = each.text_of("Severity");
        if (std::ranges::find(kSeverities, severity) == kSeverities.end())
            return wrong("Logging.LogComponents", "Severity " + std::string{severity} + " is none of DMS's");
        at->set("Severity", Json::string(severity));
    }
    return {};
}

Verdict merge_member(Json& known, const Json& given, const std::string& path);

Verdict merge(Json& known, const Json& given, const std::string& path) {
    for (const auto& [name, value] : given.members) {
        const std::string here = path.empty() ? name : path + "." + name;
        Json* const member = known.find(name);
        if (member == nullptr) return wrong(here, "DMS has no such setting");
        TRY(merge_member(*member, value, here));
    }
    return {};
}

Verdict merge_member(Json& known, const Json& given, const std::string& path) {
    if (given.is(Json::Kind::null)) return {};  // as if it were not given
    if (path == "Logging.LogComponents" && given.is(Json::Kind::array)) return merge_components(known, given);
    if (known.is(Json::Kind::object) && given.is(Json::Kind::object)) return merge(known, given, path);
    TRY(check_value(path, given));
    // Sections that are absent by default hold what they are given.
    const bool free = path.find('.') == std::string::npos && !known.is(Json::Kind::boolean);
    if (!free && known.kind != given.kind) return wrong(path, "it has another type");
    if (free && known.is(Json::Kind::object)) return wrong(path, "it must be an object");
    known = given;
    return {};
}

}  // namespace

Judged<std::string> merged_task_settings(std::string_view before, std::string_view given) {
    auto known = parse_json(before.empty() ? kDefaults : before);
    CHECK(known.ok());
    if (!given.empty()) {
        const auto changes = parse_json(given);
        if (!changes.ok() || !changes->is(Json::Kind::object))
            return invalid_value("Invalid task settings: " +
                                 (changes.ok() ? "it is no object" : changes.error().message()));
        TRY(merge(*known, *changes, {}));
    }
    std::string merged = dump(*known);
    // What is stored must be readable again, however long it became.
    if (const auto again = parse_json(merged); !again.ok())
        return invalid_value("Invalid task settings: " + again.error().message());
    return merged;
}

TaskSettings read_task_settings(std::string_view merged) {
    const auto json = parse_json(merged);
    CHECK(json.ok());
    const auto member = [&](std::string_view section, std::string_view name) -> const Json* {
        const Json* const found = json->find(section);
        return found == nullptr ? nullptr : found->find(name);
    };
    const auto flag = [&](std::string_view section, std::string_view name) {
        const Json* const found = member(section, name);
        return found != nullptr && found->text == "true";
    };
    const auto number = [&](std::string_view name, long absent) {
        return static_cast<int>(number_of(member("ErrorBehavior", name), absent));
    };
    TaskSettings settings;
    const Json* const mode = member("FullLoadSettings", "TargetTablePrepMode");
    if (mode != nullptr && mode->text == "DROP_AND_CREATE") settings.prepare = TaskSettings::Prepare::drop;
    if (mode != nullptr && mode->text == "TRUNCATE_BEFORE_LOAD")
        settings.prepare = TaskSettings::Prepare::truncate;
    settings.sub_tasks =
        static_cast<unsigned>(number_of(member("FullLoadSettings", "MaxFullLoadSubTasks"), 8));
    settings.validates = flag("ValidationSettings", "EnableValidation");
    settings.stops_after_load = flag("FullLoadSettings", "StopTaskCachedChangesNotApplied");
    settings.stops_after_cached_changes = flag("FullLoadSettings", "StopTaskCachedChangesApplied");
    settings.follows_definitions = flag("ChangeProcessingDdlHandlingPolicy", "HandleSourceTableAltered");
    const Json* const table_errors = member("ErrorBehavior", "TableErrorPolicy");
    settings.suspends_tables = table_errors != nullptr && table_errors->text == "SUSPEND_TABLE";
    settings.recoverable_errors_max = number("RecoverableErrorCount", -1);
    settings.recoverable_interval_s = number("RecoverableErrorInterval", 5);
    settings.recoverable_interval_max_s = number("RecoverableErrorThrottlingMax", 1800);
    settings.recoverable_throttled = flag("ErrorBehavior", "RecoverableErrorThrottling");
    return settings;
}

}  // namespace landfall::dms
