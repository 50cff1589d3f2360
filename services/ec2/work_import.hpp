// Imports: the job that makes snapshots, and an image, of what was uploaded.
//
//   validate ──► convert (once a disk) ──► finish
//
// Invariants
//   1. No snapshot and no image is visible before every byte was decoded, every manifest digest matched, and
//      all of it is durable: they appear in the transaction that completes the task.
//   2. A task that fails or is cancelled becomes `deleted` with the reason, and its roots are dropped.
//   3. A disk that was converted is not converted again after a crash; one that was under way starts anew.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/thread_starter.hpp"
#include "core/blocks/store.hpp"
#include "core/jobs/jobs.hpp"
#include "engines/images/ova.hpp"
#include "services/ec2/ports.hpp"
#include "services/ec2/store.hpp"

namespace landfall::ec2 {

inline constexpr std::string_view kImportJob = "ec2.import";
/// The block store's kind of the roots of snapshots; their names are the snapshots' ids.
inline constexpr std::string_view kSnapshotRoots = "ec2.snapshot";

[[nodiscard]] inline blocks::RefKey snapshot_ref(std::string_view snapshot_id) {
    return {std::string{kSnapshotRoots}, std::string{snapshot_id}};
}

struct ImportParts {
    Records records;
    blocks::Store& blocks;
    ObjectReader& objects;
    Clock& clock;
    ThreadStarter& starter;
    unsigned threads = 0;  ///< decoders of one disk; 0: one a core
};

/// Lives as long as the jobs that run it.
class ImportWork {
public:
    explicit ImportWork(ImportParts parts) : parts_{parts} {}
    [[nodiscard]] jobs::JobKind kind();
    /// The id that disk `index` of this task gets: derived, so that a step that runs again finds what it
    /// made.
    [[nodiscard]] static std::string snapshot_id(std::string_view task_id, std::size_t index);
    [[nodiscard]] static std::string image_id(std::string_view task_id);

private:
    struct OpenDisks;
    Result<Stored<ImportTask>> task_of(const jobs::JobContext& job) const;
    Result<std::unique_ptr<OpenDisks>> open(const Stored<ImportTask>& task) const;
    Result<std::unique_ptr<images::ByteSource>> open_source(const Scope& scope,
                                                            const DiskContainer& container) const;
    Status open_archive(OpenDisks& opened) const;
    Status open_disk(OpenDisks& opened, const DiskContainer& container, std::uint32_t index) const;

    jobs::StepResult validate(jobs::JobContext& job);
    jobs::StepResult convert(jobs::JobContext& job);
    jobs::StepResult finish(jobs::JobContext& job);
    static jobs::StepResult told(Result<jobs::StepResult> result, const jobs::JobContext& job);
    Result<jobs::StepResult> try_validate(jobs::JobContext& job);
    Result<jobs::StepResult> try_convert(jobs::JobContext& job);
    Result<jobs::StepResult> try_finish(jobs::JobContext& job);
    Status convert_disk(jobs::JobContext& job, const Stored<ImportTask>& task, OpenDisks& opened,
                        std::size_t index);
    Status note_converted(const jobs::JobContext& job, const Stored<ImportTask>& task, std::size_t index,
                          BlockCount stored);
    Status detect(ImportTask& task) const;
    Status drop_roots(const ImportTask& task);
    void end_task(const jobs::Job& job, state::Tx& tx);
    static void apply_machine(ImportTask& task, const images::OvfMachine& machine);
    static Snapshot snapshot_of(const ImportTask& task, const ImportedDisk& disk, Instant now);
    static Image image_of(const ImportTask& task, Instant now);

    ImportParts parts_;
};

/// What may share blocks: the account's and region's own, under its default key.
[[nodiscard]] Result<blocks::DomainNumber> domain_of(blocks::Store& store, const Scope& scope);

/// What a failed import tells: "ClientError: …" for what is wrong with the upload, "ServerError: …" for us.
[[nodiscard]] std::string failure_message(const Error& error);

}  // namespace landfall::ec2
