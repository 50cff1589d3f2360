// For tests of whatever stands on the state store: a directory that goes away, and a store in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/thread_starter.hpp"
#include "core/state/store.hpp"

namespace landfall::state {

/// A fresh directory below $TMPDIR, removed with all that is in it.
class TestDirectory {
public:
    TestDirectory() {
        const char* base = std::getenv("TMPDIR");
        std::string name = std::string{base ? base : "/tmp"} + "/landfall.XXXXXX";
        CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TestDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A started store in its own directory. reopen() is a restart of the server.
class TestStore {
public:
    explicit TestStore(Clock* clock = nullptr, StoreOptions options = {})
        : clock_{clock ? clock : &system_}, options_{std::move(options)} {
        reopen();
    }
    StateStore& operator*() { return *store_; }
    StateStore* operator->() { return store_.get(); }
    void reopen() {
        store_.reset();
        store_ = StateStore::open(directory_.path() / "state", *clock_, random_, options_).value();
        store_->start(threads_);
    }
    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "state"; }
    SystemThreads& threads() { return threads_; }
    OsRandom& random() { return random_; }
    Clock& clock() { return *clock_; }

private:
    TestDirectory directory_;
    SystemClock system_;
    OsRandom random_;
    SystemThreads threads_;
    Clock* clock_;
    StoreOptions options_;
    std::unique_ptr<StateStore> store_;
};

}  // namespace landfall::state
