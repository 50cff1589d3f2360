#include "engines/images/window_plan.hpp"

#include <algorithm>
#include <tuple>

namespace landfall::images {
namespace {

std::uint64_t windows_in(Bytes size, Bytes window) {
    return size.count / window.count + (size.count % window.count != 0 ? 1 : 0);
}

/// Where the bytes of `extent` that fall into a unit begin and end in the source. Compressed extents lie in
/// one unit.
struct Piece {
    std::uint64_t begin;
    std::uint64_t end;
};
Piece piece_in(const Extent& extent, std::uint64_t unit_begin, std::uint64_t unit_end) {
    if (extent.kind != ExtentKind::plain) return {extent.at.value, extent.at.value + extent.stored.count};
    const std::uint64_t from = std::max(extent.guest.value, unit_begin);
    const std::uint64_t to = std::min(extent.guest.value + extent.length.count, unit_end);
    return {extent.at.value + (from - extent.guest.value), extent.at.value + (to - extent.guest.value)};
}

class UnitBuilder {
public:
    UnitBuilder(DiskPart part, const std::vector<Extent>& extents, PlanShape shape, std::vector<Unit>& out)
        : part_{part}, extents_{extents}, shape_{shape}, out_{out} {}

    void run() {
        std::uint32_t first = 0;
        const std::uint64_t count = (part_.length.count + shape_.unit.count - 1) / shape_.unit.count;
        for (std::uint64_t n = 0; n < count; ++n) {
            const std::uint64_t begin = part_.begin.value + n * shape_.unit.count;
            const std::uint64_t end = begin + shape_.unit.count;
            while (extents_[first].guest.value + extents_[first].length.count <= begin) ++first;
            add(static_cast<std::uint32_t>(n), first, begin, end);
        }
    }

private:
    void add(std::uint32_t number, std::uint32_t first, std::uint64_t begin, std::uint64_t end) {
        Unit unit{.number = number, .first_extent = first};
        bool any = false;
        for (std::size_t i = first; i < extents_.size() && extents_[i].guest.value < end; ++i) {
            const Extent& e = extents_[i];
            if (!e.has_bytes()) continue;
            const std::uint64_t at = piece_in(e, begin, end).begin;
            if (!any || std::tuple{e.source, at} < std::tuple{unit.source, unit.at}) {
                unit.source = e.source;
                unit.at = at;
            }
            any = true;
        }
        if (!any) return;
        const std::uint64_t next_window = (unit.at / shape_.window.count + 1) * shape_.window.count;
        for (std::size_t i = first; i < extents_.size() && extents_[i].guest.value < end; ++i) {
            const Extent& e = extents_[i];
            if (!e.has_bytes() || e.source != unit.source) continue;
            const Piece piece = piece_in(e, begin, end);
            if (piece.end > next_window && piece.begin < next_window + shape_.window.count)
                unit.uses_next = true;
        }
        out_.push_back(unit);
    }

    DiskPart part_;
    const std::vector<Extent>& extents_;
    PlanShape shape_;
    std::vector<Unit>& out_;
};

using WindowKey = std::tuple<std::uint16_t, std::uint64_t>;

/// Every window that a unit needs, ascending, once each.
std::vector<WindowKey> windows_of_units(const std::vector<Unit>& units, PlanShape shape) {
    std::vector<WindowKey> keys;
    const auto add = [&](WindowKey key) {
        if (keys.empty() || keys.back() < key) keys.push_back(key);
    };
    for (const Unit& unit : units) {
        const std::uint64_t index = unit.at / shape.window.count;
        add({unit.source, index});
        if (unit.uses_next) add({unit.source, index + 1});
    }
    return keys;
}

/// Adds the windows from where hashing stands up to the last one needed of each source (or the source's end).
enum class Reach { last_needed, end };
std::vector<WindowKey> with_hashing(std::vector<WindowKey> keys, const std::vector<SourceState>& sources,
                                    PlanShape shape, Reach reach) {
    std::vector<WindowKey> more;
    for (std::size_t s = 0; s < sources.size(); ++s) {
        const auto source = static_cast<std::uint16_t>(s);
        std::uint64_t end = windows_in(sources[s].size, shape.window);
        if (reach == Reach::last_needed) {
            const auto above = std::ranges::upper_bound(
                keys, source, {}, [](const WindowKey& key) { return std::get<0>(key); });
            if (above == keys.begin() || std::get<0>(*(above - 1)) != source) continue;
            end = std::get<1>(*(above - 1)) + 1;
        }
        if (sources[s].hashed >= sources[s].size) continue;
        for (std::uint64_t i = sources[s].hashed.count / shape.window.count; i < end; ++i)
            more.push_back({source, i});
    }
    std::vector<WindowKey> all;
    all.reserve(keys.size() + more.size());
    std::ranges::set_union(keys, more, std::back_inserter(all));
    return all;
}

void place_units(Plan& plan, const std::vector<WindowKey>& keys, PlanShape shape) {
    std::uint32_t unit = 0;
    for (const auto& [source, index] : keys) {
        Window window{.index = index, .source = source, .units_begin = unit};
        while (unit < plan.units.size() && plan.units[unit].source == source &&
               plan.units[unit].at / shape.window.count == index) {
            ++unit;
        }
        window.units_end = unit;
        plan.windows.push_back(window);
    }
    CHECK(unit == plan.units.size());
}

}  // namespace

Plan plan_part(DiskPart part, std::vector<Extent> extents, const std::vector<SourceState>& sources,
               PlanShape shape) {
    Plan plan{.extents = std::move(extents)};
    UnitBuilder{part, plan.extents, shape, plan.units}.run();
    std::ranges::sort(plan.units, {}, [](const Unit& u) { return std::tuple{u.source, u.at, u.number}; });
    place_units(plan, with_hashing(windows_of_units(plan.units, shape), sources, shape, Reach::last_needed),
                shape);
    return plan;
}

Plan plan_rest(const std::vector<SourceState>& sources, PlanShape shape) {
    Plan plan;
    place_units(plan, with_hashing({}, sources, shape, Reach::end), shape);
    return plan;
}

}  // namespace landfall::images
