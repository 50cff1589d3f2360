// The conformance suite of StateStore: run by every implementation (there is one now: SQLite).
#include "core/state/store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "core/state/page_token.hpp"
#include "core/state/record.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

Cause by_test() { return {.actor = "arn:aws:iam::000000000000:root", .service = "test", .operation = "Do"}; }
Tx tx() { return Tx{by_test()}; }

Key volume_key(std::string id) {
    return {.kind = "ec2.volume", .account = "000000000000", .region = "us-east-1", .id = std::move(id)};
}
Resource volume(std::string id, std::string state = "creating") {
    Resource r{.key = volume_key(id), .state = std::move(state)};
    r.arn = "arn:aws:ec2:us-east-1:000000000000:volume/" + id;
    r.doc = Record{}.set("size", 8).encode();
    return r;
}
Status put(StateStore& store, Resource r) {
    TRY(store.commit(tx().create(std::move(r))));
    return {};
}

class StateStoreSuite : public ::testing::Test {
protected:
    ManualClock clock_;
    TestStore store_{&clock_};
};

TEST_F(StateStoreSuite, what_was_created_is_read_back_with_version_1_and_one_event) {
    Resource r = volume("vol-1");
    r.tags = {{"b", "2"}, {"a", "1"}};
    r.index = {{"zone", "a"}};
    r.parent = "i-1";
    const Committed done = store_->commit(tx().create(r)).value();
    const Resource got = store_->get(r.key).value();
    EXPECT_EQ(got.version, Version{1});
    EXPECT_EQ(got.state, "creating");
    EXPECT_EQ(got.doc, r.doc);
    EXPECT_EQ(got.arn, r.arn);
    EXPECT_EQ(got.parent, "i-1");
    EXPECT_EQ(got.tags, (std::vector<Tag>{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(got.index, r.index);
    EXPECT_EQ(got.created, clock_.now());
    const auto events = store_->events({}).value();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].seq, done.last_event);
    EXPECT_EQ(events[0].change, Change::created);
    EXPECT_EQ(events[0].to_state, "creating");
    EXPECT_EQ(events[0].cause.operation, "Do");
}

TEST_F(StateStoreSuite, an_update_with_an_old_version_is_refused_and_changes_nothing) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    Resource mine = store_->get(volume_key("vol-1")).value();
    Resource theirs = mine;
    theirs.state = "available";
    ASSERT_TRUE(store_->commit(tx().update(theirs)).ok());
    mine.state = "deleting";
    EXPECT_TRUE(store_->commit(tx().update(mine)).is(Errc::precondition));
    const Resource got = store_->get(mine.key).value();
    EXPECT_EQ(got.state, "available");
    EXPECT_EQ(got.version, Version{2});
    EXPECT_EQ(store_->events({}).value().size(), 2u);
}

TEST_F(StateStoreSuite, a_tx_is_applied_whole_or_not_at_all) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    const auto done = store_->commit(tx().create(volume("vol-2"))
                                         .count("volumes")
                                         .append_line("log", {.text = "x"})
                                         .create(volume("vol-1")));
    EXPECT_TRUE(done.is(Errc::already_exists));
    EXPECT_TRUE(store_->get(volume_key("vol-2")).is(Errc::not_found));
    EXPECT_EQ(store_->counter("volumes").value(), 0u);
    EXPECT_TRUE(store_->lines("log", 0, 10).value().empty());
    EXPECT_EQ(store_->last_event().value(), EventSeq{1});
}

TEST_F(StateStoreSuite, a_refused_tx_does_not_hurt_its_neighbours_and_leaves_no_gap_in_events) {
    std::vector<Result<Committed>> outcomes;
    std::mutex mutex;
    for (int i = 0; i < 30; ++i) {
        // Every third repeats the id before it.
        store_->submit(tx().create(volume("vol-" + std::to_string(i - (i % 3 == 2)))), [&](auto outcome) {
            const std::lock_guard lock{mutex};
            outcomes.push_back(std::move(outcome));
        });
    }
    store_->stop();
    ASSERT_EQ(outcomes.size(), 30u);
    for (std::size_t i = 0; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i].ok(), i % 3 != 2) << i;
    EXPECT_EQ(store_->last_event().value(), EventSeq{20});
    EXPECT_EQ(store_->events({}).value().size(), 20u);
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, an_arn_belongs_to_one_live_resource) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    Resource thief = volume("vol-2");
    thief.arn = volume("vol-1").arn;
    EXPECT_TRUE(put(*store_, thief).is(Errc::already_exists));
    EXPECT_EQ(store_->find_by_arn(thief.arn).value()->key.id, "vol-1");
    ASSERT_TRUE(store_->commit(tx().retire(volume_key("vol-1"), Version{1}, "deleted")).ok());
    EXPECT_TRUE(put(*store_, thief).ok());
    EXPECT_EQ(store_->find_by_arn(thief.arn).value()->key.id, "vol-2");
}

TEST_F(StateStoreSuite, what_is_retired_is_hidden_from_lists_found_by_get_and_replaced_by_create) {
    Resource r = volume("vol-1");
    r.tags = {{"k", "v"}};
    ASSERT_TRUE(put(*store_, r).ok());
    ASSERT_TRUE(store_->commit(tx().retire(r.key, kAnyVersion, "deleted")).ok());
    EXPECT_TRUE(store_->list({.kind = "ec2.volume"}).value().items.empty());
    EXPECT_EQ(store_->list({.kind = "ec2.volume", .retired = Retired::shown}).value().items.size(), 1u);
    const Resource got = store_->get(r.key).value();
    EXPECT_EQ(got.state, "deleted");
    EXPECT_TRUE(got.retired.has_value());
    EXPECT_TRUE(store_->commit(tx().update(got)).is(Errc::not_found));
    ASSERT_TRUE(put(*store_, r).ok());
    EXPECT_EQ(store_->get(r.key).value().version, Version{1});
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, erase_removes_tags_look_ups_and_claims_and_keeps_the_events) {
    Resource r = volume("vol-1");
    r.tags = {{"k", "v"}};
    r.index = {{"zone", "a"}};
    ASSERT_TRUE(store_->commit(tx().create(r).claim("name", "web", r.key)).ok());
    EXPECT_TRUE(store_->commit(tx().erase(r.key, Version{9})).is(Errc::precondition));
    ASSERT_TRUE(store_->commit(tx().erase(r.key, Version{1})).ok());
    EXPECT_TRUE(store_->commit(tx().erase(r.key, kAnyVersion)).is(Errc::not_found));
    EXPECT_TRUE(store_->list({.kind = "ec2.volume", .by = ByIndex{"zone", "a"}}).value().items.empty());
    EXPECT_TRUE(store_->list({.by = ByTag{.key = "k"}}).value().items.empty());
    EXPECT_FALSE(store_->holder("name", "web").value().has_value());
    EXPECT_EQ(store_->events({.id = "vol-1"}).value().size(), 2u);
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, a_claimed_name_has_one_owner) {
    ASSERT_TRUE(store_->commit(tx().create(volume("vol-1")).claim("name", "web", volume_key("vol-1"))).ok());
    const auto second =
        store_->commit(tx().create(volume("vol-2")).claim("name", "web", volume_key("vol-2")));
    EXPECT_TRUE(second.is(Errc::already_exists));
    EXPECT_TRUE(store_->get(volume_key("vol-2")).is(Errc::not_found));
    EXPECT_TRUE(store_->commit(tx().claim("name", "web", volume_key("vol-1"))).ok());
    EXPECT_EQ(store_->holder("name", "web").value()->id, "vol-1");
    EXPECT_TRUE(store_->commit(tx().claim("name", "api", volume_key("vol-9"))).is(Errc::not_found));
}

TEST_F(StateStoreSuite, tags_change_without_a_version_and_are_found_by_key_and_value) {
    Resource r = volume("vol-1");
    r.tags = {{"env", "test"}, {"old", "1"}};
    ASSERT_TRUE(put(*store_, r).ok());
    ASSERT_TRUE(put(*store_, volume("vol-2")).ok());
    ASSERT_TRUE(store_->commit(tx().set_tags(r.key, {{"env", "prod"}, {"new", "2"}}, {"old"})).ok());
    const Resource got = store_->get(r.key).value();
    EXPECT_EQ(got.tags, (std::vector<Tag>{{"env", "prod"}, {"new", "2"}}));
    EXPECT_EQ(got.version, Version{2});
    EXPECT_EQ(store_->list({.by = ByTag{"env", "prod"}}).value().items.size(), 1u);
    EXPECT_TRUE(store_->list({.by = ByTag{"env", "test"}}).value().items.empty());
    EXPECT_TRUE(store_->list({.by = ByTag{.key = "old"}}).value().items.empty());
    EXPECT_TRUE(put(*store_,
                    [] {
                        Resource twice = volume("vol-3");
                        twice.tags = {{"a", "1"}, {"a", "2"}};
                        return twice;
                    }())
                    .is(Errc::invalid));
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, look_ups_follow_updates) {
    Resource r = volume("vol-1");
    r.index = {{"zone", "a"}};
    ASSERT_TRUE(put(*store_, r).ok());
    Resource got = store_->get(r.key).value();
    got.index = {{"zone", "b"}};
    ASSERT_TRUE(store_->commit(tx().update(got)).ok());
    EXPECT_TRUE(store_->list({.kind = "ec2.volume", .by = ByIndex{"zone", "a"}}).value().items.empty());
    EXPECT_EQ(store_->list({.kind = "ec2.volume", .by = ByIndex{"zone", "b"}}).value().items.size(), 1u);
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, a_client_token_answers_the_same_again_survives_a_restart_and_expires) {
    const OnceKey once{.account = "0", .operation = "RunInstances", .token = "t", .params_hash = "h"};
    EXPECT_EQ(store_->recall(once).value().what, Recall::fresh);
    const auto run = [&](std::string id) {
        return store_->commit(
            tx().create(volume(id)).remember(once, id, clock_.now() + std::chrono::hours{24}));
    };
    ASSERT_TRUE(run("vol-1").ok());
    EXPECT_TRUE(run("vol-2").is(Errc::already_exists));
    store_.reopen();
    const Recalled again = store_->recall(once).value();
    EXPECT_EQ(again.what, Recall::repeated);
    EXPECT_EQ(again.result, "vol-1");
    OnceKey other = once;
    other.params_hash = "other";
    EXPECT_EQ(store_->recall(other).value().what, Recall::mismatched);
    clock_.advance(std::chrono::hours{25});
    EXPECT_EQ(store_->recall(once).value().what, Recall::fresh);
    EXPECT_TRUE(run("vol-3").ok());
}

TEST_F(StateStoreSuite, counters_settings_and_lines_survive_a_restart) {
    EXPECT_EQ(store_->commit(tx().count("a").count("a", 4).count("b")).value().counters,
              (std::vector<std::uint64_t>{1, 5, 1}));
    ASSERT_TRUE(
        store_->commit(tx().set_setting("s", "1").append_line("j", {.level = "note", .text = "one"})).ok());
    ASSERT_TRUE(store_->commit(tx().append_line("j", {.text = "two"})).ok());
    EXPECT_TRUE(store_->commit(tx().claim_setting("s", "2")).is(Errc::already_exists));
    store_.reopen();
    EXPECT_EQ(store_->counter("a").value(), 5u);
    EXPECT_EQ(store_->setting("s").value(), "1");
    const auto lines = store_->lines("j", 1, 10).value();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].seq, 2u);
    EXPECT_EQ(lines[0].text, "two");
    ASSERT_TRUE(store_->commit(tx().erase_lines("j")).ok());
    EXPECT_TRUE(store_->lines("j", 0, 10).value().empty());
}

TEST_F(StateStoreSuite, what_is_posted_lasts_with_its_change_and_is_numbered_by_its_event_for_ever) {
    ASSERT_TRUE(store_->commit(tx().create(volume("vol-1")).post("out", "one")).ok());
    ASSERT_TRUE(store_->commit(tx().create(volume("vol-2")).post("out", "two").count("n")).ok());
    EXPECT_TRUE(store_->commit(tx().create(volume("vol-3")).post("out", "x").create(volume("vol-1")))
                    .is(Errc::already_exists));
    EXPECT_TRUE(store_->commit(tx().count("n").post("out", "x")).is(Errc::invalid));
    store_.reopen();
    auto lines = store_->lines("out", 0, 10).value();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].text, "one");
    EXPECT_EQ(lines[1].seq, 2u);
    ASSERT_TRUE(store_->commit(tx().erase_lines("out", 1)).ok());
    EXPECT_EQ(store_->lines("out", 0, 10).value().size(), 1u);
    ASSERT_TRUE(store_->commit(tx().erase_lines("out", 2)).ok());
    ASSERT_TRUE(store_->commit(tx().erase(volume_key("vol-2"), kAnyVersion).post("out", "three")).ok());
    lines = store_->lines("out", 0, 10).value();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].seq, 3u);
    EXPECT_TRUE(tx().erase(volume_key("vol-2"), kAnyVersion).post("out", "short").only_frees());
    EXPECT_FALSE(
        tx().erase(volume_key("vol-2"), kAnyVersion).post("out", std::string(5000, 'x')).only_frees());
}

TEST_F(StateStoreSuite, progress_changes_neither_version_nor_events) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    ASSERT_TRUE(store_->commit(tx().set_progress(volume_key("vol-1"), "57%")).ok());
    ASSERT_TRUE(store_->commit(tx().set_progress(volume_key("gone"), "1%")).ok());
    const Resource got = store_->get(volume_key("vol-1")).value();
    EXPECT_EQ(got.progress, "57%");
    EXPECT_EQ(got.version, Version{1});
    EXPECT_EQ(store_->last_event().value(), EventSeq{1});
}

TEST_F(StateStoreSuite, require_holds_a_tx_to_what_was_read) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    EXPECT_TRUE(store_->commit(tx().require(volume_key("vol-1")).create(volume("vol-2"))).ok());
    EXPECT_TRUE(store_->commit(tx().require(volume_key("vol-1"), Version{2}).create(volume("vol-3")))
                    .is(Errc::precondition));
    EXPECT_TRUE(store_->commit(tx().require(volume_key("none")).create(volume("vol-3"))).is(Errc::not_found));
    EXPECT_TRUE(store_->get(volume_key("vol-3")).is(Errc::not_found));
}

TEST_F(StateStoreSuite, a_second_handle_is_refused_until_the_first_is_gone) {
    SystemClock clock;
    OsRandom random;
    EXPECT_TRUE(StateStore::open(store_.path(), clock, random).is(Errc::unavailable));
    store_.reopen();
}

TEST_F(StateStoreSuite, a_snapshot_does_not_see_later_commits) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    {
        const auto snapshot = store_->snapshot().value();
        ASSERT_TRUE(put(*store_, volume("vol-2")).ok());
        EXPECT_EQ(snapshot->list({.kind = "ec2.volume"}).value().items.size(), 1u);
        EXPECT_EQ(snapshot->last_event().value(), EventSeq{1});
    }
    EXPECT_EQ(store_->list({.kind = "ec2.volume"}).value().items.size(), 2u);
}

TEST(StateStoreReaders, are_bounded_and_come_back) {
    TestStore store{nullptr, {.readers = 2, .reader_wait = std::chrono::milliseconds{1}}};
    auto first = store->snapshot().value();
    auto second = store->snapshot().value();
    EXPECT_TRUE(store->snapshot().is(Errc::unavailable));
    first.reset();
    EXPECT_TRUE(store->snapshot().ok());
}

TEST_F(StateStoreSuite, watch_wakes_at_an_event_and_at_its_deadline) {
    EXPECT_EQ(store_->watch(EventSeq{0}, std::chrono::milliseconds{1}).value(), EventSeq{0});
    auto writer = store_.threads().start("writer", [&] { (void)put(*store_, volume("vol-1")); });
    EXPECT_EQ(store_->watch(EventSeq{0}, std::chrono::seconds{60}).value(), EventSeq{1});
    writer.join();
    EXPECT_EQ(store_->watch(EventSeq{0}, std::chrono::seconds{60}).value(), EventSeq{1});
}

class Listening final : public EventListener {
public:
    void on_events(std::span<const Event> events) override {
        for (const Event& event : events) seen.push_back(event.seq.value);
    }
    std::vector<std::uint64_t> seen;
};

TEST_F(StateStoreSuite, a_listener_gets_every_event_once_in_order_until_it_is_removed) {
    Listening listener;
    store_->add_listener(listener);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(put(*store_, volume("vol-" + std::to_string(i))).ok());
    store_->remove_listener(listener);
    ASSERT_TRUE(put(*store_, volume("after")).ok());
    ASSERT_EQ(listener.seen.size(), 20u);
    for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(listener.seen[i], i + 1);
}

TEST_F(StateStoreSuite, concurrent_committers_share_commits_and_events_stay_gapless) {
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int t = 0; t < 8; ++t) {
        threads.push_back(store_.threads().start("committer", [&, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string id = std::to_string(t) + "-" + std::to_string(i);
                if (!put(*store_, volume(id)).ok() || !store_->get(volume_key(id)).ok()) ++failed;
            }
        }));
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(store_->last_event().value(), EventSeq{200});
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, after_stop_commits_are_refused_and_reads_go_on) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    store_->stop();
    EXPECT_TRUE(put(*store_, volume("vol-2")).is(Errc::cancelled));
    EXPECT_TRUE(store_->get(volume_key("vol-1")).ok());
}

TEST_F(StateStoreSuite, trim_forgets_the_past_but_never_the_newest_event) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(put(*store_, volume("vol-" + std::to_string(i))).ok());
    clock_.advance(std::chrono::hours{1});
    ASSERT_TRUE(put(*store_, volume("late")).ok());
    EXPECT_EQ(store_->trim(clock_.now()).value(), 5u);
    EXPECT_EQ(store_->events({}).value().front().seq, EventSeq{6});
    clock_.advance(std::chrono::hours{1});
    EXPECT_EQ(store_->trim(clock_.now()).value(), 0u);
    store_.reopen();
    ASSERT_TRUE(put(*store_, volume("later")).ok());
    EXPECT_EQ(store_->last_event().value(), EventSeq{7});
    EXPECT_TRUE(store_->verify().ok());
}

TEST_F(StateStoreSuite, a_backup_opens_as_a_store_with_the_same_content) {
    ASSERT_TRUE(put(*store_, volume("vol-1")).ok());
    TestDirectory copy;
    ASSERT_TRUE(store_->backup_to(copy.path() / "state.db").ok());
    EXPECT_TRUE(store_->backup_to(copy.path() / "state.db").is(Errc::already_exists));
    OsRandom random;
    const auto opened = StateStore::open(copy.path(), clock_, random).value();
    EXPECT_EQ(opened->get(volume_key("vol-1")).value().doc, volume("vol-1").doc);
    EXPECT_TRUE(opened->verify().ok());
}

TEST_F(StateStoreSuite, bad_questions_and_bad_changes_are_invalid) {
    EXPECT_TRUE(store_->list({.kind = "k", .limit = 0}).is(Errc::invalid));
    EXPECT_TRUE(store_->list({.kind = "k", .limit = kPageMax + 1}).is(Errc::invalid));
    EXPECT_TRUE(store_->list({}).is(Errc::invalid));
    EXPECT_TRUE(store_->list({.kind = "k", .after = "garbage"}).is(Errc::invalid));
    EXPECT_TRUE(store_->list({.kind = "k", .order = Order::newest_first}).is(Errc::invalid));
    EXPECT_TRUE(store_->commit(tx().create(Resource{})).is(Errc::invalid));
    Tx big = tx();
    for (std::size_t i = 0; i <= kTxOpsMax; ++i) big.count("c");
    EXPECT_TRUE(store_->commit(std::move(big)).is(Errc::invalid));
    EXPECT_TRUE(store_->commit(tx()).ok());
    EXPECT_TRUE(store_->events({.since = EventSeq{~std::uint64_t{0}}}).value().empty());
}

TEST_F(StateStoreSuite, ids_with_any_byte_are_kept) {
    const std::string id{"b/\0\xff' \n", 7};
    ASSERT_TRUE(put(*store_, volume(id)).ok());
    EXPECT_EQ(store_->get(volume_key(id)).value().key.id, id);
    EXPECT_EQ(
        store_->list({.kind = "ec2.volume", .by = ById{.prefix = id.substr(0, 4)}}).value().items.size(), 1u);
}

TEST_F(StateStoreSuite, a_page_token_opens_after_a_restart_and_only_with_its_filter) {
    OsRandom random;
    const std::string token = PageTokens::open(*store_, random).value().seal("vol-7", "DescribeVolumes|us");
    EXPECT_EQ(token.find_first_of("+/= "), std::string::npos);
    store_.reopen();
    const PageTokens tokens = PageTokens::open(*store_, random).value();
    EXPECT_EQ(tokens.open(token, "DescribeVolumes|us").value(), "vol-7");
    EXPECT_TRUE(tokens.open(token, "DescribeVolumes|eu").is(Errc::invalid));
    EXPECT_TRUE(tokens.open("garbage", "DescribeVolumes|us").is(Errc::invalid));
    EXPECT_TRUE(tokens.open("", "DescribeVolumes|us").is(Errc::invalid));
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string bent = token;
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        EXPECT_TRUE(tokens.open(bent, "DescribeVolumes|us").is(Errc::invalid)) << i;
    }
}

}  // namespace
}  // namespace landfall::state
