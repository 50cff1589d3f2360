// Commands of SQL*Plus: which lines are commands, and what they mean to who only reads.
//
// Source: SQL*Plus User's Guide and Reference, chapter 12. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::convert {

struct SqlPlusCommand {
    enum class What : std::uint8_t {
        ignored,     ///< changes nothing that a conversion sees: PROMPT, REM, SPOOL, SHOW …
        define,      ///< name and value
        undefine,    ///< name
        include,     ///< value: the file's name; arguments; relative to the including file where `nested`
        execute,     ///< value: the statement of EXEC
        connect,     ///< value: the user's name, without password
        set_define,  ///< value: the character that marks variables; empty: OFF
        foreign      ///< runs something that is not in the scripts: HOST, !, GET, EDIT, COPY
    };
    What what = What::ignored;
    std::string name;
    std::string value;
    std::vector<std::string> arguments;
    bool nested = false;
};

/// The command that a line is which stands where a statement could begin; nothing where it is no command. The
/// continuation (-) is to be undone before.
[[nodiscard]] std::optional<SqlPlusCommand> sqlplus_command(std::string_view line);

/// Does the line of a command go on in the next one?
[[nodiscard]] bool continues(std::string_view line);

/// A line in which a single mark stands: "/" runs what was read, "." ends it.
[[nodiscard]] bool is_alone(std::string_view line, char mark);

}  // namespace landfall::convert
