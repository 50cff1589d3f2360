#include "engines/convert/lower/supplied_packages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/convert/converter.hpp"
#include "engines/convert/lower/lowered_testing.hpp"

namespace landfall::convert {
namespace {

using testing::lowered;

TEST(SuppliedPackages, members_are_those_of_the_runtime_pack) {
    EXPECT_EQ(lowered("select dbms_lob.getlength(a), sys.utl_raw.length(b) from t"),
              "SELECT oracle_ext.dbms_lob_getlength(a), oracle_ext.utl_raw_length(b) FROM t");
    EXPECT_EQ(lowered("select dbms_random.value from dual"), "SELECT oracle_ext.dbms_random_value()");
}

TEST(SuppliedPackages, what_the_pack_lacks_fails_when_it_runs_and_is_told) {
    EXPECT_EQ(lowered("select utl_http.request(a) from t"),
              "[9112] SELECT oracle_ext.unsupported('utl_http.request') FROM t");
}

TEST(SuppliedPackages, every_declaration_is_understood) {
    const Script script = read_script(std::string{supplied_declarations()}, "oracle", {}, nullptr);
    Tree tree;
    const Parsed parsed = parse_oracle(script, tree);
    EXPECT_TRUE(parsed.findings.empty()) << parsed.findings[0].detail;
    for (const Statement* each : parsed.statements) EXPECT_EQ(each->kind, Kind::create_package);
}

TEST(SuppliedPackages, the_dictionary_is_the_packs) {
    EXPECT_TRUE(is_of_pack_dictionary("user_tables"));
    EXPECT_TRUE(is_of_pack_dictionary("v$version"));
    EXPECT_FALSE(is_of_pack_dictionary("user_nothings"));
    EXPECT_FALSE(is_of_pack_dictionary("tables"));
}

}  // namespace
}  // namespace landfall::convert
