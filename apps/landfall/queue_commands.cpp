// `landfall queue stats|peek|move`: a look at queues without a client of AWS, and dead letters sent back.
#include <simdjson.h>

#include <chrono>
#include <condition_variable>
#include <iomanip>
#include <iostream>
#include <memory>
#include <mutex>

#include "apps/landfall/client.hpp"
#include "apps/landfall/commands.hpp"

namespace landfall::app {
namespace {

namespace dom = simdjson::dom;

/// One reply; the element lives as long as it.
struct Json {
    std::unique_ptr<dom::parser> parser = std::make_unique<dom::parser>();
    dom::element root;

    static Result<Json> parse(const std::string& text) {
        Json json;
        if (json.parser->parse(text).get(json.root) != simdjson::SUCCESS)
            return Error{Errc::invalid, "the server's reply is not JSON"};
        return json;
    }
};

std::string text(dom::element of, const char* name) {
    std::string_view value;
    if (of[name].get(value) != simdjson::SUCCESS) return {};
    return std::string{value};
}

std::int64_t number(dom::element of, const char* name) {
    std::int64_t value = 0;
    double real = 0;
    if (of[name].get(value) == simdjson::SUCCESS) return value;
    return of[name].get(real) == simdjson::SUCCESS ? static_cast<std::int64_t>(real) : 0;
}

std::vector<dom::element> items(const Json& json, const char* name) {
    dom::array array;
    std::vector<dom::element> found;
    if (json.root[name].get(array) != simdjson::SUCCESS) return found;
    for (const dom::element item : array) found.push_back(item);
    return found;
}

std::string json_text(std::string_view value) {
    std::string out{"\""};
    for (const char c : value) {
        if (c == '"' || c == '\\') out.push_back('\\');
        if (static_cast<unsigned char>(c) < 0x20) continue;  // no name has control characters
        out.push_back(c);
    }
    return out + "\"";
}

Result<Json> ask(const Client& client, const char* operation, const std::string& body) {
    const std::string reply = TRY(client.call(operation, body));
    return Json::parse(reply);
}

Status show_stats(const Client& client, const QueueOptions& options, std::ostream& out) {
    const Json reply = TRY(ask(client, "DescribeQueues", "{\"Prefix\":" + json_text(options.queue) + "}"));
    out << std::left << std::setw(40) << "QUEUE" << std::right << std::setw(10) << "VISIBLE" << std::setw(11)
        << "IN FLIGHT" << std::setw(9) << "DELAYED" << std::setw(10) << "OLDEST" << std::setw(12) << "SENT"
        << std::setw(12) << "RECEIVED" << std::setw(12) << "DELETED" << std::setw(7) << "DEAD" << '\n';
    for (const dom::element queue : items(reply, "Queues"))
        out << std::left << std::setw(40) << text(queue, "QueueName") << std::right << std::setw(10)
            << number(queue, "Visible") << std::setw(11) << number(queue, "InFlight") << std::setw(9)
            << number(queue, "Delayed") << std::setw(8) << number(queue, "OldestAgeSeconds") << " s"
            << std::setw(12) << number(queue, "Sent") << std::setw(12) << number(queue, "Received")
            << std::setw(12) << number(queue, "Deleted") << std::setw(7) << number(queue, "DeadLettered")
            << '\n';
    return {};
}

Status peek(const Client& client, const QueueOptions& options, std::ostream& out) {
    const Json reply = TRY(ask(client, "PeekQueue",
                               "{\"QueueName\":" + json_text(options.queue) +
                                   ",\"MaxResults\":" + std::to_string(options.max) + "}"));
    for (const dom::element message : items(reply, "Messages")) {
        out << text(message, "MessageId") << "  " << iso8601(Instant::from_seconds(number(message, "Sent")))
            << "  " << number(message, "Size") << " B";
        const std::string group = text(message, "MessageGroupId");
        out << (group.empty() ? "" : "  group " + group) << '\n' << text(message, "Body") << "\n\n";
    }
    return {};
}

/// The ARN of a queue named on the command line, of the account whose keys we have.
std::string arn_of(const Client& client, const std::string& account, const std::string& queue) {
    if (queue.starts_with("arn:")) return queue;
    return "arn:aws:sqs:" + client.region() + ":" + account + ":" + queue;
}

/// The account in the URL of a queue: ".../000000000000/jobs".
Result<std::string> account_of(const Client& client, const std::string& queue) {
    if (queue.starts_with("arn:")) return std::string{};
    const std::string reply = TRY(client.call_sqs("GetQueueUrl", "{\"QueueName\":" + json_text(queue) + "}"));
    const Json json = TRY(Json::parse(reply));
    const std::string url = text(json.root, "QueueUrl");
    const std::size_t name = url.rfind('/');
    if (name == std::string::npos || name < 13) return Error{Errc::invalid, "the server's reply has no URL"};
    return url.substr(name - 12, 12);
}

/// Between two looks. A timed wait on what nobody signals: the server has no push for this.
void pause() {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, std::chrono::milliseconds{500});
}

Status follow(const Client& client, const std::string& source, std::ostream& out) {
    while (true) {
        const std::string reply =
            TRY(client.call_sqs("ListMessageMoveTasks", "{\"SourceArn\":" + json_text(source) + "}"));
        const Json json = TRY(Json::parse(reply));
        const auto tasks = items(json, "Results");
        if (tasks.empty()) return Error{Errc::not_found, "the server knows of no move of " + source};
        const std::string status = text(tasks.front(), "Status");
        out << status << ": " << number(tasks.front(), "ApproximateNumberOfMessagesMoved") << " of "
            << number(tasks.front(), "ApproximateNumberOfMessagesToMove") << " moved" << std::endl;
        if (status == "COMPLETED") return {};
        if (status == "FAILED") return Error{Errc::precondition, text(tasks.front(), "FailureReason")};
        if (status == "CANCELLED") return Error{Errc::cancelled, "the move was cancelled"};
        pause();
    }
}

Status move(const Client& client, const QueueOptions& options, std::ostream& out) {
    const std::string account = TRY(account_of(client, options.queue));
    const std::string source = arn_of(client, account, options.queue);
    std::string body = "{\"SourceArn\":" + json_text(source);
    if (!options.target.empty())
        body += ",\"DestinationArn\":" + json_text(arn_of(client, account, options.target));
    if (options.rate != 0) body += ",\"MaxNumberOfMessagesPerSecond\":" + std::to_string(options.rate);
    TRY(client.call_sqs("StartMessageMoveTask", body + "}"));
    return follow(client, source, out);
}

Status run(const Settings& settings, QueueAction action, const QueueOptions& options, std::ostream& out) {
    const Client client = TRY(Client::make(settings, options.endpoint));
    switch (action) {
        case QueueAction::stats: return show_stats(client, options, out);
        case QueueAction::peek: return peek(client, options, out);
        case QueueAction::move: return move(client, options, out);
    }
    return {};
}

}  // namespace

int run_queue(const Settings& settings, QueueAction action, const QueueOptions& options, std::ostream& out) {
    const Status done = run(settings, action, options, out);
    if (done.ok()) return 0;
    std::cerr << "landfall: " << done.error().message() << '\n';
    return 1;
}

}  // namespace landfall::app
