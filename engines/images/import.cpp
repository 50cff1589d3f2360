#include "engines/images/import.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "engines/images/part_run.hpp"
#include "engines/images/window_plan.hpp"

namespace landfall::images {
namespace {

constexpr Bytes kWindowMax = 16_MiB;
constexpr Bytes kWindowMin = 64_KiB;
constexpr std::size_t kRing = 4;
constexpr unsigned kThreadsMax = 8;
constexpr std::uint64_t kProgressSteps = 8;

/// The least that the extent takes of the file where nothing is mapped twice: deflate shrinks to no less than
/// 1/1032.
std::uint64_t least_stored(const Extent& extent) {
    switch (extent.kind) {
        case ExtentKind::hole:
        case ExtentKind::zero: return 0;
        case ExtentKind::plain: return extent.stored.count;
        case ExtentKind::vmdk_grain: return 512;
        case ExtentKind::deflate: return extent.decoded / 1032;
        case ExtentKind::zstd: return 13;
    }
    return 0;
}

class Import {
public:
    Import(const DiskImage& image, BlockSink& sink, const ImportOptions& options)
        : options_{options},
          state_{.image = image,
                 .sink = sink,
                 .shape = shape_of(image),
                 .starter = options.starter != nullptr ? *options.starter : own_threads_,
                 .threads = threads_of(options),
                 .cancel = options.cancel,
                 .retired = [this](const Window& w) { window_retired(w); }} {
        for (const ByteSource* source : image.sources()) {
            state_.sources.push_back({.size = source->size(), .hashed = source->size()});
            total_ += source->size();
        }
        reached_.resize(state_.sources.size());
        for (const ExpectedDigest& expected : options.digests) tap(expected);
        for (std::size_t i = 0; i < kRing; ++i) state_.ring.emplace_back(state_.shape.window);
    }

    Result<ImportReport> run() {
        tell(0_B);
        for (const DiskPart part : state_.image.parts()) TRY(run_part(part));
        const Plan rest = plan_rest(state_.sources, state_.shape);
        TRY(carry_out({}, rest));
        TRY(check_digests());
        tell(total_);
        return ImportReport{.virtual_size = state_.image.virtual_size(),
                            .source_bytes = total_,
                            .source_read = Bytes{state_.source_read},
                            .read_again = Bytes{state_.tally.read_again},
                            .blocks_put = BlockCount{state_.tally.blocks_put},
                            .blocks_zero = BlockCount{state_.tally.blocks_zero}};
    }

private:
    static PlanShape shape_of(const DiskImage& image) {
        std::uint64_t total = 0;
        for (const ByteSource* source : image.sources()) total += source->size().count;
        const std::uint64_t step = total / kProgressSteps / kWindowMin.count * kWindowMin.count;
        return {.window = std::clamp(Bytes{step}, kWindowMin, kWindowMax), .unit = image.unit()};
    }

    static unsigned threads_of(const ImportOptions& options) {
        const unsigned wanted = options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
        return std::clamp(wanted, 1u, kThreadsMax);
    }

    void tap(const ExpectedDigest& expected) {
        const auto& sources = state_.image.sources();
        const auto found = std::ranges::find(sources, expected.source);
        if (found == sources.end()) {
            others_.push_back(&expected);
            return;
        }
        const auto source = static_cast<std::uint16_t>(found - sources.begin());
        state_.sources[source].hashed = 0_B;
        state_.taps.push_back(
            {.source = source, .expected = &expected, .hasher = ManifestHasher{expected.algorithm}});
    }

    Status run_part(DiskPart part) {
        if (cancelled()) return Error{Errc::cancelled, "the import was cancelled"};
        std::vector<Extent> extents = TRY(state_.image.map(part));
        TRY(check_cover(part, extents));
        return carry_out(part, plan_part(part, std::move(extents), state_.sources, state_.shape));
    }

    Status carry_out(DiskPart part, const Plan& plan) {
        if (plan.windows.empty()) return {};
        return PartRun{state_, part, plan}.run();
    }

    /// A map without gaps is the reader's duty. That no byte is mapped twice is the file's: a small file
    /// whose tables name one cluster a million times would cost the work of a large one.
    Status check_cover(DiskPart part, const std::vector<Extent>& extents) {
        ByteOffset next = part.begin;
        for (const Extent& extent : extents) {
            CHECK(extent.guest == next && extent.source < state_.sources.size());
            next += extent.length;
            mapped_ += least_stored(extent);
        }
        CHECK(next == part.begin + part.length);
        if (mapped_ <= total_.count) return {};
        return bad_input(*state_.image.sources().front(), ByteOffset{0},
                         "the tables map more bytes than the file has, up to guest offset " +
                             std::to_string(next.value) + ": clusters overlap");
    }

    Status check_digests() {
        for (HashTap& tap : state_.taps) TRY(compare_digest(*tap.expected, tap.hasher.finish_hex()));
        for (const ExpectedDigest* expected : others_) TRY(verify_digest(*expected));
        return {};
    }

    void window_retired(const Window& window) {
        const std::uint64_t end = (window.index + 1) * state_.shape.window.count;
        Bytes& reached = reached_[window.source];
        reached = std::max(reached, std::min(Bytes{end}, state_.sources[window.source].size));
        Bytes sum;
        for (const Bytes r : reached_) sum += r;
        if (sum < total_) tell(sum);
    }

    void tell(Bytes consumed) {
        if (!options_.progress || (told_ && consumed <= *told_)) return;
        told_ = consumed;
        options_.progress({.consumed = consumed, .total = total_});
    }

    [[nodiscard]] bool cancelled() const {
        return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
    }

    const ImportOptions& options_;
    SystemThreads own_threads_;
    ImportState state_;
    Bytes total_;
    std::vector<Bytes> reached_;  // of each source: the end of the last window that is done with
    std::optional<Bytes> told_;
    std::vector<const ExpectedDigest*> others_;
    std::uint64_t mapped_ = 0;
};

}  // namespace

Result<ImportReport> import_disk(const DiskImage& image, BlockSink& sink, const ImportOptions& options) {
    return Import{image, sink, options}.run();
}

}  // namespace landfall::images
