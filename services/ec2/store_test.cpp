#include "services/ec2/store.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/thread_starter.hpp"

namespace landfall::ec2 {
namespace {

class StoreTest : public ::testing::Test {
protected:
    StoreTest() {
        std::string pattern = ::testing::TempDir() + "landfall-ec2-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
        store_ = state::StateStore::open(root_ / "state", clock_, random_).value();
        store_->start(threads_);
    }
    ~StoreTest() override {
        store_->stop();
        store_.reset();
        std::filesystem::remove_all(root_);
    }
    template <class T>
    void create(const T& value) {
        state::Tx tx{state::Cause{.actor = "test"}};
        tx.create(Records::resource(scope_, value));
        ASSERT_TRUE(store_->commit(std::move(tx)).ok());
    }

    std::filesystem::path root_;
    SystemClock clock_;
    OsRandom random_;
    SystemThreads threads_;
    std::unique_ptr<state::StateStore> store_;
    const Scope scope_{"000000000000", "us-east-1"};
};

Instance full_instance() {
    Instance i;
    i.id = "i-0123456789abcdef0";
    i.reservation_id = "r-1", i.image_id = "ami-1", i.type = "t3.nano", i.state = InstanceState::stopping;
    i.reason_code = "Client.X", i.reason = "because", i.transition = "User initiated", i.launch_index = 3;
    i.client_token = "tok", i.user_data = std::string{"#!/bin/sh\0x", 11}, i.private_address = "172.31.0.9";
    i.mac_address = "02:00:00:00:00:01", i.interface_id = "eni-1", i.subnet_id = "subnet-1";
    i.group_ids = {"sg-1", "sg-2"}, i.shutdown_behavior = "terminate", i.termination_protected = true;
    i.boot_mode = BootMode::uefi, i.root_device_name = "/dev/sda1", i.ssh_port = 40022;
    i.devices = {{.device_name = "/dev/sda1", .snapshot_id = "snap-1", .volume_id = "vol-1", .size_gib = 8}};
    i.launched = Instant::from_seconds(1'700'000'000);
    i.tags = {{"Name", "web"}};
    return i;
}

TEST_F(StoreTest, an_instance_comes_back_as_it_was_written) {
    const Instance written = full_instance();
    create(written);
    const auto read = Records{*store_}.get<Instance>(scope_, written.id);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(Kind<Instance>::encode(read->value), Kind<Instance>::encode(written));
    EXPECT_EQ(read->value.tags, written.tags);
    EXPECT_EQ(read->value.user_data.size(), 11U);
}

TEST_F(StoreTest, an_import_task_comes_back_as_it_was_written) {
    ImportTask task;
    task.id = "import-ami-0123456789abcdef0";
    task.status_message = "converting", task.progress = "42", task.boot_mode = BootMode::uefi,
    task.job_id = "job-1";
    task.containers = {{.description = "d", .format = "OVA", .bucket = "in", .key = "a.ova"}};
    task.disks = {{.container = 0,
                   .format = "VMDK",
                   .device_name = "/dev/sda1",
                   .snapshot_id = "snap-1",
                   .size = 5_GiB,
                   .stored = 1_GiB,
                   .status = "completed"}};
    create(task);
    const auto read = Records{*store_}.find<ImportTask>(task.id);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(Kind<ImportTask>::encode(read->value), Kind<ImportTask>::encode(task));
    EXPECT_EQ(read->scope, scope_);
}

TEST_F(StoreTest, an_image_and_a_snapshot_come_back_as_they_were_written) {
    Snapshot snapshot;
    snapshot.id = "snap-0123456789abcdef0", snapshot.size = 3_GiB, snapshot.stored = 1_MiB,
    snapshot.state = "completed";
    create(snapshot);
    Image image;
    image.id = "ami-0123456789abcdef0", image.name = "img", image.platform = "windows", image.ena = false;
    image.devices = {{.device_name = "/dev/sdb", .snapshot_id = snapshot.id, .size_gib = 3}};
    create(image);
    const Records records{*store_};
    EXPECT_EQ(Kind<Snapshot>::encode(records.get<Snapshot>(scope_, snapshot.id)->value),
              Kind<Snapshot>::encode(snapshot));
    EXPECT_EQ(Kind<Image>::encode(records.get<Image>(scope_, image.id)->value), Kind<Image>::encode(image));
}

TEST_F(StoreTest, another_region_does_not_see_it) {
    create(full_instance());
    const Records records{*store_};
    EXPECT_TRUE(
        records.get<Instance>({"000000000000", "eu-west-1"}, "i-0123456789abcdef0").is(Errc::not_found));
    EXPECT_TRUE(records.some<Instance>({"111122223333", "us-east-1"}, "i-", "", 10)->empty());
    EXPECT_EQ(records.some<Instance>(scope_, "i-", "", 10)->size(), 1U);
    int seen = 0;
    EXPECT_TRUE(records.everywhere<Instance>([&](const Stored<Instance>&) { return ++seen, Status{}; }).ok());
    EXPECT_EQ(seen, 1);
}

TEST_F(StoreTest, an_update_that_lost_the_race_reads_again_and_both_changes_stay) {
    create(full_instance());
    const Records records{*store_};
    bool raced = false;
    const auto written =
        records.update<Instance>({}, scope_, "i-0123456789abcdef0", [&](Instance& i) -> Status {
            if (!std::exchange(raced, true))
                TRY(records.update<Instance>({}, scope_, i.id, [](Instance& other) -> Status {
                    other.transition = "other";
                    return {};
                }));
            i.reason = "mine";
            return {};
        });
    ASSERT_TRUE(written.ok());
    const auto read = records.get<Instance>(scope_, "i-0123456789abcdef0");
    EXPECT_EQ(read->value.reason, "mine");
    EXPECT_EQ(read->value.transition, "other");
}

}  // namespace
}  // namespace landfall::ec2
