// Kills the program at the n-th step, for every n, and asks the next start what it finds.
//
// A child process runs a script of writes on real stores and says after each that it was acknowledged. It
// dies (as by kill -9) at the n-th sync of the block store's disk, or before or after the n-th commit of the
// state store. A second child opens what is left: it must be the acknowledged state, or that with the one
// write more that was under way; every listed object must read back; and a sweep must leave exactly the
// contents that records name. The parent never opens a store: its threads would not survive fork().
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>

#include "core/state/store_testing.hpp"
#include "services/s3/world_testing.hpp"

namespace landfall::s3 {
namespace {

/// Counts down steps; the step that reaches zero is the program's last.
class Fuse {
public:
    explicit Fuse(int steps) : left_{steps} {}
    void burn() {
        if (left_.fetch_sub(1) == 1) ::_exit(kDied);
    }
    static constexpr int kDied = 77;

private:
    std::atomic<int> left_;
};

/// A file whose sync is a step.
class FusedFile final : public File {
public:
    FusedFile(std::unique_ptr<File> file, Fuse& fuse) : file_{std::move(file)}, fuse_{fuse} {}
    [[nodiscard]] Result<Bytes> read_at(ByteOffset from, MutableByteSpan to) override {
        return file_->read_at(from, to);
    }
    [[nodiscard]] Status write_at(ByteOffset at, ByteSpan data) override { return file_->write_at(at, data); }
    [[nodiscard]] Status sync() override {
        fuse_.burn();
        return file_->sync();
    }
    void hint_write_back(ByteOffset from, Bytes length) override { file_->hint_write_back(from, length); }
    void hint_read_ahead(ByteOffset from, Bytes length) override { file_->hint_read_ahead(from, length); }
    [[nodiscard]] Status truncate(Bytes size) override { return file_->truncate(size); }
    [[nodiscard]] Status allocate(Bytes size) override { return file_->allocate(size); }
    [[nodiscard]] Result<Bytes> size() override { return file_->size(); }
    [[nodiscard]] Result<Bytes> data_end() override { return file_->data_end(); }

private:
    std::unique_ptr<File> file_;
    Fuse& fuse_;
};

class FusedDisk final : public Disk {
public:
    explicit FusedDisk(Fuse& fuse) : fuse_{fuse} {}
    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode,
                                                     Caching caching) override {
        auto file = TRY(disk_.open(path, mode, caching));
        return std::unique_ptr<File>{std::make_unique<FusedFile>(std::move(file), fuse_)};
    }
    [[nodiscard]] Status rename(const std::string& from, const std::string& to) override {
        return disk_.rename(from, to);
    }
    [[nodiscard]] Status link(const std::string& from, const std::string& to) override {
        return disk_.link(from, to);
    }
    [[nodiscard]] Status unlink(const std::string& path) override { return disk_.unlink(path); }
    [[nodiscard]] Status make_directory(const std::string& path) override {
        return disk_.make_directory(path);
    }
    [[nodiscard]] Status remove_directory(const std::string& path) override {
        return disk_.remove_directory(path);
    }
    [[nodiscard]] Status sync_directory(const std::string& path) override {
        fuse_.burn();
        return disk_.sync_directory(path);
    }
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override {
        return disk_.list(directory);
    }
    [[nodiscard]] Result<FileStat> stat(const std::string& path) override { return disk_.stat(path); }
    [[nodiscard]] Result<SpaceStat> space(const std::string& path) override { return disk_.space(path); }
    [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
        return disk_.lock(path);
    }

private:
    RealDisk disk_;
    Fuse& fuse_;
};

/// A state store whose commits are two steps: before they begin, and after they are durable but before
/// anybody is told.
class FusedState final : public state::StateStore {
public:
    FusedState(state::StateStore& state, Random& random, Fuse& fuse)
        : StateStore{random}, state_{state}, fuse_{fuse} {}

    Result<state::Resource> get(const state::Key& key) override { return state_.get(key); }
    Result<std::optional<state::Resource>> find_by_id(std::string_view kind, std::string_view id) override {
        return state_.find_by_id(kind, id);
    }
    Result<std::optional<state::Resource>> find_by_arn(std::string_view arn) override {
        return state_.find_by_arn(arn);
    }
    Result<state::Page> list(const state::Query& query) override { return state_.list(query); }
    Result<std::optional<state::Key>> holder(std::string_view space, std::string_view name) override {
        return state_.holder(space, name);
    }
    Result<state::Recalled> recall(const state::OnceKey& once) override { return state_.recall(once); }
    Result<std::uint64_t> counter(std::string_view name) override { return state_.counter(name); }
    Result<std::optional<std::string>> setting(std::string_view name) override {
        return state_.setting(name);
    }
    Result<std::vector<state::Event>> events(const state::EventQuery& query) override {
        return state_.events(query);
    }
    Result<state::EventSeq> last_event() override { return state_.last_event(); }
    Result<std::vector<state::LogLine>> lines(std::string_view stream, std::uint64_t after,
                                              std::size_t limit) override {
        return state_.lines(stream, after, limit);
    }
    void start(ThreadStarter&) override {}
    void stop() override {}
    Result<std::unique_ptr<state::Reader>> snapshot() override { return state_.snapshot(); }
    Result<state::EventSeq> watch(state::EventSeq since, Duration wait) override {
        return state_.watch(since, wait);
    }
    void add_listener(state::EventListener& listener) override { state_.add_listener(listener); }
    void remove_listener(state::EventListener& listener) override { state_.remove_listener(listener); }
    Status backup_to(const std::filesystem::path& file) override { return state_.backup_to(file); }
    Status verify() override { return state_.verify(); }

private:
    void check_may_block() const override {}
    void enqueue(state::Tx tx, state::Done done, Duration) override {
        fuse_.burn();
        state_.submit(std::move(tx), [this, done = std::move(done)](Result<state::Committed> result) mutable {
            fuse_.burn();
            done(std::move(result));
        });
    }
    state::StateStore& state_;
    Fuse& fuse_;
};

using Model = std::map<std::string, std::string>;

const std::string kFirst = noise(1, 5 << 20);
const std::string kLast = noise(2, 90'000);

struct Step {
    const char* name;
    std::function<bool(World&)> run;
    std::function<void(Model&)> expect;
};

bool upload(World& world, bool complete) {
    auto& uploads = world.uploads();
    const auto made = uploads.create(world.asker, {.bucket = "bucket", .key = "big"});
    if (!made.ok()) return false;
    const Uploads::Name name{"bucket", "big", std::string{made->upload()}};
    Completion completion;
    int number = 0;
    for (const std::string* text : {&kFirst, &kLast}) {
        TextStream stream{*text};
        const auto part = uploads.put_part(world.asker, name, ++number, {}, stream);
        if (!part.ok()) return false;
        completion.parts.push_back({.number = number, .etag = etag_of(part->record.part.md5)});
    }
    if (!complete) return uploads.abort(world.asker, name).ok();
    return uploads.complete(world.asker, name, completion, {}).ok();
}

std::vector<Step> script() {
    const auto put = [](std::string key, std::string text) -> Step {
        return {"put", [=](World& w) { return w.put("bucket", key, text).ok(); },
                [=](Model& model) { model[key] = text; }};
    };
    return {
        {"create bucket", [](World& w) { return w.make_bucket("bucket").ok(); }, [](Model&) {}},
        put("a", "one"),
        put("b", noise(3, 100'000)),
        put("a", "one, replaced"),
        {"upload", [](World& w) { return upload(w, true); },
         [](Model& model) { model["big"] = kFirst + kLast; }},
        {"copy",
         [](World& w) {
             return w.objects()
                 .copy(w.asker, {.source = {"bucket", "b", ""}, .bucket = "bucket", .key = "c"})
                 .ok();
         },
         [](Model& model) { model["c"] = model["b"]; }},
        {"delete", [](World& w) { return w.objects().remove(w.asker, "bucket", "b", {}).ok(); },
         [](Model& model) { model.erase("b"); }},
        {"abort", [](World& w) { return upload(w, false); }, [](Model&) {}},
        {"reclaim", [](World& w) { return w.service().reclaim().ok(); }, [](Model&) {}},
        put("big", "small now"),
        {"delete many",
         [](World& w) {
             return w.objects().remove_all(w.asker, "bucket", {"a", "big", "c"}).ok();
         },
         [](Model& model) { model.clear(); }},
        {"delete bucket", [](World& w) { return w.buckets().remove(w.asker, "bucket").ok(); }, [](Model&) {}},
        {"create again", [](World& w) { return w.make_bucket("bucket").ok(); }, [](Model&) {}},
        put("last", "last"),
    };
}

enum class Where { disk, commits };

/// Runs the script until the fuse ends it; each acknowledged step is a byte in the pipe. Never returns.
[[noreturn]] void play(const std::string& directory, Where where, int steps, int pipe) {
    Fuse disk_fuse{where == Where::disk ? steps : 1 << 30};
    Fuse commit_fuse{where == Where::commits ? steps : 1 << 30};
    FusedDisk disk{disk_fuse};
    SystemClock clock;
    OsRandom random;
    SystemThreads threads;
    auto inner = state::StateStore::open(directory + "/state", clock, random, {}).value();
    inner->start(threads);
    FusedState state{*inner, random, commit_fuse};
    World world{directory, &disk};
    world.open_on(state);
    for (const Step& step : script()) {
        if (!step.run(world)) ::_exit(1);
        if (::write(pipe, "+", 1) != 1) ::_exit(1);
    }
    ::_exit(0);
}

std::string why(const Fault& fault) { return fault.cause() ? fault.cause()->message() : fault.message(); }

/// The objects of the bucket, each read back in full.
std::optional<Model> objects_of(World& world) {
    Model found;
    const auto page = world.objects().list(world.asker, "bucket", {});
    if (page.is(Code::no_such_bucket)) return found;
    if (!page.ok()) return std::nullopt;
    for (const auto& object : page->entries) {
        auto text = world.get("bucket", object.key);
        if (!text.ok()) {
            std::fprintf(stderr, "%s: %s\n", object.key.c_str(), why(text.error()).c_str());
            return std::nullopt;
        }
        found[object.key] = std::move(text).value();
    }
    return found;
}

/// Contents that records name: what a sweep must leave, no more and no less.
std::size_t named_contents(World& world) {
    std::size_t count = 0;
    const auto page = world.objects().list(world.asker, "bucket", {});
    if (!page.ok()) return 0;
    for (const auto& object : page->entries) count += refs_of("bucket", object).size();
    const auto uploads = world.uploads().list(world.asker, "bucket", {}).value();
    for (const auto& upload : uploads.entries) {
        const Uploads::Name name{"bucket", std::string{upload.listed_name()}, std::string{upload.upload()}};
        count += world.uploads().list_parts(world.asker, name, 0, 100).value().parts.size();
    }
    return count;
}

/// 0: all is as it must be. Else which claim failed.
int judge(const std::string& directory, std::size_t acknowledged) {
    World world{directory};
    world.open();
    const auto steps = script();
    Model before;
    for (std::size_t i = 0; i < acknowledged; ++i) steps[i].expect(before);
    Model after = before;
    if (acknowledged < steps.size()) steps[acknowledged].expect(after);
    const auto found = objects_of(world);
    if (!found) return 2;
    if (*found != before && *found != after) return 3;
    if (!world.service().sweep().ok()) return 4;
    if (!world.service().reclaim().ok()) return 5;
    if (world.refs() != named_contents(world)) return 6;
    if (objects_of(world) != found) return 7;
    if (!world.blocks().collect_garbage({}).ok()) return 8;
    if (objects_of(world) != found) return 9;
    if (!world.state().verify().ok()) return 10;
    if (world.make_bucket("other").ok() && !world.put("other", "k", "still writes").ok()) return 11;
    return 0;
}

int exit_code(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A child must never come back into the test program, whatever happens in it.
template <class F>
void in_child(F body) {
    try {
        body();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "a library threw: %s\n", e.what());
    }
    ::_exit(99);
}

void die_at_every_step(Where where) {
    for (int steps = 1; steps < 1000; ++steps) {
        const state::TestDirectory directory;
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t player = ::fork();
        if (player == 0) in_child([&] { play(directory.path().string(), where, steps, pipe[1]); });
        ::close(pipe[1]);
        std::size_t acknowledged = 0;
        for (char ack = 0; ::read(pipe[0], &ack, 1) == 1;) ++acknowledged;
        ::close(pipe[0]);
        const int ended = exit_code(player);
        ASSERT_TRUE(ended == Fuse::kDied || ended == 0)
            << "step " << steps << ": the script failed with " << ended;
        const pid_t judging = ::fork();
        if (judging == 0) in_child([&] { ::_exit(judge(directory.path().string(), acknowledged)); });
        ASSERT_EQ(exit_code(judging), 0) << "step " << steps << ", acknowledged " << acknowledged;
        if (ended == 0) {
            EXPECT_GT(steps, 20) << "the script has more steps than that";
            return;
        }
    }
    FAIL() << "the script never ended";
}

TEST(Crash, at_any_commit_of_records_keeps_what_was_acknowledged) { die_at_every_step(Where::commits); }

TEST(Crash, at_any_sync_of_contents_keeps_what_was_acknowledged) { die_at_every_step(Where::disk); }

}  // namespace
}  // namespace landfall::s3
