#include "services/dms/model_scripts.hpp"

#include <algorithm>

#include "engines/convert/script_files.hpp"

namespace landfall::dms {
namespace {

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

}  // namespace

std::vector<convert::Input> roots_of(const ScriptFiles& files) {
    std::vector<convert::ScriptIncludes> includes;
    for (const auto& [name, text] : files) {
        auto& [script, included] = includes.emplace_back();
        script = name;
        for (std::string& each : convert::included_names(text))
            if (const auto* const file = resolved(files, std::move(each), name))
                included.push_back(file->first);
    }
    const auto outermost = convert::outermost_scripts(includes);
    std::vector<convert::Input> roots;
    for (const auto& [name, text] : files)
        if (outermost.contains(name)) roots.push_back({.name = name, .bytes = text});
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
