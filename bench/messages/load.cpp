// Load on a queue of a running server, in signed JSON as the SDKs speak it.
//
//   messages_load PORT QUEUE_URL JOB [connections] [seconds] [messages] [body bytes]
//
// JOB: send, send-batch (10 a request), receive-delete (10 a request, deleted as one batch; ends when the
// queue is empty). AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY sign. A send's request is signed once and sent
// again and again: the server does all its work for each, the client nearly none. Prints one line of JSON.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "bench/messages/load_client.hpp"
#include "wire/sigv4/signer.hpp"

namespace landfall::bench {
namespace {

struct Job {
    std::uint16_t port = 0;
    std::string url;
    std::string name;
    std::size_t connections = 256;
    Duration limit = std::chrono::seconds{5};
    std::uint64_t messages = ~0ULL;
    std::size_t body = 1024;
};

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    CHECK(value != nullptr);
    return value;
}

class Signer {
public:
    explicit Signer(std::uint16_t port) : host_{"127.0.0.1:" + std::to_string(port)} {}

    [[nodiscard]] std::string request(std::string_view operation, std::string_view body) const {
        const std::string target = "AmazonSQS." + std::string{operation};
        std::vector<sigv4::Header> headers{{"Host", host_},
                                           {"User-Agent", "landfall-bench"},
                                           {"X-Amz-Target", target},
                                           {"x-amzn-query-mode", "true"},
                                           {"Content-Type", "application/x-amz-json-1.0"}};
        const sigv4::Request unsigned_request{"POST", "/", "", headers, {}};
        const auto head = sigv4::sign(unsigned_request, credentials_, {"us-east-1", "sqs"},
                                      sha256(body).hex(), SystemClock{}.now());
        std::string text = "POST / HTTP/1.1\r\n";
        for (const auto& h : headers) text.append(h.name).append(": ").append(h.value).append("\r\n");
        for (const auto& [name, value] : head.headers)
            text.append(name).append(": ").append(value).append("\r\n");
        return text.append("Content-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n\r\n")
            .append(body);
    }

private:
    std::string host_;
    sigv4::Credentials credentials_{
        environment("AWS_ACCESS_KEY_ID"), SecretString{environment("AWS_SECRET_ACCESS_KEY")}, {}};
};

std::string send_body(const Job& job) {
    return R"({"QueueUrl":")" + job.url + R"(","MessageBody":")" + std::string(job.body, 'x') + "\"}";
}

std::string batch_body(const Job& job) {
    std::string text = R"({"QueueUrl":")" + job.url + R"(","Entries":[)";
    for (int i = 0; i < 10; ++i) {
        if (i > 0) text += ',';
        text +=
            R"({"Id":")" + std::to_string(i) + R"(","MessageBody":")" + std::string(job.body, 'x') + "\"}";
    }
    return text + "]}";
}

/// The receipt handles of an answer, each with its quotes: what a delete needs, without reading the bodies as
/// JSON.
std::vector<std::string_view> handles_in(std::string_view answer) {
    constexpr std::string_view kMember = R"("ReceiptHandle":)";
    std::vector<std::string_view> handles;
    for (std::size_t at = answer.find(kMember); at != std::string_view::npos; at = answer.find(kMember, at)) {
        at += kMember.size();
        const std::size_t end = answer.find('"', at + 1);
        handles.push_back(answer.substr(at, end + 1 - at));
        at = end;
    }
    return handles;
}

Outcome send_all(const Job& job, const Signer& signer, bool batch) {
    const std::string request = batch ? signer.request("SendMessageBatch", batch_body(job))
                                      : signer.request("SendMessage", send_body(job));
    const std::uint64_t wanted =
        job.messages == ~0ULL ? job.messages : (batch ? (job.messages + 9) / 10 : job.messages);
    std::uint64_t asked = 0;
    return run_load(job.port, job.connections, job.limit,
                    [&](std::size_t, std::string_view) -> std::string_view {
                        return asked++ < wanted ? std::string_view{request} : std::string_view{};
                    });
}

struct Received {
    Outcome outcome;
    std::uint64_t messages = 0;
};

Received receive_all(const Job& job, const Signer& signer) {
    Received received;
    const std::string receive =
        signer.request("ReceiveMessage", R"({"QueueUrl":")" + job.url +
                                             R"(","MaxNumberOfMessages":10,"VisibilityTimeout":600})");
    std::vector<std::string> deletes(job.connections);
    std::vector<bool> deleting(job.connections, false);
    std::vector<bool> received_once(job.connections, false);
    received.outcome = run_load(
        job.port, job.connections, job.limit, [&](std::size_t i, std::string_view last) -> std::string_view {
            if (!received_once[i] || deleting[i]) {
                received_once[i] = true;
                deleting[i] = false;
                return received.messages < job.messages ? std::string_view{receive} : std::string_view{};
            }
            const auto handles = handles_in(last);
            if (handles.empty()) return {};
            received.messages += handles.size();
            std::string body = R"({"QueueUrl":")" + job.url + R"(","Entries":[)";
            for (std::size_t n = 0; n < handles.size(); ++n) {
                if (n > 0) body += ',';
                body.append(R"({"Id":")")
                    .append(std::to_string(n))
                    .append(R"(","ReceiptHandle":)")
                    .append(handles[n])
                    .append("}");
            }
            deletes[i] = signer.request("DeleteMessageBatch", body + "]}");
            deleting[i] = true;
            return deletes[i];
        });
    return received;
}

void print(const Job& job, Outcome outcome, std::uint64_t messages) {
    const float p50 = quantile(outcome.milliseconds, 0.5);
    const float p99 = quantile(outcome.milliseconds, 0.99);
    std::printf(
        "{\"job\": \"%s\", \"connections\": %zu, \"messages\": %llu, \"requests\": %llu, \"seconds\": %.4f, "
        "\"rate\": %.0f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"errors\": %llu}\n",
        job.name.c_str(), job.connections, static_cast<unsigned long long>(messages),
        static_cast<unsigned long long>(outcome.answers), outcome.seconds,
        static_cast<double>(messages) / outcome.seconds, static_cast<double>(p50), static_cast<double>(p99),
        static_cast<unsigned long long>(outcome.errors));
    if (outcome.errors > 0) std::fprintf(stderr, "first error: %s\n", outcome.first_error.c_str());
}

int run(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr,
                     "usage: messages_load PORT QUEUE_URL send|send-batch|receive-delete [connections] "
                     "[seconds] [messages] [body bytes]\n");
        return 2;
    }
    Job job{.port = static_cast<std::uint16_t>(std::atoi(argv[1])), .url = argv[2], .name = argv[3]};
    if (argc > 4) job.connections = std::strtoul(argv[4], nullptr, 10);
    if (argc > 5) job.limit = std::chrono::seconds{std::atoi(argv[5])};
    if (argc > 6) job.messages = std::strtoull(argv[6], nullptr, 10);
    if (argc > 7) job.body = std::strtoul(argv[7], nullptr, 10);
    if (job.messages == 0) job.messages = ~0ULL;
    const Signer signer{job.port};
    if (job.name == "send" || job.name == "send-batch") {
        const bool batch = job.name == "send-batch";
        Outcome outcome = send_all(job, signer, batch);
        const std::uint64_t messages = (outcome.answers - outcome.errors) * (batch ? 10 : 1);
        print(job, std::move(outcome), messages);
    } else if (job.name == "receive-delete") {
        Received received = receive_all(job, signer);
        print(job, std::move(received.outcome), received.messages);
    } else {
        std::fprintf(stderr, "no job '%s'\n", job.name.c_str());
        return 2;
    }
    return 0;
}

}  // namespace
}  // namespace landfall::bench

int main(int argc, char** argv) { return landfall::bench::run(argc, argv); }
