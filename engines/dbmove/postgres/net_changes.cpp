#include "engines/dbmove/postgres/net_changes.hpp"

#include <algorithm>

namespace landfall::dbmove::postgres {
namespace {

/// Of an entry beside the bytes of its row: the node of the map, the key, the places of the cells.
constexpr std::size_t kEntryBytes = 160;
constexpr std::size_t kCellBytes = 16;

std::size_t weight_of(const Row& row) { return kEntryBytes + kCellBytes * row.size() + row.weight(); }

void add(Row& out, const Cell& cell) {
    switch (cell.state) {
        case Cell::State::null: out.add_null(); break;
        case Cell::State::absent: out.add_absent(); break;
        case Cell::State::value: out.add(cell.text); break;
    }
}

bool is_partial(const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
        if (row.at(i).state == Cell::State::absent) return true;
    return false;
}

/// `after`, with what it does not say as `before` has it.
Row over(const Row& before, const Row& after) {
    Row made;
    for (std::size_t i = 0; i < after.size(); ++i)
        add(made, after.at(i).state == Cell::State::absent ? before.at(i) : after.at(i));
    return made;
}

}  // namespace

bool NetChanges::key_of(const Row& row, std::string& out) const {
    out.clear();
    for (const std::size_t i : key_) {
        if (i >= row.size() || row.at(i).state != Cell::State::value) return false;
        const std::string_view text = row.at(i).text;
        out.append(std::to_string(text.size())).append(":").append(text);
    }
    return !key_.empty();
}

Row NetChanges::key_alone(const Row& row) const {
    Row made;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (std::ranges::find(key_, i) != key_.end())
            add(made, row.at(i));
        else
            made.add_null();
    }
    return made;
}

void NetChanges::set(const std::string& key, Kind kind, Row row) {
    const auto [at, fresh] = rows_.try_emplace(key);
    if (!fresh) weight_ -= weight_of(at->second.row) + key.size();
    at->second = {kind, std::move(row)};
    weight_ += weight_of(at->second.row) + key.size();
}

void NetChanges::erase(Rows::iterator at) {
    weight_ -= weight_of(at->second.row) + at->first.size();
    rows_.erase(at);
}

/// No row of that key is in the table as it is behind all that was folded.
bool NetChanges::is_free(const std::string& key) const {
    const auto at = rows_.find(key);
    return at == rows_.end() || at->second.kind == Kind::removed;
}

NetChanges::Folded NetChanges::put(std::string key, const Row& after) {
    const bool was_there = rows_.contains(key);  // and has been removed since
    set(key, was_there ? Kind::updated : Kind::inserted, after);
    return Folded::done;
}

NetChanges::Folded NetChanges::insert(const Row& after) {
    if (is_partial(after)) return Folded::impossible;
    if (key_.empty()) {
        weight_ += weight_of(after);
        appended_.push_back(after);
        return Folded::done;
    }
    std::string key;
    if (!key_of(after, key) || !is_free(key)) return Folded::impossible;
    return put(std::move(key), after);
}

NetChanges::Folded NetChanges::update(const Row* before, const Row& after) {
    std::string from, to;
    if (before != nullptr && !key_of(*before, from)) return Folded::impossible;
    // An unchanged value of the key may be stored apart, too.
    if (!key_of(after, to)) return Folded::impossible;
    if (before != nullptr && from != to) return move(from, *before, to, after);
    const auto at = rows_.find(to);
    if (at == rows_.end()) {
        if (partial_ == Partial::refused && is_partial(after)) return Folded::impossible;
        set(to, Kind::updated, after);
        return Folded::done;
    }
    if (at->second.kind == Kind::removed) return Folded::impossible;
    set(to, at->second.kind, over(at->second.row, after));
    return Folded::done;
}

NetChanges::Folded NetChanges::move(const std::string& from, const Row& before, const std::string& to,
                                    const Row& after) {
    const auto at = rows_.find(from);
    const bool known = at != rows_.end();
    if (known && at->second.kind == Kind::removed) return Folded::impossible;
    const Row whole = known ? over(at->second.row, after) : after;
    if (is_partial(whole) || !is_free(to)) return Folded::impossible;
    if (known && at->second.kind == Kind::inserted)
        erase(at);
    else
        set(from, Kind::removed, key_alone(before));
    return put(to, whole);
}

NetChanges::Folded NetChanges::remove(const Row& before) {
    std::string key;
    if (!key_of(before, key)) return Folded::impossible;
    const auto at = rows_.find(key);
    if (at != rows_.end() && at->second.kind == Kind::removed) return Folded::impossible;
    if (at != rows_.end() && at->second.kind == Kind::inserted)
        erase(at);
    else
        set(key, Kind::removed, key_alone(before));
    return Folded::done;
}

void NetChanges::clear() {
    rows_.clear();
    appended_.clear();
    weight_ = 0;
}

bool NetChanges::has(Kind kind) const {
    return (kind == Kind::inserted && !appended_.empty()) ||
           std::ranges::any_of(rows_, [&](const auto& each) { return each.second.kind == kind; });
}

void NetChanges::each(Kind kind, const std::function<void(const Row&)>& take) const {
    for (const auto& [key, net] : rows_)
        if (net.kind == kind) take(net.row);
    if (kind != Kind::inserted) return;
    for (const Row& row : appended_) take(row);
}

}  // namespace landfall::dbmove::postgres
