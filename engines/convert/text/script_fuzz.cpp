// Any bytes are a script: its invariants hold, and nothing crashes.
#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "engines/convert/text/script.hpp"

using namespace landfall::convert;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    // What is included is the rest of the input: scripts that include themselves in part.
    const IncludeLoader load = [bytes](const std::string& name,
                                       const std::string&) -> std::optional<IncludedFile> {
        if (name.size() > bytes.size()) return std::nullopt;
        return IncludedFile{name, std::string{bytes.substr(name.size())}};
    };
    ScriptSettings settings;
    settings.include_depth_max = 4;
    settings.includes_max = 64;
    settings.text_size_max = std::size_t{1} << 20U;
    settings.defines = {{"A", "b"}, {"1", "'"}};
    const Script script = read_script(bytes, "in.sql", settings, load);
    std::vector<Finding> told;
    CHECK(script.text.starts_with("\xEF\xBB\xBF") || decode_text(script.text, told) == script.text);
    std::size_t place = 0;
    for (const Segment& segment : script.segments) {
        CHECK(segment.at >= place && segment.at <= script.text.size() && segment.file < script.files.size());
        CHECK(segment.offset <= script.files[segment.file].text.size());
        place = segment.at;
    }
    std::size_t next = 0, end = 0;
    for (const StatementText& statement : script.statements) {
        CHECK(statement.first == next && statement.count > 0);
        next = statement.first + statement.count;
        CHECK(statement.span.begin == script.tokens[statement.first].span.begin);
        CHECK(statement.span.end == script.tokens[next - 1].span.end);
        for (std::size_t i = statement.first; i < next; ++i) {
            const Token& token = script.tokens[i];
            CHECK(token.span.begin >= end && token.span.begin < token.span.end);
            end = token.span.end;
        }
    }
    CHECK(next == script.tokens.size() && end <= script.text.size());
    std::size_t comment_end = 0;
    for (const Comment& comment : script.comments) {
        CHECK(comment.span.begin >= comment_end && comment.span.end <= script.text.size());
        comment_end = comment.span.end;
    }
    for (const Finding& finding : script.findings) CHECK(script.origin_of(finding.begin).line > 0);
    return 0;
}
