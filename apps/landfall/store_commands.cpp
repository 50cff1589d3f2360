// `landfall store …`: looks after the block store of a server that is not running.
#include <unistd.h>
#include <filesystem>
#include <iostream>

#include "apps/landfall/commands.hpp"
#include "apps/landfall/home.hpp"
#include "apps/landfall/human.hpp"
#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "core/blocks/keys.hpp"
#include "core/blocks/store.hpp"

namespace landfall::app {
namespace {

/// A line that is written over itself on a terminal, and not at all elsewhere.
blocks::ProgressFn progress_line(std::string_view doing) {
    if (::isatty(STDERR_FILENO) == 0) return {};
    return [doing](const blocks::Progress& at) {
        std::cerr << '\r' << doing << ' ' << human(at.done) << " of " << human(at.total) << "   "
                  << std::flush;
        return true;
    };
}

void print_damage(const std::vector<blocks::Damage>& damage, std::ostream& out) {
    for (const blocks::Damage& one : damage)
        out << "damaged  " << one.pack << " at " << one.offset.value << "  " << one.what << '\n';
}

Status print_stats(blocks::Store& store, std::ostream& out) {
    const blocks::StoreStats stats = TRY(store.stats());
    out << "roots        " << stats.refs << '\n'
        << "blocks       " << stats.blocks << '\n'
        << "packs        " << stats.packs << '\n'
        << "quarantined  " << stats.quarantined << '\n'
        << "logical      " << human(stats.logical) << '\n'
        << "unique       " << human(stats.unique) << '\n'
        << "stored       " << human(stats.stored) << '\n';
    return {};
}

Status verify(blocks::Store& store, blocks::VerifyDepth depth, std::ostream& out) {
    const blocks::VerifyReport report = TRY(store.verify(depth, progress_line("verified")));
    print_damage(report.damage, out);
    for (const blocks::RefKey& ref : report.affected)
        out << "affected " << ref.kind << ' ' << ref.name << '\n';
    out << report.packs << " packs, " << report.blocks << " blocks, " << human(report.read) << " read, "
        << report.damage_count << " damaged, " << report.affected_count << " roots affected\n";
    if (!report.clean()) return Error{Errc::corrupt, "the store is damaged: see above"};
    return {};
}

Status collect(blocks::Store& store, std::ostream& out) {
    const blocks::GcReport report = TRY(store.collect_garbage({}, progress_line("marked")));
    out << report.roots_marked << " roots, " << report.blocks_live << " blocks live, " << report.packs_deleted
        << " packs deleted, " << report.packs_rewritten << " rewritten, " << human(report.reclaimed)
        << " reclaimed, " << human(report.reclaimable) << " still reclaimable\n";
    return {};
}

Status act(const Settings& settings, StoreAction action, std::ostream& out) {
    if (!std::filesystem::exists(settings.data_directory / "FORMAT"))
        return Error{Errc::not_found, settings.data_directory.string() + " is no Landfall data directory"};
    const Home home = TRY(Home::open(settings.data_directory));
    TRY(check_parts(home));
    SystemClock clock;
    OsRandom random;
    RealDisk disk;
    const auto keys = TRY(blocks::MasterKeyFile::open(disk, (home.path() / "keys/master").string(), random));
    const blocks::Seams seams{disk, clock, random, *keys};
    const std::string directory = (home.path() / "blocks").string();
    if (action == StoreAction::rebuild_index) {
        const blocks::RebuildReport report = TRY(blocks::Store::rebuild_index(seams, directory, {}));
        print_damage(report.damage, out);
        out << report.packs << " packs, " << report.blocks << " blocks, " << report.refs << " roots\n";
        return {};
    }
    const auto store = TRY(blocks::Store::open(seams, directory, {}));
    switch (action) {
        case StoreAction::verify_metadata: return verify(*store, blocks::VerifyDepth::metadata, out);
        case StoreAction::verify_all: return verify(*store, blocks::VerifyDepth::all, out);
        case StoreAction::collect_garbage: return collect(*store, out);
        default: return print_stats(*store, out);
    }
}

}  // namespace

int run_store(const Settings& settings, StoreAction action, std::ostream& out) {
    const Status done = act(settings, action, out);
    if (done.ok()) return 0;
    std::cerr << "landfall: " << done.error().message() << '\n';
    return 1;
}

}  // namespace landfall::app
