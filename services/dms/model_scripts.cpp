#include "services/dms/model_scripts.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/sqlplus.hpp"

namespace landfall::dms {
namespace {

constexpr std::array<std::string_view, 28> kSuffixes = {
    ".sql", ".pks",   ".pkb", ".pls", ".plb",  ".pkg", ".prc", ".fnc", ".trg", ".tab",
    ".vw",  ".tps",   ".tpb", ".ddl", ".typ",  ".pck", ".spc", ".bdy", ".syn", ".seq",
    ".idx", ".plsql", ".con", ".tbl", ".view", ".fk",  ".pk",  ".txt"};

/// "a/b/../c//d" is "a/c/d"; what leads above the top stays there.
std::string plain_path(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view part = path.substr(at, end - at);
        if (part == "..") {
            if (!parts.empty()) parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
        at = end + 1;
    }
    std::string plain;
    for (const std::string_view part : parts) plain.append(plain.empty() ? "" : "/").append(part);
    return plain;
}

/// The script that another means by a name.
const ScriptFiles::value_type* resolved(const ScriptFiles& files, std::string name, std::string_view from) {
    std::replace(name.begin(), name.end(), '\\', '/');  // scripts of Windows
    const std::size_t slash = from.rfind('/');
    const std::string folder{slash == std::string_view::npos ? std::string_view{}
                                                             : from.substr(0, slash + 1)};
    for (const std::string& base : {folder + name, name}) {
        for (const char* suffix : {"", ".sql"}) {
            const auto found = files.find(plain_path(base + suffix));
            if (found != files.end()) return &*found;
        }
    }
    return nullptr;
}

/// What a script includes, as far as its lines say it plainly.
std::vector<std::string> included_by(const ScriptFiles& files, std::string_view name, std::string_view text) {
    std::vector<std::string> found;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n", at), end);
        const char first = begin < end ? text[begin] : '\0';
        if (first == '@' || first == 's' || first == 'S') {
            const auto command = convert::sqlplus_command(text.substr(begin, end - begin));
            if (command && command->what == convert::SqlPlusCommand::What::include)
                if (const auto* const file = resolved(files, command->value, name))
                    found.push_back(file->first);
        }
        at = end + 1;
    }
    return found;
}

}  // namespace

bool is_script_name(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) return false;
    const std::string suffix = convert::in_lower_case(name.substr(dot));
    return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

std::vector<convert::Input> roots_of(const ScriptFiles& files) {
    std::map<std::string_view, std::vector<std::string>> includes;
    std::set<std::string, std::less<>> inner, reached;
    for (const auto& [name, text] : files) {
        for (const std::string& file : includes[name] = included_by(files, name, text))
            if (file != name) inner.insert(file);
    }
    std::set<std::string_view> kept;
    const auto keep = [&](std::string_view root) {
        kept.insert(root);
        for (std::vector<std::string> open{std::string{root}}; !open.empty();) {
            const std::string name = std::move(open.back());
            open.pop_back();
            if (!reached.insert(name).second) continue;
            const auto& further = includes.find(name)->second;
            open.insert(open.end(), further.begin(), further.end());
        }
    };
    for (const auto& file : files)
        if (!inner.contains(file.first)) keep(file.first);
    for (const auto& file : files)
        if (!reached.contains(file.first)) keep(file.first);
    std::vector<convert::Input> roots;
    for (const auto& [name, text] : files)
        if (kept.contains(name)) roots.push_back({.name = name, .bytes = text});
    return roots;
}

convert::IncludeLoader loader_of(const ScriptFiles& files) {
    return
        [&files](const std::string& name, const std::string& from) -> std::optional<convert::IncludedFile> {
            const auto* const file = resolved(files, name, from);
            if (file == nullptr) return std::nullopt;
            return convert::IncludedFile{file->first, file->second};
        };
}

std::string lines_of(const ScriptFiles& files, std::string_view name, std::size_t first, std::size_t count) {
    const auto file = files.find(name);
    if (file == files.end() || first == 0) return {};
    const std::string_view text = file->second;
    std::size_t begin = 0;
    for (std::size_t line = 1; line < first; ++line) {
        begin = text.find('\n', begin);
        if (begin == std::string_view::npos) return {};
        ++begin;
    }
    std::size_t end = begin;
    for (std::size_t line = 0; line < count && end < text.size(); ++line)
        end = std::min(text.find('\n', end), text.size() - 1) + 1;
    return std::string{text.substr(begin, end - begin)};
}

}  // namespace landfall::dms
