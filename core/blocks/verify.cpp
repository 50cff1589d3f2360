#include <algorithm>
#include <unordered_set>

#include "core/blocks/scrub.hpp"
#include "core/blocks/walk.hpp"

namespace landfall::blocks {
namespace {

constexpr std::size_t kListed = 10000;

class Verification final : private WalkVisitor {
public:
    Verification(Store::Engine& engine, VerifyDepth depth, const ProgressFn& progress)
        : engine_{engine}, depth_{depth}, progress_{progress} {}

    Result<VerifyReport> run() {
        TRY(engine_.blocks().settle());
        TRY(check_packs());
        TRY(check_refs());
        return std::move(report_);
    }

private:
    void add(Damage damage) {
        ++report_.damage_count;
        if (report_.damage.size() < kListed) report_.damage.push_back(std::move(damage));
    }

    Status go_on() {
        if (progress_ && !progress_({report_.read, total_}))
            return Error{Errc::cancelled, "the verification was stopped"};
        return {};
    }

    Status check_packs() {
        const PackList list = TRY(packs_behind(engine_.blocks().index(), 0, Bytes{~0ULL}));
        total_ += list.bytes;
        for (const auto& [number, record] : list.packs) {
            TRY(go_on());
            ++report_.packs;
            TRY(check_pack(number, record));
        }
        return {};
    }

    Status check_pack(PackNumber number, const PackRecord& record) {
        if (depth_ == VerifyDepth::metadata) return examine(number, record);
        PackCheck check = TRY(blocks::check_pack(engine_.blocks(), number, record));
        if (check.found == PackCheck::Found::locked)
            return Error{Errc::denied,
                         "pack " + text_of_uuid(record.uuid) + ": its domain's key is disabled"};
        // Collected while this ran: the walk of the refs finds what is missing.
        if (check.found == PackCheck::Found::gone) return {};
        report_.read += Bytes{record.length};
        report_.blocks += check.blocks;
        for (Damage& damage : check.damage) add(std::move(damage));
        return {};
    }

    /// Header, footer and length alone.
    Status examine(PackNumber number, const PackRecord& record) {
        auto walked = engine_.blocks().examine_pack(number, record, std::nullopt);
        if (walked.is(Errc::denied)) return walked.error();
        if (!walked.ok() && !TRY(engine_.blocks().index().get(Family::pack, pack_key(number)))) return {};
        if (!walked.ok()) {
            add({text_of_uuid(record.uuid), ByteOffset{0}, {}, walked.error().message()});
            // What is said of a file that cannot be read now may not hold for its blocks.
            const bool lost = walked.is(Errc::corrupt) || walked.is(Errc::not_found);
            return lost ? engine_.blocks().quarantine_absent(number, record, {}) : Status{};
        }
        report_.blocks += walked->entries.size();
        for (const Damage& damage : walked->damage) add(damage);
        return {};
    }

    // A node that was walked before is walked again only if something below it was bad, so that every ref
    // above it is named.
    [[nodiscard]] bool node(const BlockId& id, const std::optional<Location>& at) override {
        if (at && !seen_.add(*at)) return dirty_nodes_.contains(id);
        walked_.push_back(id);
        return true;
    }
    void content(const BlockId& id, const std::optional<Location>& at) override {
        if (at) return;
        root_bad_ = true;
        if (bad_.insert(id).second)
            add({"", ByteOffset{0}, id, "a block that a tree names is missing from the store"});
    }
    [[nodiscard]] Status unreadable(const BlockId& id, const Error& why) override {
        root_bad_ = true;
        if (bad_.insert(id).second) add({"", ByteOffset{0}, id, why.message()});
        return {};
    }

    Status check_refs() {
        auto at = engine_.blocks().index().scan(Family::ref, "");
        for (; at->valid(); at->next()) {
            TRY(go_on());
            const auto key = parse_ref_key(at->key());
            const auto record = decode_ref_record(at->value());
            if (!key || !record) return Error{Errc::corrupt, "the index holds a ref that does not parse"};
            root_bad_ = false;
            walked_.clear();
            TRY(walk_tree(engine_.blocks(), record->root, *this));
            if (!root_bad_) continue;
            dirty_nodes_.insert(walked_.begin(), walked_.end());
            ++report_.affected_count;
            if (report_.affected.size() < kListed) report_.affected.push_back(*key);
        }
        return at->status();
    }

    Store::Engine& engine_;
    const VerifyDepth depth_;
    const ProgressFn& progress_;
    VerifyReport report_;
    Bytes total_;
    FrameSet seen_;
    std::unordered_set<BlockId> bad_;
    std::unordered_set<BlockId> dirty_nodes_;
    std::vector<BlockId> walked_;
    bool root_bad_ = false;
};

}  // namespace

Result<VerifyReport> verify_store(Store::Engine& engine, VerifyDepth depth, const ProgressFn& progress) {
    return Verification{engine, depth, progress}.run();
}

}  // namespace landfall::blocks
