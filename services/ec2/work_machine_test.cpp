#include "services/ec2/work_machine.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/random.hpp"
#include "core/blocks/keys.hpp"

namespace landfall::ec2 {
namespace {

/// State and a clock that only moves when told; no machines.
class Forgetting : public ::testing::Test {
protected:
    Forgetting() {
        std::string pattern = ::testing::TempDir() + "landfall-ec2-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
        open();
    }
    ~Forgetting() override {
        close();
        std::filesystem::remove_all(root_);
    }
    void open() {
        store_ = state::StateStore::open(root_ / "state", clock_, random_).value();
        store_->start(threads_);
        keys_ = blocks::MasterKeyFile::open(disk_, (root_ / "master").string(), random_).value();
        const blocks::Seams seams{disk_, clock_, random_, *keys_};
        blocks_ = blocks::Store::open(seams, (root_ / "blocks").string(), {}).value();
    }
    void close() {
        blocks_.reset();
        store_->stop();
        store_.reset();
    }
    std::size_t forget() {
        MachineWork work{{.records = Records{*store_}, .blocks = *blocks_, .disk = disk_, .clock = clock_}};
        return work.forget_ended().value();
    }
    /// An instance with a volume and an interface that holds 172.31.0.9.
    void launch(const std::string& id) {
        Instance instance;
        instance.id = id, instance.reservation_id = "r-" + id, instance.interface_id = "eni-" + id;
        instance.devices = {{.device_name = "/dev/sda1", .volume_id = "vol-" + id}};
        instance.tags = {{"Name", id}};
        const Volume volume{.id = "vol-" + id, .instance_id = id};
        const Interface interface { .id = "eni-" + id, .instance_id = id, .subnet_id = "subnet-1" };
        state::Tx tx{state::Cause{.actor = "test"}};
        tx.create(Records::resource(scope_, instance));
        tx.create(Records::resource(scope_, volume));
        tx.create(Records::resource(scope_, interface));
        tx.claim(addresses(scope_, "subnet-1"), "172.31.0.9", Records::key<Interface>(scope_, interface.id));
        ASSERT_TRUE(store_->commit(std::move(tx)).ok());
    }
    void terminate(const std::string& id) {
        const Records records{*store_};
        const auto done = records.update<Instance>({}, scope_, id, [&](Stored<Instance>& i, state::Tx& tx) {
            i.value.state = InstanceState::terminated;
            i.value.ended = clock_.now();
            return records.release(i, tx);
        });
        ASSERT_TRUE(done.ok()) << done.error().message();
    }
    bool is_described(const std::string& id) { return Records{*store_}.get<Instance>(scope_, id).ok(); }

    std::filesystem::path root_;
    ManualClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    RealDisk disk_;
    std::unique_ptr<state::StateStore> store_;
    std::unique_ptr<blocks::MasterKeyFile> keys_;
    std::unique_ptr<blocks::Store> blocks_;
    const Scope scope_{"000000000000", "us-east-1"};
};

TEST_F(Forgetting, a_terminated_instance_is_described_for_an_hour_and_then_never) {
    launch("i-1");
    terminate("i-1");
    clock_.advance(std::chrono::minutes{59});
    EXPECT_EQ(forget(), 0U);
    EXPECT_TRUE(is_described("i-1"));
    clock_.advance(std::chrono::minutes{1});
    EXPECT_EQ(forget(), 1U);
    EXPECT_FALSE(is_described("i-1"));
    EXPECT_EQ(forget(), 0U);
}

TEST_F(Forgetting, a_later_server_forgets_what_an_earlier_one_terminated) {
    launch("i-1");
    terminate("i-1");
    close();
    clock_.advance(std::chrono::hours{2});
    open();
    EXPECT_EQ(forget(), 1U);
    EXPECT_FALSE(is_described("i-1"));
    EXPECT_TRUE(store_->list({.by = state::ByTag{"Name", "i-1"}})->items.empty());
}

TEST_F(Forgetting, an_instance_that_is_not_terminated_is_never_forgotten) {
    launch("i-1");
    clock_.advance(std::chrono::hours{1000});
    EXPECT_EQ(forget(), 0U);
    EXPECT_TRUE(is_described("i-1"));
}

TEST_F(Forgetting, an_address_is_taken_until_its_instance_ends_and_free_at_once_then) {
    launch("i-1");
    const Records records{*store_};
    EXPECT_EQ(records.holder(addresses(scope_, "subnet-1"), "172.31.0.9").value(), "eni-i-1");
    state::Tx second{state::Cause{}};
    const Interface other{.id = "eni-2", .subnet_id = "subnet-1"};
    second.create(Records::resource(scope_, other));
    second.claim(addresses(scope_, "subnet-1"), "172.31.0.9", Records::key<Interface>(scope_, "eni-2"));
    EXPECT_TRUE(store_->commit(std::move(second)).is(Errc::already_exists));
    terminate("i-1");
    EXPECT_EQ(records.holder(addresses(scope_, "subnet-1"), "172.31.0.9").value(), "");
    EXPECT_FALSE(records.get<Volume>(scope_, "vol-i-1").ok());
    EXPECT_FALSE(records.get<Interface>(scope_, "eni-i-1").ok());
    launch("i-2");
    EXPECT_EQ(records.holder(addresses(scope_, "subnet-1"), "172.31.0.9").value(), "eni-i-2");
}

TEST_F(Forgetting, an_instance_without_volumes_or_interface_ends_as_well) {
    Instance bare;
    bare.id = "i-3";
    bare.devices = {{.device_name = "/dev/sda1", .volume_id = "vol-3"}};
    state::Tx tx{state::Cause{}};
    tx.create(Records::resource(scope_, bare));
    ASSERT_TRUE(store_->commit(std::move(tx)).ok());
    terminate("i-3");
    clock_.advance(std::chrono::hours{1});
    EXPECT_EQ(forget(), 1U);
}

}  // namespace
}  // namespace landfall::ec2
