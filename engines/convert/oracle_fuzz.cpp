// Any bytes are a script of Oracle: each statement is emitted, dropped or kept as a comment; nothing crashes.
#include "engines/convert/fuzz_input.hpp"

using namespace landfall::convert;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    fuzz::FuzzInput input{data, size};
    Settings& settings = input.settings;
    if (input.choice(0)) settings.packages = Settings::PackageLayout::prefix;
    if (input.choice(1)) settings.numbers = Settings::NumberMapping::exact;
    if (input.choice(2)) settings.empty_strings = Settings::EmptyString::kept;
    if (input.choice(3)) settings.row_ids = Settings::RowId::text;
    settings.views_materialized = !input.choice(4);
    if (input.choice(5)) settings.default_schema = "hr";
    fuzz::check_sums(convert_oracle(input.files(), settings, input.loader()));
    return 0;
}
