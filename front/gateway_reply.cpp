// How the gateway answers: replies and refusals in the client's protocol, counted and logged.
#include <algorithm>

#include "front/flight.hpp"
#include "wire/model/catalogue.hpp"

namespace landfall::front {

using wire::ApiError;

namespace {

/// The wire layer's source, as the HTTP server pulls it. Keeps the call alive: the source may point into it.
class ReplySource final : public BodySource {
public:
    ReplySource(std::unique_ptr<wire::BodySource> source, std::unique_ptr<wire::Call> call)
        : call_{std::move(call)}, source_{std::move(source)} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override { return source_->read(into); }

private:
    std::unique_ptr<wire::Call> call_;
    std::unique_ptr<wire::BodySource> source_;  // goes before the call
};

sigv4::Family family_of(const Flight& f) {
    if (f.face == nullptr) {
        if (f.head.header("x-amz-target")) return sigv4::Family::json;
        const auto type = f.head.header("content-type").value_or("");
        if (type.starts_with("application/x-www-form-urlencoded")) return sigv4::Family::query;
        const bool other = f.claims && f.claims->service != "s3";
        return other ? sigv4::Family::json : sigv4::Family::s3;
    }
    switch (f.face->protocol) {
        case wire::Protocol::rest_xml: return sigv4::Family::s3;
        case wire::Protocol::ec2: return sigv4::Family::ec2;
        case wire::Protocol::query: return sigv4::Family::query;
        case wire::Protocol::json:
        case wire::Protocol::rest_json: return sigv4::Family::json;
    }
    return sigv4::Family::json;
}

std::string_view operation_name(const Flight& f) {
    return f.operation != nullptr ? wire::Dispatcher::name_of(*f.operation) : std::string_view{"-"};
}

std::string_view service_name(const Flight& f) {
    return f.face != nullptr ? f.face->service : std::string_view{"-"};
}

}  // namespace

wire::ErrorScene Gateway::Core::scene_of(const Flight& f) const {
    return {f.face, f.operation, &f.head, f.request_id, ids.host_id()};
}

ApiError Gateway::Core::error_of(const Flight& f, const sigv4::Refusal& refusal) const {
    sigv4::ErrorText text = sigv4::error_text(refusal, family_of(f));
    ApiError error{{.name = text.code}, std::move(text.message), {}, text.status};
    for (auto& [name, value] : text.members) error.members.emplace_back(std::string{name}, std::move(value));
    return error;
}

void Gateway::Core::fail(const FlightPtr& flight, const sigv4::Refusal& refusal) {
    Flight& f = *flight;
    if (f.face == nullptr && f.claims) f.face = parts.dispatcher.face(f.head, f.claims->service);
    fail(flight, error_of(f, refusal));
}

void Gateway::Core::fail(const FlightPtr& flight, const ApiError& error) {
    Outcome outcome{wire::Dispatcher::code_of(flight->face, error), {}};
    send(flight, parts.dispatcher.error_reply(scene_of(*flight), error), std::move(outcome), nullptr);
}

void Gateway::Core::complete(const FlightPtr& flight, std::unique_ptr<wire::Call> call) {
    Flight& f = *flight;
    if (!call->answer.ok()) {
        // The body failed under the operation: what was wrong with it says more than what became of it.
        if (const auto* refusal = std::get_if<sigv4::Refusal>(&f.body_failure)) {
            call->answer = error_of(f, *refusal);
        } else if (const auto* error = std::get_if<ApiError>(&f.body_failure)) {
            call->answer = *error;
        }
    }
    Outcome outcome;
    if (!call->answer.ok()) {
        outcome.code = wire::Dispatcher::code_of(f.face, call->answer.error());
        outcome.cause = call->answer.error().cause;
    }
    call->reader.reset();  // it borrows the flight
    wire::HttpReply reply = parts.dispatcher.reply(*call);
    send(flight, std::move(reply), std::move(outcome), std::move(call));
}

void Gateway::Core::send(const FlightPtr& flight, wire::HttpReply reply, Outcome outcome,
                         std::unique_ptr<wire::Call> call) {
    Flight& f = *flight;
    give_back(f);
    ResponseHead head{reply.status};
    for (const auto& [name, value] : reply.headers) head.add(name, value);
    if (reply.status == 503) head.add("Retry-After", "1");  // RFC 9110 §10.2.3
    if (reply.head_only) {
        reply.body.clear();
        reply.source.reset();
        if (reply.announced_length) head.declare_length(*reply.announced_length);
    }
    if (!reply.source) {
        note(f, outcome, reply.status, Sent{Bytes{reply.body.size()}, true});
        std::move(f.exchange).respond({std::move(head), std::move(reply.body), {}});
        return;
    }
    auto noted = [this, flight, outcome = std::move(outcome), status = reply.status](const Sent& sent) {
        note(*flight, outcome, status, sent);
    };
    auto source = std::make_unique<ReplySource>(std::move(reply.source), std::move(call));
    std::move(f.exchange).stream({std::move(head), reply.source_length, std::move(source), std::move(noted)});
}

/// Also called from a stream's on_sent, where the exchange's head is still valid.
void Gateway::Core::note(const Flight& f, const Outcome& outcome, int status, const Sent& sent) {
    const Duration took = parts.clock.moment() - f.began;
    parts.metrics.count({service_name(f), operation_name(f), outcome.code}, took);
    if (!options.log) return;
    RequestLine line;
    line.request_id = f.request_id;
    line.access_key = f.claims ? std::string_view{f.claims->key_id} : std::string_view{};
    line.principal = f.caller.arn;
    line.source_ip = f.source_ip;
    line.service = service_name(f);
    line.operation = operation_name(f);
    line.method = f.head.method;
    line.path = f.head.path;
    line.status = status;
    line.code = outcome.code;
    line.cause = outcome.cause;
    line.took = took;
    line.sent = sent.body;
    line.complete = sent.complete;
    options.log(line);
}

/// The reply is made: what the request held of the shared limits goes back.
void Gateway::Core::give_back(Flight& f) {
    f.pass = {};
    buffered.fetch_sub(f.buffered.count, std::memory_order_relaxed);
    f.buffered = {};
}

}  // namespace landfall::front
