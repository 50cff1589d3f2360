#include "engines/dbmove/postgres/validation.hpp"

namespace landfall::dbmove::postgres {

Validation::~Validation() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
}

void Validation::start(ThreadStarter& threads) {
    thread_ = threads.start("move.compare", [this] {
        outcome_ = run();
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

Status Validation::run() {
    TRY(open());
    for (const Table* const table : tables_) {
        auto outcome = Comparison(*source_, *target_, *table).run(stop_, rows_);
        if (!outcome.ok())
            return Error{outcome.error().code(),
                         "the comparison of " + table->name.shown() + ": " + outcome.error().message()};
        Compared compared = std::move(*outcome);
        if (!compared.mismatches.empty()) suspects_.emplace(table, std::move(compared));
    }
    // A snapshot is looked at once and for all. Otherwise sessions that are open when the source is frozen
    // would be ended.
    if (sides_.snapshot == nullptr) source_.reset(), target_.reset();
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
