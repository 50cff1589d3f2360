// The questions of Reader, on one SQLite connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "core/state/sqlite_db.hpp"
#include "core/state/store.hpp"

namespace landfall::state {

/// For one thread at a time. `db` and `clock` outlive it.
class SqliteReader final : public Reader {
public:
    SqliteReader(Connection& db, const Clock& clock) : db_{db}, clock_{clock} {}

    Result<Resource> get(const Key& key) override;
    Result<std::optional<Resource>> find_by_id(std::string_view kind, std::string_view id) override;
    Result<std::optional<Resource>> find_by_arn(std::string_view arn) override;
    Result<Page> list(const Query& query) override;
    Result<std::optional<Key>> holder(std::string_view space, std::string_view name) override;
    Result<Recalled> recall(const OnceKey& once) override;
    Result<std::uint64_t> counter(std::string_view name) override;
    Result<std::optional<std::string>> setting(std::string_view name) override;
    Result<std::vector<Event>> events(const EventQuery& query) override;
    Result<EventSeq> last_event() override;
    Result<std::vector<LogLine>> lines(std::string_view stream, std::uint64_t after,
                                       std::size_t limit) override;

private:
    Connection& db_;
    const Clock& clock_;
};

}  // namespace landfall::state
