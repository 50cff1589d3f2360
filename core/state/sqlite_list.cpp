#include "core/state/sqlite_list.hpp"

#include <optional>

#include "core/state/record.hpp"
#include "core/state/sqlite_rows.hpp"

namespace landfall::state {
namespace {

/// The least text above every text that starts with `prefix`; nullopt where there is none.
std::optional<std::string> above(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
    if (prefix.empty()) return std::nullopt;
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

struct Cursor {
    bool by_id = false;
    std::string id;
    std::string account;
    std::string region;
    std::int64_t rid = 0;
};

Result<std::optional<Cursor>> cursor_of(const Query& query, bool by_id) {
    if (query.after.empty()) return std::optional<Cursor>{};
    const Result<Record> decoded = Record::decode(query.after);
    const bool right = decoded.ok() && decoded->has(by_id ? "id" : "rid");
    if (!right) return Error{Errc::invalid, "`after` does not come from a page of this question"};
    return std::optional{Cursor{.by_id = by_id,
                                .id = decoded->text("id"),
                                .account = decoded->text("account"),
                                .region = decoded->text("region"),
                                .rid = decoded->number("rid")}};
}

class Builder {
public:
    explicit Builder(std::string from) {
        sql_.text = "SELECT " + std::string{kResourceColumns} + " FROM " + std::move(from);
    }
    void where(std::string_view condition) {
        sql_.text += first_ ? " WHERE " : " AND ";
        sql_.text += condition;
        first_ = false;
    }
    template <class... Values>
    void where(std::string_view condition, Values... values) {
        where(condition);
        (sql_.arguments.emplace_back(std::move(values)), ...);
    }
    ListSql finish(std::string_view order, std::size_t limit) {
        sql_.text += order;
        sql_.text += " LIMIT ?";
        sql_.arguments.emplace_back(static_cast<std::int64_t>(limit + 1));
        return std::move(sql_);
    }

private:
    ListSql sql_;
    bool first_ = true;
};

void filter(Builder& sql, const Query& query) {
    if (!query.kind.empty()) sql.where("r.kind = ?", query.kind);
    if (query.account) sql.where("r.account = ?", *query.account);
    if (query.region) sql.where("r.region = ?", *query.region);
    if (query.retired == Retired::hidden) sql.where("r.retired IS NULL");
}

ListSql by_id_sql(const Query& query, const ById& by, const std::optional<Cursor>& after) {
    Builder sql{"resource r"};
    filter(sql, query);
    std::string from = std::max(by.prefix, by.from);
    if (after) {
        sql.where("(r.id, r.account, r.region) > (?, ?, ?)", after->id, after->account, after->region);
        if (after->id >= from) from.clear();
    }
    if (!from.empty()) sql.where("r.id >= ?", from);
    if (const auto end = above(by.prefix)) sql.where("r.id < ?", *end);
    return sql.finish(" ORDER BY r.id, r.account, r.region", query.limit);
}

/// One of the three that answer in the order of creation; `rid` is the leading column of that order.
ListSql in_creation_order(Builder sql, const Query& query, const std::optional<Cursor>& after,
                          const std::string& rid) {
    filter(sql, query);
    const bool newest_first = query.order == Order::newest_first;
    if (after) sql.where(rid + (newest_first ? " < ?" : " > ?"), after->rid);
    return sql.finish(" ORDER BY " + rid + (newest_first ? " DESC" : ""), query.limit);
}

}  // namespace

Result<ListSql> list_sql(const Query& query) {
    if (query.limit == 0 || query.limit > kPageMax) {
        return Error{Errc::invalid, "a page has 1 to " + std::to_string(kPageMax) + " resources"};
    }
    const auto* by_id = std::get_if<ById>(&query.by);
    const auto* by_tag = std::get_if<ByTag>(&query.by);
    const auto* by_index = std::get_if<ByIndex>(&query.by);
    const auto* by_parent = std::get_if<ByParent>(&query.by);
    if (query.kind.empty() && (by_id || by_index)) return Error{Errc::invalid, "this list needs a kind"};
    if (by_id && query.order != Order::forward) return Error{Errc::invalid, "ids list forward only"};
    const std::optional<Cursor> after = TRY(cursor_of(query, by_id != nullptr));
    if (by_id) return by_id_sql(query, *by_id, after);
    if (by_parent) {
        Builder sql{"resource r"};
        sql.where("r.parent = ? AND r.parent <> ''", by_parent->parent);
        return in_creation_order(std::move(sql), query, after, "r.rid");
    }
    if (by_tag) {
        Builder sql{"tag t CROSS JOIN resource r ON r.rid = t.rid"};
        sql.where("t.key = ?", by_tag->key);
        if (by_tag->value) sql.where("t.value = ?", *by_tag->value);
        return in_creation_order(std::move(sql), query, after, "t.rid");
    }
    Builder sql{"look_up l CROSS JOIN resource r ON r.rid = l.rid"};
    sql.where("l.kind = ? AND l.name = ? AND l.value = ?", query.kind, by_index->name, by_index->value);
    return in_creation_order(std::move(sql), query, after, "l.rid");
}

std::string cursor_after(const Query& query, const Resource& last, std::int64_t last_rid) {
    Record record;
    if (std::holds_alternative<ById>(query.by)) {
        record.set("id", last.key.id).set("account", last.key.account).set("region", last.key.region);
    } else {
        record.set("rid", last_rid);
    }
    return record.encode();
}

}  // namespace landfall::state
