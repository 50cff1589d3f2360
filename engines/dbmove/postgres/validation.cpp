#include "engines/dbmove/postgres/validation.hpp"

#include <algorithm>

namespace landfall::dbmove::postgres {

Validation::~Validation() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
}

void Validation::start(ThreadStarter& threads) {
    thread_ = threads.start("move.compare", [this, &threads] {
        outcome_ = run(threads);
        const std::lock_guard lock{mutex_};
        ended_ = true;
        changed_.notify_one();
    });
}

bool Validation::wait(Duration at_most) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, at_most, [this] { return ended_; });
}

Status Validation::open() {
    source_ = TRY(sides_.snapshot == nullptr ? sides_.source.reader() : sides_.snapshot->reader());
    target_ = TRY(PostgresReader::open(sides_.target, {}));
    return {};
}

/// Largest first, by several at a time.
Status Validation::run(ThreadStarter& threads) {
    std::ranges::stable_sort(tables_, std::ranges::greater{}, &Table::pages);
    std::vector<Status> ends(
        std::clamp<std::size_t>(sides_.streams, 1, std::max<std::size_t>(tables_.size(), 1)));
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < ends.size(); ++i)
        others.push_back(threads.start("move.compare", [this, &end = ends[i]] { end = compare_tables(); }));
    ends[0] = compare_tables();
    for (std::thread& other : others) other.join();
    // Of several errors the one that was first is no "stopped".
    for (const Status& end : ends)
        if (!end.ok() && !end.is(Errc::cancelled)) return end;
    for (const Status& end : ends) TRY(end);
    return {};
}

/// With sessions of its own, which end with it: those that are open when the source is frozen would be ended.
Status Validation::compare_tables() {
    Status compared = [&]() -> Status {
        const auto source =
            TRY(sides_.snapshot == nullptr ? sides_.source.reader() : sides_.snapshot->reader());
        const auto target = TRY(PostgresReader::open(sides_.target, {}));
        for (std::size_t i; (i = next_++) < tables_.size();) TRY(compare(*source, *target, *tables_[i]));
        return {};
    }();
    if (!compared.ok()) stop_ = true;
    return compared;
}

Status Validation::compare(RowReader& source, PostgresReader& target, const Table& table) {
    auto outcome = Comparison(source, target, table).run(stop_, rows_);
    if (!outcome.ok())
        return Error{outcome.error().code(),
                     "the comparison of " + table.name.shown() + ": " + outcome.error().message()};
    if (outcome->mismatches.empty()) return {};
    const std::lock_guard lock{mutex_};
    suspects_.emplace(&table, std::move(*outcome));
    return {};
}

Result<std::vector<std::string>> Validation::look_again(TouchedKeys& seen) {
    if (thread_.joinable()) thread_.join();
    TRY(outcome_);
    std::vector<std::string> words;
    TRY(open());
    for (auto& [table, compared] : suspects_) {
        if (table->key.empty() || compared.more > 0) continue;
        Comparison comparison{*source_, *target_, *table};
        compared.mismatches = TRY(comparison.again(compared.mismatches));
        std::vector<Values> keys;
        for (const Mismatch& mismatch : compared.mismatches) {
            if (mismatch.lasting && !seen.touched(table->name, mismatch.key))
                words.push_back(comparison.shown(mismatch));
            keys.push_back(mismatch.key);
        }
        seen.watch(*table, keys);
    }
    source_.reset(), target_.reset();
    return words;
}

Result<std::vector<std::string>> Validation::verdict() {
    if (thread_.joinable()) thread_.join();
    TRY(outcome_);
    if (!source_) TRY(open());
    std::vector<std::string> words;
    for (auto& [table, compared] : suspects_) {
        Comparison comparison{*source_, *target_, *table};
        // So many that they were not all kept: then it is no row on its way.
        if (compared.more > 0) compared = TRY(comparison.run(stop_, rows_));
        for (const Mismatch& mismatch : TRY(comparison.again(compared.mismatches)))
            words.push_back(comparison.shown(mismatch));
    }
    return words;
}

}  // namespace landfall::dbmove::postgres
