#include "services/dms/work_library.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "core/state/record.hpp"
#include "engines/convert/script_files.hpp"
#include "services/dms/model_settings.hpp"

namespace landfall::dms {
namespace {

/// The name of a script: its key behind the path, or its last part where the path is the script.
std::string name_of(const BucketPath& scripts, std::string_view key) {
    if (key == scripts.key) return std::string{key.substr(key.rfind('/') + 1)};
    std::string_view name = key.substr(scripts.key.size());
    while (name.starts_with('/')) name.remove_prefix(1);
    return std::string{name};
}

/// "ddl" means the folder ddl/ and the script ddl, not ddl-old/x.sql.
bool lies_under(const BucketPath& scripts, std::string_view key) {
    if (scripts.key.empty() || scripts.key.ends_with('/') || key == scripts.key) return true;
    return key[scripts.key.size()] == '/';
}

std::string packed(const ScriptFiles& files) {
    state::Record::Records list;
    for (const auto& [name, bytes] : files) {
        state::Record file;
        file.set("name", name).set("bytes", bytes);
        list.push_back(std::move(file));
    }
    state::Record record;
    return record.set("files", std::move(list)).encode();
}

Result<ScriptFiles> unpacked(std::string_view bytes) {
    const state::Record record = TRY(state::Record::decode(bytes));
    ScriptFiles files;
    for (const state::Record& file : record.records("files")) files[file.text("name")] = file.text("bytes");
    if (files.empty()) return Error{Errc::corrupt, "a snapshot without scripts"};
    return files;
}

}  // namespace

Result<std::string> Library::take(const WorkPlace& place, std::string_view project,
                                  const BucketPath& scripts) {
    ScriptFiles files;
    Bytes together;
    for (const Buckets::Listed& each :
         TRY(buckets_.list(place.owner, scripts.bucket, scripts.key, kScriptFilesMax))) {
        const bool wanted = lies_under(scripts, each.key) &&
                            (each.key == scripts.key || convert::is_script_name(each.key)) &&
                            !each.key.ends_with('/');
        if (!wanted) continue;
        together += each.size;
        if (together > kScriptsMax)
            return Error{Errc::exhausted, "the scripts under " + scripts.url() + " are larger than 256 MiB"};
        files[name_of(scripts, each.key)] =
            TRY(buckets_.read(place.owner, scripts.bucket, each.key, kScriptsMax));
    }
    if (files.empty()) return Error{Errc::not_found, "there is no script under " + scripts.url()};
    const std::string bytes = packed(files);
    const std::string key =
        key_in(place.folder, "metadata-models/" + std::string{project} + "/" + sha256(bytes).hex());
    TRY(buckets_.write(place.owner, place.folder.bucket, key, bytes, "application/octet-stream"));
    return key;
}

TreePtr Library::remembered(std::string_view bucket, const Wanted& wanted) {
    const std::scoped_lock lock{mutex_};
    const auto found = std::find_if(trees_.begin(), trees_.end(), [&](const Shelf& shelf) {
        return shelf.bucket == bucket && shelf.wanted == wanted;
    });
    if (found == trees_.end()) return nullptr;
    trees_.splice(trees_.begin(), trees_, found);
    return found->tree;
}

Result<TreePtr> Library::tree(const WorkPlace& place, const Wanted& wanted) {
    if (TreePtr known = remembered(place.folder.bucket, wanted)) return known;
    const std::string bytes =
        TRY(buckets_.read(place.owner, place.folder.bucket, wanted.snapshot, kScriptsMax * 2));
    auto settings = settings_of(wanted.configuration);
    if (!settings.ok()) return Error{Errc::invalid, settings.error().message()};
    ScriptFiles files = TRY(unpacked(bytes));
    auto made = std::make_shared<const ModelTree>(
        make_tree(std::move(files), wanted.dialect, *settings, wanted.servers));
    const std::scoped_lock lock{mutex_};
    trees_.push_front({place.folder.bucket, wanted, made});
    while (trees_.size() > kTreesMax) trees_.pop_back();
    return TreePtr{std::move(made)};
}

}  // namespace landfall::dms
