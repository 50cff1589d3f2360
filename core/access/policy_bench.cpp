// What a decision costs a message: a queue's policy of three statements, asked by those whom it allows last.
#include <benchmark/benchmark.h>

#include "core/access/call_facts.hpp"
#include "core/access/policy.hpp"

namespace landfall::access {
namespace {

constexpr std::string_view kQueue = "arn:aws:sqs:us-east-1:000000000000:orders";
constexpr std::string_view kTopic = "arn:aws:sns:us-east-1:000000000000:events";
constexpr std::string_view kPolicy = R"({"Version":"2012-10-17","Statement":[
  {"Sid":"owner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sqs:*",
   "Resource":"arn:aws:sqs:us-east-1:000000000000:orders"},
  {"Sid":"tls","Effect":"Deny","Principal":"*","Action":"sqs:*",
   "Resource":"arn:aws:sqs:us-east-1:000000000000:orders",
   "Condition":{"Bool":{"aws:SecureTransport":"false"}}},
  {"Sid":"topic","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",
   "Resource":"arn:aws:sqs:us-east-1:000000000000:orders","Condition":{"ArnLike":{"aws:SourceArn":
   "arn:aws:sns:us-east-1:000000000000:ev*"}}}]})";

void three_statements_evaluated(benchmark::State& state) {
    const Policy policy = *Policy::parse(kPolicy);
    const CallFacts topic{"sns.amazonaws.com", kTopic, Instant{1}};
    for (auto _ : state)
        benchmark::DoNotOptimize(
            decide(topic.ask("sqs:SendMessage", kQueue, "000000000000"), &policy).allowed());
}
BENCHMARK(three_statements_evaluated);

void own_root_without_a_policy(benchmark::State& state) {
    const Principal root =
        Principal::of_arn("000000000000", "arn:aws:iam::000000000000:root", "000000000000");
    for (auto _ : state) {
        const Question question{root, "sqs:SendMessage", kQueue, "000000000000", {}, Instant{1}};
        benchmark::DoNotOptimize(decide(question).allowed());
    }
}
BENCHMARK(own_root_without_a_policy);

void three_statements_parsed(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(Policy::parse(kPolicy).ok());
}
BENCHMARK(three_statements_parsed);

}  // namespace
}  // namespace landfall::access

BENCHMARK_MAIN();
