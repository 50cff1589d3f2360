// CPU time of the wire layer alone: no sockets, no signatures, no handlers' work.
#include <benchmark/benchmark.h>

#include "wire/api/dispatcher.hpp"
#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"
#include "wire/protocols/protocol.hpp"
#include "wire/protocols/rest.hpp"

namespace landfall::wire {
namespace {

const Catalogue& catalogue() {
    static const Catalogue all{embedded_models()};
    return all;
}

void parse(benchmark::State& state, std::string_view face_name, std::string_view target,
           const std::string& body) {
    const Face& face = *catalogue().find(face_name);
    const HeaderField header{"X-Amz-Target", target};
    const RequestHead head{.method = "POST", .path = "/", .headers = {&header, 1}};
    const Operation* op = route(face.model(), head, body);
    for (auto _ : state) {
        Arena arena;
        benchmark::DoNotOptimize(read_request(face.model(), *op, head, body, nullptr, arena));
    }
}

void json_send_message(benchmark::State& state) {
    parse(state, "sqs", "AmazonSQS.SendMessage",
          R"({"QueueUrl":"http://127.0.0.1:4566/000000000000/orders","MessageBody":"id 12345, total 17.5",)"
          R"("DelaySeconds":0,"MessageAttributes":{"kind":{"DataType":"String","StringValue":"order"}}})");
}
BENCHMARK(json_send_message);

void query_send_message(benchmark::State& state) {
    parse(
        state, "sqs-query", "",
        "Action=SendMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2F127.0.0.1%3A4566%2F000000000000%2Forders"
        "&MessageBody=%7B%22id%22%3A+12345%7D&DelaySeconds=0&MessageAttribute.1.Name=kind"
        "&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=order");
}
BENCHMARK(query_send_message);

void ec2_run_instances(benchmark::State& state) {
    parse(state, "ec2", "",
          "Action=RunInstances&Version=2016-11-15&ImageId=ami-0123456789abcdef0&InstanceType=t3.small&"
          "MinCount=1"
          "&MaxCount=1&KeyName=k&SecurityGroupId.1=sg-1&TagSpecification.1.ResourceType=instance"
          "&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=web");
}
BENCHMARK(ec2_run_instances);

void s3_route_and_parse_get(benchmark::State& state) {
    const Model& model = catalogue().find("s3")->model();
    const HeaderField fields[] = {{"Host", "127.0.0.1:4566"}, {"Range", "bytes=0-65535"},
                                  {"User-Agent", "aws-cli"},  {"X-Amz-Date", "20231114T221320Z"},
                                  {"Authorization", "AWS4"},  {"x-amz-content-sha256", "e3b0"}};
    const RequestHead head{.method = "GET", .path = "/images/debian.ova", .headers = fields};
    for (auto _ : state) {
        Arena arena;
        const Operation* op = route_rest(model, head);
        benchmark::DoNotOptimize(read_request(model, *op, head, {}, nullptr, arena));
    }
}
BENCHMARK(s3_route_and_parse_get);

void whole_null_operation(benchmark::State& state) {
    const Registry registry;
    const Dispatcher dispatcher{catalogue(), registry};
    const HeaderField header{"X-Amz-Target", "AmazonSQS.ListQueues"};
    const RequestHead head{.method = "POST", .path = "/", .headers = {&header, 1}};
    for (auto _ : state) {
        const Face* face = dispatcher.face(head, "sqs");
        const auto op = dispatcher.route(*face, head);
        auto opened = dispatcher.open(*face, *std::get<const Operation*>(op), head, "{}");
        auto call = std::move(std::get<std::unique_ptr<Call>>(opened));
        call->completed = [&](std::unique_ptr<Call> done) {
            benchmark::DoNotOptimize(dispatcher.reply(*done));
        };
        dispatcher.run(std::move(call));
    }
}
BENCHMARK(whole_null_operation);

void load_model(benchmark::State& state, const char* name) {
    const Face& face = *catalogue().find(name);
    const ModelText& text = embedded_models()[face.index];
    std::size_t footprint = 0;
    for (auto _ : state) {
        const auto model = Model::load(name, text.model, text.overlay);
        footprint = model.value()->footprint();
    }
    state.counters["bytes"] = static_cast<double>(footprint);
}
BENCHMARK_CAPTURE(load_model, ec2, "ec2");
BENCHMARK_CAPTURE(load_model, sqs, "sqs");
BENCHMARK_CAPTURE(load_model, s3, "s3");

}  // namespace
}  // namespace landfall::wire

BENCHMARK_MAIN();
