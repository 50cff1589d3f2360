// Library: the scripts of projects as they were read, and the trees that are made of them.
//
// Invariants
//   1. A snapshot never changes: its key is made of its content. What was converted stays what it was,
//      whatever happens to the scripts.
//   2. A tree is made anew where it is not in memory any more; of the same snapshot, settings and names it is
//      the same.
//   3. Memory: at most kTreesMax trees beside those in use, of scripts of at most kScriptsMax together.
// Threads: any. Every call may read and write buckets. Format: docs/formats/dms.md.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "services/dms/model_names.hpp"
#include "services/dms/model_tree.hpp"
#include "services/dms/ports.hpp"

namespace landfall::dms {

inline constexpr Bytes kScriptsMax = 256_MiB;
inline constexpr std::size_t kScriptFilesMax = 20'000;
inline constexpr std::size_t kTreesMax = 4;

/// Where a project keeps its work.
struct WorkPlace {
    BucketOwner owner;
    BucketPath folder;
};

/// Shared: a tree is read by operations and jobs while the library may let go of it.
using TreePtr = std::shared_ptr<const ModelTree>;

class Library {
public:
    explicit Library(Buckets& buckets) : buckets_{buckets} {}

    /// Reads the scripts under a path and keeps them; answers the snapshot's key. not_found (bucket, or no
    /// script there), denied, exhausted (too many, too large).
    [[nodiscard]] Result<std::string> take(const WorkPlace& place, std::string_view project,
                                           const BucketPath& scripts);
    struct Wanted {
        std::string snapshot;
        std::string configuration;  ///< of the project, JSON
        ServerNames servers;
        Dialect dialect = Dialect::oracle;
        auto operator<=>(const Wanted&) const = default;
    };
    /// not_found: the snapshot was removed from the bucket; corrupt.
    [[nodiscard]] Result<TreePtr> tree(const WorkPlace& place, const Wanted& wanted);

private:
    [[nodiscard]] TreePtr remembered(std::string_view bucket, const Wanted& wanted);

    struct Shelf {
        std::string bucket;
        Wanted wanted;
        TreePtr tree;
    };
    Buckets& buckets_;
    std::mutex mutex_;
    std::list<Shelf> trees_;  ///< the last used first
};

}  // namespace landfall::dms
