#include "core/state/sqlite_reader.hpp"

#include <algorithm>
#include <limits>

#include "core/state/sqlite_list.hpp"
#include "core/state/sqlite_rows.hpp"

namespace landfall::state {
namespace {

std::string select_resource(std::string_view where) {
    return "SELECT " + std::string{kResourceColumns} + " FROM resource r WHERE " + std::string{where};
}

/// Numbers come from clients; SQLite's are signed.
std::int64_t clamped(std::uint64_t number) {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max()));
}

Result<std::optional<Resource>> first_of(Run run) {
    if (!TRY(run.step())) return std::optional<Resource>{};
    return std::optional{TRY(resource_of(run))};
}

}  // namespace

Result<Resource> SqliteReader::get(const Key& key) {
    static const std::string sql =
        select_resource("r.kind = ? AND r.id = ? AND r.account = ? AND r.region = ?");
    auto found = TRY(first_of(TRY(db_.run(sql, key.kind, key.id, key.account, key.region))));
    if (!found) return Error{Errc::not_found, key.kind + " " + key.id + " does not exist"};
    return std::move(*found);
}

Result<std::optional<Resource>> SqliteReader::find_by_id(std::string_view kind, std::string_view id) {
    static const std::string sql =
        select_resource("r.kind = ? AND r.id = ? AND r.retired IS NULL ORDER BY r.rid LIMIT 1");
    return first_of(TRY(db_.run(sql, kind, id)));
}

Result<std::optional<Resource>> SqliteReader::find_by_arn(std::string_view arn) {
    static const std::string sql = select_resource("r.arn = ? AND r.retired IS NULL");
    return first_of(TRY(db_.run(sql, arn)));
}

Result<Page> SqliteReader::list(const Query& query) {
    const ListSql sql = TRY(list_sql(query));
    Run run = TRY(db_.prepare(sql.text));
    for (const auto& argument : sql.arguments) {
        std::visit([&run](const auto& value) { run.bind(value); }, argument);
    }
    Page page;
    std::int64_t last_rid = 0;
    while (TRY(run.step())) {
        if (page.items.size() == query.limit) {
            page.next = cursor_after(query, page.items.back(), last_rid);
            break;
        }
        last_rid = run.number(0);
        page.items.push_back(TRY(resource_of(run)));
    }
    return page;
}

Result<std::optional<Key>> SqliteReader::holder(std::string_view space, std::string_view name) {
    Run run =
        TRY(db_.run("SELECT r.kind, r.account, r.region, r.id FROM claim c JOIN resource r "
                    "ON r.rid = c.rid WHERE c.space = ? AND c.name = ?",
                    space, name));
    if (!TRY(run.step())) return std::optional<Key>{};
    return std::optional{
        Key{.kind = run.text(0), .account = run.text(1), .region = run.text(2), .id = run.text(3)}};
}

Result<Recalled> SqliteReader::recall(const OnceKey& once) {
    Run run =
        TRY(db_.run("SELECT params_hash, result FROM once WHERE account = ? AND operation = ? "
                    "AND token = ? AND expires > ?",
                    once.account, once.operation, once.token, clock_.now().ns));
    if (!TRY(run.step())) return Recalled{};
    if (run.text(0) != once.params_hash) return Recalled{.what = Recall::mismatched};
    return Recalled{.what = Recall::repeated, .result = run.text(1)};
}

Result<std::uint64_t> SqliteReader::counter(std::string_view name) {
    Run run = TRY(db_.run("SELECT value FROM counter WHERE name = ?", name));
    return TRY(run.step()) ? run.count(0) : 0;
}

Result<std::optional<std::string>> SqliteReader::setting(std::string_view name) {
    Run run = TRY(db_.run("SELECT value FROM setting WHERE name = ?", name));
    if (!TRY(run.step())) return std::optional<std::string>{};
    return std::optional{run.text(0)};
}

Result<std::vector<Event>> SqliteReader::events(const EventQuery& query) {
    if (query.limit == 0 || query.limit > kPageMax) {
        return Error{Errc::invalid, "a page has 1 to " + std::to_string(kPageMax) + " events"};
    }
    std::string sql = "SELECT " + std::string{kEventColumns} + " FROM event WHERE seq > ?";
    if (!query.kind.empty()) sql += " AND kind = ?";
    if (!query.id.empty()) sql += " AND id = ?";
    if (!query.service.empty()) sql += " AND service = ?";
    sql += " ORDER BY seq LIMIT ?";
    Run run = TRY(db_.run(sql, clamped(query.since.value)));
    if (!query.kind.empty()) run.bind(query.kind);
    if (!query.id.empty()) run.bind(query.id);
    if (!query.service.empty()) run.bind(query.service);
    run.bind(static_cast<std::uint64_t>(query.limit));
    std::vector<Event> events;
    while (TRY(run.step())) events.push_back(event_of(run));
    return events;
}

Result<EventSeq> SqliteReader::last_event() {
    Run run = TRY(db_.run("SELECT coalesce(max(seq), 0) FROM event"));
    CHECK(TRY(run.step()));
    return EventSeq{run.count(0)};
}

Result<std::vector<LogLine>> SqliteReader::lines(std::string_view stream, std::uint64_t after,
                                                 std::size_t limit) {
    Run run =
        TRY(db_.run("SELECT seq, at, level, text FROM line WHERE stream = ? AND seq > ? "
                    "ORDER BY seq LIMIT ?",
                    stream, clamped(after), clamped(limit)));
    std::vector<LogLine> lines;
    while (TRY(run.step())) {
        lines.push_back(
            {.seq = run.count(0), .at = Instant{run.number(1)}, .level = run.text(2), .text = run.text(3)});
    }
    return lines;
}

}  // namespace landfall::state
