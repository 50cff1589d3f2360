#include "engines/convert/postgres/code_strings.hpp"

#include <gtest/gtest.h>

namespace landfall::convert {
namespace {

TEST(BringsCode, whatever_else_stands_before_and_behind_it) {
    for (const char* sql : {
             "CREATE FUNCTION f() RETURNS integer AS $$BEGIN RETURN 1; END$$ LANGUAGE plpgsql;\n",
             "-- as; $a$\nCREATE OR REPLACE PROCEDURE \"A\"\"$\".f(a numeric(3,2)) AS $_$BEGIN END$_$;",
             "CREATE FUNCTION f(a text DEFAULT 'as') RETURNS text AS $a$ $b$ $$ ; $a$ LANGUAGE plpgsql;",
             "DO $$BEGIN END$$;",
             "DO LANGUAGE plpgsql $$BEGIN END$$",
             "SELECT 1; DO $$BEGIN END$$; -- DO\n",
             "SELECT $$DO$$;",
             "CREATE FUNCTION \xC3\xA4() RETURNS integer AS $\xC3\xA4$BEGIN END$\xC3\xA4$ LANGUAGE plpgsql",
         })
        EXPECT_TRUE(brings_code(sql)) << sql;
}

TEST(BringsCode, not_what_only_looks_like_it) {
    for (const char* sql : {
             "DO LANGUAGE $$plpgsql$$;",
             "CREATE FUNCTION f() LANGUAGE plpgsql -- AS $$BEGIN END$$",
             "CREATE FUNCTION f() LANGUAGE plpgsql /* AS */ -- AS\n; SELECT 1 AS $$BEGIN END$$;",
             "CREATE FUNCTION f(a text DEFAULT $$AS$$) RETURNS text LANGUAGE plpgsql",
             "CREATE FUNCTION f() RETURNS integer AS$$ LANGUAGE plpgsql",
             "CREATE FUNCTION f() RETURNS integer \"AS\" $$BEGIN END$$ LANGUAGE plpgsql",
             "CREATE FUNCTION f() RETURNS integer AS $$BEGIN END$$; DO LANGUAGE plpgsql;",
             "CREATE FUNCTION f() AS, $$BEGIN END$$",
         })
        EXPECT_FALSE(brings_code(sql)) << sql;
}

}  // namespace
}  // namespace landfall::convert
