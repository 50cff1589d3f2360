// The root log alone: checkpoints in pieces, a crash and a failure at every disk call of them, and starting
// anew.
#include "core/blocks/root_log.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/disk_fake.hpp"
#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

using Refs = std::map<std::string, std::uint64_t>;

RefRecord record_of(std::uint64_t version) {
    return {.version = version,
            .root = {.domain = {}, .kind = TreeKind::stream, .level = 0, .id = {}, .length = {}}};
}

/// A log with the refs that it holds, as the index would.
class Book {
public:
    static constexpr Bytes kMin{2000};

    explicit Book(FakeDisk& disk) : disk_{disk} {
        CHECK(disk.make_directory("roots").ok() && disk.sync_directory(directory_of("roots")).ok());
    }

    Status open() {
        log_ = std::make_unique<RootLog>(disk_, "roots", kMin);
        refs_.clear();
        bool in_checkpoint = true;
        return log_->open([&](const RootRecord& record) -> Status {
            for (const RootChange& change : record.changes) {
                if (change.record)
                    refs_[change.key] = change.record->version;
                else
                    refs_.erase(change.key);
            }
            version_ = record.version;
            in_checkpoint = in_checkpoint && !record.checkpoint_end;
            return {};
        });
    }

    /// Sets or deletes one name, then gives a checkpoint its turn.
    Status change(const std::string& name, bool keep) {
        RootRecord record{
            .version = version_ + 1, .durable_below = 0, .checkpoint_end = false, .changes = {}};
        record.changes.push_back({name, keep ? std::optional{record_of(version_ + 1)} : std::nullopt});
        TRY(log_->append(record));
        ++version_;
        if (keep)
            refs_[name] = version_;
        else
            refs_.erase(name);
        if (!log_->checkpointing() && log_->wants_checkpoint())
            static_cast<void>(log_->begin_checkpoint(version_, live()));
        else if (log_->checkpointing())
            static_cast<void>(log_->advance_checkpoint(1));
        return {};
    }

    /// The refs as they are at this moment, two at a time.
    RootLog::Next live() {
        return [refs = refs_, at = std::string{}]() mutable -> Result<std::vector<RootChange>> {
            std::vector<RootChange> piece;
            for (auto it = refs.upper_bound(at); it != refs.end() && piece.size() < 2; ++it) {
                piece.push_back({it->first, record_of(it->second)});
                at = it->first;
            }
            return piece;
        };
    }

    [[nodiscard]] const Refs& refs() const { return refs_; }
    [[nodiscard]] std::uint64_t version() const { return version_; }
    RootLog& log() { return *log_; }

private:
    FakeDisk& disk_;
    std::unique_ptr<RootLog> log_;
    Refs refs_;
    std::uint64_t version_ = 0;
};

constexpr int kChanges = 120;

std::string name_of(int i) { return "name-" + std::to_string(i * 7 % 11); }
bool keeps(int i) { return i % 5 != 4; }

TEST(RootLog, checkpoints_come_in_pieces_between_appends_and_lose_nothing) {
    FakeDisk disk{1};
    Book book{disk};
    ASSERT_TRUE(book.open().ok());
    int checkpoints = 0;
    bool was = false;
    for (int i = 0; i < kChanges; ++i) {
        ASSERT_TRUE(book.change(name_of(i), keeps(i)).ok());
        const bool is = book.log().checkpointing();
        if (was && !is) ++checkpoints;
        was = is;
    }
    EXPECT_GT(checkpoints, 2);
    const Refs before = book.refs();
    ASSERT_TRUE(book.open().ok());
    EXPECT_EQ(book.refs(), before);
}

/// After any crash or failure: what was acknowledged is there, and of what was not at most the last change.
void expect_known(Book& book, const Refs& acknowledged, const Refs& last) {
    const Status opened = book.open();
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    EXPECT_TRUE(book.refs() == acknowledged || book.refs() == last);
}

void run_to_the_end(Book& book, Refs& acknowledged, Refs& last) {
    if (!book.open().ok()) return;
    for (int i = 0; i < kChanges; ++i) {
        last = acknowledged = book.refs();
        if (keeps(i))
            last[name_of(i)] = book.version() + 1;
        else
            last.erase(name_of(i));
        if (!book.change(name_of(i), keeps(i)).ok()) return;
    }
    last = acknowledged = book.refs();
}

std::uint64_t calls_of_run() {
    FakeDisk disk{1};
    Book book{disk};
    const std::uint64_t before = disk.calls();
    Refs acknowledged;
    Refs last;
    run_to_the_end(book, acknowledged, last);
    return disk.calls() - before;
}

TEST(RootLogCrash, at_every_disk_call_loses_nothing_acknowledged) {
    const std::uint64_t calls = calls_of_run();
    for (const FakeDisk::Cut cut :
         {FakeDisk::Cut::lose_all, FakeDisk::Cut::keep_all, FakeDisk::Cut::arbitrary}) {
        for (std::uint64_t n = 1; n <= calls; ++n) {
            SCOPED_TRACE("crash at call " + std::to_string(n));
            FakeDisk disk{n};
            Book book{disk};
            disk.crash_at(n);
            Refs acknowledged;
            Refs last;
            run_to_the_end(book, acknowledged, last);
            disk.power_cut(cut);
            expect_known(book, acknowledged, last);
            if (::testing::Test::HasFailure()) return;
        }
    }
}

TEST(RootLogFailure, at_every_disk_call_loses_nothing_acknowledged_and_can_be_restarted) {
    const std::uint64_t calls = calls_of_run();
    for (const Errc error : {Errc::io, Errc::exhausted}) {
        for (std::uint64_t n = 1; n <= calls; ++n) {
            SCOPED_TRACE("failure of call " + std::to_string(n));
            FakeDisk disk{n};
            Book book{disk};
            disk.fail_at(n, error);
            Refs acknowledged;
            Refs last;
            run_to_the_end(book, acknowledged, last);
            // Where the log failed it goes on without the change in doubt, and that is final.
            if (book.version() > 0 && book.log().failed()) {
                ASSERT_TRUE(book.log().restart(book.version(), book.live()).ok());
                EXPECT_FALSE(book.log().failed().has_value());
                ASSERT_TRUE(book.change("after", true).ok());
                last = acknowledged = book.refs();
            }
            disk.power_cut(FakeDisk::Cut::arbitrary);
            expect_known(book, acknowledged, last);
            if (::testing::Test::HasFailure()) return;
        }
    }
}

TEST(RootLog, commits_go_on_after_a_failed_sync_of_the_log) {
    World world;
    ASSERT_TRUE(world.open().ok());
    ASSERT_TRUE(put_object(*world.store, world.domain, "before", noise(1, 1000)).ok());
    // A delete touches nothing but the log: a write and a sync.
    world.disk.fail_at(2, Errc::io);
    EXPECT_TRUE(delete_object(*world.store, "before").is(Errc::io));
    ASSERT_TRUE(put_object(*world.store, world.domain, "after", noise(2, 1000)).ok());
    EXPECT_EQ(get_object(*world.store, "before").value(), noise(1, 1000)) << "what failed did not happen";
    EXPECT_TRUE(world.store->collect_garbage({}).ok()) << "nothing is in doubt any more";
    world.power_cut(FakeDisk::Cut::arbitrary);
    ASSERT_TRUE(world.open().ok());
    EXPECT_EQ(get_object(*world.store, "before").value(), noise(1, 1000));
    EXPECT_EQ(get_object(*world.store, "after").value(), noise(2, 1000));
}

}  // namespace
}  // namespace landfall::blocks
