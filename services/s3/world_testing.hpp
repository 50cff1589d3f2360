// The service on real stores in a directory of its own, and what tests do with it again and again.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/disk.hpp"
#include "base/random.hpp"
#include "base/thread_starter.hpp"
#include "core/blocks/store.hpp"
#include "core/state/store.hpp"
#include "services/s3/service.hpp"

namespace landfall::s3 {

/// A payload in memory, given out in pieces of a chosen size.
class TextStream final : public ByteStream {
public:
    explicit TextStream(std::string_view text, std::size_t piece = 100'000) : text_{text}, piece_{piece} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override {
        const std::size_t size = std::min({into.size(), piece_, text_.size()});
        std::copy_n(bytes_of(text_).begin(), size, into.begin());
        text_.remove_prefix(size);
        if (size == 0 && failure) return *failure;
        return size;
    }
    [[nodiscard]] std::optional<ClaimedChecksum> trailing_claim() const override { return trailer; }

    std::optional<Error> failure;  ///< instead of the end
    std::optional<ClaimedChecksum> trailer;

private:
    std::string_view text_;
    std::size_t piece_;
};

inline std::string noise(std::uint64_t seed, std::size_t size) {
    std::string bytes(size, '\0');
    SeededRandom{seed}.fill(std::as_writable_bytes(std::span{bytes}));
    return bytes;
}

/// Targets that take everything and keep it, until they are told otherwise.
class KeptNotices final : public NoticeTargets {
public:
    [[nodiscard]] Status check(const NoticeTarget&, const NoticeSource&) const override { return {}; }
    [[nodiscard]] std::vector<Status> deliver(std::span<const NoticeParcel> parcels) override {
        std::vector<Status> outcomes;
        for (const NoticeParcel& parcel : parcels) {
            if (parcel.target.arn.empty()) {
                outcomes.push_back(Error{Errc::not_found, "there is no queue"});
                continue;
            }
            const auto refused = refusals.find(parcel.target.arn);
            if (refused == refusals.end()) taken.push_back(parcel);
            outcomes.push_back(refused == refusals.end() ? Status{} : Status{refused->second});
        }
        return outcomes;
    }

    std::map<std::string, Error> refusals;  ///< by ARN
    std::vector<NoticeParcel> taken;
};

/// Small packs and one worker: tests are many.
inline blocks::Options small_options() {
    blocks::Options options;
    options.pack_size = 8_MiB;
    options.workers = 1;
    options.commit_wait_max = Duration{0};
    options.free_min = 1_MiB;
    options.reserve = 1_MiB;
    return options;
}

/// Both stores and the service in `directory`; open() is a start of the server, close() a clean stop.
class World {
public:
    explicit World(std::string directory, Disk* disk = nullptr)
        : directory_{std::move(directory)}, disk_{disk != nullptr ? disk : &real_disk_} {}
    ~World() { close(); }

    void open() {
        state_ = state::StateStore::open(directory_ + "/state", clock_, random_, {}).value();
        state_->start(threads_);
        open_on(*state_);
    }
    /// On a state store of the test's own.
    void open_on(state::StateStore& state) {
        keys_ = blocks::MasterKeyFile::open(*disk_, directory_ + "/master", random_).value();
        blocks_ =
            blocks::Store::open({*disk_, clock_, random_, *keys_}, directory_ + "/blocks", small_options())
                .value();
        service_ = Service::open({state, *blocks_, clock_, random_, notices}).value();
    }
    void close() {
        service_.reset();
        blocks_.reset();
        state_.reset();
    }
    void reopen() {
        close();
        open();
    }

    [[nodiscard]] Service& service() { return *service_; }
    [[nodiscard]] Buckets& buckets() { return service_->buckets(); }
    [[nodiscard]] Objects& objects() { return service_->objects(); }
    [[nodiscard]] Uploads& uploads() { return service_->uploads(); }
    [[nodiscard]] blocks::Store& blocks() { return *blocks_; }
    [[nodiscard]] state::StateStore& state() { return *state_; }
    [[nodiscard]] SystemThreads& threads() { return threads_; }
    [[nodiscard]] Clock& clock() { return clock_; }
    [[nodiscard]] Random& random() { return random_; }

    KeptNotices notices;
    Asker asker{
        .account = "000000000000", .region = "us-east-1", .cause = {.actor = "test", .service = "s3"}};

    Verdict make_bucket(const std::string& name) {
        TRY(buckets().create(asker, {.name = name}));
        return {};
    }
    Answer<ObjectRow> put(const std::string& bucket, const std::string& key, std::string_view text,
                          const WriteConditions& conditions = {}) {
        TextStream stream{text};
        return objects().put(asker, {.bucket = bucket, .key = key, .conditions = conditions}, stream);
    }
    Answer<std::string> get(const std::string& bucket, const std::string& key) {
        const OpenObject open = TRY(objects().open(asker, bucket, key));
        std::string text(open.object.record.size.count, '\0');
        if (open.reader) TRY(open.reader->read(ByteOffset{0}, std::as_writable_bytes(std::span{text})));
        return text;
    }
    std::vector<std::string> keys(const std::string& bucket) {
        std::vector<std::string> names;
        const auto page = objects().list(asker, bucket, {}).value();
        for (const ObjectRow& object : page.entries) names.push_back(object.key);
        return names;
    }
    /// Refs of all kinds that S3 owns.
    std::size_t refs() {
        std::size_t count = 0;
        for (const std::string_view kind : {kObjectRefs, kPartRefs, kLayoutRefs})
            count += blocks().list(kind, {}, 100'000).value().size();
        return count;
    }

private:
    std::string directory_;
    RealDisk real_disk_;
    Disk* disk_;
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    std::unique_ptr<state::StateStore> state_;
    std::unique_ptr<blocks::MasterKeyFile> keys_;
    std::unique_ptr<blocks::Store> blocks_;
    std::unique_ptr<Service> service_;
};

}  // namespace landfall::s3
