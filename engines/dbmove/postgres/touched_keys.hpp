// TouchedKeys: which of some rows the log has changed since they were looked at. A row that differs on both
// sides may be one whose changes are on their way, also where it looks the same as before: it may have
// changed and changed back.
//
// Invariants
//   1. A watched key that a message seen since watch() names, before or after the change, is touched.
// Threads: one owner.
#pragma once

#include <map>
#include <unordered_map>

#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::postgres {

class TouchedKeys {
public:
    /// From here on; what was watched of the table before is forgotten.
    void watch(const Table& table, const std::vector<Values>& keys);
    /// Every message of the stream: also before anything is watched, since it says once what tables are.
    void see(const Message& message);
    [[nodiscard]] bool touched(const TableName& table, const Values& key) const;

private:
    using Keys = std::unordered_map<std::string, bool>;  ///< a key as one text → whether it was touched
    struct Watched {
        std::vector<std::string> columns;  ///< of the key
        Keys keys;
    };
    void touch(Watched& watched, const Relation& relation, const Row& row) const;
    Watched* watched(std::uint32_t relation);

    std::map<std::uint32_t, Relation> relations_;
    std::map<TableName, Watched> tables_;
};

}  // namespace landfall::dbmove::postgres
