#include "apps/landfall/convert_output.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "engines/convert/text/letter_case.hpp"

#include "base/disk.hpp"
#include "base/hash.hpp"

namespace landfall::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kListName = ".landfall-convert.sha256";
constexpr const char* kLockName = ".landfall-convert.lock";
constexpr const char* kNewName = ".landfall-convert.new";
constexpr std::size_t kNamePartMax = 100;
constexpr std::size_t kBlockSize = 65536;

/// Name -> the hashes of what we may have written under it: one, or two where a run died half way.
using List = std::multimap<std::string, std::string>;

std::string hash_of(std::string_view content) { return sha256(content).hex(); }

Error failed(const std::error_code& code, const std::string& doing) {
    return error_from_errno(code.value(), doing);
}

Result<std::string> contents_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return error_from_errno(errno, "reading " + path.string());
    std::string content;
    for (std::array<char, kBlockSize> block; file.good();) {
        file.read(block.data(), block.size());
        content.append(block.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) return Error{Errc::io, "reading " + path.string() + " failed"};
    return content;
}

/// As hash_of its contents, which may be large, without holding them.
Result<std::string> hash_of_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return error_from_errno(errno, "reading " + path.string());
    Sha256Hasher hasher;
    for (std::array<char, kBlockSize> block; file.good();) {
        file.read(block.data(), block.size());
        hasher.update(std::string_view{block.data(), static_cast<std::size_t>(file.gcount())});
    }
    if (file.bad()) return Error{Errc::io, "reading " + path.string() + " failed"};
    return hasher.finish().hex();
}

/// Whole or not at all, as far as a process can die; a machine that fails may lose it: it can be made again.
Status write_file(const fs::path& folder, const std::string& name, std::string_view content) {
    const fs::path fresh = folder / kNewName;
    std::ofstream file{fresh, std::ios::binary | std::ios::trunc};
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) return error_from_errno(errno, "writing " + (folder / name).string());
    std::error_code code;
    fs::rename(fresh, folder / name, code);
    return code ? Status{failed(code, "writing " + (folder / name).string())} : Status{};
}

Result<List> read_list(const fs::path& folder) {
    List list;
    std::error_code code;
    if (!fs::exists(folder / kListName, code)) return list;
    const std::string content = TRY(contents_of(folder / kListName));
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = std::min(content.find('\n', at), content.size());
        const std::string line = content.substr(at, end - at);
        constexpr std::size_t kHash = 64;
        const bool fine = line.size() > kHash + 2 && line.compare(kHash, 2, "  ") == 0 &&
                          line.find('/') == std::string::npos;
        if (!fine) {
            return Error{Errc::corrupt, (folder / kListName).string() +
                                            " is not the list of a conversion; choose another folder"};
        }
        list.emplace(line.substr(kHash + 2), line.substr(0, kHash));
        at = end + 1;
    }
    return list;
}

Status write_list(const fs::path& folder, const List& list) {
    std::string content;
    for (const auto& [name, hash] : list) content.append(hash).append("  ").append(name).append("\n");
    return write_file(folder, kListName, content);
}

bool knows(const List& list, const std::string& name, const std::string& hash) {
    const auto [first, last] = list.equal_range(name);
    return std::any_of(first, last, [&](const auto& entry) { return entry.second == hash; });
}

/// Gets a file of an earlier run out of the way. True when it was removed, not kept as edited.
Result<bool> set_aside(const fs::path& folder, const std::string& name, const List& list, Written& written) {
    std::error_code code;
    const std::string hash = TRY(hash_of_file(folder / name));
    if (knows(list, name, hash)) {
        fs::remove(folder / name, code);
        if (code) return failed(code, "removing " + (folder / name).string());
        return true;
    }
    std::string kept = name + ".edited";
    for (unsigned n = 2; fs::exists(folder / kept, code); ++n) kept = name + ".edited." + std::to_string(n);
    fs::rename(folder / name, folder / kept, code);
    if (code) return failed(code, "renaming " + (folder / name).string());
    written.edited.push_back(kept);
    return false;
}

/// Before anything changes: is a file in the way that is not ours?
Status look_for_strangers(const fs::path& folder, const std::vector<OutputFile>& files, const List& list) {
    std::error_code code;
    for (const OutputFile& file : files)
        if (list.count(file.name) == 0 && fs::exists(folder / file.name, code))
            return Error{Errc::already_exists, (folder / file.name).string() +
                                                   " is in the way: no conversion wrote it; move it, or "
                                                   "choose another folder"};
    return {};
}

Status write_one(const fs::path& folder, const OutputFile& file, const std::string& hash, const List& list,
                 Written& written) {
    std::error_code code;
    if (fs::exists(folder / file.name, code)) {
        const std::string present = TRY(hash_of_file(folder / file.name));
        if (present == hash) {
            ++written.unchanged;
            return {};
        }
        if (!knows(list, file.name, present)) TRY(set_aside(folder, file.name, list, written));
    }
    TRY(write_file(folder, file.name, file.content));
    ++written.written;
    return {};
}

/// Lower-case letters, digits and what is harmless; the rest becomes _.
std::string file_part(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '#' || c == '-';
        out.push_back(upper ? convert::lower_letter(c) : plain ? c : '_');
        if (out.size() == kNamePartMax) break;
    }
    return out;
}

std::string where_to_look(const convert::Object& object) {
    return object.search_path.empty() ? std::string{} : "SET search_path = " + object.search_path + ";\n";
}

}  // namespace

std::vector<std::string> object_file_names(const convert::Conversion& conversion) {
    const int width = std::max<int>(4, static_cast<int>(std::to_string(conversion.objects.size()).size()));
    std::vector<std::string> names;
    names.reserve(conversion.objects.size());
    for (const convert::Object& object : conversion.objects) {
        std::string number = std::to_string(names.size() + 1);
        number.insert(0, static_cast<std::size_t>(width) - number.size(), '0');
        std::string name = number + "_" + file_part(object.kind);
        if (!object.schema.empty() || !object.name.empty()) name += "_";
        if (!object.schema.empty()) name += file_part(object.schema) + ".";
        names.push_back(name + file_part(object.name) + ".sql");
    }
    return names;
}

std::vector<OutputFile> output_files(const convert::Conversion& conversion, OutputLayout layout) {
    std::vector<OutputFile> files;
    const std::string pack{conversion.runtime_pack};
    if (layout != OutputLayout::single) {
        if (!pack.empty()) files.push_back({.name = "0000_runtime_pack.sql", .content = pack});
        const auto names = object_file_names(conversion);
        for (std::size_t i = 0; i < names.size(); ++i)
            files.push_back({.name = names[i],
                             .content = where_to_look(conversion.objects[i]) + conversion.objects[i].sql});
    }
    if (layout != OutputLayout::objects) {
        std::size_t size = pack.size();
        for (const convert::Object& object : conversion.objects) size += object.sql.size() + 2;
        std::string all;
        all.reserve(size);
        all += pack;
        std::string path;
        for (const convert::Object& object : conversion.objects) {
            if (!all.empty() && !all.ends_with('\n')) all += '\n';
            if (object.search_path != path) all += '\n' + where_to_look(object);
            path = object.search_path;
            all += '\n' + object.sql;
        }
        if (!path.empty()) all += "\nRESET search_path;\n";
        files.push_back({.name = "all.sql", .content = std::move(all)});
    }
    return files;
}

Result<Written> write_outputs(const std::string& folder_name, const std::vector<OutputFile>& files) {
    const fs::path folder{folder_name};
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) return failed(code, "making " + folder_name);
    RealDisk disk;
    const auto lock = TRY(disk.lock((folder / kLockName).string()));
    List list = TRY(read_list(folder));
    TRY(look_for_strangers(folder, files, list));

    List fresh;
    for (const OutputFile& file : files) fresh.emplace(file.name, hash_of(file.content));
    // From here on the list names both what may be there and what will be: who dies half way has lost
    // nothing.
    for (const auto& [name, hash] : fresh)
        if (!knows(list, name, hash)) list.emplace(name, hash);
    TRY(write_list(folder, list));
    Written written;
    for (const OutputFile& file : files)
        TRY(write_one(folder, file, fresh.find(file.name)->second, list, written));
    std::set<std::string> stale;
    for (const auto& [name, hash] : list)
        if (fresh.count(name) == 0 && fs::exists(folder / name, code)) stale.insert(name);
    for (const std::string& name : stale)
        if (TRY(set_aside(folder, name, list, written))) ++written.removed;
    TRY(write_list(folder, fresh));
    return written;
}

}  // namespace landfall::app
