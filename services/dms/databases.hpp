// Looks into PostgreSQL by libpq, into MariaDB and MySQL by libmariadb.
#pragma once

#include "engines/dbmove/postgres/session.hpp"
#include "services/dms/ports_replication.hpp"

namespace landfall::dms {

/// A file that exists in memory alone, for libraries that want the name of one. Empty content: no file.
class MemoryFile {
public:
    static Result<MemoryFile> of(std::string_view content);
    MemoryFile() = default;
    MemoryFile(MemoryFile&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    MemoryFile& operator=(MemoryFile&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~MemoryFile();
    /// Empty: there is none.
    [[nodiscard]] std::string path() const;

private:
    int descriptor_ = -1;
};

/// libpq's connection string; `authorities`: the path of a file with certificates, or empty.
[[nodiscard]] dbmove::postgres::Address postgres_address(const DatabasePlace& place,
                                                         const std::string& authorities);

inline constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/// Engines that speak PostgreSQL's protocol.
[[nodiscard]] bool is_postgres(std::string_view engine);

class ReplicationDatabases final : public Databases {
public:
    [[nodiscard]] Status test(const DatabasePlace& place) override;
    [[nodiscard]] Result<std::vector<std::string>> schemas(const DatabasePlace& place) override;
};

}  // namespace landfall::dms
