// Flight: one AWS request on its way through the gateway. Inside front/ only.
//
// Invariants
//   1. Every view in it points into its exchange, which it owns until the answer.
//   2. One thread at a time: the loop that parsed it, then the worker or the engine that completes it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "front/gateway.hpp"
#include "front/payload_reader.hpp"
#include "front/request_ids.hpp"
#include "front/target.hpp"
#include "wire/api/dispatcher.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::front {

struct Flight {
    explicit Flight(Exchange e) : exchange{std::move(e)} {}

    Exchange exchange;
    wire::RequestHead head;
    std::string_view host;  ///< as the client sent it, by a trusted proxy's word where there is one
    std::string source_ip;
    std::string request_id;
    wire::Transport transport = wire::Transport::plain;
    Moment began{};
    Instant received{};

    std::optional<sigv4::Claims> claims;  ///< none: anonymous
    std::optional<sigv4::Verified> verified;
    access::Principal caller;
    const wire::Face* face = nullptr;
    const wire::Operation* operation = nullptr;
    bool allowed = false;
    Admission::Pass pass;
    Bytes buffered;  ///< of the budget for bodies in memory
    PayloadFailure body_failure;

    [[nodiscard]] sigv4::Request signed_request() const {
        return {head.method, head.path, head.query, head.headers, host, head.virtual_bucket};
    }
};
using FlightPtr =
    std::shared_ptr<Flight>;  // shared: wire::Call::completed is a std::function, which is copied

/// What an answer is called in metrics and the log.
struct Outcome {
    std::string code = "OK";
    std::string cause{};
};

struct Gateway::Core {
    Core(Parts p, GatewayOptions o);

    // gateway.cpp, in the order of a request's life. A function that answers takes the flight.
    void begin(FlightPtr flight);
    [[nodiscard]] bool answers_for(const sigv4::Claims& claims) const;
    [[nodiscard]] std::string_view region_of_host(std::string_view host) const;
    [[nodiscard]] bool serve_own_path(const FlightPtr& flight);
    void find_service(FlightPtr flight);
    void find_by_form(FlightPtr flight);
    void admit(FlightPtr flight, std::string form);
    [[nodiscard]] bool settle(const FlightPtr& flight, std::string_view form, const Sha256* digest);
    [[nodiscard]] bool verify(const FlightPtr& flight, const Sha256* digest);
    [[nodiscard]] bool route(const FlightPtr& flight, std::string_view form);
    [[nodiscard]] bool decide(const FlightPtr& flight);
    void stream_in(FlightPtr flight);
    void buffer(FlightPtr flight, Bytes limit, UniqueFunction<void(FlightPtr, std::string_view)> then);
    void use_whole(FlightPtr flight, std::string_view body);
    void open(FlightPtr flight, std::string body, std::unique_ptr<wire::BodyReader> reader);
    enum class Where : std::uint8_t { loop, worker };
    void run(FlightPtr flight, wire::OrApiError<std::unique_ptr<wire::Call>> opened, Where where);
    void fill_context(const Flight& flight, wire::CallContext& context) const;
    [[nodiscard]] PayloadForm form_of(const Flight& flight) const;

    // gateway_reply.cpp
    void complete(const FlightPtr& flight, std::unique_ptr<wire::Call> call);
    void fail(const FlightPtr& flight, const wire::ApiError& error);
    void fail(const FlightPtr& flight, const sigv4::Refusal& refusal);
    [[nodiscard]] wire::ApiError error_of(const Flight& flight, const sigv4::Refusal& refusal) const;
    void send(const FlightPtr& flight, wire::HttpReply reply, Outcome outcome,
              std::unique_ptr<wire::Call> call);
    void note(const Flight& flight, const Outcome& outcome, int status, const Sent& sent);
    [[nodiscard]] wire::ErrorScene scene_of(const Flight& flight) const;
    void give_back(Flight& flight);

    const Parts parts;
    const GatewayOptions options;
    const HostNames names;
    sigv4::SigningKeys signing_keys;
    RequestIds ids;
    Admission admission;
    std::atomic<std::uint64_t> buffered{0};
    const HttpCounters* counters = nullptr;
};

}  // namespace landfall::front
