// S3Settings: what an endpoint of engine s3 says of the files that go there.
//
// Pure values; any thread.
#pragma once

#include <span>
#include <string_view>

#include "engines/dbmove/files/layout.hpp"
#include "services/dms/model.hpp"

namespace landfall::dms {

struct FileSetting {
    enum class Type : std::uint8_t { text, number, flag };
    std::string_view name;  ///< as the API has it
    Type type = Type::text;
};
/// Those that mean something here, by name.
[[nodiscard]] std::span<const FileSetting> file_settings();

/// One setting by its text, such as "CsvDelimiter" and ";". InvalidParameterValue: unknown, or not of its
/// type.
[[nodiscard]] Verdict set_file_setting(ProviderSettings& settings, std::string_view name,
                                       std::string_view value);

/// InvalidParameterValue: a value that is none of the API's, or that is not done here yet.
[[nodiscard]] Judged<dbmove::files::Layout> layout_of(const ProviderSettings& settings);

}  // namespace landfall::dms
