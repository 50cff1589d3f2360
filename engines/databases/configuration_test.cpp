#include "engines/databases/configuration.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace landfall::databases {
namespace {

constexpr Bytes kGib{1ULL << 30};

std::string file_of(Product product, const RunSpec& spec, std::string_view name) {
    for (const auto& [each, text] : configuration_files(product, spec, {"/mnt", "landfall"}))
        if (each == name) return text;
    return {};
}

TEST(Configuration, memory_becomes_buffers_and_sessions) {
    const Settings postgres = settings_for(Product::postgres, kGib);
    EXPECT_EQ(postgres.at("shared_buffers"), "32768");  // pages of 8 KiB: a quarter
    EXPECT_EQ(postgres.at("max_connections"), "112");
    const Settings mariadb = settings_for(Product::mariadb, kGib);
    EXPECT_EQ(mariadb.at("innodb_buffer_pool_size"), "805306368");
    EXPECT_EQ(mariadb.at("max_connections"), "42");
}

TEST(Configuration, a_value_is_never_a_second_setting) {
    const RunSpec spec{.port = 5432, .memory = kGib, .settings = {{"application_name", "a'\nport = '1"}}};
    const std::string text = file_of(Product::postgres, spec, "postgresql.conf");
    EXPECT_NE(text.find("application_name = 'a''\\nport = ''1'\n"), std::string::npos) << text;
    const RunSpec maria{.port = 3306, .memory = kGib, .settings = {{"init_connect", "x\"\nport=1 # \\"}}};
    const std::string options = file_of(Product::mariadb, maria, "my.cnf");
    EXPECT_NE(options.find("init_connect = \"x\\\"\\nport=1 # \\\\\"\n"), std::string::npos) << options;
}

TEST(Configuration, what_confines_a_server_is_not_overridden) {
    const RunSpec spec{
        .port = 5432, .memory = kGib, .settings = {{"listen_addresses", "*"}, {"hba_file", "/tmp/x"}}};
    const std::string text = file_of(Product::postgres, spec, "postgresql.conf");
    EXPECT_NE(text.find("listen_addresses = '127.0.0.1'\n"), std::string::npos);
    EXPECT_NE(text.find("hba_file = '/mnt/etc/pg_hba.conf'\n"), std::string::npos);
    EXPECT_EQ(text.find("/tmp/x"), std::string::npos);
}

TEST(Configuration, nobody_signs_in_by_network_without_a_password) {
    const std::string hba = file_of(Product::postgres, {.port = 1, .memory = kGib}, "pg_hba.conf");
    EXPECT_EQ(hba.find("trust"), std::string::npos);
    EXPECT_NE(hba.find("host all landfall all reject\n"), std::string::npos);
}

TEST(Configuration, a_log_of_changes_is_kept_where_it_is_asked_for) {
    RunSpec spec{.port = 3306, .memory = kGib};
    EXPECT_EQ(file_of(Product::mariadb, spec, "my.cnf").find("log_bin"), std::string::npos);
    spec.settings["log_bin"] = "1";
    EXPECT_NE(file_of(Product::mariadb, spec, "my.cnf").find("log_bin = \"mysql-bin-changelog\""),
              std::string::npos);
}

TEST(Product, versions_are_found_in_what_servers_say) {
    EXPECT_EQ(version_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Product::postgres),
              "15.18");
    EXPECT_EQ(version_in("/usr/sbin/mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu",
                         Product::mariadb),
              "10.11.19");
    EXPECT_EQ(version_in("no such file", Product::mariadb), "");
}

}  // namespace
}  // namespace landfall::databases
