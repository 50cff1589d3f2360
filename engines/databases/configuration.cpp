#include "engines/databases/configuration.hpp"

#include <algorithm>

namespace landfall::databases {
namespace {

/// 'it''s': postgresql.conf's strings know backslashes, too.
std::string postgres_quoted(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += c;
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        out += c;
    }
    return out + "'";
}

/// Option files take backslash escapes; a value in quotes may hold '#'.
std::string mariadb_quoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"')
            out += "\\\"";
        else
            out += c;
    }
    return out + "\"";
}

void merge(Settings& into, const Settings& from) {
    for (const auto& [name, value] : from) into[name] = value;
}

Settings postgres_settings(const RunSpec& spec, const Surroundings& around) {
    const std::string& folder = around.folder;
    Settings all = settings_for(Product::postgres, spec.memory);
    merge(all, {{"log_line_prefix", "%t:%r:%u@%d:[%p]:"}, {"timezone", "UTC"}, {"log_timezone", "UTC"}});
    merge(all, spec.settings);
    merge(all, {{"port", std::to_string(spec.port)},
                {"listen_addresses", spec.bind_address},
                {"unix_socket_directories", folder + "/run"},
                {"unix_socket_permissions", "0777"},
                {"hba_file", folder + "/etc/pg_hba.conf"},
                {"ident_file", folder + "/etc/pg_ident.conf"},
                {"external_pid_file", ""},
                {"password_encryption", "scram-sha-256"},
                {"logging_collector", "on"},
                {"log_directory", folder + "/log/error"},
                {"log_filename", "postgresql.log.%Y-%m-%d-%H"},
                {"log_destination", "stderr"},
                {"log_file_mode", "0640"},
                {"log_rotation_age", "60"},
                {"log_rotation_size", "0"},
                {"log_truncate_on_rotation", "off"}});
    return all;
}

Files postgres_files(const RunSpec& spec, const Surroundings& around) {
    std::string text = "# Written by landfall at every start.\n";
    for (const auto& [name, value] : postgres_settings(spec, around))
        text += name + " = " + postgres_quoted(value) + "\n";
    const std::string hba = "local all " + around.administrator +
                            " peer map=owner\n"
                            "local all all scram-sha-256\n"
                            "host all " +
                            around.administrator +
                            " all reject\n"
                            "host all all all scram-sha-256\n"
                            "host replication all all scram-sha-256\n";
    return {{"postgresql.conf", text},
            {"pg_hba.conf", hba},
            {"pg_ident.conf", "owner " + around.administrator + " " + around.administrator + "\n"}};
}

Settings mariadb_settings(const RunSpec& spec, const Surroundings& around) {
    const std::string& folder = around.folder;
    Settings all = settings_for(Product::mariadb, spec.memory);
    merge(all, {{"character_set_server", "utf8mb4"}, {"collation_server", "utf8mb4_general_ci"}});
    merge(all, spec.settings);
    // The log of changes is a file's name to the server, and a choice to its owner.
    const bool logged = all.contains("log_bin") && all["log_bin"] == "1";
    all.erase("log_bin");
    if (logged) merge(all, {{"log_bin", "mysql-bin-changelog"}});
    merge(all, {{"port", std::to_string(spec.port)},
                {"bind_address", spec.bind_address},
                {"socket", folder + "/run/mysqld.sock"},
                {"datadir", folder + "/data"},
                {"tmpdir", folder + "/tmp"},
                {"pid_file", folder + "/run/mysqld.pid"},
                {"log_error", folder + "/log/error/mysql-error.log"},
                {"slow_query_log_file", folder + "/log/slowquery/mysql-slowquery.log"},
                {"general_log_file", folder + "/log/general/mysql-general.log"},
                {"secure_file_priv", folder + "/tmp"},
                {"local_infile", "1"},
                {"skip_name_resolve", "1"},
                {"symbolic_links", "0"}});
    if (!spec.settings.contains("local_infile")) all["local_infile"] = "0";
    return all;
}

Files mariadb_files(const RunSpec& spec, const Surroundings& around) {
    std::string text = "# Written by landfall at every start.\n[mariadbd]\n";
    for (const auto& [name, value] : mariadb_settings(spec, around))
        text += name + " = " + mariadb_quoted(value) + "\n";
    return {{"my.cnf", text}};
}

}  // namespace

Settings settings_for(Product product, Bytes memory) {
    const std::uint64_t bytes = std::max<std::uint64_t>(memory.count, 512ULL << 20);
    const auto least = [](std::uint64_t a, std::uint64_t b) { return std::to_string(std::min(a, b)); };
    if (product == Product::mariadb)
        return {{"innodb_buffer_pool_size", std::to_string(bytes / 4 * 3)},
                {"max_connections", least(bytes / 25'165'760, 12'000)}};
    return {
        {"shared_buffers", std::to_string(bytes / 32'768)},
        {"effective_cache_size", std::to_string(bytes / 16'384)},
        {"maintenance_work_mem", std::to_string(std::max<std::uint64_t>(bytes * 1024 / 63'963'136, 65'536))},
        {"max_connections", least(bytes / 9'531'392, 5'000)}};
}

Files configuration_files(Product product, const RunSpec& spec, const Surroundings& around) {
    return product == Product::postgres ? postgres_files(spec, around) : mariadb_files(spec, around);
}

std::vector<std::string> server_arguments(const Installed& installed, const Surroundings& around) {
    if (installed.product == Product::postgres)
        return {installed.server, "-D", around.folder + "/data", "-c",
                "config_file=" + around.folder + "/etc/postgresql.conf"};
    return {installed.server, "--defaults-file=" + around.folder + "/etc/my.cnf"};
}

std::vector<std::string> maker_arguments(const Installed& installed, const Surroundings& around) {
    if (installed.product == Product::postgres)
        return {installed.maker,
                "--pgdata=" + around.folder + "/data",
                "--username=" + around.administrator,
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth-local=peer",
                "--auth-host=reject",
                "--data-checksums",
                "--no-instructions"};
    return {installed.maker,
            "--no-defaults",
            "--datadir=" + around.folder + "/data",
            "--auth-root-authentication-method=socket",
            "--auth-root-socket-user=" + around.administrator,
            "--skip-test-db",
            "--skip-name-resolve",
            "--tmpdir=" + around.folder + "/tmp"};
}

std::string socket_name(Product product, std::uint16_t port) {
    return product == Product::postgres ? "run/.s.PGSQL." + std::to_string(port) : "run/mysqld.sock";
}

}  // namespace landfall::databases
