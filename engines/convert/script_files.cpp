#include "engines/convert/script_files.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/sqlplus.hpp"

namespace landfall::convert {
namespace {

constexpr std::array<std::string_view, 27> kSuffixes = {
    ".sql", ".pks", ".pkb", ".pls",   ".plb", ".pkg", ".prc",  ".fnc", ".trg",
    ".tab", ".vw",  ".tps", ".tpb",   ".ddl", ".typ", ".pck",  ".spc", ".bdy",
    ".syn", ".seq", ".idx", ".plsql", ".con", ".tbl", ".view", ".fk",  ".pk"};

}  // namespace

bool is_script_name(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) return false;
    const std::string suffix = in_lower_case(name.substr(dot));
    return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

std::vector<std::string> included_names(std::string_view script) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < script.size();) {
        const std::size_t end = std::min(script.find('\n', at), script.size());
        const std::size_t begin = std::min(script.find_first_not_of(" \t\r\n", at), end);
        const char first = begin < end ? script[begin] : '\0';
        if (first == '@' || first == 's' || first == 'S') {
            auto command = sqlplus_command(script.substr(begin, end - begin));
            if (command && command->what == SqlPlusCommand::What::include)
                names.push_back(std::move(command->value));
        }
        at = end + 1;
    }
    return names;
}

std::set<std::string, std::less<>> outermost_scripts(const std::vector<ScriptIncludes>& scripts) {
    std::map<std::string_view, const std::vector<std::string>*> includes;
    std::set<std::string_view> inner, reached;
    for (const auto& [name, files] : scripts) {
        includes[name] = &files;
        for (const std::string& file : files)
            if (file != name) inner.insert(file);
    }
    std::set<std::string, std::less<>> outermost;
    const auto begin_with = [&](const std::string& script) {
        outermost.insert(script);
        for (std::vector<std::string_view> open{script}; !open.empty();) {
            const std::string_view name = open.back();
            open.pop_back();
            if (!reached.insert(name).second) continue;
            if (const auto files = includes.find(name); files != includes.end())
                open.insert(open.end(), files->second->begin(), files->second->end());
        }
    };
    for (const auto& script : scripts)
        if (!inner.contains(script.first)) begin_with(script.first);
    for (const auto& script : scripts)
        if (!reached.contains(script.first)) begin_with(script.first);
    return outermost;
}

}  // namespace landfall::convert
