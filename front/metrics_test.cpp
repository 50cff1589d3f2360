#include "front/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace landfall::front {
namespace {

using std::chrono::microseconds;

TEST(Metrics, a_histogram_counts_every_request_once_and_cumulates) {
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) metrics.count({"sqs", "SendMessage", "OK"}, microseconds{200});
            metrics.count({"sqs", "SendMessage", "OK"}, std::chrono::minutes{5});
        });
    }
    for (std::thread& t : threads) t.join();
    const std::string text = metrics.text({});
    const std::string series = "{service=\"sqs\",op=\"SendMessage\",code=\"OK\"";
    EXPECT_NE(text.find("landfall_request_seconds_bucket" + series + ",le=\"0.000100\"} 0\n"),
              std::string::npos);
    EXPECT_NE(text.find("landfall_request_seconds_bucket" + series + ",le=\"0.000300\"} 4000\n"),
              std::string::npos);
    EXPECT_NE(text.find("landfall_request_seconds_bucket" + series + ",le=\"+Inf\"} 4004\n"),
              std::string::npos);
    EXPECT_NE(text.find("landfall_request_seconds_count" + series + "} 4004\n"), std::string::npos);
    EXPECT_NE(text.find("landfall_request_seconds_sum" + series + "} 1200.800000\n"), std::string::npos)
        << text;
}

TEST(Metrics, the_number_of_series_is_bounded) {
    Metrics metrics;
    for (std::size_t i = 0; i < Metrics::kSeriesMax + 10; ++i) {
        metrics.count({"s", "op" + std::to_string(i), "OK"}, microseconds{1});
    }
    const std::string text = metrics.text({});
    EXPECT_NE(text.find("landfall_request_seconds_count{service=\"other\",op=\"other\",code=\"other\"} 10\n"),
              std::string::npos);
}

TEST(Metrics, labels_are_escaped) {
    Metrics metrics;
    metrics.count({"a\"b", "c\\d", "e\nf"}, microseconds{1});
    EXPECT_NE(metrics.text({}).find("{service=\"a\\\"b\",op=\"c\\\\d\",code=\"e f\""), std::string::npos);
}

}  // namespace
}  // namespace landfall::front
