#include "services/dms/work_requests.hpp"

#include <algorithm>

namespace landfall::dms {
namespace {

constexpr int kTriesMax = 100;
constexpr std::size_t kErasedAtOnce = 500;

/// Somebody else wrote meanwhile: read again.
bool is_conflict(const Error& error) {
    return error.code() == Errc::precondition || error.code() == Errc::already_exists;
}

std::vector<state::Resource> all_of(const Records& records, const Identity& project, Status& failed) {
    state::Query query{.kind = std::string{Kind<Request>::kName},
                       .account = project.scope.account,
                       .region = project.scope.region,
                       .by = state::ByParent{project.id}};
    std::vector<state::Resource> all;
    do {
        auto page = records.store().list(query);
        if (!page.ok()) {
            failed = page.error();
            return all;
        }
        std::move(page->items.begin(), page->items.end(), std::back_inserter(all));
        query.after = std::move(page->next);
    } while (!query.after.empty());
    return all;
}

}  // namespace

void Requests::add_job(state::Tx& tx, Request& request) {
    jobs::NewJob job{
        .kind = std::string{kModelJob},
        .account = request.self.scope.account,
        .region = request.self.scope.region,
        .resource = key_of(Kind<MigrationProject>::kName, {request.self.scope, request.project})};
    job.params.set("request", request.self.id);
    request.job = jobs_.add_to(tx, std::move(job)).text;
}

Judged<Request> Requests::begin(const state::Cause& cause, Request wanted) {
    const Identity project{wanted.self.scope, wanted.project};
    for (int tries = 0; tries < kTriesMax; ++tries) {
        Request request = wanted;
        request.self.id = random_.uuid();
        request.created = clock_.now();
        auto queue = TRY(get_or_new<Queue>(records_, project));
        if (queue.value.requests.size() >= kQueueMax)
            return Fault{FaultCode::quota_exceeded, "The migration project has 100 requests waiting already"};
        state::Tx tx{cause};
        tx.require(key_of(Kind<MigrationProject>::kName, project));
        if (queue.value.requests.empty()) add_job(tx, request);
        tx.create(Kind<Request>::encode(request));
        queue.value.requests.push_back(request.self.id);
        put(tx, queue);
        const auto committed = records_.store().commit(std::move(tx));
        if (committed.ok()) {
            TRY(trim(cause, project));
            return request;
        }
        if (committed.is(Errc::not_found))
            return Fault{FaultCode::not_found, "Migration project " + project.id + " was not found"};
        if (!is_conflict(committed.error())) return committed.error();
    }
    return Error{Errc::unavailable, "too many writers of one queue"};
}

Result<std::vector<Request>> Requests::list(const Identity& project, Operation operation) const {
    Status failed;
    std::vector<Request> requests;
    for (const state::Resource& resource : all_of(records_, project, failed)) {
        Request request = TRY(Kind<Request>::decode(resource));
        if (request.operation == operation) requests.push_back(std::move(request));
    }
    TRY(failed);
    return requests;
}

Status Requests::add_end(state::Tx& tx, const Identity& identity, const Ending& ending) {
    auto stored = records_.get<Request>(identity);
    if (stored.is(Errc::not_found)) return {};
    TRY(stored);
    Request& request = stored->value;
    if (has_ended(request.status)) return {};
    request.status = ending.status;
    request.error = ending.error;
    request.object_key = ending.object_key;
    request.objects = ending.objects;
    put(tx, *stored);
    auto queue = TRY(get_or_new<Queue>(records_, Identity{identity.scope, request.project}));
    auto& waiting = queue.value.requests;
    const bool first = !waiting.empty() && waiting.front() == identity.id;
    std::erase(waiting, identity.id);
    put(tx, queue);
    if (!first || waiting.empty()) return {};
    auto next = TRY(records_.get<Request>({identity.scope, waiting.front()}));
    add_job(tx, next.value);
    put(tx, next);
    return {};
}

Judged<Request> Requests::cancel(const state::Cause& cause, const Identity& project, std::string_view id,
                                 Operation operation) {
    const Identity identity{project.scope, std::string{id}};
    for (int tries = 0; tries < kTriesMax; ++tries) {
        auto stored = records_.get<Request>(identity);
        const bool there =
            stored.ok() && stored->value.project == project.id && stored->value.operation == operation;
        if (!stored.ok() && !stored.is(Errc::not_found)) return stored.error();
        if (!there) return Fault{FaultCode::not_found, "Request " + std::string{id} + " was not found"};
        Request& request = stored->value;
        if (has_ended(request.status)) return invalid_state("Request " + std::string{id} + " has ended");
        state::Tx tx{cause};
        if (request.job.empty()) {
            TRY(add_end(tx, identity, {.status = kCanceled}));
        } else {
            request.status = kCanceling;
            put(tx, *stored);
        }
        const auto committed = records_.store().commit(std::move(tx));
        if (!committed.ok() && is_conflict(committed.error())) continue;
        TRY(committed);
        if (!request.job.empty()) {
            const Status asked = jobs_.cancel(jobs::JobId{request.job}, cause);
            // It ended meanwhile: how, its own record says.
            if (!asked.ok() && !asked.is(Errc::precondition)) return asked.error();
        }
        return TRY(records_.get<Request>(identity)).value;
    }
    return Error{Errc::unavailable, "too many writers of one request"};
}

Verdict Requests::add_removal(state::Tx& tx, const Identity& project) const {
    const auto queue = TRY(get_or_new<Queue>(records_, project));
    if (!queue.value.requests.empty())
        return invalid_state("The migration project has requests that have not ended");
    if (queue.version != state::Version{}) tx.erase(key_of(Kind<Queue>::kName, project), queue.version);
    const auto model = TRY(get_or_new<ModelState>(records_, project));
    if (model.version != state::Version{}) tx.erase(key_of(Kind<ModelState>::kName, project), model.version);
    return {};
}

Status Requests::forget(const state::Cause& cause, const Identity& project) const {
    Status failed;
    const std::vector<state::Resource> all = all_of(records_, project, failed);
    TRY(failed);
    for (std::size_t at = 0; at < all.size(); at += kErasedAtOnce) {
        state::Tx tx{cause};
        for (std::size_t i = at; i < std::min(all.size(), at + kErasedAtOnce); ++i)
            tx.erase(all[i].key, state::kAnyVersion);
        TRY(records_.store().commit(std::move(tx)));
    }
    return {};
}

Status Requests::trim(const state::Cause& cause, const Identity& project) const {
    Status failed;
    const std::vector<state::Resource> all = all_of(records_, project, failed);
    TRY(failed);
    if (all.size() <= kRequestsKept) return {};
    state::Tx tx{cause};
    std::size_t over = std::min(all.size() - kRequestsKept, kErasedAtOnce);
    // In the order of their creation.
    for (std::size_t i = 0; i < all.size() && over > 0; ++i) {
        if (!has_ended(all[i].state)) continue;
        tx.erase(all[i].key, state::kAnyVersion);
        --over;
    }
    const auto committed = records_.store().commit(std::move(tx));
    // Two that began at one time trim the same ones.
    if (!committed.ok() && !committed.is(Errc::not_found)) return committed.error();
    return {};
}

std::optional<jobs::Job> Requests::job_of(const Request& request) const {
    if (request.job.empty()) return std::nullopt;
    auto job = jobs_.get(jobs::JobId{request.job});
    if (!job.ok()) return std::nullopt;
    return std::move(*job);
}

}  // namespace landfall::dms
