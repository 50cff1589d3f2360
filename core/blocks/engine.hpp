// Store::Engine: the parts of an open store, in the order in which they stand on each other.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/blocks/backend.hpp"
#include "core/blocks/block_io.hpp"
#include "core/blocks/commit.hpp"
#include "core/blocks/domains.hpp"
#include "core/blocks/index.hpp"
#include "core/blocks/lease_table.hpp"
#include "core/blocks/root_log.hpp"
#include "core/blocks/store.hpp"
#include "core/blocks/trees.hpp"
#include "core/blocks/workers.hpp"

namespace landfall::blocks {

class Store::Engine {
public:
    [[nodiscard]] static Result<std::unique_ptr<Engine>> open(const Seams& seams,
                                                              const std::string& directory,
                                                              const Options& options, RebuildReport* rebuilt);
    /// For open(), which makes the parts.
    Engine(const Seams& seams, std::string directory, const Options& options);
    ~Engine();

    [[nodiscard]] Status renew(std::uint64_t lease) { return leases_->renew(lease); }
    [[nodiscard]] Result<const Domain*> domain(DomainNumber number) { return domains_->get(number); }
    /// precondition unless the lease holds the root.
    [[nodiscard]] Status check_held(const Lease& lease, const TreeRoot& root);
    [[nodiscard]] Result<Ref> pin(const Lease& lease, const RefKey& key);

    [[nodiscard]] BlockIo& blocks() { return *blocks_; }
    [[nodiscard]] Trees& trees() { return *trees_; }
    [[nodiscard]] Workers& workers() { return *workers_; }
    [[nodiscard]] LeaseTable& leases() { return *leases_; }
    [[nodiscard]] Commits& commits() { return *commits_; }
    [[nodiscard]] Domains& domains() { return *domains_; }
    [[nodiscard]] const Options& options() const { return options_; }
    /// One collection or verification of this store at a time.
    [[nodiscard]] std::mutex& maintenance() { return maintenance_; }

private:
    [[nodiscard]] Status prepare_directory();
    [[nodiscard]] Status open_index();
    [[nodiscard]] Status recover(RebuildReport* rebuilt);
    [[nodiscard]] Status rebuild(RebuildReport& report);
    [[nodiscard]] Status make_reserve();
    [[nodiscard]] bool free_reserve();
    [[nodiscard]] std::string path(std::string_view name) const {
        return directory_ + "/" + std::string{name};
    }

    const Seams seams_;
    const std::string directory_;
    const Options options_;
    std::unique_ptr<FileLock> lock_;
    std::string uuid_;
    std::unique_ptr<IndexSource> own_source_;
    std::unique_ptr<Index> index_;
    std::unique_ptr<Domains> domains_;
    std::unique_ptr<LocalDirectory> backend_;
    std::unique_ptr<LeaseTable> leases_;
    std::unique_ptr<BlockIo> blocks_;
    std::unique_ptr<RootLog> log_;
    std::unique_ptr<Commits> commits_;
    std::unique_ptr<Trees> trees_;
    std::unique_ptr<Workers> workers_;
    std::mutex maintenance_;
};

[[nodiscard]] Result<std::unique_ptr<ImageWriter>> make_image_writer(Store::Engine& engine,
                                                                     std::uint64_t lease,
                                                                     const Domain& domain, Bytes size,
                                                                     const std::optional<TreeRoot>& base);
[[nodiscard]] std::unique_ptr<StreamWriter> make_stream_writer(Store::Engine& engine, std::uint64_t lease,
                                                               const Domain& domain);
/// Owns the lease.
[[nodiscard]] std::unique_ptr<Reader> make_reader(Store::Engine& engine, Lease lease, const TreeRoot& root);
[[nodiscard]] Result<std::vector<BlockRun>> diff_images(Trees& trees, const TreeRoot& before,
                                                        const TreeRoot& after, BlockIndex from,
                                                        std::size_t limit);
[[nodiscard]] Result<GcReport> collect(Store::Engine& engine, const GcOptions& options,
                                       const ProgressFn& progress);
[[nodiscard]] Result<ScrubReport> scrub_store(Store::Engine& engine, ScrubPosition after, Bytes most);
[[nodiscard]] Result<VerifyReport> verify_store(Store::Engine& engine, VerifyDepth depth,
                                                const ProgressFn& progress);

}  // namespace landfall::blocks
