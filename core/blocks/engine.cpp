#include "core/blocks/engine.hpp"

#include <charconv>

namespace landfall::blocks {
namespace {

constexpr std::string_view kFormat = "landfall block store";
/// 2 since frames may hold zlib streams. A store of version 1 is read as it is, and is of version 2 from then
/// on: what knows only version 1 must not meet such frames.
constexpr unsigned kFormatVersion = 2;
constexpr std::string_view kStoreKey = "store";

std::string format_text(std::string_view uuid) {
    return std::string{kFormat} + "\nversion " + std::to_string(kFormatVersion) + "\nid " +
           std::string{uuid} + "\n";
}

struct FormatFile {
    unsigned version = 0;
    std::string uuid;
};

/// "landfall block store\nversion 2\nid <32 digits>\n".
Result<FormatFile> parse_format(std::string_view text, const std::string& path) {
    const Error foreign{Errc::corrupt, path + " does not name a block store"};
    const auto line = [&]() -> std::string_view {
        const std::size_t end = text.find('\n');
        const std::string_view found = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        return found;
    };
    if (line() != kFormat) return foreign;
    const std::string_view version = line();
    unsigned number = 0;
    constexpr std::string_view kVersion = "version ";
    if (!version.starts_with(kVersion)) return foreign;
    const auto [end, error] =
        std::from_chars(version.data() + kVersion.size(), version.data() + version.size(), number);
    if (error != std::errc{} || end != version.data() + version.size()) return foreign;
    if (number > kFormatVersion)
        return Error{Errc::precondition, path + ": format " + std::to_string(number) +
                                             " was written by a newer Landfall; this one reads up to " +
                                             std::to_string(kFormatVersion)};
    const std::string_view id = line();
    if (!id.starts_with("id ") || id.size() != 35) return foreign;
    return FormatFile{number, std::string{id.substr(3)}};
}

}  // namespace

Store::Engine::Engine(const Seams& seams, std::string directory, const Options& options)
    : seams_{seams}, directory_{std::move(directory)}, options_{options} {}

Store::Engine::~Engine() = default;

Result<std::unique_ptr<Store::Engine>> Store::Engine::open(const Seams& seams, const std::string& directory,
                                                           const Options& options, RebuildReport* rebuilt) {
    if (options.pack_size < 64_KiB || options.pack_size > 1_GiB)
        return Error{Errc::invalid, "a pack is 64 KiB to 1 GiB"};
    auto engine = std::make_unique<Engine>(seams, directory, options);
    TRY(engine->prepare_directory());
    engine->domains_ =
        std::make_unique<Domains>(seams.disk, engine->path("domains"), seams.random, seams.keys);
    TRY(engine->domains_->load());
    engine->backend_ = TRY(LocalDirectory::open(seams.disk, engine->path("packs")));
    if (rebuilt != nullptr) {
        if (seams.index == nullptr) engine->own_source_ = std::make_unique<RocksIndexSource>();
        IndexSource& source = seams.index != nullptr ? *seams.index : *engine->own_source_;
        TRY(source.destroy(engine->path("index")));
    }
    TRY(engine->open_index());
    engine->leases_ = std::make_unique<LeaseTable>(seams.clock, options.lease_life);
    engine->blocks_ = std::make_unique<BlockIo>(BlockIo::Parts{.disk = seams.disk,
                                                               .random = seams.random,
                                                               .domains = *engine->domains_,
                                                               .index = *engine->index_,
                                                               .backend = *engine->backend_,
                                                               .leases = *engine->leases_,
                                                               .open_directory = engine->path("open"),
                                                               .pack_size = options.pack_size,
                                                               .free_min = options.free_min,
                                                               .zstd_level = options.zstd_level});
    engine->log_ = std::make_unique<RootLog>(seams.disk, engine->path("roots"));
    Engine* const self = engine.get();
    engine->commits_ =
        std::make_unique<Commits>(Commits::Parts{.blocks = *engine->blocks_,
                                                 .leases = *engine->leases_,
                                                 .log = *engine->log_,
                                                 .wait_max = options.commit_wait_max,
                                                 .free_reserve = [self] { return self->free_reserve(); }});
    engine->trees_ = std::make_unique<Trees>(*engine->blocks_);
    TRY(engine->recover(rebuilt));
    engine->workers_ = std::make_unique<Workers>(options.workers);
    return engine;
}

Status Store::Engine::prepare_directory() {
    TRY(seams_.disk.make_directory(directory_));
    TRY(seams_.disk.sync_directory(directory_of(directory_)));
    auto lock = seams_.disk.lock(path("lock"));
    if (!lock.ok()) return std::move(lock).error().in("opening the block store");
    lock_ = std::move(lock).value();
    const auto format = seams_.disk.read_all(path("format"), 4_KiB);
    unsigned version = 0;
    if (format.ok()) {
        FormatFile file = TRY(parse_format(text_of(*format), path("format")));
        uuid_ = std::move(file.uuid);
        version = file.version;
    } else if (!format.is(Errc::not_found)) {
        return format.error();
    }
    for (const char* name : {"domains", "open", "packs", "roots"})
        TRY(seams_.disk.make_directory(path(name)));
    TRY(seams_.disk.sync_directory(directory_));
    if (version == kFormatVersion) return {};
    if (uuid_.empty()) uuid_ = seams_.random.hex(32);
    return seams_.disk.replace(path("format"), bytes_of(format_text(uuid_)));
}

Status Store::Engine::open_index() {
    if (seams_.index == nullptr && own_source_ == nullptr) own_source_ = std::make_unique<RocksIndexSource>();
    IndexSource& source = seams_.index != nullptr ? *seams_.index : *own_source_;
    auto opened = source.open(path("index"), options_.index_memory);
    // After a crash it writes what its log holds: on a full disk, into the space kept for such a moment.
    if (opened.is(Errc::exhausted) && free_reserve())
        opened = source.open(path("index"), options_.index_memory);
    if (!opened.ok())
        return std::move(opened).error().in("the index of " + directory_ + " (it can be rebuilt)");
    index_ = std::move(*opened);
    return {};
}

Status Store::Engine::recover(RebuildReport* rebuilt) {
    const auto store = TRY(index_->get(Family::meta, kStoreKey));
    if (store && *store != uuid_)
        return Error{Errc::corrupt, "the index in " + directory_ + " belongs to another store; rebuild it"};
    TRY(blocks_->load());
    RebuildReport report;
    // The mark is the last thing that a rebuild writes: an index without it is empty, or half built.
    if (!store) TRY(rebuild(report));
    for (const std::string& name : TRY(seams_.disk.list(path("open")))) {
        if (!name.ends_with(".pack")) continue;
        Status recovered = blocks_->recover_open_pack(name);
        // A key that is disabled now must not keep the other domains from starting; the pack waits.
        if (!recovered.ok() && !recovered.is(Errc::denied))
            return std::move(recovered).error().in("recovering " + name);
    }
    TRY(blocks_->forget_lost_open_packs());
    TRY(blocks_->finish_deletes());
    TRY(commits_->replay());
    if (!store) TRY(index_->write({{Family::meta, std::string{kStoreKey}, uuid_}}, Durability::synced));
    if (rebuilt != nullptr) *rebuilt = std::move(report);
    return make_reserve();
}

Status Store::Engine::rebuild(RebuildReport& report) {
    std::string after;
    while (true) {
        const auto keys = TRY(backend_->list(after, 10000));
        if (keys.empty()) return {};
        after = keys.back();
        for (const std::string& key : keys) {
            const auto uuid = key.ends_with(".pack")
                                  ? parse_uuid(std::string_view{key}.substr(0, key.size() - 5))
                                  : std::nullopt;
            if (!uuid) continue;
            ++report.packs;
            auto walked = blocks_->index_sealed_pack(*uuid);
            if (!walked.ok() && !walked.is(Errc::corrupt)) return walked.error();
            if (!walked.ok()) {
                report.damage.push_back({text_of_uuid(*uuid), ByteOffset{0}, {}, walked.error().message()});
                continue;
            }
            report.blocks += walked->entries.size();
            report.damage.insert(report.damage.end(), walked->damage.begin(), walked->damage.end());
        }
    }
}

Status Store::Engine::make_reserve() {
    if (options_.reserve == 0_B) return {};
    const auto found = seams_.disk.stat(path("reserve"));
    if (found.ok() && found->size >= options_.reserve) return {};
    const auto file = TRY(seams_.disk.open(path("reserve"), OpenMode::create));
    const Status allocated = file->allocate(options_.reserve);
    // A full disk is when a store must still open.
    if (!allocated.ok() && !allocated.is(Errc::exhausted)) return allocated;
    return {};
}

bool Store::Engine::free_reserve() {
    const auto found = seams_.disk.stat(path("reserve"));
    if (!found.ok() || found->size == 0_B) return false;
    const auto file = seams_.disk.open(path("reserve"), OpenMode::read_write);
    return file.ok() && (*file)->truncate(0_B).ok();
}

Status Store::Engine::check_held(const Lease& lease, const TreeRoot& root) {
    TRY(lease.renew());
    if (lease.holds(root)) return {};
    return Error{Errc::precondition, "the lease does not hold this root"};
}

// Looked up again after it was pinned: a collection that began in between has either seen the ref or sees the
// pin.
Result<Ref> Store::Engine::pin(const Lease& lease, const RefKey& key) {
    TRY(lease.renew());
    const Error missing{Errc::not_found, "no ref " + key.kind + " " + key.name};
    while (true) {
        const auto record = TRY(commits_->find(key));
        if (!record) return missing;
        leases_->add_pinned(lease.token(), record->root);
        const auto again = TRY(commits_->find(key));
        if (!again) return missing;
        if (again->root == record->root) return Ref{key, again->root, again->version};
    }
}

}  // namespace landfall::blocks
