#include "engines/messages/checkpoint.hpp"

namespace landfall::messages {
namespace {

constexpr std::uint64_t kMagic = 0x31544b4843534d;  // "MSCHKT1"
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChainAt = 16;

class Out {
public:
    template <class T>
    Out& put(T value) {
        bytes_.resize(bytes_.size() + sizeof(T));
        store_le<T>(bytes_, bytes_.size() - sizeof(T), value);
        return *this;
    }
    Out& put(Millis at) { return put(static_cast<std::uint64_t>(at.value)); }
    Out& put(Sequence sequence) { return put(sequence.value); }
    Out& put(const InFlight& one) {
        return put(one.receives).put(one.first_received).put(one.received).put(one.until);
    }
    template <class Rows, class Put>
    Out& rows(const Rows& rows, Put put_row) {
        put(static_cast<std::uint64_t>(rows.size()));
        for (const auto& row : rows) put_row(row);
        return *this;
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

/// Reads fields; behind the end everything is 0 and ok() is false.
class In {
public:
    explicit In(ByteSpan bytes) : bytes_{bytes} {}
    template <class T>
    T get() {
        if (bytes_.size() - at_ < sizeof(T)) {
            ok_ = false;
            return T{};
        }
        const T value = load_le<T>(bytes_, at_);
        at_ += sizeof(T);
        return value;
    }
    Millis millis() { return Millis{static_cast<std::int64_t>(get<std::uint64_t>())}; }
    Sequence sequence() { return Sequence{get<std::uint64_t>()}; }
    InFlight in_flight() {
        const auto receives = get<std::uint32_t>();
        const Millis first = millis();
        const Millis received = millis();
        return InFlight{receives, first, received, millis()};
    }
    /// A list whose rows take at least `least` bytes each.
    template <class Row, class Get>
    void rows(std::vector<Row>& out, std::size_t least, Get get_row) {
        const auto count = get<std::uint64_t>();
        if (count > (bytes_.size() - at_) / least) ok_ = false;
        for (std::uint64_t i = 0; ok_ && i < count; ++i) out.push_back(get_row());
    }
    void copy_to(MessageId& id) {
        for (std::uint8_t& byte : id) byte = get<std::uint8_t>();
    }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

private:
    ByteSpan bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

void put_queue(Out& out, const QueueRow& queue) {
    out.put(queue.id.value).put(queue.last).put(queue.cursor);
    out.rows(queue.runs, [&](const RunRow& run) {
        out.put(run.segment).put(run.first).put(run.last).put(run.count).put(run.newest).put(run.base);
        out.put(static_cast<std::uint8_t>(run.indexed ? 1 : 0));
        out.rows(run.dead, [&](std::uint64_t word) { out.put(word); });
    });
    const auto put_state = [&](const auto& row) { out.put(row.first).put(row.second); };
    out.rows(queue.in_flight, put_state).rows(queue.received, put_state).rows(queue.delayed, put_state);
    out.rows(queue.dedup, [&](const DedupRow& row) {
        out.put(row.dedup).put(row.group).put(row.sequence).put(row.sent).put(row.until);
        for (const std::uint8_t byte : row.id) out.put(byte);
    });
    out.rows(queue.attempts, [&](const AttemptRow& row) {
        out.put(row.attempt).put(row.until);
        out.rows(row.sequences, [&](Sequence sequence) { out.put(sequence); });
    });
}

RunRow get_run(In& in) {
    RunRow run;
    run.segment = in.get<std::uint64_t>();
    run.first = in.sequence();
    run.last = in.sequence();
    run.count = in.get<std::uint64_t>();
    run.newest = in.millis();
    run.base = in.get<std::uint64_t>();
    run.indexed = in.get<std::uint8_t>() != 0;
    in.rows(run.dead, 8, [&] { return in.get<std::uint64_t>(); });
    return run;
}

QueueRow get_queue(In& in) {
    QueueRow queue;
    queue.id = QueueId{in.get<std::uint64_t>()};
    queue.last = in.sequence();
    queue.cursor = in.sequence();
    in.rows(queue.runs, 57, [&] { return get_run(in); });
    const auto get_state = [&] {
        const auto sequence = in.get<std::uint64_t>();
        return std::pair{sequence, in.in_flight()};
    };
    in.rows(queue.in_flight, 36, get_state);
    in.rows(queue.received, 36, get_state);
    in.rows(queue.delayed, 16, [&] {
        const auto sequence = in.get<std::uint64_t>();
        return std::pair{sequence, in.millis()};
    });
    in.rows(queue.dedup, 56, [&] {
        DedupRow row;
        row.dedup = in.get<std::uint64_t>();
        row.group = in.get<std::uint64_t>();
        row.sequence = in.sequence();
        row.sent = in.millis();
        row.until = in.millis();
        in.copy_to(row.id);
        return row;
    });
    in.rows(queue.attempts, 24, [&] {
        AttemptRow row;
        row.attempt = in.get<std::uint64_t>();
        row.until = in.millis();
        in.rows(row.sequences, 8, [&] { return in.sequence(); });
        return row;
    });
    return queue;
}

/// What the owner's structures take for granted.
bool consistent(const QueueRow& queue) {
    Sequence before{};
    for (const RunRow& run : queue.runs) {
        if (run.first <= before || run.last < run.first || run.last > queue.last) return false;
        if (run.count == 0 || run.count > run.last.value - run.first.value + 1) return false;
        if (run.dead.size() > run.count / 64 + 1) return false;
        before = run.last;
    }
    return true;
}

}  // namespace

std::vector<std::byte> encode(const Checkpoint& checkpoint) {
    Out out;
    out.put(kMagic).put(kVersion).put(std::uint32_t{0});
    out.put(checkpoint.position.chain.serial).put(checkpoint.position.chain.mac);
    out.put(checkpoint.number)
        .put(checkpoint.position.segment.number)
        .put(checkpoint.position.segment.generation);
    out.put(checkpoint.position.offset);
    out.rows(checkpoint.segments, [&](const SegmentRow& row) {
        out.put(row.name.number).put(row.name.generation).put(row.end).put(row.total);
    });
    out.rows(checkpoint.queues, [&](const QueueRow& queue) { put_queue(out, queue); });
    return out.take();
}

void set_chain(std::vector<std::byte>& encoded, Chain chain) {
    store_le<std::uint64_t>(encoded, kChainAt, chain.serial);
    store_le<std::uint64_t>(encoded, kChainAt + 8, chain.mac);
}

Result<Checkpoint> decode_checkpoint(ByteSpan bytes) {
    In in{bytes};
    if (in.get<std::uint64_t>() != kMagic) return Error{Errc::corrupt, "no checkpoint of a message log"};
    if (in.get<std::uint32_t>() > kVersion)
        return Error{Errc::precondition, "the message log was written by a newer version"};
    static_cast<void>(in.get<std::uint32_t>());
    Checkpoint out;
    out.position.chain.serial = in.get<std::uint64_t>();
    out.position.chain.mac = in.get<std::uint64_t>();
    out.number = in.get<std::uint64_t>();
    out.position.segment.number = in.get<std::uint64_t>();
    out.position.segment.generation = in.get<std::uint32_t>();
    out.position.offset = in.get<std::uint64_t>();
    in.rows(out.segments, 28, [&] {
        SegmentRow row;
        row.name.number = in.get<std::uint64_t>();
        row.name.generation = in.get<std::uint32_t>();
        row.end = in.get<std::uint64_t>();
        row.total = in.get<std::uint64_t>();
        return row;
    });
    in.rows(out.queues, 72, [&] { return get_queue(in); });
    bool good = in.ok() && in.at_end();
    for (const QueueRow& queue : out.queues) good = good && consistent(queue);
    if (!good) return Error{Errc::corrupt, "the checkpoint of the message log contradicts itself"};
    return out;
}

}  // namespace landfall::messages
