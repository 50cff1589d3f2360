#include "core/blocks/store.hpp"

#include <algorithm>

#include "core/blocks/engine.hpp"

namespace landfall::blocks {

Store::Store(std::unique_ptr<Engine> engine) : engine_{std::move(engine)} {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const Seams& seams, const std::string& directory,
                                           const Options& options) {
    return std::make_unique<Store>(TRY(Engine::open(seams, directory, options, nullptr)));
}

Result<RebuildReport> Store::rebuild_index(const Seams& seams, const std::string& directory,
                                           const Options& options) {
    RebuildReport report;
    const auto engine = TRY(Engine::open(seams, directory, options, &report));
    for (auto at = engine->blocks().index().scan(Family::ref, ""); at->valid(); at->next()) ++report.refs;
    return report;
}

Result<DomainNumber> Store::domain(const DomainName& name) { return engine_->domains().find_or_make(name); }

Lease Store::lease() { return Lease{engine_->leases(), engine_->leases().create()}; }

Result<Ref> Store::pin(const Lease& lease, const RefKey& key) { return engine_->pin(lease, key); }

Result<std::unique_ptr<ImageWriter>> Store::write_image(const Lease& lease, DomainNumber domain, Bytes size,
                                                        std::optional<TreeRoot> base) {
    if (base) TRY(engine_->check_held(lease, *base));
    TRY(lease.renew());
    return make_image_writer(*engine_, lease.token(), *TRY(engine_->domain(domain)), size, base);
}

Result<std::unique_ptr<StreamWriter>> Store::write_stream(const Lease& lease, DomainNumber domain) {
    TRY(lease.renew());
    return make_stream_writer(*engine_, lease.token(), *TRY(engine_->domain(domain)));
}

Result<TreeRoot> Store::compose(const Lease& lease, DomainNumber domain, std::span<const TreeRoot> parts) {
    const Domain* const in = TRY(engine_->domain(domain));
    StreamTree tree{engine_->trees(), lease.token(), *in};
    for (const TreeRoot& part : parts) {
        TRY(engine_->check_held(lease, part));
        if (part.kind != TreeKind::stream || part.domain != domain)
            return Error{Errc::invalid, "a part that is not a stream of this domain"};
        if (part.length != 0_B) TRY(tree.add({part.id, part.length.count, part.level}));
    }
    const TreeRoot root = TRY(tree.finish());
    engine_->leases().add_made(lease.token(), root);
    return root;
}

Result<std::uint64_t> Store::commit(const Lease& lease, std::span<const RefChange> changes) {
    TRY(lease.renew());
    return engine_->commits().commit(lease.token(), changes);
}

Result<Ref> Store::find(const RefKey& key) const {
    const auto record = TRY(engine_->commits().find(key));
    if (!record) return Error{Errc::not_found, "no ref " + key.kind + " " + key.name};
    return Ref{key, record->root, record->version};
}

Result<std::vector<Ref>> Store::list(std::string_view kind, std::string_view after, std::size_t limit) const {
    std::vector<Ref> refs;
    const std::string first = ref_key({std::string{kind}, std::string{after}});
    auto at = engine_->blocks().index().scan(Family::ref, first);
    for (; at->valid() && refs.size() < limit; at->next()) {
        auto key = parse_ref_key(at->key());
        const auto record = decode_ref_record(at->value());
        if (!key || !record) return Error{Errc::corrupt, "the index holds a ref that does not parse"};
        if (key->kind != kind) break;
        if (key->name > after || after.empty())
            refs.push_back({std::move(*key), record->root, record->version});
    }
    TRY(at->status());
    return refs;
}

Result<std::unique_ptr<Reader>> Store::open(const RefKey& key) {
    Lease held = lease();
    const Ref ref = TRY(pin(held, key));
    TRY(engine_->domain(ref.root.domain));
    return make_reader(*engine_, std::move(held), ref.root);
}

Result<std::unique_ptr<Reader>> Store::open(const Lease& holder, const TreeRoot& root) {
    TRY(engine_->check_held(holder, root));
    TRY(engine_->domain(root.domain));
    // What is not committed is kept by its maker's lease alone; a pin of one's own keeps what is.
    Lease held = lease();
    engine_->leases().add_pinned(held.token(), root);
    return make_reader(*engine_, std::move(held), root);
}

Result<std::vector<BlockRun>> Store::diff(const Lease& lease, const TreeRoot& before, const TreeRoot& after,
                                          BlockIndex from, std::size_t limit) {
    TRY(engine_->check_held(lease, before));
    TRY(engine_->check_held(lease, after));
    if (before.kind != TreeKind::image || after.kind != TreeKind::image || before.domain != after.domain)
        return Error{Errc::invalid, "only images of one domain have a difference"};
    return diff_images(engine_->trees(), before, after, from, limit);
}

Result<GcReport> Store::collect_garbage(const GcOptions& options, const ProgressFn& progress) {
    const std::unique_lock turn{engine_->maintenance(), std::try_to_lock};
    if (!turn.owns_lock()) return Error{Errc::unavailable, "a collection or verification runs already"};
    return collect(*engine_, options, progress);
}

Result<VerifyReport> Store::verify(VerifyDepth depth, const ProgressFn& progress) {
    const std::unique_lock turn{engine_->maintenance(), std::try_to_lock};
    if (!turn.owns_lock()) return Error{Errc::unavailable, "a collection or verification runs already"};
    return verify_store(*engine_, depth, progress);
}

Result<ScrubReport> Store::scrub(ScrubPosition after, Bytes most) {
    TRY(engine_->blocks().settle());
    return scrub_store(*engine_, after, most);
}

Result<StoreStats> Store::stats() const {
    StoreStats stats;
    Index& index = engine_->blocks().index();
    auto ref = index.scan(Family::ref, "");
    for (; ref->valid(); ref->next()) {
        const auto record = decode_ref_record(ref->value());
        if (!record) return Error{Errc::corrupt, "the index holds a ref that does not parse"};
        ++stats.refs;
        stats.logical += record->root.length;
    }
    TRY(ref->status());
    auto pack = index.scan(Family::pack, "");
    for (; pack->valid(); pack->next()) {
        const auto record = decode_pack_record(pack->value());
        if (!record || record->state == PackState::deleting) continue;
        ++stats.packs;
        stats.blocks += record->frames;
        stats.unique += Bytes{record->raw};
        stats.stored += Bytes{record->length};
    }
    TRY(pack->status());
    stats.quarantined = engine_->blocks().quarantined();
    return stats;
}

}  // namespace landfall::blocks
