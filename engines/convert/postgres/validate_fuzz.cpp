// Whatever the bytes are, the check answers: the forms that it rewrites bodies into, and PostgreSQL's own
// parser.
#include "engines/convert/postgres/validate.hpp"

/// libpg_query keeps what went to stderr, mostly nothing, of a text that does not parse.
extern "C" const char* __lsan_default_suppressions() { return "leak:pg_query_raw_parse"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(bytes), size};
    (void)landfall::convert::check_sql(text);
    (void)landfall::convert::check_sql("DO $$ BEGIN " + text + " END $$");
    return 0;
}
