// `landfall status` and `landfall jobs`: what the administration API says, as tables for people.
#include <simdjson.h>

#include <iomanip>
#include <iostream>
#include <sstream>

#include "apps/landfall/client.hpp"
#include "apps/landfall/commands.hpp"
#include "apps/landfall/human.hpp"

namespace landfall::app {
namespace {

/// One reply, parsed; look-ups of absent members give empty values.
class Reply {
public:
    static Result<Reply> parse(const std::string& json) {
        Reply reply;
        if (reply.parser_->parse(json).get(reply.root_) != simdjson::SUCCESS)
            return Error{Errc::invalid, "the server's reply is not JSON"};
        return reply;
    }
    [[nodiscard]] simdjson::dom::element root() const { return root_; }

private:
    std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
    simdjson::dom::element root_;
};

std::string text(simdjson::dom::element of, const char* name) {
    std::string_view value;
    if (of[name].get(value) != simdjson::SUCCESS) return {};
    return std::string{value};
}

double number(simdjson::dom::element of, const char* name) {
    double value = 0;
    std::int64_t integer = 0;
    if (of[name].get(integer) == simdjson::SUCCESS) return static_cast<double>(integer);
    if (of[name].get(value) != simdjson::SUCCESS) return 0;
    return value;
}

Bytes bytes(simdjson::dom::element of, const char* name) {
    return Bytes{static_cast<std::uint64_t>(number(of, name))};
}

std::string when(simdjson::dom::element of, const char* name) {
    const double seconds = number(of, name);
    return seconds > 0 ? iso8601(Instant::from_seconds(static_cast<std::int64_t>(seconds))) : "";
}

void print_job(simdjson::dom::element job, std::ostream& out) {
    out << std::left << std::setw(22) << text(job, "JobId") << std::setw(14) << text(job, "Kind")
        << std::setw(12) << text(job, "State") << std::right << std::setw(4)
        << static_cast<int>(number(job, "Percent")) << "%  ";
    const double rate = number(job, "BytesPerSecond");
    out << std::left << std::setw(14)
        << (rate > 0 ? human(Bytes{static_cast<std::uint64_t>(rate)}) + "/s" : "-");
    const double eta = number(job, "EtaSeconds");
    out << std::setw(8) << (eta > 0 ? std::to_string(static_cast<long>(eta)) + " s" : "-") << std::setw(30)
        << text(job, "ResourceId") << text(job, "Phase");
    const std::string reason = text(job, "Reason");
    out << (reason.empty() ? "" : " (" + reason + ")") << '\n';
}

/// Prints the newest hundred; answers how many have not ended.
Result<int> print_jobs(const Client& client, std::ostream& out) {
    const Reply reply = TRY(Reply::parse(TRY(client.call("ListJobs", "{}"))));
    simdjson::dom::array jobs;
    if (reply.root()["Jobs"].get(jobs) != simdjson::SUCCESS) return 0;
    out << std::left << std::setw(22) << "JOB" << std::setw(14) << "KIND" << std::setw(12) << "STATE"
        << std::setw(7) << "DONE" << std::setw(14) << "RATE" << std::setw(8) << "LEFT" << std::setw(30)
        << "FOR"
        << "PHASE\n";
    int open = 0;
    for (const simdjson::dom::element job : jobs) {
        print_job(job, out);
        const std::string state = text(job, "State");
        if (state != "done" && state != "failed" && state != "cancelled") ++open;
    }
    return open;
}

/// Returns when a job of the server has changed since that number, with the number of what is so now. The
/// server parks the call and answers without news after 20 s, so that a connection that broke silently is
/// noticed.
Result<std::int64_t> await_jobs(const Client& client, std::int64_t seen) {
    const std::string question = "{\"Seen\":" + std::to_string(seen) + "}";
    const Reply reply = TRY(Reply::parse(TRY(client.call("AwaitJobs", question))));
    return static_cast<std::int64_t>(number(reply.root(), "Seen"));
}

Status show_jobs(const Settings& settings, const ClientOptions& options, std::ostream& out) {
    const Client client = TRY(Client::make(settings, options.endpoint));
    // Asked before the list: what changes between the two is in the list, or ends the next wait at once.
    std::int64_t seen = options.follow ? TRY(await_jobs(client, 0)) : 0;
    while (true) {
        const int open = TRY(print_jobs(client, out));
        if (!options.follow || open == 0) return {};
        const std::int64_t before = seen;
        while (seen == before) seen = TRY(await_jobs(client, before));
        out << '\n' << std::flush;
    }
}

Status show_status(const Settings& settings, const ClientOptions& options, std::ostream& out) {
    const Client client = TRY(Client::make(settings, options.endpoint));
    const Reply reply = TRY(Reply::parse(TRY(client.call("GetStatus", "{}"))));
    const simdjson::dom::element status = reply.root();
    out << "server       " << client.endpoint() << ", landfall " << text(status, "Version") << ", up since "
        << when(status, "Started") << '\n'
        << "jobs         " << number(status, "JobsUnderWay") << " under way\n"
        << "instances    " << number(status, "Instances") << " running, acceleration "
        << text(status, "Acceleration") << '\n'
        << "blocks       " << number(status, "BlocksRoots") << " roots, "
        << human(bytes(status, "BlocksLogical")) << " logical, " << human(bytes(status, "BlocksUnique"))
        << " unique, " << human(bytes(status, "BlocksStored")) << " on disk, "
        << number(status, "BlocksQuarantined") << " quarantined\n";
    return {};
}

int exit_code(const Status& status) {
    if (status.ok()) return 0;
    std::cerr << "landfall: " << status.error().message() << '\n';
    return 1;
}

/// One job with its log; answers whether it has ended.
Result<bool> show_ended(const Client& client, const std::string& id, std::ostream& out) {
    const Reply reply = TRY(Reply::parse(TRY(client.call("DescribeJob", "{\"JobId\":\"" + id + "\"}"))));
    simdjson::dom::element job;
    if (reply.root()["Job"].get(job) != simdjson::SUCCESS)
        return Error{Errc::invalid, "a reply without its job"};
    const std::string state = text(job, "State");
    if (state != "done" && state != "failed" && state != "cancelled") return false;
    bool bad = state != "done";
    simdjson::dom::array lines;
    if (reply.root()["Log"].get(lines) == simdjson::SUCCESS) {
        for (const simdjson::dom::element line : lines) {
            out << text(line, "Level") << "  " << text(line, "Text") << '\n';
            bad = bad || text(line, "Level") == "error";
        }
    }
    print_job(job, out);
    if (bad) return Error{Errc::corrupt, "job " + id + " is " + state + "; see above"};
    return true;
}

Status upkeep(const Settings& settings, const ClientOptions& options, std::string_view task,
              std::ostream& out) {
    const Client client = TRY(Client::make(settings, options.endpoint));
    const std::string request = "{\"Task\":\"" + std::string{task} + "\"}";
    const Reply begun = TRY(Reply::parse(TRY(client.call("BeginUpkeep", request))));
    const std::string id = text(begun.root(), "JobId");
    // Asked before the job: what changes between the two ends the next wait at once.
    std::int64_t seen = TRY(await_jobs(client, 0));
    while (!TRY(show_ended(client, id, out))) seen = TRY(await_jobs(client, seen));
    return {};
}

}  // namespace

int run_upkeep(const Settings& settings, const ClientOptions& options, std::string_view task,
               std::ostream& out) {
    return exit_code(upkeep(settings, options, task, out));
}

int run_status(const Settings& settings, const ClientOptions& options, std::ostream& out) {
    return exit_code(show_status(settings, options, out));
}

int run_jobs(const Settings& settings, const ClientOptions& options, std::ostream& out) {
    return exit_code(show_jobs(settings, options, out));
}

}  // namespace landfall::app
