// Buckets: create, find, list, change, delete.
//
// Invariants
//   1. A bucket is deleted only when it holds no object, and nothing can be put into it between the look and
//      the deletion: it closes first, and every change of an object requires its bucket unchanged.
//   2. A deletion that a crash interrupted is finished or undone by settle(), before requests are served.
// Threads: any; every call blocks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "services/s3/work_objects.hpp"

namespace landfall::s3 {

class Buckets {
public:
    explicit Buckets(const Ground& ground) : ground_{ground} {}

    /// Ends the deletions that a crash left half done.
    [[nodiscard]] Status settle();

    struct Create {
        std::string name;
        std::string location;  ///< LocationConstraint; empty: the region of the request
        Ownership ownership = Ownership::bucket_owner_enforced;
        Tags tags;
    };
    /// BucketAlreadyOwnedByYou, BucketAlreadyExists, IllegalLocationConstraintException, InvalidBucketName.
    Answer<BucketRow> create(const Asker& asker, const Create& request);
    Answer<BucketRow> find(const Asker& asker, std::string_view name) {
        return bucket_for(ground_, asker, name);
    }
    /// The asker's buckets with name > after, by name.
    Answer<ListPage<BucketRow>> list(const Asker& asker, std::string_view prefix, std::string_view after,
                                     std::uint32_t max);
    /// Reads, lets `change` decide and alter, writes; once more when somebody else was faster.
    Verdict update(const Asker& asker, std::string_view name,
                   const std::function<Verdict(BucketRecord&)>& change);
    /// BucketNotEmpty. Uploads in progress are aborted.
    Verdict remove(const Asker& asker, std::string_view name);

private:
    [[nodiscard]] Result<bool> holds_objects(const BucketRow& bucket);
    Verdict close(const Asker& asker, std::string_view name);
    Verdict finish(const state::Cause& cause, const BucketRow& bucket);
    [[nodiscard]] Status abort_uploads(const state::Cause& cause, const BucketRow& bucket);
    Ground ground_;
};

}  // namespace landfall::s3
