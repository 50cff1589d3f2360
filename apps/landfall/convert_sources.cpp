#include "apps/landfall/convert_sources.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/sqlplus.hpp"

namespace landfall::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFileSizeMax = std::uintmax_t{1} << 30U;

// What people call the files of Oracle's scripts.
constexpr std::array<std::string_view, 27> kSuffixes = {
    ".sql", ".pks", ".pkb", ".pls",   ".plb", ".pkg", ".prc",  ".fnc", ".trg",
    ".tab", ".vw",  ".tps", ".tpb",   ".ddl", ".typ", ".pck",  ".spc", ".bdy",
    ".syn", ".seq", ".idx", ".plsql", ".con", ".tbl", ".view", ".fk",  ".pk"};

bool is_script(const fs::path& path) {
    const std::string suffix = convert::in_lower_case(path.extension().string());
    return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

Error failed(const std::error_code& code, const fs::path& path) {
    return error_from_errno(code.value(), "reading " + path.string());
}

Result<std::string> contents_of(const fs::path& path) {
    std::error_code code;
    const std::uintmax_t size = fs::file_size(path, code);
    if (code) return failed(code, path);
    if (size > kFileSizeMax) return Error{Errc::invalid, path.string() + " is larger than 1 GiB"};
    std::ifstream file{path, std::ios::binary};
    if (!file) return error_from_errno(errno, "reading " + path.string());
    std::string bytes(size, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(size));
    if (file.bad()) return Error{Errc::io, "reading " + path.string() + " failed"};
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

/// The file that a script means by a name: beside it, or in the working directory.
std::optional<fs::path> resolved(std::string name, const std::string& from) {
    std::replace(name.begin(), name.end(), '\\', '/');  // scripts of Windows
    std::error_code code;
    for (const fs::path& candidate : {fs::path{from}.parent_path() / name, fs::path{name}}) {
        for (const char* suffix : {"", ".sql"}) {
            fs::path path = candidate;
            path += suffix;
            if (fs::is_regular_file(path, code)) return path.lexically_normal();
        }
    }
    return std::nullopt;
}

/// What a script includes, as far as its lines say it plainly: names made of variables are found only when it
/// is read.
std::vector<std::string> included_by(const convert::Input& input) {
    std::vector<std::string> found;
    const std::string_view text = input.bytes;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n", at), end);
        const char first = begin < end ? text[begin] : '\0';
        if (first == '@' || first == 's' || first == 'S') {
            const auto command = convert::sqlplus_command(text.substr(begin, end - begin));
            if (command && command->what == convert::SqlPlusCommand::What::include)
                if (const auto path = resolved(command->value, input.name)) found.push_back(path->string());
        }
        at = end + 1;
    }
    return found;
}

/// Leaves only the files that no other includes. Of files that include each other in a circle the first
/// stays.
void drop_included(std::vector<convert::Input>& inputs, std::size_t& dropped) {
    std::map<std::string, std::vector<std::string>> includes;
    for (const convert::Input& input : inputs) includes[input.name] = included_by(input);
    std::set<std::string> inner;
    for (const auto& [name, files] : includes)
        for (const std::string& file : files)
            if (file != name) inner.insert(file);
    std::set<std::string> reached, kept;
    const auto keep = [&](const std::string& root) {
        kept.insert(root);
        for (std::vector<std::string> open{root}; !open.empty();) {
            const std::string name = std::move(open.back());
            open.pop_back();
            if (!reached.insert(name).second) continue;
            if (const auto files = includes.find(name); files != includes.end())
                open.insert(open.end(), files->second.begin(), files->second.end());
        }
    };
    for (const convert::Input& input : inputs)
        if (inner.count(input.name) == 0) keep(input.name);
    for (const convert::Input& input : inputs)
        if (reached.count(input.name) == 0) keep(input.name);
    dropped += static_cast<std::size_t>(
        std::erase_if(inputs, [&](const convert::Input& input) { return kept.count(input.name) == 0; }));
}

Status add_file(const fs::path& path, std::vector<convert::Input>& inputs) {
    std::string bytes = TRY(contents_of(path));
    inputs.push_back({.name = path.lexically_normal().string(), .bytes = std::move(bytes)});
    return {};
}

Status add_folder(const fs::path& folder, const fs::path& output, ConvertSources& sources) {
    std::error_code code, ignored;
    if (fs::equivalent(folder, output, ignored))
        return Error{Errc::invalid, output.string() + " is read and written: --out must be another folder"};
    std::vector<fs::path> scripts;
    for (fs::recursive_directory_iterator at{folder, code}, end; !code && at != end; at.increment(code)) {
        const bool hidden = at->path().filename().string().starts_with('.');
        if (at->is_directory(ignored)) {
            if (hidden || fs::equivalent(at->path(), output, ignored)) at.disable_recursion_pending();
        } else if (!hidden && at->is_regular_file(ignored)) {
            if (is_script(at->path()))
                scripts.push_back(at->path());
            else
                ++sources.skipped;
        }
    }
    if (code) return failed(code, folder);
    std::sort(scripts.begin(), scripts.end());
    std::vector<convert::Input> inputs;
    for (const fs::path& script : scripts) TRY(add_file(script, inputs));
    drop_included(inputs, sources.included);
    std::move(inputs.begin(), inputs.end(), std::back_inserter(sources.inputs));
    return {};
}

}  // namespace

Result<ConvertSources> read_sources(const std::vector<std::string>& paths, const std::string& output) {
    ConvertSources sources;
    for (const std::string& path : paths) {
        std::error_code code;
        const fs::file_status status = fs::status(path, code);
        if (!fs::exists(status)) return Error{Errc::not_found, path + ": there is no such file or folder"};
        TRY(fs::is_directory(status) ? add_folder(path, output, sources) : add_file(path, sources.inputs));
    }
    std::set<std::string> seen;
    std::erase_if(sources.inputs,
                  [&](const convert::Input& input) { return !seen.insert(input.name).second; });
    if (sources.inputs.empty()) return Error{Errc::invalid, "there is no script to convert"};
    return sources;
}

convert::IncludeLoader include_loader() {
    return [](const std::string& name, const std::string& from) -> std::optional<convert::IncludedFile> {
        const auto path = resolved(name, from);
        if (!path) return std::nullopt;
        auto bytes = contents_of(*path);
        if (!bytes.ok()) return std::nullopt;
        return convert::IncludedFile{path->string(), std::move(*bytes)};
    };
}

}  // namespace landfall::app
