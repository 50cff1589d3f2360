// ModelWork: the jobs behind the requests: reads scripts, converts, exports.
//
// Invariants
//   1. A job is two steps: `work`, which may run again from its beginning and then writes the same objects
//      again, and `finish`, one transaction that ends the request and changes what is known of the project.
//   2. A request that fails or is canceled changes nothing of what is known; an export to a database leaves
//      what it had made until then, and its report says what that is.
// Threads: steps run on the job's thread; they block on disk and on the target database.
#pragma once

#include "services/dms/work_catalogue.hpp"
#include "services/dms/work_library.hpp"
#include "services/dms/work_requests.hpp"

namespace landfall::dms {

/// A project with the sides that its work needs.
struct ProjectView {
    MigrationProject project;
    DataProvider source;
    DataProvider target;

    [[nodiscard]] ServerNames servers() const;
    /// What its scripts are written in; scripts() tells where none of them is.
    [[nodiscard]] Dialect dialect() const { return dialect_of(source.engine).value_or(Dialect::oracle); }
    [[nodiscard]] const DataProvider& side(Origin origin) const {
        return origin == Origin::source ? source : target;
    }
    /// InvalidResourceState where the project has no bucket.
    [[nodiscard]] Judged<WorkPlace> work_place() const;
    /// InvalidResourceState where the source is none whose scripts are converted.
    [[nodiscard]] Judged<BucketPath> scripts() const;
    /// InvalidResourceState where the target is virtual, or nothing that can be exported to.
    [[nodiscard]] Verdict check_export_target() const;
};
/// ResourceNotFound.
[[nodiscard]] Judged<ProjectView> view_of(const Catalogue& catalogue, const Scope& scope,
                                          std::string_view identifier);

/// The models of a tree that some selections cover, by their places in the source.
[[nodiscard]] Result<std::vector<const Model*>> models_by(const ModelTree& tree,
                                                          const std::vector<std::string>& selections);
/// Those of them that a selection covers on one side, but for schemas' own.
[[nodiscard]] std::vector<const Model*> chosen_of(const std::vector<const Model*>& models, Origin origin,
                                                  const Selection& selection);

class ModelWork {
public:
    struct Parts {
        const Catalogue& catalogue;
        Requests& requests;
        Library& library;
        Buckets& buckets;
        Secrets& secrets;
        TargetDatabases& databases;
        Clock& clock;
    };
    explicit ModelWork(const Parts& parts) : parts_{parts} {}

    /// Before jobs.start().
    void register_jobs(jobs::Jobs& jobs);

private:
    /// One run of `work`: what it knows, and what `finish` is to write.
    struct Run {
        jobs::JobContext& job;
        Request request;
        ProjectView view;
        WorkPlace place;
        ModelState state;
        state::Record result;
    };
    jobs::StepResult work(jobs::JobContext& job);
    jobs::StepResult finish(jobs::JobContext& job);
    void add_unfinished(const jobs::Job& job, state::Tx& tx);

    [[nodiscard]] Result<Run> begin(jobs::JobContext& job) const;
    Status perform(Run& run);
    Status load(Run& run);
    Status convert(Run& run);
    Status export_script(Run& run);
    Status export_target(Run& run);
    Status associate_pack(Run& run);
    [[nodiscard]] Result<TreePtr> loaded_tree(Run& run);
    [[nodiscard]] Result<TreePtr> converted_tree(Run& run);
    [[nodiscard]] Result<std::unique_ptr<TargetSession>> open_target(const Run& run);

    Parts parts_;
};

}  // namespace landfall::dms
