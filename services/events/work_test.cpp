#include "services/events/work.hpp"

#include <gtest/gtest.h>

#include "core/state/store_testing.hpp"
#include "services/events/service.hpp"

namespace landfall::events {
namespace {

constexpr std::string_view kTopic = "arn:aws:sns:us-east-1:000000000000:news";
constexpr std::string_view kOther = "arn:aws:sns:us-east-1:111122223333:news";

/// Takes everything, until it is told otherwise.
class KeptTopics final : public Topics {
public:
    [[nodiscard]] Status check(std::string_view) const override { return {}; }
    [[nodiscard]] std::vector<Status> publish(std::string_view arn,
                                              const std::vector<std::string>& texts) override {
        std::vector<Status> outcomes;
        for (const std::string& text : texts) {
            if (refusal && text.find(refused) != std::string::npos) {
                outcomes.push_back(*refusal);
                continue;
            }
            taken[std::string{arn}].push_back(text);
            outcomes.push_back({});
        }
        return outcomes;
    }

    std::map<std::string, std::vector<std::string>> taken;
    std::optional<Error> refusal;
    std::string refused;  ///< texts with this in it
};

class EventsLife : public ::testing::Test {
protected:
    void SetUp() override { open(); }
    void open() {
        events_.reset();
        jobs_.reset();
        store_.reset();
        store_ = state::StateStore::open(directory_.path() / "state", clock_, random_, {}).value();
        store_->start(threads_);
        jobs_ = std::make_unique<jobs::Jobs>(*store_, clock_, random_);
        events_ = Events::open({.state = *store_,
                                .jobs = *jobs_,
                                .topics = topics_,
                                .clock = clock_,
                                .random = random_,
                                .region = "us-east-1"})
                      .value();
    }
    Rule add(std::vector<std::string> patterns, std::string_view topic = kTopic) {
        return events_
            ->add({.actor = "test"}, {.account = std::string{access_account(topic)},
                                      .topic_arn = std::string{topic},
                                      .patterns = std::move(patterns)})
            .value();
    }
    static std::string_view access_account(std::string_view arn) { return arn.substr(22, 12); }
    void make(std::string id, std::string account = "000000000000") {
        state::Tx tx{{.actor = "test"}};
        tx.create({.key = {.kind = "thing", .account = std::move(account), .id = std::move(id)}});
        ASSERT_TRUE(store_->commit(std::move(tx)).ok());
    }
    /// All that is due, as the thread would.
    Status forward() {
        while (TRY(events_->forwarder().forward())) {}
        return {};
    }
    /// Ids of the things that a topic heard of.
    std::vector<std::string> heard(std::string_view topic = kTopic) {
        std::vector<std::string> ids;
        for (const std::string& text : topics_.taken[std::string{topic}]) {
            const std::size_t at = text.find("\"id\":\"", text.find("\"detail\":")) + 6;
            ids.push_back(text.substr(at, text.find('"', at) - at));
        }
        return ids;
    }

    state::TestDirectory directory_;
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    KeptTopics topics_;
    std::unique_ptr<state::StateStore> store_;
    std::unique_ptr<jobs::Jobs> jobs_;
    std::unique_ptr<Events> events_;
};

TEST_F(EventsLife, a_rule_tells_of_what_comes_after_it_once_and_in_order) {
    make("before");
    add({"thing"});
    for (int i = 0; i < 600; ++i) make("t" + std::to_string(i));
    ASSERT_TRUE(forward().ok());
    const auto ids = heard();
    ASSERT_EQ(ids.size(), 600u);
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], "t" + std::to_string(i));
    ASSERT_TRUE(forward().ok());
    open();
    make("later");
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(heard().size(), 601u);
}

TEST_F(EventsLife, what_a_server_did_not_come_to_send_the_next_one_sends) {
    add({"thing"});
    make("a");
    topics_.refusal = Error{Errc::unavailable, "the disk is full"};
    topics_.refused = "\"id\":\"b\"";
    make("b");
    make("c");
    EXPECT_TRUE(forward().is(Errc::unavailable));
    open();
    topics_.refusal.reset();
    topics_.taken.clear();
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(heard(), (std::vector<std::string>{"b", "c"}));
}

TEST_F(EventsLife, a_topic_that_is_gone_holds_back_nobody_and_an_event_says_so_once) {
    add({"thing"});
    topics_.refusal = Error{Errc::not_found, "no topic"};
    topics_.refused = "\"id\":\"a\"";
    make("a");
    make("b");
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(heard(), std::vector<std::string>{"b"});
    const auto noted = store_->events({.kind = "events.rule"}).value();
    ASSERT_EQ(noted.size(), 2u);
    EXPECT_EQ(noted.back().change, state::Change::noted);
    EXPECT_NE(noted.back().error.find("no topic"), std::string::npos);
}

TEST_F(EventsLife, sending_everything_ends) {
    add({"*"});
    topics_.refusal = Error{Errc::not_found, "no topic"};
    topics_.refused = "{";
    make("a");
    ASSERT_TRUE(forward().ok());
    const auto events = store_->last_event().value();
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(store_->last_event().value(), events);
}

TEST_F(EventsLife, an_account_hears_of_its_own_alone_and_the_first_of_all) {
    add({"thing"});
    add({"thing"}, kOther);
    make("mine");
    make("theirs", "111122223333");
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(heard(), (std::vector<std::string>{"mine", "theirs"}));
    EXPECT_EQ(heard(kOther), std::vector<std::string>{"theirs"});
}

TEST_F(EventsLife, rules_last_and_go_when_they_are_removed) {
    const Rule rule = add({"thing"});
    add({"thing:created"});
    open();
    ASSERT_EQ(events_->list("000000000000").size(), 2u);
    EXPECT_EQ(events_->list("000000000000").front(), rule);
    make("once");
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(heard(), std::vector<std::string>{"once"});
    EXPECT_TRUE(events_->remove({}, "111122223333", rule.id).is(Errc::not_found));
    for (const Rule& one : events_->list("000000000000"))
        ASSERT_TRUE(events_->remove({.actor = "test"}, one.account, one.id).ok());
    make("silent");
    ASSERT_TRUE(forward().ok());
    EXPECT_EQ(heard().size(), 1u);
    EXPECT_TRUE(events_
                    ->add({.actor = "test"},
                          {.account = "000000000000", .topic_arn = std::string{kOther}, .patterns = {"*"}})
                    .is(Errc::not_found));
}

TEST_F(EventsLife, its_thread_sends_as_events_come) {
    add({"thing"});
    events_->start(threads_);
    make("a");
    while (store_->counter("events.cursor").value() < store_->last_event().value().value)
        std::this_thread::yield();
    events_->stop();
    EXPECT_EQ(heard(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace landfall::events
