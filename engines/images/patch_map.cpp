#include "engines/images/patch_map.hpp"

#include <algorithm>
#include <cstring>

namespace landfall::images {

void PatchMap::put_bytes(ByteOffset begin, ByteSpan bytes) {
    put({.begin = begin.value, .end = begin.value + bytes.size(), .bytes_at = bytes_.size()});
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void PatchMap::put_zeros(ByteOffset begin, Bytes length) {
    if (length == 0_B) return;
    put({.begin = begin.value, .end = begin.value + length.count, .zero = true});
}

/// Cuts what the new patch covers out of the older ones.
void PatchMap::put(Patch patch) {
    auto it = patches_.lower_bound(patch.begin);
    if (it != patches_.begin() && std::prev(it)->second.end > patch.begin) --it;
    while (it != patches_.end() && it->second.begin < patch.end) {
        const Patch old = it->second;
        it = patches_.erase(it);
        if (old.begin < patch.begin) {
            Patch left = old;
            left.end = patch.begin;
            patches_.emplace(left.begin, left);
        }
        if (old.end > patch.end) {
            Patch right = old;
            right.begin = patch.end;
            right.bytes_at += patch.end - old.begin;
            it = patches_.emplace(right.begin, right).first;
        }
    }
    patches_.emplace(patch.begin, patch);
}

PatchMap::Patch PatchMap::next(std::uint64_t at) const {
    auto it = patches_.upper_bound(at);
    if (it != patches_.begin() && std::prev(it)->second.end > at) --it;
    return it == patches_.end() ? Patch{} : it->second;
}

Result<std::size_t> PatchedSource::read_at(ByteOffset at, MutableByteSpan out) const {
    if (at.value >= size_.count) return std::size_t{0};
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_.count - at.value)));
    const std::size_t got = TRY(file_.read_at(at, out));
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(got), out.end(), std::byte{0});
    const std::uint64_t end = at.value + out.size();
    for (std::uint64_t from = at.value; from < end;) {
        const PatchMap::Patch patch = patches_.next(from);
        if (patch.end == 0 || patch.begin >= end) break;
        const std::uint64_t lo = std::max(patch.begin, at.value);
        const std::uint64_t hi = std::min(patch.end, end);
        std::byte* to = out.data() + (lo - at.value);
        if (patch.zero) {
            std::memset(to, 0, hi - lo);
        } else {
            std::memcpy(to, patches_.bytes().data() + patch.bytes_at + (lo - patch.begin), hi - lo);
        }
        from = hi;
    }
    return out.size();
}

}  // namespace landfall::images
