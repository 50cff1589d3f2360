// Mark and sweep beside writers. The order matters; why it is safe is argued in README.md, "Collection".
#include <algorithm>
#include <map>

#include "core/blocks/engine.hpp"
#include "core/blocks/marking.hpp"

namespace landfall::blocks {
namespace {

/// A merged pack must be worth reading: a crash or a quiet domain leaves small ones.
constexpr std::uint64_t kSmallShare = 8;
constexpr std::size_t kSmallPacksMin = 4;

class Collection final {
public:
    Collection(Store::Engine& engine, const GcOptions& options, const ProgressFn& progress)
        : engine_{engine},
          options_{options},
          progress_{progress},
          lease_{engine.leases(), engine.leases().create()} {}
    ~Collection() { engine_.leases().end_collection(); }

    Result<GcReport> run() {
        report_.leases_fenced = engine_.leases().begin_collection();
        // From here on a commit that ends in doubt is safe: its packs count as touched.
        TRY(engine_.commits().certain());
        TRY(mark());
        TRY(choose());
        TRY(sweep_dead());
        TRY(rewrite());
        report_.blocks_live = live_.count();
        return report_;
    }

private:
    struct Candidate {
        PackNumber number = 0;
        PackRecord record;
        std::uint64_t dead_bytes = 0;
    };

    Status mark() {
        TRY(marking_.begin(engine_.leases().condemned()));
        auto at = engine_.blocks().index().scan(Family::ref, "");
        const std::vector<TreeRoot> pins = engine_.leases().pins();
        for (; at->valid(); at->next()) {
            const auto record = decode_ref_record(at->value());
            if (!record) return Error{Errc::corrupt, "the index holds a ref that does not parse"};
            TRY(mark_root(record->root));
        }
        TRY(at->status());
        for (const TreeRoot& root : pins) TRY(mark_root(root));
        TRY(marking_.finish());
        report_.nodes_read = marking_.nodes_read();
        report_.memos_used = marking_.memos_used();
        return {};
    }

    Status mark_root(const TreeRoot& root) {
        ++report_.roots_marked;
        TRY(poll());
        return marking_.mark(root);
    }

    Status poll() {
        TRY(engine_.renew(lease_.token()));
        return go_on(Bytes{live_.count()}, Bytes{live_.count()});
    }

    Status go_on(Bytes done, Bytes total) {
        if (progress_ && !progress_({done, total}))
            return Error{Errc::cancelled, "the collection was stopped"};
        return {};
    }

    Status choose() {
        const std::set<PackNumber> open = engine_.blocks().open_packs();
        std::vector<PackNumber> dead;
        std::vector<PackNumber> partly;
        std::map<std::pair<DomainNumber, BlockType>, std::vector<PackNumber>> small;
        auto at = engine_.blocks().index().scan(Family::pack, "");
        for (; at->valid(); at->next()) {
            const auto number = parse_pack_key(at->key());
            const auto record = decode_pack_record(at->value());
            if (!number || !record || record->state != PackState::sealed || open.contains(*number)) continue;
            const auto dead_here = TRY(dead_bytes(*number, *record));
            const Candidate candidate{*number, *record, dead_here};
            packs_[*number] = candidate;
            if (live_.count_in(*number) == 0)
                dead.push_back(*number);
            else if (candidate.dead_bytes * 100 > record->length * options_.rewrite_above_percent)
                partly.push_back(*number);
            else if (record->length < engine_.options().pack_size.count / kSmallShare)
                small[{record->domain, record->type}].push_back(*number);
        }
        TRY(at->status());
        for (const auto& [lane, numbers] : small)
            if (numbers.size() >= kSmallPacksMin) partly.insert(partly.end(), numbers.begin(), numbers.end());
        partly = within_budget(std::move(partly));
        // A condemned pack loses blocks also to writers, who write them anew: noted before, in any case.
        TRY(marking_.disturb(dead));
        TRY(marking_.disturb(partly));
        dead_ = engine_.leases().condemn(dead);
        partly_ = engine_.leases().condemn(partly);
        return {};
    }

    /// The packs with the largest dead share first.
    std::vector<PackNumber> within_budget(std::vector<PackNumber> numbers) {
        std::sort(numbers.begin(), numbers.end(), [&](PackNumber a, PackNumber b) {
            const Candidate& x = packs_[a];
            const Candidate& y = packs_[b];
            return x.dead_bytes * y.record.length > y.dead_bytes * x.record.length;
        });
        std::uint64_t sum = 0;
        const auto end = std::find_if(numbers.begin(), numbers.end(), [&](PackNumber number) {
            sum += packs_[number].record.length - packs_[number].dead_bytes;
            return sum > options_.rewrite_max.count;
        });
        numbers.erase(end, numbers.end());
        return numbers;
    }

    Result<std::uint64_t> dead_bytes(PackNumber number, const PackRecord& record) {
        const std::uint64_t live = live_.count_in(number);
        if (live == 0) return record.length;
        if (live >= record.frames) return std::uint64_t{0};
        auto listed = engine_.blocks().list_pack(record.uuid);
        // A pack that cannot be listed is verify's to report; its live blocks stay where they are.
        if (!listed.ok()) return std::uint64_t{0};
        std::uint64_t bytes = 0;
        for (const FooterEntry& entry : listed->entries)
            if (!live_.contains({number, entry.offset, entry.frame_length, entry.number}))
                bytes += entry.frame_length + FooterEntry::kSize;
        return bytes;
    }

    Status remove(PackNumber number) {
        TRY(engine_.blocks().delete_pack(number, [&](const Location& at) { return live_.contains(at); }));
        ++report_.packs_deleted;
        packs_[number].dead_bytes = 0;
        return {};
    }

    Status sweep_dead() {
        for (const PackNumber number : dead_) {
            TRY(engine_.renew(lease_.token()));
            TRY(remove(number));
            report_.reclaimed += Bytes{packs_[number].record.length};
        }
        return {};
    }

    // New before old: a pack goes only after its live blocks are durable, and indexed, elsewhere.
    Status rewrite() {
        std::uint64_t done = 0;
        for (const PackNumber number : partly_) {
            TRY(engine_.renew(lease_.token()));
            TRY(go_on(Bytes{done}, Bytes{partly_.size()}));
            ++done;
            const Candidate candidate = packs_[number];
            const Status moved = move_live(candidate);
            // A full disk, or a damaged block, leaves this pack as it is.
            if (!moved.ok()) continue;
            const Status removed = remove(number);
            if (removed.is(Errc::precondition)) continue;
            TRY(Status{removed});
            ++report_.packs_rewritten;
            report_.reclaimed += Bytes{candidate.dead_bytes};
        }
        for (const auto& [number, candidate] : packs_) report_.reclaimable += Bytes{candidate.dead_bytes};
        return {};
    }

    Status move_live(const Candidate& candidate) {
        auto listed = TRY(engine_.blocks().list_pack(candidate.record.uuid));
        std::sort(listed.entries.begin(), listed.entries.end(),
                  [](const FooterEntry& a, const FooterEntry& b) { return a.offset < b.offset; });
        for (const FooterEntry& entry : listed.entries) {
            const Location at{candidate.number, entry.offset, entry.frame_length, entry.number};
            if (!live_.contains(at)) continue;
            TRY(engine_.blocks().move_block(lease_.token(), {candidate.record.domain, entry.type, entry.id},
                                            at));
        }
        TRY(engine_.blocks().settle());
        return engine_.renew(lease_.token());
    }

    Store::Engine& engine_;
    const GcOptions options_;
    const ProgressFn& progress_;
    const Lease lease_;
    GcReport report_;
    FrameSet live_;
    Marking marking_{engine_.blocks(), live_, [this] { return poll(); }};
    std::map<PackNumber, Candidate> packs_;
    std::vector<PackNumber> dead_;
    std::vector<PackNumber> partly_;
};

}  // namespace

Result<GcReport> collect(Store::Engine& engine, const GcOptions& options, const ProgressFn& progress) {
    // Everything put so far is in the index, so that what is marked is found there.
    TRY(engine.blocks().settle());
    return Collection{engine, options, progress}.run();
}

}  // namespace landfall::blocks
