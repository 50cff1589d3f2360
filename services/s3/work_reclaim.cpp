#include "services/s3/work_reclaim.hpp"

#include <algorithm>
#include <chrono>

namespace landfall::s3 {
namespace {

constexpr std::size_t kBatch = Catalog::kErasedMax;
/// Above this, whoever releases pays for the draining: the queue stays bounded.
constexpr std::size_t kQueuedMax = 4096;
constexpr std::chrono::seconds kRetryAfter{5};

template <class T>
std::vector<T> take_some(std::vector<T>& from, std::size_t most) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(from.size(), most));
    std::vector<T> taken(std::make_move_iterator(from.end() - count), std::make_move_iterator(from.end()));
    from.erase(from.end() - count, from.end());
    return taken;
}

}  // namespace

Reclaimer::~Reclaimer() { stop(); }

void Reclaimer::release(std::vector<blocks::RefKey> refs) {
    if (refs.empty()) return;
    bool full = false;
    {
        const std::lock_guard lock{mutex_};
        std::ranges::move(refs, std::back_inserter(refs_));
        full = refs_.size() >= kQueuedMax;
    }
    work_.notify_one();
    if (full) note(drain());
}

void Reclaimer::release_parts(std::string upload_row) {
    {
        const std::lock_guard lock{mutex_};
        uploads_.push_back(std::move(upload_row));
    }
    work_.notify_one();
}

Status Reclaimer::drain() {
    TRY(drain_uploads());
    return drain_refs();
}

Status Reclaimer::drain_refs() {
    while (true) {
        std::vector<blocks::RefKey> refs;
        {
            const std::lock_guard lock{mutex_};
            refs = take_some(refs_, kBatch);
        }
        if (refs.empty()) return {};
        const Status dropped = contents_.drop(refs);
        if (dropped.ok()) continue;
        const std::lock_guard lock{mutex_};
        std::ranges::move(refs, std::back_inserter(refs_));
        return dropped;
    }
}

Status Reclaimer::drain_uploads() {
    while (true) {
        std::vector<std::string> uploads;
        {
            const std::lock_guard lock{mutex_};
            uploads = take_some(uploads_, 1);
        }
        if (uploads.empty()) return {};
        const Status erased = erase_parts(uploads.front());
        if (erased.ok()) continue;
        const std::lock_guard lock{mutex_};
        uploads_.push_back(std::move(uploads.front()));
        return erased;
    }
}

Status Reclaimer::erase_parts(const std::string& upload_row) {
    while (true) {
        auto rows = TRY(catalog_.parts_from(upload_row, kBatch));
        std::erase_if(rows, [&](const auto& row) { return !row.row.starts_with(upload_row); });
        if (rows.empty()) return {};
        std::vector<blocks::RefKey> refs;
        for (const auto& row : rows)
            if (!row.content.empty()) refs.push_back(ref_of(kPartRefs, row.row, row.content));
        // Records first: a part that is listed can be read.
        TRY(catalog_.erase_loose(rows));
        TRY(contents_.drop(refs));
    }
}

Status Reclaimer::sweep() {
    TRY(sweep_parts());
    TRY(sweep_refs(kPartRefs, kPartKind));
    TRY(sweep_refs(kLayoutRefs, kObjectKind));
    return sweep_refs(kObjectRefs, kObjectKind);
}

Status Reclaimer::sweep_parts() {
    std::string from;
    while (true) {
        const auto rows = TRY(catalog_.parts_from(from, kBatch));
        if (rows.empty()) return {};
        std::string checked;
        for (const auto& row : rows) {
            std::string upload = row.row.substr(0, row.row.size() - sizeof(std::uint32_t));
            if (upload == checked) continue;
            if (stopping()) return Error{Errc::cancelled, "stopping"};
            if (!TRY(catalog_.has_upload(upload))) TRY(erase_parts(upload));
            checked = std::move(upload);
        }
        from = rows.back().row + '\0';
    }
}

Status Reclaimer::sweep_refs(std::string_view refs, std::string_view kind) {
    std::string after;
    while (true) {
        const auto page = TRY(contents_.blocks().list(refs, after, kBatch));
        if (page.empty()) return {};
        std::vector<blocks::RefKey> loose;
        for (const blocks::Ref& ref : page) {
            const auto owner = owner_of(ref.key);
            // What this run writes has its record yet to come.
            if (!owner || owner->content >= contents_.first_of_run()) continue;
            if (TRY(catalog_.content_of(kind, owner->row)) != owner->content) loose.push_back(ref.key);
        }
        TRY(contents_.drop(loose));
        if (stopping()) return Error{Errc::cancelled, "stopping"};
        after = page.back().key.name;
    }
}

void Reclaimer::start(ThreadStarter& threads) {
    thread_ = threads.start("s3.reclaim", [this] { run(); });
}

void Reclaimer::run() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        if (swept_ && trouble_) {
            work_.wait_for(lock, kRetryAfter, [&] { return stopping_; });
        } else if (swept_) {
            work_.wait(lock, [&] { return stopping_ || !refs_.empty() || !uploads_.empty(); });
        }
        if (stopping_) break;
        lock.unlock();
        if (!swept_) {
            const auto clean = catalog_.clean_mark();
            const bool needed = !clean.ok() || *clean != contents_.first_of_run().value;
            const Status status = needed ? sweep() : Status{};
            note(status);
            swept_ = true;
        }
        note(drain());
        lock.lock();
    }
}

void Reclaimer::suspect() {
    const std::lock_guard lock{mutex_};
    suspect_ = true;
}

bool Reclaimer::stopping() const {
    const std::lock_guard lock{mutex_};
    return stopping_;
}

void Reclaimer::note(const Status& status) {
    const std::lock_guard lock{mutex_};
    trouble_ = status.ok() ? std::nullopt : std::optional{status.error()};
}

std::optional<Error> Reclaimer::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

void Reclaimer::stop() {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) return;
        stopping_ = true;
    }
    work_.notify_all();
    if (!thread_.joinable()) return;
    thread_.join();
    if (!swept_ || suspect_ || trouble_ || !drain().ok()) return;
    const auto reserved = catalog_.reserved();
    // The next run's first id: the mark is void as soon as ids are set aside again.
    if (reserved.ok()) note(catalog_.set_clean_mark(*reserved + 1));
}

}  // namespace landfall::s3
