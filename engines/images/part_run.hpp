// PartRun: carries out one plan with one reading thread, one hashing thread where something is to be hashed,
// and the decoding workers. All of the importer's threads come from a ThreadStarter, in part_run.cpp.
//
// | thread | count | purpose |
// |---|---|---|
// | reader | 1 | fills the ring of windows, in order |
// | hasher | 0 or 1 | feeds windows to the digests, in order |
// | worker | 1–8 | decodes units and puts their blocks |
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/thread_starter.hpp"
#include "engines/images/block_sink.hpp"
#include "engines/images/digest.hpp"
#include "engines/images/disk_image.hpp"
#include "engines/images/unit_worker.hpp"
#include "engines/images/window_plan.hpp"

namespace landfall::images {

/// A digest in the making.
struct HashTap {
    std::uint16_t source = 0;
    const ExpectedDigest* expected = nullptr;
    ManifestHasher hasher;
};

/// What an import keeps from part to part.
struct ImportState {
    const DiskImage& image;
    BlockSink& sink;
    PlanShape shape;
    ThreadStarter& starter;
    unsigned threads = 1;
    const std::atomic<bool>* cancel = nullptr;
    std::function<void(const Window&)> retired;  ///< called on the importing thread, in window order
    std::vector<SourceState> sources;
    std::vector<HashTap> taps;
    std::vector<PageBuffer> ring;
    UnitTally tally;
    std::uint64_t source_read = 0;
};

class PartRun {
public:
    PartRun(ImportState& state, DiskPart part, const Plan& plan);
    /// Returns when all threads have ended. Called once.
    Status run();

private:
    void read_windows();
    void hash_windows();
    void work();
    void watch();

    struct Claim {
        const Unit* unit = nullptr;  ///< nullptr: no more
        std::size_t window = 0;
        Resident resident;
    };
    Claim claim();
    [[nodiscard]] bool next_is_ready();
    [[nodiscard]] MutableByteSpan buffer_of(std::size_t window) const;
    void finish_unit(std::size_t window);
    void retire_finished();
    void fail(Error error);
    [[nodiscard]] bool ended() const { return failure_.has_value() || retired_ == plan_.windows.size(); }

    ImportState& state_;
    const DiskPart part_;
    const Plan& plan_;

    std::mutex mutex_;  // guards all below; never held over a read, a decode or a put
    std::condition_variable changed_;
    std::optional<Error> failure_;
    std::size_t loaded_ = 0;   // windows read so far
    std::size_t hashed_ = 0;   // windows hashed so far
    std::size_t retired_ = 0;  // windows that nobody needs any more
    std::size_t next_unit_ = 0;
    std::size_t claim_window_ = 0;           // the window of next_unit_
    std::vector<std::uint32_t> unfinished_;  // units a window waits for
};

}  // namespace landfall::images
