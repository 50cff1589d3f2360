#include "wire/model/slot.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace landfall::wire {

Record* make_record(Arena& arena, std::uint32_t count) {
    void* at = arena.allocate(sizeof(Record) + count * sizeof(Slot));
    // Slot's zero is `absent`, so one memset prepares every member.
    std::memset(at, 0, sizeof(Record) + count * sizeof(Slot));
    auto* record = static_cast<Record*>(at);
    record->count = count;
    return record;
}

Slot& Sequence::push(Arena& arena, Slot item) {
    if (size == capacity) {
        const std::uint32_t wider = std::max<std::uint32_t>(4, capacity * 2);
        Slot* moved = arena.array<Slot>(wider);
        if (size > 0) std::memcpy(moved, items, size * sizeof(Slot));
        items = moved;
        capacity = wider;
    }
    items[size] = item;
    return items[size++];
}

Sequence* make_sequence(Arena& arena) { return new (arena.allocate(sizeof(Sequence))) Sequence{}; }

}  // namespace landfall::wire
