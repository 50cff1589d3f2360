// A binary log without its first four bytes, behind one byte of settings: bit 0 gives facts of columns, the
// next four choose their character set, two more their type of a plugin.
#include <array>
#include <map>

#include "engines/dbmove/mysql/row_image.hpp"
#include "engines/dbmove/mysql/unpacking.hpp"

namespace {

using namespace landfall;
using namespace landfall::dbmove;
using namespace landfall::dbmove::mysql;

constexpr std::uint64_t kUnpackedMax = 1U << 18U;
constexpr int kInnerEventsMax = 200;
constexpr std::array<std::string_view, 16> kCharsets = {
    "utf8mb4", "latin1", "gbk",   "sjis",   "ujis",  "utf16",  "ucs2",    "utf32",
    "binary",  "big5",   "euckr", "tis620", "koi8r", "cp1251", "utf16le", "nonsense"};

class Reader {
public:
    explicit Reader(unsigned settings) : settings_{settings} {}

    void take(const Result<Event>& event) {
        if (!event.ok()) return;
        if (const auto* map = std::get_if<TableMap>(&event->body)) {
            Result<TableLayout> layout = TableLayout::resolve(*map, facts(map->types.size()));
            if (!layout.ok()) return;
            if (!layout->is_of(*map)) __builtin_trap();
            tables_.insert_or_assign(map->table, std::move(*layout));
        }
        if (const auto* rows = std::get_if<Rows>(&event->body)) read(*rows);
        if (const auto* payload = std::get_if<TransactionPayload>(&event->body)) unpack(*payload);
    }

private:
    std::vector<ColumnFacts> facts(std::size_t columns) const {
        std::vector<ColumnFacts> facts;
        for (std::size_t i = 0; (settings_ & 1U) != 0 && i < columns; ++i)
            facts.push_back({.name = "c",
                             .is_unsigned = i % 2 != 0,
                             .charset = std::string{kCharsets[settings_ >> 1U & 15U]},
                             .labels = {"a", "b", "c"},
                             .plugin = static_cast<ColumnFacts::Plugin>(settings_ >> 5U & 3U)});
        return facts;
    }
    void read(const Rows& rows) {
        const auto found = tables_.find(rows.table);
        if (found == tables_.end()) return;
        Result<RowsReader> reader = RowsReader::open(found->second, rows);
        if (!reader.ok()) return;
        for (;;) {
            const Result<bool> more = reader->next(before_, after_);
            if (!more.ok() || !more.value()) return;
            for (std::size_t i = 0; i < after_.size(); ++i) weight_ += after_.at(i).text.size();
        }
    }
    void unpack(const TransactionPayload& payload) {
        PayloadReader reader{payload, kUnpackedMax};
        EventDecoder inner{kUnpackedMax};
        for (int i = 0; i < kInnerEventsMax; ++i) {
            const Result<ByteSpan> raw = reader.next();
            if (!raw.ok() || raw->empty()) return;
            take(inner.decode_inner(*raw));
        }
    }

    unsigned settings_;
    std::map<std::uint64_t, TableLayout> tables_;
    Row before_, after_;
    std::size_t weight_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    if (size == 0) return 0;
    Reader reader{input[0]};
    EventDecoder decoder{kUnpackedMax};
    ByteSpan left = std::as_bytes(std::span{input + 1, size - 1});
    while (left.size() >= EventHeader::kSize) {
        const std::size_t length = std::max<std::size_t>(load_le<std::uint32_t>(left, 9), EventHeader::kSize);
        const ByteSpan raw = left.first(std::min(length, left.size()));
        reader.take(decoder.decode(raw));
        left = left.subspan(raw.size());
    }
    return 0;
}
