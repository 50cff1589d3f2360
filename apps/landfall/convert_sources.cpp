#include "apps/landfall/convert_sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "engines/convert/script_files.hpp"

namespace landfall::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFileSizeMax = std::uintmax_t{1} << 30U;

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

/// Leaves only the files that no other includes.
void drop_included(std::vector<convert::Input>& inputs, std::size_t& dropped) {
    std::vector<convert::ScriptIncludes> includes;
    for (const convert::Input& input : inputs) {
        auto& [script, included] = includes.emplace_back();
        script = input.name;
        for (std::string& name : convert::included_names(input.bytes))
            if (const auto path = resolved(std::move(name), input.name)) included.push_back(path->string());
    }
    const auto outermost = convert::outermost_scripts(includes);
    dropped += static_cast<std::size_t>(
        std::erase_if(inputs, [&](const convert::Input& input) { return !outermost.contains(input.name); }));
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
            if (convert::is_script_name(at->path().filename().string()))
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
