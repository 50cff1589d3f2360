#include "engines/convert/text/sqlplus.hpp"

#include <algorithm>

#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using What = SqlPlusCommand::What;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The next word, cut off the text; what is quoted is one, without its quotes.
std::string take_word(std::string_view& text) {
    text = trimmed(text);
    if (text.empty()) return {};
    if (text.front() == '\'' || text.front() == '"') {
        const std::size_t end = text.find(text.front(), 1);
        std::string word{text.substr(1, end == std::string_view::npos ? end : end - 1)};
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        return word;
    }
    const std::size_t end = std::min(
        static_cast<std::size_t>(std::find_if(text.begin(), text.end(), blank) - text.begin()), text.size());
    std::string word{text.substr(0, end)};
    text.remove_prefix(end);
    return word;
}

std::string unquoted(std::string_view text) {
    text = trimmed(text);
    if (text.ends_with(';')) text = trimmed(text.substr(0, text.size() - 1));
    const bool quoted =
        text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
    return std::string{quoted ? text.substr(1, text.size() - 2) : text};
}

/// A command and the least of it that must be written.
struct Spelling {
    std::string_view name;
    std::size_t least;
    What what;
};
constexpr Spelling kCommands[] = {
    {"ACCEPT", 3, What::define},    {"APPEND", 6, What::ignored},     {"ARCHIVE", 7, What::ignored},
    {"BREAK", 3, What::ignored},    {"BTITLE", 3, What::ignored},     {"CHANGE", 6, What::ignored},
    {"CLEAR", 2, What::ignored},    {"COLUMN", 3, What::ignored},     {"COMPUTE", 4, What::ignored},
    {"CONNECT", 4, What::connect},  {"COPY", 4, What::foreign},       {"DEFINE", 3, What::define},
    {"DESCRIBE", 4, What::ignored}, {"DISCONNECT", 4, What::ignored}, {"EDIT", 2, What::foreign},
    {"EXECUTE", 4, What::execute},  {"EXIT", 4, What::ignored},       {"GET", 3, What::foreign},
    {"HELP", 4, What::ignored},     {"HOST", 2, What::foreign},       {"LIST", 4, What::ignored},
    {"PASSWORD", 5, What::ignored}, {"PAUSE", 3, What::ignored},      {"PRINT", 3, What::ignored},
    {"PROMPT", 3, What::ignored},   {"QUIT", 4, What::ignored},       {"RECOVER", 7, What::ignored},
    {"REMARK", 3, What::ignored},   {"REPFOOTER", 4, What::ignored},  {"REPHEADER", 4, What::ignored},
    {"RUN", 3, What::ignored},      {"SAVE", 3, What::ignored},       {"SET", 3, What::set_define},
    {"SHOW", 3, What::ignored},     {"SHUTDOWN", 8, What::ignored},   {"SPOOL", 3, What::ignored},
    {"START", 3, What::include},    {"STARTUP", 7, What::ignored},    {"STORE", 5, What::ignored},
    {"TIMING", 4, What::ignored},   {"TTITLE", 3, What::ignored},     {"UNDEFINE", 5, What::undefine},
    {"VARIABLE", 3, What::ignored}, {"WHENEVER", 8, What::ignored},   {"XQUERY", 6, What::ignored}};

const Spelling* command_of(std::string_view word) {
    const auto* const found = std::find_if(
        std::begin(kCommands), std::end(kCommands),
        [&](const Spelling& each) { return word.size() >= each.least && each.name.starts_with(word); });
    return found == std::end(kCommands) ? nullptr : found;
}

std::optional<SqlPlusCommand> define(std::string_view rest) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return SqlPlusCommand{};  // it only shows
    return SqlPlusCommand{.what = What::define,
                          .name = in_upper_case(trimmed(rest.substr(0, equals))),
                          .value = unquoted(rest.substr(equals + 1)),
                          .arguments = {}};
}

/// ACCEPT name … DEFAULT value: nobody is asked.
std::optional<SqlPlusCommand> accept(std::string_view rest) {
    const std::string name = in_upper_case(take_word(rest));
    while (!trimmed(rest).empty())
        if (const std::string word = in_upper_case(take_word(rest)); word == "DEFAULT" || word == "DEF")
            return SqlPlusCommand{
                .what = What::define, .name = name, .value = take_word(rest), .arguments = {}};
    return SqlPlusCommand{};
}

/// SET is SQL's, too.
std::optional<SqlPlusCommand> set(std::string_view rest) {
    const std::string option = in_upper_case(take_word(rest));
    for (const std::string_view sql : {"ROLE", "TRANSACTION", "CONSTRAINT", "CONSTRAINTS"})
        if (option == sql) return std::nullopt;
    if (option == "SCAN" || std::string_view{"DEFINE"}.starts_with(option)) {
        if (option.size() < 3) return SqlPlusCommand{};
        const std::string to = unquoted(take_word(rest));
        if (in_upper_case(to) == "OFF")
            return SqlPlusCommand{.what = What::set_define, .name = {}, .value = {}, .arguments = {}};
        return SqlPlusCommand{
            .what = What::set_define, .name = {}, .value = to.size() == 1 ? to : "&", .arguments = {}};
    }
    return SqlPlusCommand{};
}

std::optional<SqlPlusCommand> include(std::string_view rest, bool nested) {
    SqlPlusCommand command{.what = What::include,
                           .name = {},
                           .value = unquoted(take_word(rest)),
                           .arguments = {},
                           .nested = nested};
    if (command.value.ends_with(';')) command.value.pop_back();
    while (!trimmed(rest).empty()) command.arguments.push_back(take_word(rest));
    return command;
}

std::optional<SqlPlusCommand> connect(std::string_view rest) {
    std::string who = take_word(rest);
    who.resize(std::min(who.find_first_of("/@;"), who.size()));
    return SqlPlusCommand{.what = What::connect, .name = {}, .value = who, .arguments = {}};
}

}  // namespace

bool continues(std::string_view line) {
    line = trimmed(line);
    // Scripts underline what they print: those lines do not go on.
    if (!line.ends_with('-') || line.ends_with("--")) return false;
    const std::string word = in_upper_case(take_word(line));
    const Spelling* const command = command_of(word);
    return command == nullptr || (command->name != "PROMPT" && command->name != "REMARK");
}

bool is_alone(std::string_view line, char mark) {
    line = trimmed(line);
    return line.size() == 1 && line.front() == mark;
}

std::optional<SqlPlusCommand> sqlplus_command(std::string_view line) {
    line = trimmed(line);
    if (line.empty()) return std::nullopt;
    if (line.starts_with("@@")) return include(line.substr(2), true);
    if (line.front() == '@') return include(line.substr(1), false);
    if (line.front() == '!')
        return SqlPlusCommand{.what = What::foreign, .name = {}, .value = {}, .arguments = {}};
    std::string_view rest = line;
    std::string word = in_upper_case(take_word(rest));
    if (const std::size_t end = word.find(';'); end != std::string::npos) word.resize(end);
    const Spelling* command = command_of(word);
    if (command == nullptr) return std::nullopt;
    switch (command->what) {
        case What::define: return command->name == "ACCEPT" ? accept(rest) : define(rest);
        case What::undefine:
            return SqlPlusCommand{
                .what = What::undefine, .name = in_upper_case(unquoted(rest)), .value = {}, .arguments = {}};
        case What::include: return include(rest, false);
        case What::execute:
            return SqlPlusCommand{
                .what = What::execute, .name = {}, .value = std::string{trimmed(rest)}, .arguments = {}};
        case What::connect: return connect(rest);
        case What::set_define: return set(rest);
        default: return SqlPlusCommand{.what = command->what, .name = {}, .value = {}, .arguments = {}};
    }
}

}  // namespace landfall::convert
