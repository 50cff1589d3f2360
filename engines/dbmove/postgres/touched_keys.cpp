#include "engines/dbmove/postgres/touched_keys.hpp"

#include <algorithm>

namespace landfall::dbmove::postgres {
namespace {

/// No text of PostgreSQL holds a zero byte.
void append(std::string& whole, std::string_view value) { whole.append(value).push_back('\0'); }

std::string whole_of(const Values& key) {
    std::string whole;
    for (const auto& value : key) append(whole, value.value_or(""));
    return whole;
}

}  // namespace

void TouchedKeys::watch(const Table& table, const std::vector<Values>& keys) {
    Watched& watched = tables_[table.name];
    watched.columns = table.key;
    watched.keys.clear();
    for (const Values& key : keys) watched.keys.emplace(whole_of(key), false);
}

TouchedKeys::Watched* TouchedKeys::watched(std::uint32_t relation) {
    const auto known = relations_.find(relation);
    const auto found = known == relations_.end() ? tables_.end() : tables_.find(known->second.name);
    return found == tables_.end() || found->second.keys.empty() ? nullptr : &found->second;
}

void TouchedKeys::touch(Watched& watched, const Relation& relation, const Row& row) const {
    std::string whole;
    for (const std::string& name : watched.columns) {
        const auto column = std::ranges::find(relation.columns, name, &RelationColumn::name);
        const auto i = static_cast<std::size_t>(column - relation.columns.begin());
        append(whole, i < row.size() ? row.at(i).text : std::string_view{});
    }
    if (const auto found = watched.keys.find(whole); found != watched.keys.end()) found->second = true;
}

void TouchedKeys::see(const Message& message) {
    if (message.kind == MessageKind::relation) {
        relations_.insert_or_assign(message.relation.id, message.relation);
    } else if (message.kind == MessageKind::truncate) {
        for (const std::uint32_t id : message.relations)
            if (Watched* const all = watched(id))
                for (auto& [key, touched] : all->keys) touched = true;
    } else if (message.kind == MessageKind::insert || message.kind == MessageKind::update ||
               message.kind == MessageKind::remove) {
        Watched* const table = watched(message.relation_id);
        if (table == nullptr) return;
        const Relation& relation = relations_.at(message.relation_id);
        if (message.kind != MessageKind::remove) touch(*table, relation, message.after);
        if (message.kind != MessageKind::insert && message.has_before != Before::none)
            touch(*table, relation, message.before);
    }
}

bool TouchedKeys::touched(const TableName& table, const Values& key) const {
    const auto watched = tables_.find(table);
    if (watched == tables_.end()) return false;
    const auto found = watched->second.keys.find(whole_of(key));
    return found != watched->second.keys.end() && found->second;
}

}  // namespace landfall::dbmove::postgres
