// S3: buckets and objects over the block store and the state store. README.md tells what it promises.
//
//     auto s3 = TRY(s3::Service::open({.state = state, .blocks = blocks, .clock = clock, .random = random}));
//     s3->start(threads);            // the reclaimer's thread
//     s3::register_operations(*s3, registry);
//     auto image = TRY(s3->open_source("000000000000", "in", "app.ova"));   // for imports
//     s3->stop();
//
// Invariants
//   1. A write is durable before it is acknowledged: bytes first, then the record that names them.
//   2. What is listed can be read; what was acknowledged is listed, also after kill -9 at any moment.
//   3. Nothing is answered with success that was not done: what is not supported is NotImplemented.
// Threads: any, for every method; all block on disk.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/thread_starter.hpp"
#include "core/blocks/store.hpp"
#include "core/state/store.hpp"
#include "engines/images/byte_source.hpp"
#include "services/s3/work_buckets.hpp"
#include "services/s3/work_objects.hpp"
#include "services/s3/work_uploads.hpp"

namespace landfall::s3 {

/// Everything that S3 stands on; all must outlive it. The state store must have been started.
struct Seams {
    state::StateStore& state;
    blocks::Store& blocks;
    Clock& clock;
    Random& random;
    NoticeTargets& targets;  ///< asked from the first request and from start_notices() on
};

class Service {
public:
    /// Ends what a crash left half done among buckets; orphaned content is swept later, by the thread.
    [[nodiscard]] static Result<std::unique_ptr<Service>> open(const Seams& seams);
    ~Service();

    /// Starts "s3.reclaim". Without it deleted content waits for reclaim().
    void start(ThreadStarter& threads);
    /// Joins; idempotent.
    void stop();
    /// Starts "s3.notify". The targets work from here to stop_notices().
    void start_notices(ThreadStarter& threads) { notifier_.start(threads); }
    void stop_notices() { notifier_.stop(); }

    [[nodiscard]] Buckets& buckets() { return buckets_; }
    [[nodiscard]] Objects& objects() { return objects_; }
    [[nodiscard]] Uploads& uploads() { return uploads_; }
    [[nodiscard]] Notifier& notifier() { return notifier_; }
    [[nodiscard]] Clock& clock() { return ground_.clock; }
    [[nodiscard]] Random& random() { return ground_.random; }

    /// Gives back now what deletes and overwrites released; before a garbage collection, and in tests.
    [[nodiscard]] Status reclaim() { return reclaimer_.drain(); }
    /// Finds and gives back what a crash left; the thread does it after an unclean end.
    [[nodiscard]] Status sweep() { return reclaimer_.sweep(); }
    /// What the background work is failing at, if it is.
    [[nodiscard]] std::optional<Error> trouble() const { return reclaimer_.trouble(); }

    /// The object as it is now, held against deletion and overwriting for as long as the source lives. Any
    /// number of threads may read it. not_found (the message tells bucket or key), denied.
    [[nodiscard]] Result<std::unique_ptr<images::ByteSource>> open_source(std::string_view account,
                                                                          std::string_view bucket,
                                                                          std::string_view key);

    Service(const Seams& seams, std::unique_ptr<Catalog> catalog, std::unique_ptr<Contents> contents);

private:
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<Contents> contents_;
    Reclaimer reclaimer_;
    Notifier notifier_;
    Ground ground_;
    Buckets buckets_;
    Objects objects_;
    Uploads uploads_;
};

}  // namespace landfall::s3
