// The work behind requests, over a real state store and real jobs; buckets and databases are fakes.
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>

#include "core/access/key_store_testing.hpp"
#include "core/state/store_testing.hpp"
#include "services/dms/service.hpp"

namespace landfall::dms {
namespace {

const Scope kScope{"000000000000", "us-east-1"};
const state::Cause kCause{.actor = "tester"};
constexpr Duration kLong = std::chrono::seconds{60};

/// Objects of one bucket, "kept". While it is shut, a listing waits.
class KeptBuckets final : public Buckets {
public:
    Result<std::vector<Listed>> list(const BucketOwner&, std::string_view bucket, std::string_view prefix,
                                     std::size_t) override {
        std::unique_lock lock{mutex};
        waiting = true;
        changed.notify_all();
        CHECK(changed.wait_for(lock, kLong, [&] { return !shut; }));
        if (bucket != "kept") return Error{Errc::not_found, "there is no such bucket"};
        std::vector<Listed> all;
        for (const auto& [key, content] : objects)
            if (key.starts_with(prefix)) all.push_back({key, Bytes{content.size()}});
        return all;
    }
    Result<std::string> read(const BucketOwner&, std::string_view, std::string_view key, Bytes) override {
        const std::scoped_lock lock{mutex};
        const auto found = objects.find(std::string{key});
        if (found == objects.end()) return Error{Errc::not_found, "there is no " + std::string{key}};
        return found->second;
    }
    Status write(const BucketOwner&, std::string_view, std::string_view key, std::string_view content,
                 std::string_view) override {
        const std::scoped_lock lock{mutex};
        objects[std::string{key}] = content;
        return {};
    }
    void set_shut(bool now) {
        const std::scoped_lock lock{mutex};
        shut = now;
        changed.notify_all();
    }
    void wait_for_listing() {
        std::unique_lock lock{mutex};
        CHECK(changed.wait_for(lock, kLong, [&] { return waiting; }));
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool shut = false;
    bool waiting = false;
    std::map<std::string, std::string> objects;
};

class OneSecret final : public Secrets {
public:
    Result<Credentials> credentials(std::string_view, std::string_view id) override {
        if (id != "pg") return Error{Errc::not_found, "there is no secret"};
        return Credentials{"user", SecretString{"word"}};
    }
};

/// A database that refuses what it is told to, and remembers what it took.
struct Database {
    std::vector<std::string> taken;
    /// A text in a statement, and the failure that it meets until a statement with the other text was taken.
    struct Refusal {
        std::string text;
        std::string until;
        std::string sqlstate;
    };
    std::vector<Refusal> refusals;
    std::string holding;  ///< queries with this in them answer a row

    [[nodiscard]] bool took(std::string_view text) const {
        return std::any_of(taken.begin(), taken.end(),
                           [&](const std::string& sql) { return sql.find(text) != std::string::npos; });
    }
};

class FakeSession final : public TargetSession {
public:
    explicit FakeSession(Database& database) : database_{database} {}
    Result<std::vector<Failure>> run(const std::string& sql) override {
        for (const Database::Refusal& refusal : database_.refusals) {
            const bool over = !refusal.until.empty() && database_.took(refusal.until);
            if (!over && sql.find(refusal.text) != std::string::npos)
                return std::vector{Failure{refusal.sqlstate, "refused"}};
        }
        database_.taken.push_back(sql);
        return std::vector<Failure>{};
    }
    Result<std::vector<std::string>> ask(const std::string& sql, const std::vector<std::string>&) override {
        if (!database_.holding.empty() && sql.find(database_.holding) != std::string::npos)
            return std::vector<std::string>{"1"};
        return std::vector<std::string>{};
    }

private:
    Database& database_;
};

class NoDatabases final : public Databases {
public:
    Status test(const DatabasePlace&) override { return Error{Errc::unavailable, "there is none"}; }
    Result<std::vector<std::string>> schemas(const DatabasePlace&) override {
        return Error{Errc::unavailable, "there is none"};
    }
};

class NoTopics final : public Topics {
public:
    Status check(std::string_view) const override { return {}; }
    Status publish(std::string_view, const std::string&) override { return {}; }
};

class NoMovers final : public Movers {
public:
    Status can(std::string_view, std::string_view, MigrationType) const override { return {}; }
    Status run(const MovePlan&, const std::atomic<bool>&,
               const std::function<void(const MoveProgress&)>&) override {
        return Error{Errc::unavailable, "there is none"};
    }
    Status forget(const MovePlan&) override { return {}; }
};

class FakeDatabases final : public TargetDatabases {
public:
    Result<std::unique_ptr<TargetSession>> open(const DatabaseAddress&, const Credentials&) override {
        return std::unique_ptr<TargetSession>{std::make_unique<FakeSession>(database)};
    }
    Database database;
};

class DmsWork : public ::testing::Test {
protected:
    void SetUp() override {
        buckets_.objects["ddl/a.sql"] =
            "CREATE TABLE hr.t (id NUMBER PRIMARY KEY);\nCREATE VIEW hr.v1 AS SELECT * FROM hr.v2;\n"
            "CREATE VIEW hr.v2 AS SELECT id FROM hr.t;\nCREATE SEQUENCE hr.s;\n";
        jobs_ = std::make_unique<jobs::Jobs>(*store_, clock_, random_);
        tokens_ = std::make_unique<state::PageTokens>(state::PageTokens::open(*store_, random_).value());
        dms_ = std::make_unique<Dms>(Parts{.state = *store_,
                                           .tokens = *tokens_,
                                           .jobs = *jobs_,
                                           .buckets = buckets_,
                                           .secrets = secrets_,
                                           .databases = databases_,
                                           .sealing = sealing_,
                                           .replicated = replicated_,
                                           .movers = movers_,
                                           .topics = topics_,
                                           .clock = clock_,
                                           .random = random_});
        dms_->register_jobs(*jobs_);
        ASSERT_TRUE(jobs_->start(threads_).ok());
        const auto profile =
            dms_->catalogue().create(kCause, InstanceProfile{.self = {kScope, {}}, .name = "p"}).value();
        const auto source = provider("source", "oracle", "OracleSettings");
        const auto target = provider("target", "postgres", "PostgreSqlSettings");
        project_ = dms_->catalogue()
                       .create(kCause, MigrationProject{.self = {kScope, {}},
                                                        .name = "m",
                                                        .sources = {{source.self.id, "", ""}},
                                                        .targets = {{target.self.id, "pg", ""}},
                                                        .instance_profile = profile.self.id,
                                                        .bucket_path = "s3://kept/out"})
                       .value();
    }
    void TearDown() override {
        buckets_.set_shut(false);
        jobs_->stop();
    }
    DataProvider provider(std::string name, std::string engine, std::string kind) {
        DataProvider made{.self = {kScope, {}}, .name = std::move(name), .engine = std::move(engine)};
        made.settings = {.kind = std::move(kind),
                         .texts = {{"ServerName", "db"}, {"S3Path", "s3://kept/ddl"}}};
        return dms_->catalogue().create(kCause, std::move(made)).value();
    }
    Request begin(Operation operation) {
        Request wanted{.self = {kScope, {}}, .project = project_.self.id, .operation = operation};
        wanted.selection = selection_of(Place{.server = "db"});
        return dms_->requests().begin(kCause, wanted).value();
    }
    Request now(const Request& request) {
        return dms_->catalogue().records().get<Request>(request.self).value().value;
    }
    /// When it has ended.
    Request ended(const Request& request) {
        while (!has_ended(now(request).status)) std::this_thread::yield();
        return now(request);
    }
    Request run(Operation operation) { return ended(begin(operation)); }
    ModelState model() {
        return get_or_new<ModelState>(dms_->catalogue().records(), project_.self).value().value;
    }
    std::string report_of(const Request& request) {
        return buckets_.objects["out/export-" + request.self.id + ".csv"];
    }

    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    state::TestStore store_;
    KeptBuckets buckets_;
    OneSecret secrets_;
    FakeDatabases databases_;
    access::fakes::TurnedOver sealing_;
    NoDatabases replicated_;
    NoMovers movers_;
    NoTopics topics_;
    std::unique_ptr<jobs::Jobs> jobs_;
    std::unique_ptr<state::PageTokens> tokens_;
    std::unique_ptr<Dms> dms_;
    MigrationProject project_;
};

TEST_F(DmsWork, a_canceled_conversion_changes_nothing_of_what_is_known) {
    buckets_.set_shut(true);
    const Request request = begin(Operation::conversion);
    buckets_.wait_for_listing();
    EXPECT_EQ(dms_->requests().cancel(kCause, project_.self, request.self.id, Operation::conversion)->status,
              kCanceling);
    buckets_.set_shut(false);
    EXPECT_EQ(ended(request).status, kCanceled);
    EXPECT_EQ(model(), (ModelState{.self = project_.self}));
    EXPECT_EQ(run(Operation::conversion).status, kSuccess);
    EXPECT_FALSE(model().converted.empty());
}

TEST_F(DmsWork, a_waiting_request_has_no_job_and_the_next_one_goes_on_without_it) {
    buckets_.set_shut(true);
    const Request first = begin(Operation::import), second = begin(Operation::conversion);
    const Request third = begin(Operation::conversion);
    EXPECT_EQ(now(second).job, "");
    EXPECT_EQ(dms_->requests().cancel(kCause, project_.self, second.self.id, Operation::conversion)->status,
              kCanceled);
    EXPECT_TRUE(dms_->requests()
                    .cancel(kCause, project_.self, second.self.id, Operation::conversion)
                    .is(FaultCode::invalid_state));
    EXPECT_TRUE(dms_->catalogue().remove<MigrationProject>(kCause, kScope, "m").is(FaultCode::invalid_state));
    buckets_.set_shut(false);
    EXPECT_EQ(ended(first).status, kSuccess);
    EXPECT_EQ(ended(third).status, kSuccess);
    EXPECT_EQ(now(second).job, "");
}

TEST_F(DmsWork, a_failed_request_says_why_and_changes_nothing) {
    buckets_.objects.clear();
    const Request failed = run(Operation::import);
    EXPECT_EQ(failed.status, kFailed);
    EXPECT_NE(failed.error.find("no script under s3://kept/ddl"), std::string::npos);
    EXPECT_EQ(model(), (ModelState{.self = project_.self}));
    EXPECT_EQ(run(Operation::export_script).status, kFailed);
}

TEST_F(DmsWork, the_end_of_a_request_is_written_once) {
    const Request request = run(Operation::import);
    state::Tx tx{kCause};
    ASSERT_TRUE(dms_->requests().add_end(tx, request.self, {.status = kFailed, .error = "late"}).ok());
    EXPECT_TRUE(tx.empty());
    EXPECT_EQ(now(request).objects, 4u);
}

TEST_F(DmsWork, what_fails_is_tried_again_after_the_others) {
    ASSERT_EQ(run(Operation::conversion).status, kSuccess);
    databases_.database.refusals = {{"VIEW hr.v1", "VIEW hr.v2", "42P01"}};
    const Request exported = run(Operation::export_target);
    EXPECT_EQ(exported.status, kSuccess) << exported.error;
    EXPECT_TRUE(databases_.database.took("VIEW hr.v1"));
    EXPECT_EQ(report_of(exported).find("failed"), std::string::npos);
}

TEST_F(DmsWork, what_holds_something_is_neither_dropped_nor_a_failure) {
    ASSERT_EQ(run(Operation::conversion).status, kSuccess);
    databases_.database.holding = "hr.t)";
    databases_.database.refusals = {{"CREATE TABLE hr.t", "", "42P07"}};
    const Request exported = run(Operation::export_target);
    EXPECT_EQ(exported.status, kSuccess) << exported.error;
    EXPECT_FALSE(databases_.database.took("DROP TABLE"));
    EXPECT_TRUE(databases_.database.took("DROP SEQUENCE IF EXISTS hr.s"));
    EXPECT_NE(report_of(exported).find("\"hr\",\"table\",\"t\",\"kept\""), std::string::npos);
}

TEST_F(DmsWork, one_object_that_fails_fails_the_request_and_the_report_has_it) {
    ASSERT_EQ(run(Operation::conversion).status, kSuccess);
    databases_.database.refusals = {{"SEQUENCE hr.s", "", "42501"}};
    const Request exported = run(Operation::export_target);
    EXPECT_EQ(exported.status, kFailed);
    EXPECT_NE(exported.error.find("1 failed, the first with 42501 refused"), std::string::npos)
        << exported.error;
    EXPECT_NE(report_of(exported).find("\"hr\",\"sequence\",\"s\",\"failed\",\"42501\",\"refused\""),
              std::string::npos);
    EXPECT_TRUE(databases_.database.took("CREATE TABLE hr.t"));
}

TEST_F(DmsWork, a_project_that_is_gone_takes_its_records_along) {
    run(Operation::conversion);
    ASSERT_TRUE(dms_->catalogue().remove<MigrationProject>(kCause, kScope, "m").ok());
    for (const std::string_view kind : {"dms.request", "dms.queue", "dms.model", "dms.migration-project"})
        EXPECT_TRUE(store_->list({.kind = std::string{kind}})->items.empty()) << kind;
    Request wanted{.self = {kScope, {}}, .project = project_.self.id};
    EXPECT_TRUE(dms_->requests().begin(kCause, wanted).is(FaultCode::not_found));
}

}  // namespace
}  // namespace landfall::dms
