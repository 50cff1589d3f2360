// Whatever a bucket gives back as a manifest, and a source as a row or a definition, reading it ends.
#include <cstdint>

#include "engines/dbmove/files/csv_writer.hpp"
#include "engines/dbmove/files/declared_columns.hpp"
#include "engines/dbmove/files/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::dbmove;
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    const auto manifest = files::decode(text);
    if (manifest.ok() && !files::decode(files::encode(*manifest)).ok()) __builtin_trap();
    Row row;
    (void)files::read_copy_line(text, row);
    (void)files::declared_columns(text);
    (void)files::declared_key(text);
    return 0;
}
