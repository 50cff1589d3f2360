#include "services/dms/model_settings.hpp"

#include <gtest/gtest.h>

#include "services/dms/model_json.hpp"
#include "services/dms/model_zip.hpp"

namespace landfall::dms {
namespace {

TEST(Configuration, a_change_names_keys_and_all_others_stay) {
    const std::string one =
        merged_configuration("", R"({"ORACLE_TO_POSTGRESQL":{"RowId":"VARCHAR","ToTimeZone":true}})").value();
    const std::string two =
        merged_configuration(one, R"({"ORACLE_TO_POSTGRESQL":{"DefaultSchema":"app"}})").value();
    const convert::Settings settings = settings_of(two).value();
    EXPECT_EQ(settings.row_ids, convert::Settings::RowId::text);
    EXPECT_EQ(settings.default_schema, "app");
    EXPECT_EQ(settings.numbers, convert::Settings{}.numbers);
    const Json shown = parse_json(shown_configuration(two).value()).value();
    EXPECT_EQ(shown.find("ORACLE_TO_POSTGRESQL")->text_of("ToTimeZone"), "true");
    EXPECT_EQ(shown.find("ORACLE_TO_POSTGRESQL")->text_of("NumberMapping"), "INTEGERS");
    EXPECT_EQ(shown.find("Common project settings")->text_of("EnableGenAiConversion"), "false");
}

TEST(Configuration, what_is_shown_first_is_what_the_converter_does_by_itself) {
    const convert::Settings shown = settings_of(shown_configuration("").value()).value();
    const convert::Settings own;
    EXPECT_EQ(shown.packages, own.packages);
    EXPECT_EQ(shown.numbers, own.numbers);
    EXPECT_EQ(shown.empty_strings, own.empty_strings);
    EXPECT_EQ(shown.row_ids, own.row_ids);
    EXPECT_EQ(shown.views_materialized, own.views_materialized);
    EXPECT_EQ(shown.default_schema, own.default_schema);
    EXPECT_EQ(shown.mysql.tinyint1, own.mysql.tinyint1);
    EXPECT_EQ(shown.mysql.unsigned_integers, own.mysql.unsigned_integers);
    EXPECT_EQ(shown.mysql.enums, own.mysql.enums);
    EXPECT_EQ(shown.mysql.zero_dates, own.mysql.zero_dates);
    EXPECT_EQ(shown.mysql.rows, own.mysql.rows);
}

TEST(Configuration, a_value_that_a_key_does_not_have_is_refused_by_name) {
    const auto refused = merged_configuration("", R"({"ORACLE_TO_POSTGRESQL":{"RowId":"UUID"}})");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().message(), "ConversionConfiguration: RowId must be one of: BIGINT, VARCHAR");
    EXPECT_FALSE(
        merged_configuration("", R"({"Common project settings":{"EnableGenAiConversion":true}})").ok());
    EXPECT_FALSE(merged_configuration("", R"({"ORACLE_TO_POSTGRESQL":{"DefaultSchema":7}})").ok());
}

TEST(Zip, an_archive_ends_in_a_directory_of_its_entries) {
    ZipFile zip;
    ASSERT_TRUE(zip.add("a.sql", std::string(1000, 'x')).ok());
    ASSERT_TRUE(zip.add("\xC3\xA9.sql", "").ok());
    const std::string bytes = std::move(zip).finish();
    EXPECT_TRUE(bytes.starts_with("PK\x03\x04"));
    EXPECT_LT(bytes.size(), 400u);
    const std::string end = bytes.substr(bytes.size() - 22);
    EXPECT_TRUE(end.starts_with("PK\x05\x06"));
    EXPECT_EQ(end[10], 2);
}

}  // namespace
}  // namespace landfall::dms
