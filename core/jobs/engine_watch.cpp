// Who waits for news of an account's jobs, without a thread each.
#include <algorithm>

#include "core/jobs/engine.hpp"

namespace landfall::jobs {

void Jobs::Engine::note_change() {
    ++generation_;
    changed_.notify_all();
}

void Jobs::Engine::note_change_of(const std::string& account) {
    note_change();
    generations_[account] = generation_;
    if (watches_.empty()) return;
    poked_ = true;
    clock_work_.notify_one();
}

std::uint64_t Jobs::Engine::generation_of(std::string_view account) const {
    const auto found = generations_.find(account);
    return found == generations_.end() ? first_generation_ : found->second;
}

std::uint64_t Jobs::Engine::changes(std::string_view account) {
    const std::lock_guard lock{mutex_};
    return generation_of(account);
}

void Jobs::Engine::on_change(std::string_view account, std::uint64_t seen, Duration at_most,
                             UniqueFunction<void(std::uint64_t)> done) {
    std::unique_lock lock{mutex_};
    const std::uint64_t now = generation_of(account);
    const bool parks = now == seen && at_most > Duration::zero() && started_ && !stopping_;
    if (parks && !watches_ended_) {
        watches_.push_back({std::string{account}, seen, clock_.moment() + at_most, std::move(done)});
        poked_ = true;  // the clock must not sleep past the deadline
        clock_work_.notify_one();
        return;
    }
    lock.unlock();
    done(now);
}

void Jobs::Engine::answer_watches() {
    std::unique_lock lock{mutex_};
    const Moment now = clock_.moment();
    const auto waits = [&](const Watch& watch) {
        return !watches_ended_ && watch.seen == generation_of(watch.account) && watch.deadline > now;
    };
    const auto due = std::partition(watches_.begin(), watches_.end(), waits);
    std::vector<Watch> answered{std::make_move_iterator(due), std::make_move_iterator(watches_.end())};
    watches_.erase(due, watches_.end());
    for (Watch& watch : answered) watch.seen = generation_of(watch.account);
    lock.unlock();
    for (Watch& watch : answered) watch.done(watch.seen);
}

void Jobs::Engine::end_watches() {
    {
        const std::lock_guard lock{mutex_};
        watches_ended_ = true;
    }
    answer_watches();
}

}  // namespace landfall::jobs
