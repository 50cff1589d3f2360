#include <gtest/gtest.h>

#include "services/rds/model_instance.hpp"
#include "services/rds/model_log.hpp"
#include "services/rds/store.hpp"
#include "services/rds/work_instances.hpp"

namespace landfall::rds {
namespace {

TEST(Names, an_arn_names_what_it_was_made_of) {
    const Identity identity{{"000000000000", "us-east-1"}, "one"};
    EXPECT_EQ(arn_of(identity, "db"), "arn:aws:rds:us-east-1:000000000000:db:one");
    const auto back = parse_arn("arn:aws:rds:us-east-1:000000000000:db:one");
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->thing, "db");
    EXPECT_EQ(back->identity, identity);
    for (const char* bad : {"", "arn:aws:rds:", "arn:aws:rds:a:b:db:", "arn:aws:dms:a:b:db:c", "one"})
        EXPECT_FALSE(parse_arn(bad).has_value()) << bad;
}

TEST(Names, identifiers_begin_with_a_letter_and_have_single_hyphens) {
    for (const char* good : {"a", "db-1", "A1"}) EXPECT_TRUE(check_identifier(good, "X", 63).ok()) << good;
    for (const char* bad : {"", "1a", "a-", "a--b", "a_b", "\xc3\xa4"})
        EXPECT_FALSE(check_identifier(bad, "X", 63).ok()) << bad;
    EXPECT_FALSE(check_identifier(std::string(64, 'a'), "X", 63).ok());
}

TEST(Names, passwords_are_printable_and_long_enough) {
    EXPECT_TRUE(check_master_password("postgres", "N0t-to-be-told;'x").ok());
    for (const char* bad :
         {"", "seven77", "with space", "with/slash", "with@sign1", "with\"quote", "umlaut\xc3\xa4\xc3\xa4"})
        EXPECT_FALSE(check_master_password("postgres", bad).ok()) << bad;
    EXPECT_FALSE(check_master_password("mariadb", std::string(42, 'a')).ok());
}

TEST(Names, users_and_databases_of_the_engines_are_reserved) {
    EXPECT_TRUE(check_master_user("postgres", "owner_1").ok());
    for (const char* bad : {"", "rdsadmin", "PG_me", "1a", "a-b", "landfall"})
        EXPECT_FALSE(check_master_user("postgres", bad).ok()) << bad;
    EXPECT_FALSE(check_master_user("mariadb", "Root").ok());
    EXPECT_FALSE(check_database_name("postgres", "template1").ok());
    EXPECT_FALSE(check_database_name("mariadb", "mysql").ok());
    EXPECT_TRUE(check_database_name("mariadb", "app_1").ok());
}

TEST(Store, an_instance_read_back_is_the_instance_written) {
    DbInstance instance{.self = {{"000000000000", "us-east-1"}, "one"},
                        .status = "available",
                        .reason = "why",
                        .resource_id = "db-X",
                        .engine = "mariadb",
                        .version = "10.11.19",
                        .instance_class = "db.t3.micro",
                        .pending_class = "db.t3.small",
                        .storage_gib = 20,
                        .storage_type = "gp3",
                        .user = "owner",
                        .sealed_password = std::string("\0\1", 2),
                        .database = "app",
                        .port = 65535,
                        .parameter_group = "g",
                        .applied = {{"a", "1"}, {"b", ""}},
                        .availability_zone = "z",
                        .maintenance_window = "m",
                        .backup_window = "b",
                        .subnet_group = "s",
                        .ca = "c",
                        .security_groups = {"sg-1"},
                        .protected_from_deletion = true,
                        .publicly_accessible = true,
                        .upgrades_itself = false,
                        .copies_tags = true,
                        .created = Instant{5},
                        .tags = {{"k", "v"}}};
    const auto back = Kind<DbInstance>::decode(Kind<DbInstance>::encode(instance));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, instance);
}

TEST(Instance, only_statuses_that_pass_are_not_at_rest) {
    DbInstance instance;
    for (const auto status : {status::kCreating, status::kStarting, status::kStopping, status::kRebooting,
                              status::kModifying, status::kResetting, status::kDeleting}) {
        instance.status = status;
        EXPECT_FALSE(instance.at_rest()) << status;
        EXPECT_FALSE(instance.should_run()) << status;
    }
    for (const auto status :
         {status::kAvailable, status::kStopped, status::kFailed, status::kBadParameters}) {
        instance.status = status;
        EXPECT_TRUE(instance.at_rest()) << status;
    }
}

TEST(Logs, a_portion_is_whole_lines) {
    EXPECT_EQ(portion_of("a\nb\nc", 2, Following::nothing), "a\nb\n");
    EXPECT_EQ(portion_of("a\nb\nc", 9, Following::nothing), "a\nb\nc");
    EXPECT_EQ(portion_of("a\nb\nc", 9, Following::more), "a\nb\n");
    EXPECT_EQ(portion_of("abc", 9, Following::more), "abc");
    EXPECT_EQ(portion_of("", 9, Following::nothing), "");
}

TEST(Logs, the_last_lines_are_found) {
    EXPECT_EQ(begin_of_last("a\nb\nc\n", 1), 4U);
    EXPECT_EQ(begin_of_last("a\nb\nc\n", 2), 2U);
    EXPECT_EQ(begin_of_last("a\nb\nc", 3), 0U);
    EXPECT_EQ(begin_of_last("a\nb\nc", 9), 0U);
    EXPECT_EQ(begin_of_last("", 1), 0U);
    EXPECT_EQ(begin_of_last("\n", 1), 0U);
}

TEST(Logs, what_xml_cannot_carry_is_a_question_mark) {
    EXPECT_EQ(clean_text("a\x01\tb\xc3\xa4\xff\xed\xa0\x80\xe2\x82"),
              "a?\tb\xc3\xa4?????"
              "?");
    EXPECT_EQ(clean_text("\xef\xbf\xbe"), "???");
    EXPECT_EQ(clean_text("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(Events, are_told_as_they_were_written) {
    state::Tx tx{{}};
    const RdsEvent event{"db-instance", {{"000000000000", "r"}, "one"}, "failure", "two\nlines"};
    add_event(tx, Instant{7}, event);
    const auto& appended = std::get<state::op::AppendLine>(tx.ops().front());
    EXPECT_EQ(appended.stream, "rds.events/000000000000/r");
    const RdsEvent back = event_of(appended.line, event.source.scope);
    EXPECT_EQ(back.source, event.source);
    EXPECT_EQ(back.category, "failure");
    EXPECT_EQ(back.message, "two\nlines");
}

}  // namespace
}  // namespace landfall::rds
