#include "core/jobs/jobs.hpp"

#include "core/jobs/engine.hpp"

namespace landfall::jobs {

Jobs::Jobs(state::StateStore& store, Clock& clock, Random& random)
    : engine_{std::make_unique<Engine>(store, clock, random)} {}
Jobs::~Jobs() { engine_->stop(); }

void Jobs::add_kind(JobKind kind) { engine_->add_kind(std::move(kind)); }
Status Jobs::start(ThreadStarter& threads) { return engine_->start(threads); }
void Jobs::stop() { engine_->stop(); }
Result<JobId> Jobs::submit(NewJob job, state::Cause cause, std::optional<state::Tx> with) {
    return engine_->submit(std::move(job), std::move(cause), std::move(with));
}
JobId Jobs::add_to(state::Tx& tx, NewJob job) { return engine_->add_to(tx, std::move(job)); }
Status Jobs::cancel(const JobId& id, state::Cause cause) { return engine_->cancel(id, cause); }
Result<Job> Jobs::get(const JobId& id) { return engine_->get(id); }
Result<JobPage> Jobs::list(const JobQuery& query) { return engine_->list(query); }
Result<std::vector<state::LogLine>> Jobs::log(const JobId& id, std::uint64_t after, std::size_t limit) {
    return engine_->log(id, after, limit);
}
Result<Job> Jobs::wait(const JobId& id, Duration wait) { return engine_->wait(id, wait); }
Result<Job> Jobs::follow(const Job& seen, Duration wait) { return engine_->follow(seen, wait); }
Result<std::uint64_t> Jobs::prune(Instant ended_before) { return engine_->prune(ended_before); }
std::uint64_t Jobs::changes(std::string_view account) const { return engine_->changes(account); }
void Jobs::on_change(std::string_view account, std::uint64_t seen, Duration at_most,
                     UniqueFunction<void(std::uint64_t)> done) {
    engine_->on_change(account, seen, at_most, std::move(done));
}
void Jobs::end_watches() { engine_->end_watches(); }

}  // namespace landfall::jobs
