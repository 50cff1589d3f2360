// PostgreSQL as a source: a slot and a publication hold the changes, COPY brings the rows.
//
// Invariants
//   1. A slot of our name that is another one, is gone or was read by others has lost changes: never gone on
//      from.
// Threads: as Source.
#pragma once

#include "engines/dbmove/postgres/snapshot.hpp"
#include "engines/dbmove/postgres/source.hpp"

namespace landfall::dbmove::postgres {

/// Rows of a PostgreSQL, of the source or of the target. Its session must not outlive a freeze.
class PostgresReader final : public RowReader {
public:
    /// `snapshot`: exported by another session; empty: the rows as they are.
    static Result<std::unique_ptr<PostgresReader>> open(const Address& address, const std::string& snapshot);
    explicit PostgresReader(Session session) : session_{std::move(session)} {}

    Status read(const Table& table, const std::string& range,
                const std::function<Status(Session::Bytes)>& take) override;
    Status begin_rows(const Table& table) override;
    Result<std::optional<Session::Bytes>> next_row() override { return session_.next_piece(); }
    Result<std::optional<Values>> row_at(const Table& table, const Values& key) override;
    [[nodiscard]] Session& session() { return session_; }

private:
    Status still_same_file(const Table& table);

    Session session_;
};

Result<Identification> identify(Session& session);
/// Names of the columns that COPY takes: all that are not generated.
[[nodiscard]] std::string copied_columns(const Table& table);

class PostgresSource final : public Source {
public:
    explicit PostgresSource(Address address) : address_{std::move(address)} {}

    Status connect(const Plan& plan) override;
    [[nodiscard]] const Identification& identification() const override { return identification_; }
    [[nodiscard]] std::string place() const override { return session_->place(); }
    Result<Catalog> definitions() override { return read_catalog(*session_, selected_); }
    Result<std::string> shape_of(const Table& table) override { return read_shape(*session_, table); }
    Status adopt(Catalog&, const Catalog&) override { return {}; }
    Status assess(const Catalog& catalog) override;
    Status may_go_on(const Standing& standing) override;
    Result<std::unique_ptr<SourceSnapshot>> begin(const Catalog& catalog) override;
    Result<std::unique_ptr<SourceSnapshot>> snapshot_again() override;
    Result<std::vector<std::string>> ranges(const Table& table) override;
    Result<std::unique_ptr<RowReader>> reader() override;
    Result<std::unique_ptr<Changes>> changes(const Catalog& catalog, const Standing& standing) override;
    [[nodiscard]] bool may_read_ahead() const override { return true; }
    Result<Lsn> end() override;
    Result<Lsn> settled_end() override;
    Result<std::uint64_t> bytes_behind(Lsn applied) override;
    Status freeze() override;
    [[nodiscard]] std::string how_to_thaw() const override;
    Status mark_end(const std::string& content) override;
    Result<std::vector<std::string>> counters(const Catalog& catalog) override;
    Status clear() override;

private:
    Status emit(std::string_view prefix, const std::string& content);
    Status may_cut_over();
    Status drop_slot(const std::string& name);
    Status free_slot(const std::string& name);
    Result<Snapshot> new_slot(const std::string& name, Snapshot::Slot slot);
    Result<std::unique_ptr<SourceSnapshot>> held(Snapshot snapshot);
    /// Names of slots are the cluster's: two databases may have migrations of one name.
    [[nodiscard]] std::string slot() const { return "landfall_" + migration_ + "_" + identification_.oid; }

    Address address_;
    std::string migration_;
    Selected selected_;
    bool followed_ = false;
    std::optional<Session> session_;
    Identification identification_;
};

}  // namespace landfall::dbmove::postgres
