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
      machines_{{.records = records_, .blocks = parts.blocks, .disk = parts.disk, .clock = parts.clock}} {}

void Ec2::register_jobs(jobs::Jobs& jobs) {
    jobs.add_kind(imports_.kind());
    jobs.add_kind(machines_.kind());
}

Status Ec2::start(machines::MachineHost* host, ThreadStarter& threads) {
    TRY(drop_orphans());
    if (host != nullptr) TRY(machines_.start(*host, threads));
    const auto forgotten = machines_.forget_ended();
    return forgotten.ok() ? Status{} : Status{forgotten.error()};
}

void Ec2::stop() { machines_.stop(); }

Status Ec2::drop_orphans() {
    std::set<std::string> spoken_of;
    TRY(records_.everywhere<Snapshot>([&](const Stored<Snapshot>& snapshot) -> Status {
        spoken_of.insert(snapshot.value.id);
        return {};
    }));
    TRY(records_.everywhere<ImportTask>([&](const Stored<ImportTask>& task) -> Status {
        if (!is_over(task.value))
            for (const ImportedDisk& disk : task.value.disks) spoken_of.insert(disk.snapshot_id);
        return {};
    }));
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
