#include "services/sqs/model_names.hpp"

#include <gtest/gtest.h>

namespace landfall::sqs {
namespace {

const QueueName kJobs{{"000000000000", "us-east-1"}, "jobs"};

TEST(QueueNames, are_eighty_of_letters_digits_hyphens_and_underscores) {
    for (const char* good : {"a", "jobs", "Jobs_2-b"})
        EXPECT_TRUE(check_name(good, Kind::standard).ok()) << good;
    EXPECT_TRUE(check_name(std::string(80, 'a'), Kind::standard).ok());
    for (const std::string& bad : {std::string{}, std::string(81, 'a'), std::string{"a b"},
                                   std::string{"a.b"}, std::string{"jobs.fifo"}, std::string{"\xc3\xa4"}})
        EXPECT_EQ(check_name(bad, Kind::standard).error().message(),
                  "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
            << bad;
}

TEST(QueueNames, the_suffix_of_a_fifo_queue_counts) {
    EXPECT_TRUE(check_name(std::string(75, 'a') + ".fifo", Kind::fifo).ok());
    for (const std::string& bad : {std::string(76, 'a') + ".fifo", std::string{".fifo"}, std::string{"jobs"}})
        EXPECT_EQ(check_name(bad, Kind::fifo).error().code(), Code::invalid_parameter_value) << bad;
}

TEST(QueueNames, an_arn_reads_back) {
    EXPECT_EQ(arn_of(kJobs), "arn:aws:sqs:us-east-1:000000000000:jobs");
    EXPECT_EQ(parse_arn(arn_of(kJobs)), kJobs);
    for (const char* bad : {"", "dummy", "arn:aws:sns:us-east-1:000000000000:jobs",
                            "arn:aws:sqs:us-east-1:0:jobs", "arn:aws:sqs:us-east-1:000000000000:",
                            "arn:aws:sqs:us-east-1:000000000000:a:b", "arn:aws:sqs::000000000000:jobs"})
        EXPECT_EQ(parse_arn(bad), std::nullopt) << bad;
}

TEST(QueueNames, of_a_url_only_the_last_two_segments_count) {
    EXPECT_EQ(url_of("http://localhost:4566", kJobs), "http://localhost:4566/000000000000/jobs");
    for (const char* url :
         {"http://localhost:4566/000000000000/jobs", "https://queue.amazonaws.com/000000000000/jobs",
          "/000000000000/jobs", "http://h/queue/us-east-1/000000000000/jobs", "http://h/000000000000/jobs/"})
        EXPECT_EQ(*parse_url(url, "us-east-1"), kJobs) << url;
    for (const char* bad : {"", "jobs", "http://localhost:4566", "http://localhost/jobs", "http://h/12/jobs"})
        EXPECT_TRUE(parse_url(bad, "us-east-1").is(Code::invalid_address)) << bad;
}

}  // namespace
}  // namespace landfall::sqs
