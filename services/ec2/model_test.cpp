#include "services/ec2/model.hpp"

#include <gtest/gtest.h>

#include "services/ec2/instance_types.hpp"

namespace landfall::ec2 {
namespace {

using enum InstanceState;
using enum InstanceEvent;

TEST(Instance, terminated_is_final) {
    for (const InstanceEvent event : {booted, powered_off, gone, InstanceEvent::terminate})
        EXPECT_EQ(next_state(terminated, event, "i-1").value(), terminated);
    EXPECT_TRUE(next_state(terminated, start, "i-1").is(Errc::precondition));
    EXPECT_TRUE(next_state(terminated, stop, "i-1").is(Errc::precondition));
}

TEST(Instance, a_wish_that_is_fulfilled_keeps_the_state) {
    EXPECT_EQ(next_state(stopped, stop, "i-1").value(), stopped);
    EXPECT_EQ(next_state(running, start, "i-1").value(), running);
}

TEST(Instance, a_pending_instance_cannot_be_stopped) {
    const auto refused = next_state(pending, stop, "i-1");
    ASSERT_TRUE(refused.is(Errc::precondition));
    EXPECT_EQ(refused.error().message(),
              "The instance 'i-1' is not in a state from which it can be stopped.");
}

TEST(Instance, a_guest_that_powers_off_stops_unless_it_is_being_terminated) {
    EXPECT_EQ(next_state(running, powered_off, "i-1").value(), stopped);
    EXPECT_EQ(next_state(stopping, powered_off, "i-1").value(), stopped);
    EXPECT_EQ(next_state(shutting_down, powered_off, "i-1").value(), shutting_down);
    EXPECT_EQ(next_state(shutting_down, gone, "i-1").value(), terminated);
}

TEST(Instance, a_machine_that_runs_makes_its_instance_running_whatever_was_thought) {
    EXPECT_EQ(next_state(pending, booted, "i-1").value(), running);
    EXPECT_EQ(next_state(stopped, booted, "i-1").value(), running);
    EXPECT_EQ(next_state(stopping, booted, "i-1").value(), stopping);
    EXPECT_EQ(next_state(shutting_down, booted, "i-1").value(), shutting_down);
}

TEST(Import, urls_name_a_bucket_and_a_key) {
    EXPECT_EQ(parse_object_url("s3://b/a/k.ova").value().key, "a/k.ova");
    EXPECT_EQ(parse_object_url("https://127.0.0.1:4566/b/k").value().bucket, "b");
    for (const char* url : {"", "s3://", "s3://b", "s3://b/", "file:///etc/passwd", "s3:///k"})
        EXPECT_TRUE(parse_object_url(url).is(Errc::invalid)) << url;
}

TEST(Import, progress_stays_below_a_hundred_until_the_end_is_durable) {
    EXPECT_EQ(import_percent(0_B, 0_B), 0U);
    EXPECT_EQ(import_percent(50_GiB, 100_GiB), 50U);
    EXPECT_EQ(import_percent(100_GiB, 100_GiB), 99U);
}

TEST(Console, the_tail_starts_at_a_line) {
    std::string log = std::string(70'000, 'x') + "\nlogin: ";
    EXPECT_EQ(console_tail(log), "login: ");
    EXPECT_EQ(console_tail("short"), "short");
}

TEST(Tags, bounds) {
    EXPECT_TRUE(check_tags({{"Name", "x"}}).ok());
    EXPECT_TRUE(check_tags({{"", "x"}}).is(Errc::invalid));
    EXPECT_TRUE(check_tags({{"aws:x", "x"}}).is(Errc::invalid));
    EXPECT_TRUE(check_tags({{std::string(128, 'k'), "x"}}).is(Errc::invalid));
    EXPECT_TRUE(check_tags({{"k", std::string(256, 'v')}}).is(Errc::invalid));
    EXPECT_TRUE(check_tags({{"k", "1"}, {"k", "2"}}).is(Errc::invalid));
    EXPECT_TRUE(check_tags(Tags(51, Tag{"k", ""})).is(Errc::exhausted));
}

TEST(Snapshot, a_volume_has_whole_gibibytes) {
    EXPECT_EQ(gib_of(1_B), 1U);
    EXPECT_EQ(gib_of(1_GiB), 1U);
    EXPECT_EQ(gib_of(1_GiB + 1_B), 2U);
}

TEST(InstanceTypes, names_are_found_and_unknown_ones_are_not) {
    ASSERT_NE(find_instance_type("t3.micro"), nullptr);
    EXPECT_EQ(find_instance_type("t3.micro")->memory_mib, 1024U);
    EXPECT_EQ(find_instance_type("t3.micron"), nullptr);
    EXPECT_NE(find_instance_type(kDefaultInstanceType), nullptr);
}

}  // namespace
}  // namespace landfall::ec2
