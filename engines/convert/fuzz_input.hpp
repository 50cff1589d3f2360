// What the fuzz targets of whole conversions share: bytes become two scripts, and what comes out adds up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::convert::fuzz {

/// The first byte chooses settings, a form feed ends the first file: what one changes may be made in the
/// other.
class FuzzInput {
public:
    FuzzInput(const std::uint8_t* bytes, std::size_t size)
        : choices_{bytes[0]}, text_{reinterpret_cast<const char*>(bytes + 1), size - 1} {
        settings.script.include_depth_max = 4;
        settings.script.includes_max = 64;
        settings.script.text_size_max = std::size_t{1} << 20U;
    }
    [[nodiscard]] bool choice(unsigned bit) const { return ((choices_ >> bit) & 1U) != 0; }
    [[nodiscard]] std::vector<Input> files() const {
        const std::size_t half = std::min(text_.find('\f'), text_.size());
        return {{.name = "a.sql", .bytes = std::string{text_.substr(0, half)}},
                {.name = "b.sql", .bytes = std::string{text_.substr(half)}}};
    }
    /// What is included is the rest of the input: scripts that include themselves in part.
    [[nodiscard]] IncludeLoader loader() const {
        return [text = text_](const std::string& name, const std::string&) -> std::optional<IncludedFile> {
            if (name.size() > text.size()) return std::nullopt;
            return IncludedFile{name, std::string{text.substr(name.size())}};
        };
    }
    Settings settings;

private:
    std::uint8_t choices_;
    std::string_view text_;
};

inline void check_sums(const Conversion& made) {
    CHECK(made.emitted + made.dropped + made.raw == made.statements);
    for (const PlacedFinding& finding : made.findings)
        CHECK(finding.source.line > 0 && finding.object < std::max<std::size_t>(made.objects.size(), 1));
}

}  // namespace landfall::convert::fuzz

/// libpg_query keeps what went to stderr, mostly nothing, of a text that does not parse.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:pg_query_raw_parse"; }
