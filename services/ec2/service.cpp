#include "services/ec2/service.hpp"

#include <set>

namespace landfall::ec2 {

Ec2::Ec2(const Parts& parts)
    : parts_{parts},
      records_{parts.state},
      imports_{{.records = records_,
                .blocks = parts.blocks,
                .objects = parts.objects,
                .clock = parts.clock,
                .starter = parts.threads,
                .threads = parts.import_threads}},
      machines_{records_, parts.blocks} {}

void Ec2::register_jobs(jobs::Jobs& jobs) {
    jobs.add_kind(imports_.kind());
    jobs.add_kind(machines_.kind());
}

Status Ec2::start(machines::MachineHost* host, ThreadStarter& threads) {
    TRY(drop_orphans());
    if (host == nullptr) return {};
    return machines_.start(*host, threads);
}

void Ec2::stop() { machines_.stop(); }

Status Ec2::drop_orphans() {
    std::set<std::string> spoken_of;
    for (const Stored<Snapshot>& snapshot : TRY(records_.everywhere<Snapshot>()))
        spoken_of.insert(snapshot.value.id);
    for (const Stored<ImportTask>& task : TRY(records_.everywhere<ImportTask>())) {
        if (is_over(task.value)) continue;
        for (const ImportedDisk& disk : task.value.disks) spoken_of.insert(disk.snapshot_id);
    }
    const blocks::Lease lease = parts_.blocks.lease();
    constexpr std::size_t kAtOnce = 1000;
    std::string after;
    while (true) {
        const std::vector<blocks::Ref> refs = TRY(parts_.blocks.list(kSnapshotRoots, after, kAtOnce));
        std::vector<blocks::RefChange> orphans;
        for (const blocks::Ref& ref : refs)
            if (!spoken_of.contains(ref.key.name))
                orphans.push_back({ref.key, blocks::Anything{}, std::nullopt});
        if (!orphans.empty()) TRY(parts_.blocks.commit(lease, orphans));
        if (refs.size() < kAtOnce) return {};
        after = refs.back().key.name;
    }
}

}  // namespace landfall::ec2
