#include "apps/landfall/settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace landfall::app {
namespace {

class SettingsFile : public ::testing::Test {
protected:
    SettingsFile() {
        path_ = ::testing::TempDir() + "landfall-settings-" + std::to_string(::getpid()) + ".toml";
    }
    ~SettingsFile() override { std::filesystem::remove(path_); }
    void write(std::string_view text) { std::ofstream{path_} << text; }
    std::filesystem::path path_;
};

TEST_F(SettingsFile, a_flag_beats_the_environment_beats_the_file) {
    write("[server]\nlisten = \"0.0.0.0:1\"\nregion = \"eu-west-1\"\nworker_threads = 8\n");
    const auto settings =
        load_settings(path_, {{"server.listen", "[::1]:2"}, {"server.region", "eu-north-1"}},
                      {{"server.region", "us-west-2"}});
    ASSERT_TRUE(settings.ok()) << settings.error().message();
    EXPECT_EQ(settings->listen_host, "::1");
    EXPECT_EQ(settings->listen_port, 2);
    EXPECT_EQ(settings->region, "us-west-2");
    EXPECT_EQ(settings->worker_threads, 8U);
}

TEST_F(SettingsFile, an_unknown_key_is_named_with_its_file) {
    write("[server]\nlissten = \"0.0.0.0:1\"\n");
    const auto settings = load_settings(path_, {}, {});
    ASSERT_TRUE(settings.is(Errc::invalid));
    EXPECT_NE(settings.error().message().find("unknown setting server.lissten"), std::string::npos);
    EXPECT_NE(settings.error().message().find(path_.string()), std::string::npos);
}

TEST_F(SettingsFile, a_syntax_error_names_its_line) {
    write("[server]\nlisten =\n");
    EXPECT_NE(load_settings(path_, {}, {}).error().message().find(":2:"), std::string::npos);
}

TEST(Settings, values_out_of_bounds_are_refused) {
    const Overrides cases[] = {{{"server.worker_threads", "3"}},
                               {{"server.listen", "4566"}},
                               {{"server.listen", "h:70000"}},
                               {{"machines.accel", "xen"}},
                               {{"server.region", "us east"}},
                               {{"log.level", "loud"}},
                               {{"server.connections_max", "x"}},
                               {{"tls.key", "only-half"}},
                               {{"mail.server", "host"}},
                               {{"mail.security", "ssl"}},
                               {{"mail.from", "nobody"}},
                               {{"mail.user", "without-password"}},
                               {{"sns.hook_url", "h/a"}},
                               {{"server.public_url", "h:1"}},
                               {{"server.public_url", "http://h/a"}}};
    for (const Overrides& flags : cases)
        EXPECT_TRUE(load_settings({}, {}, flags).is(Errc::invalid)) << flags.begin()->first;
}

TEST_F(SettingsFile, a_password_comes_from_its_file_and_goes_over_tls_alone) {
    write("pass word\n");
    const Overrides flags{
        {"mail.server", "[::1]:25"}, {"mail.user", "me"}, {"mail.password_file", path_.string()}};
    const auto plain = load_settings({}, {}, flags);
    ASSERT_TRUE(plain.is(Errc::invalid));
    EXPECT_NE(plain.error().message().find("TLS"), std::string::npos);
    const auto settings = load_settings({}, {{"mail.security", "starttls"}}, flags);
    ASSERT_TRUE(settings.ok()) << settings.error().message();
    EXPECT_EQ(settings->deliveries.mail.host, "::1");
    EXPECT_EQ(settings->deliveries.mail.password.reveal(), "pass word");
    write("");
    EXPECT_TRUE(load_settings({}, {{"mail.security", "tls"}}, flags).is(Errc::invalid));
}

TEST(Settings, the_environment_names_every_key) {
    std::string variables[] = {"LANDFALL_SERVER_LISTEN=h:1", "LANDFALL_DATA=/d", "LANDFALL_LOG_FORMAT=json",
                               "PATH=/bin"};
    char* environment[] = {variables[0].data(), variables[1].data(), variables[2].data(), variables[3].data(),
                           nullptr};
    EXPECT_EQ(overrides_from_environment(environment),
              (Overrides{{"server.listen", "h:1"}, {"server.data", "/d"}, {"log.format", "json"}}));
}

TEST(Settings, every_documented_default_is_accepted) {
    for (const SettingRow& row : describe_settings()) {
        if (row.default_value.empty() || row.key.starts_with("tls.")) continue;
        EXPECT_TRUE(load_settings({}, {}, {{std::string{row.key}, row.default_value}}).ok()) << row.key;
    }
}

TEST_F(SettingsFile, a_list_of_strings_is_the_list_joined_by_commas) {
    write("[server]\nregions = [\"us-east-1\", \"eu-west-1\"]\n");
    const auto settings = load_settings(path_, {}, {});
    ASSERT_TRUE(settings.ok()) << settings.error().message();
    EXPECT_EQ(settings->regions, (std::vector<std::string>{"us-east-1", "eu-west-1"}));
    write("[server]\nregions = [1]\n");
    EXPECT_TRUE(load_settings(path_, {}, {}).is(Errc::invalid));
}

TEST(Settings, regions_are_a_list_or_any_and_the_default_one_is_among_them) {
    const auto regions = [](const std::string& value) {
        const auto settings =
            load_settings({}, {}, {{"server.region", "eu-west-1"}, {"server.regions", value}});
        return settings.ok() ? settings->regions : std::vector<std::string>{settings.error().message()};
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(regions("us-east-1,eu-west-1,us-east-1"), (Names{"us-east-1", "eu-west-1"}));
    EXPECT_EQ(regions("ap-south-1"), (Names{"eu-west-1", "ap-south-1"}));
    EXPECT_EQ(regions("any"), (Names{"eu-west-1"}));
    EXPECT_EQ(regions("a,,b").front().substr(0, 29), "command line: server.regions:");
    EXPECT_EQ(load_settings({}, {}, {})->other_regions, OtherRegions::refused);
    EXPECT_EQ(load_settings({}, {}, {{"server.regions", "any"}})->other_regions, OtherRegions::served);
}

}  // namespace
}  // namespace landfall::app
