#include "core/state/store.hpp"

#include <condition_variable>
#include <mutex>

namespace landfall::state {
namespace {

constexpr Duration kRoomWait = std::chrono::seconds{10};
constexpr std::size_t kForgetMax = 10'000;
constexpr std::size_t kTokenKeyBytes = 32;

/// Where a blocking commit waits for the writer. The writer notifies under the lock, so that the waiter's
/// stack is still there.
class Waiting {
public:
    void set(Result<Committed> outcome) {
        const std::lock_guard lock{mutex_};
        outcome_ = std::move(outcome);
        changed_.notify_one();
    }
    Result<Committed> take() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return outcome_.has_value(); });
        return std::move(*outcome_);
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Result<Committed>> outcome_;
};

}  // namespace

Result<Committed> StateStore::commit(Tx tx) {
    check_may_block();
    Waiting waiting;
    enqueue(
        std::move(tx), [&waiting](Result<Committed> outcome) { waiting.set(std::move(outcome)); }, kRoomWait);
    return waiting.take();
}

Result<std::uint64_t> StateStore::trim(Instant before) {
    std::uint64_t sum = 0;
    for (;;) {
        Tx tx{{.actor = "landfall", .service = "state", .operation = "trim"}};
        tx.forget(before, kForgetMax);
        const Committed done = TRY(commit(std::move(tx)));
        if (done.counters.front() == 0) return sum;
        sum += done.counters.front();
    }
}

Result<SecretBytes> StateStore::token_key(std::string_view name) {
    const std::string setting_name = "token_key." + std::string{name};
    std::optional<std::string> stored = TRY(setting(setting_name));
    if (!stored) {
        std::string made(kTokenKeyBytes, '\0');
        random_.fill(std::as_writable_bytes(std::span{made}));
        Tx tx{{.actor = "landfall", .service = "state", .operation = "make_token_key"}};
        tx.claim_setting(setting_name, std::move(made));
        const Result<Committed> done = commit(std::move(tx));
        // Another thread may have been first: its key is the one.
        if (!done.ok() && !done.is(Errc::already_exists)) return done.error();
        stored = TRY(setting(setting_name));
        CHECK(stored.has_value());
    }
    const auto bytes = std::as_bytes(std::span{*stored});
    SecretBytes key{std::vector<std::byte>(bytes.begin(), bytes.end())};
    wipe(std::as_writable_bytes(std::span{*stored}));
    return key;
}

}  // namespace landfall::state
