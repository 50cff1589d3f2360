#include "engines/databases/parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace landfall::databases {
namespace {

using Kind = Parameter::Kind;
using Takes = Parameter::Takes;

constexpr std::size_t kValueMax = 1000;

// Of PostgreSQL's list, what is not its owner's: what this server sets, paths, programs, and what only
// repairs.
constexpr std::string_view kWithheld[] = {"allow_in_place_tablespaces",
                                          "allow_system_table_mods",
                                          "backtrace_functions",
                                          "bonjour",
                                          "bonjour_name",
                                          "cluster_name",
                                          "config_file",
                                          "data_directory",
                                          "data_sync_retry",
                                          "db_user_namespace",
                                          "dynamic_library_path",
                                          "event_source",
                                          "external_pid_file",
                                          "fsync",
                                          "full_page_writes",
                                          "hba_file",
                                          "hot_standby",
                                          "huge_pages",
                                          "ident_file",
                                          "jit_provider",
                                          "listen_addresses",
                                          "local_preload_libraries",
                                          "log_destination",
                                          "log_directory",
                                          "log_file_mode",
                                          "log_filename",
                                          "log_rotation_age",
                                          "log_rotation_size",
                                          "log_timezone",
                                          "log_truncate_on_rotation",
                                          "logging_collector",
                                          "password_encryption",
                                          "port",
                                          "promote_trigger_file",
                                          "restart_after_crash",
                                          "session_preload_libraries",
                                          "stats_temp_directory",
                                          "synchronous_standby_names",
                                          "temp_tablespaces",
                                          "trace_locks",
                                          "wal_level",
                                          "zero_damaged_pages"};
constexpr std::string_view kWithheldFronts[] = {"archive_", "debug_",   "developer_", "ignore_",
                                                "krb_",     "primary_", "recovery_",  "restore_",
                                                "ssl",      "syslog_",  "trace_",     "unix_socket_"};

struct Row {
    std::string_view name;
    Kind kind;
    std::string_view initial, least, most, choices;
    Takes takes = Takes::live;
};
constexpr std::string_view kAny = "18446744073709551615";
constexpr Row kMariadb[] = {
    {"binlog_cache_size", Kind::integer, "32768", "4096", kAny, ""},
    {"binlog_format", Kind::text, "MIXED", "", "", "MIXED,STATEMENT,ROW"},
    {"binlog_row_image", Kind::text, "FULL", "", "", "MINIMAL,NOBLOB,FULL"},
    {"character_set_server", Kind::text, "utf8mb4", "", "", ""},
    {"collation_server", Kind::text, "utf8mb4_general_ci", "", "", ""},
    {"connect_timeout", Kind::integer, "10", "2", "31536000", ""},
    {"event_scheduler", Kind::text, "OFF", "", "", "OFF,ON"},
    {"expire_logs_days", Kind::real, "0", "0", "99", ""},
    {"general_log", Kind::boolean, "0", "", "", ""},
    {"group_concat_max_len", Kind::integer, "1048576", "4", "1073741824", ""},
    {"innodb_adaptive_hash_index", Kind::boolean, "0", "", "", ""},
    {"innodb_buffer_pool_size", Kind::integer, "", "5242880", "1099511627776", ""},
    {"innodb_file_per_table", Kind::boolean, "1", "", "", ""},
    {"innodb_flush_log_at_trx_commit", Kind::integer, "1", "0", "3", ""},
    {"innodb_io_capacity", Kind::integer, "200", "100", "4294967295", ""},
    {"innodb_lock_wait_timeout", Kind::integer, "50", "0", "100000000", ""},
    {"innodb_log_buffer_size", Kind::integer, "16777216", "2097152", "2147479552", "", Takes::restart},
    {"innodb_log_file_size", Kind::integer, "100663296", "4194304", "1099511627776", "", Takes::restart},
    {"innodb_print_all_deadlocks", Kind::boolean, "0", "", "", ""},
    {"innodb_read_io_threads", Kind::integer, "4", "1", "64", "", Takes::restart},
    {"innodb_strict_mode", Kind::boolean, "1", "", "", ""},
    {"innodb_write_io_threads", Kind::integer, "4", "2", "64", "", Takes::restart},
    {"interactive_timeout", Kind::integer, "28800", "1", "31536000", ""},
    {"join_buffer_size", Kind::integer, "262144", "128", kAny, ""},
    {"local_infile", Kind::boolean, "0", "", "", ""},
    {"lock_wait_timeout", Kind::integer, "86400", "0", "31536000", ""},
    {"log_bin", Kind::boolean, "0", "", "", "", Takes::restart},
    {"log_bin_trust_function_creators", Kind::boolean, "0", "", "", ""},
    {"log_output", Kind::text, "FILE", "", "", "NONE,FILE,TABLE"},
    {"log_queries_not_using_indexes", Kind::boolean, "0", "", "", ""},
    {"log_warnings", Kind::integer, "2", "0", "4294967295", ""},
    {"long_query_time", Kind::real, "10", "0", "31536000", ""},
    {"lower_case_table_names", Kind::integer, "0", "0", "1", "", Takes::restart},
    {"max_allowed_packet", Kind::integer, "16777216", "1024", "1073741824", ""},
    {"max_connect_errors", Kind::integer, "100", "1", "4294967295", ""},
    {"max_connections", Kind::integer, "", "10", "100000", ""},
    {"max_heap_table_size", Kind::integer, "16777216", "16384", kAny, ""},
    {"max_statement_time", Kind::real, "0", "0", "31536000", ""},
    {"net_read_timeout", Kind::integer, "30", "1", "31536000", ""},
    {"net_write_timeout", Kind::integer, "60", "1", "31536000", ""},
    {"performance_schema", Kind::boolean, "0", "", "", "", Takes::restart},
    {"query_cache_size", Kind::integer, "1048576", "0", "1099511627776", ""},
    {"query_cache_type", Kind::text, "OFF", "", "", "OFF,ON,DEMAND"},
    {"read_buffer_size", Kind::integer, "131072", "8192", "2147483647", ""},
    {"read_only", Kind::boolean, "0", "", "", ""},
    {"read_rnd_buffer_size", Kind::integer, "262144", "1", "2147483647", ""},
    {"slow_query_log", Kind::boolean, "0", "", "", ""},
    {"sort_buffer_size", Kind::integer, "2097152", "1024", kAny, ""},
    {"sql_mode", Kind::text, "", "", "", ""},
    {"sync_binlog", Kind::integer, "0", "0", "4294967295", ""},
    {"table_definition_cache", Kind::integer, "400", "400", "2097152", ""},
    {"table_open_cache", Kind::integer, "2000", "10", "1048576", ""},
    {"thread_cache_size", Kind::integer, "256", "0", "16384", ""},
    {"tmp_table_size", Kind::integer, "16777216", "0", kAny, ""},
    {"wait_timeout", Kind::integer, "28800", "1", "31536000", ""},
};

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(by, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

bool withheld(std::string_view name) {
    if (std::ranges::find(kWithheld, name) != std::end(kWithheld)) return true;
    return std::ranges::any_of(kWithheldFronts,
                               [&](std::string_view front) { return name.starts_with(front); });
}

/// name, context, group, type, default, least, most, description
std::optional<Parameter> described(std::string_view line) {
    const auto fields = split(line, '\t');
    if (fields.size() < 8 || fields[1] == "internal" || withheld(fields[0])) return std::nullopt;
    Parameter parameter{.name = std::string{fields[0]},
                        .initial = std::string{fields[4]},
                        .least = std::string{fields[5]},
                        .most = std::string{fields[6]},
                        .takes = fields[1] == "postmaster" ? Takes::restart : Takes::live,
                        .description = std::string{fields[7]}};
    if (fields[3] == "BOOLEAN") parameter.kind = Kind::boolean;
    if (fields[3] == "INTEGER") parameter.kind = Kind::integer;
    if (fields[3] == "REAL") parameter.kind = Kind::real;
    if (parameter.kind == Kind::boolean) parameter.initial = fields[4] == "TRUE" ? "1" : "0";
    return parameter;
}

std::optional<double> number_in(std::string_view text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool in_range(const Parameter& parameter, std::string_view value) {
    const bool whole = value.find_first_not_of("-0123456789") == std::string_view::npos;
    if (parameter.kind == Kind::integer && !whole) return false;
    const auto number = number_in(value);
    const auto least = number_in(parameter.least), most = number_in(parameter.most);
    return number && (!least || *number >= *least) && (!most || *number <= *most);
}

}  // namespace

std::vector<Parameter> described_parameters(std::string_view lines) {
    std::vector<Parameter> parameters;
    for (const std::string_view line : split(lines, '\n'))
        if (auto parameter = described(line)) parameters.push_back(std::move(*parameter));
    std::ranges::sort(parameters, {}, &Parameter::name);
    return parameters;
}

Result<std::vector<Parameter>> parameters_of(const Installed& installed) {
    if (installed.product == Product::postgres)
        return described_parameters(TRY(answer_of({installed.server, "--describe-config"})));
    std::vector<Parameter> parameters;
    for (const Row& row : kMariadb)
        parameters.push_back({std::string{row.name},
                              row.kind,
                              std::string{row.initial},
                              std::string{row.least},
                              std::string{row.most},
                              std::string{row.choices},
                              row.takes,
                              {}});
    return parameters;
}

std::string allowed_values(const Parameter& parameter) {
    if (parameter.kind == Kind::boolean) return "0,1";
    if (!parameter.least.empty()) return parameter.least + "-" + parameter.most;
    return parameter.choices;
}

bool is_allowed(const Parameter& parameter, std::string_view value) {
    const bool plain = value.size() <= kValueMax && std::ranges::none_of(value, [](char c) {
                           return static_cast<unsigned char>(c) < 0x20;
                       });
    if (!plain) return false;
    if (parameter.kind == Kind::boolean) return value == "0" || value == "1";
    if (parameter.kind != Kind::text) return in_range(parameter, value);
    // Libraries come from the package's own folder only.
    if (parameter.name == "shared_preload_libraries")
        return value.find_first_of("/.\\") == std::string_view::npos;
    if (parameter.choices.empty()) return true;
    const auto choices = split(parameter.choices, ',');
    return std::ranges::find(choices, value) != choices.end();
}

}  // namespace landfall::databases
