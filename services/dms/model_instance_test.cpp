#include "services/dms/model_instance.hpp"

#include <gtest/gtest.h>

#include <set>

#include "services/dms/model_endpoint.hpp"

namespace landfall::dms {
namespace {

ReplicationInstance good() {
    return {.self = {{"000000000000", "us-east-1"}, "A"},
            .name = "one",
            .instance_class = "dms.t3.medium",
            .maintenance_window = "sun:06:00-sun:14:00",
            .network_type = "IPV4"};
}

TEST(InstanceClasses, each_has_workers_and_room_for_a_task_and_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (const InstanceClass& each : instance_classes()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_GE(each.workers(), 2U) << each.name;
        EXPECT_GE(each.tasks(), 2U) << each.name;
        EXPECT_EQ(find_class(each.name), &each);
    }
    EXPECT_EQ(find_class("dms.x1.large"), nullptr);
}

TEST(ReplicationInstance, what_is_pending_is_judged_as_if_it_were_done) {
    ReplicationInstance instance = good();
    EXPECT_TRUE(check(instance).ok());
    instance.pending.instance_class = "dms.none";
    EXPECT_FALSE(check(instance).ok());
}

TEST(ReplicationInstance, a_window_is_two_moments_of_a_week) {
    ReplicationInstance instance = good();
    for (const char* const bad : {"", "sun:06:00", "sun:06:00-sun:25:00", "sun:06:60-sun:07:00",
                                  "xxx:06:00-sun:14:00", "sun:06:00-sun:14:000", "sun 06:00-sun:14:00"}) {
        instance.maintenance_window = bad;
        EXPECT_FALSE(check(instance).ok()) << bad;
    }
}

TEST(Endpoint, a_host_is_neither_a_path_nor_a_list) {
    Endpoint endpoint{.name = "e",
                      .type = "source",
                      .engine = "postgres",
                      .host = "h",
                      .database = "d",
                      .user = "u",
                      .ssl_mode = "none"};
    EXPECT_TRUE(check(endpoint).ok());
    for (const char* const bad : {"/tmp", "a,b", "a b", "@x", "a'b"}) {
        endpoint.host = bad;
        EXPECT_FALSE(check(endpoint).ok()) << bad;
    }
}

TEST(Certificates, text_that_is_none_is_refused) {
    for (const char* const bad :
         {"", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
        EXPECT_FALSE(read_certificate(bad).ok()) << bad;
}

}  // namespace
}  // namespace landfall::dms
