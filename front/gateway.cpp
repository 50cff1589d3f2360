#include "front/gateway.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "base/spare_blocks.hpp"
#include "front/flight.hpp"
#include "wire/model/catalogue.hpp"

namespace landfall::front {

using wire::ApiError;
using wire::common_code;
using wire::CommonError;

namespace {

/// A chunked body announces no length; so much of the budget is set aside for it, and no more is read.
constexpr Bytes kUnannouncedMax = 1_MiB;
/// A larger body is hashed and parsed by a worker: the loop has others to serve.
constexpr std::size_t kOnLoopMax = 256 * 1024;
/// AssumeRoleWithSAML carries an assertion. Only to queues do larger forms come without a signature.
constexpr Bytes kUnsignedFormMax = 256_KiB;
constexpr std::string_view kGlobalRegion = "us-east-1";
constexpr std::size_t kRegionNameMax = 32;

bool is_form(const Flight& flight) {
    const auto type = flight.head.header("content-type").value_or("");
    return type.substr(0, type.find(';')) == "application/x-www-form-urlencoded";
}

bool covers(const OwnPath& own, std::string_view path) {
    const std::string_view pattern = own.path;
    return pattern.ends_with('*') ? path.starts_with(pattern.substr(0, pattern.size() - 1)) : path == pattern;
}

bool is_s3(const Flight& flight) { return flight.face != nullptr && flight.face->service == "s3"; }

/// "eu-west-1", "us-gov-west-1": words of lower-case letters and digits, joined by dashes.
bool is_region_name(std::string_view text) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return text.size() <= kRegionNameMax && std::all_of(text.begin(), text.end(), fits) &&
           text.find('-') != std::string_view::npos && text.front() != '-' && text.back() != '-';
}

bool has_signature(const Flight& flight) {
    return flight.head.header("authorization").has_value() ||
           flight.head.query.find("X-Amz-Credential=") != std::string_view::npos ||
           flight.head.query.find("X-Amz-Signature=") != std::string_view::npos;
}

std::string_view last_of_list(std::string_view list) {
    const std::size_t comma = list.rfind(',');
    if (comma != std::string_view::npos) list.remove_prefix(comma + 1);
    const std::size_t from = list.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return list.substr(from, list.find_last_not_of(" \t") - from + 1);
}

std::optional<Bytes> number_in(std::optional<std::string_view> text) {
    std::uint64_t n = 0;
    if (!text || text->empty()) return std::nullopt;
    const auto end = std::from_chars(text->data(), text->data() + text->size(), n);
    if (end.ec != std::errc{} || end.ptr != text->data() + text->size()) return std::nullopt;
    return Bytes{n};
}

GatewayOptions with_default_region(GatewayOptions options) {
    if (options.regions.empty()) options.regions.push_back(options.default_region);
    return options;
}

/// "arn:aws:s3:::bucket/key" as policies name it; "*" where the path names none.
std::string s3_resource(const wire::RequestHead& head) {
    std::string_view path = head.path;
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    std::string name{head.virtual_bucket};
    if (!name.empty() && !path.empty()) name.push_back('/');
    const auto decoded = uri_decode(path);
    name.append(decoded.ok() ? decoded.value() : std::string{path});
    return name.empty() ? "*" : "arn:aws:s3:::" + name;
}

/// The table as the verifier asks it, once a request; keeps whose key it was.
class Lookup final : public sigv4::KeyLookup {
public:
    explicit Lookup(const KeyTable& keys) : keys_{keys} {}

    [[nodiscard]] sigv4::KeyAnswer find(std::string_view key_id, std::string_view token) const override {
        using State = sigv4::KeyAnswer::State;
        auto known = keys_.find(key_id, token);
        if (!known) return {State::unknown, {}};
        switch (known->state) {
            case KnownKey::State::inactive: return {State::inactive, {}};
            case KnownKey::State::bad_token: return {State::bad_token, {}};
            case KnownKey::State::expired_token: return {State::expired_token, {}};
            case KnownKey::State::active: break;
        }
        principal_ = std::move(known->principal);
        return {State::active, std::move(known->secret)};
    }
    [[nodiscard]] access::Principal take_principal() const { return std::move(principal_); }

private:
    const KeyTable& keys_;
    mutable access::Principal
        principal_;  // find() is const for tables that many threads ask; this is one request's
};

}  // namespace

Gateway::Gateway(Parts parts, GatewayOptions options)
    : core_{std::make_unique<Core>(parts, std::move(options))} {}
Gateway::~Gateway() = default;

Gateway::Core::Core(Parts p, GatewayOptions o)
    : parts{p},
      options{with_default_region(std::move(o))},
      names{options.domains},
      ids{parts.random},
      admission{options.limits.admission} {}

void Gateway::show_counters_of(const HttpServer& server) { core_->counters = &server.counters(); }

void Gateway::on_request(Exchange exchange) {
    auto flight = std::allocate_shared<Flight>(SpareBlockAllocator<Flight>{}, std::move(exchange));
    Flight& f = *flight;
    const RequestHead& head = f.exchange.head();
    const auto target = split_target(head.target);
    f.began = core_->parts.clock.moment();
    f.received = core_->parts.clock.now();
    f.head.method = head.method;
    f.head.headers = head.fields;
    f.head.path = target ? target->path : std::string_view{"/"};
    f.head.query = target ? target->query : std::string_view{};
    if (target) return core_->begin(std::move(flight));
    f.request_id = core_->ids.uuid();
    core_->fail(flight, ApiError{common_code(CommonError::malformed), "The request target is not a path."});
}

void Gateway::Core::begin(FlightPtr flight) {
    Flight& f = *flight;
    f.host = f.head.header("host").value_or("");
    f.source_ip = f.exchange.peer().address;
    bool secure = f.exchange.peer().secure;
    const auto& proxies = options.trusted_proxies;
    if (std::find(proxies.begin(), proxies.end(), f.source_ip) != proxies.end()) {
        if (const auto host = f.head.header("x-forwarded-host")) f.host = last_of_list(*host);
        if (const auto scheme = f.head.header("x-forwarded-proto")) {
            secure = equal_ignoring_case(last_of_list(*scheme), "https");
        }
        if (const auto address = f.head.header("x-forwarded-for")) f.source_ip = last_of_list(*address);
    }
    f.transport = secure ? wire::Transport::tls : wire::Transport::plain;
    if (serve_own_path(flight)) return;
    auto claims = sigv4::read_claims(f.signed_request());
    if (auto* read = std::get_if<sigv4::Claims>(&claims)) f.claims = std::move(*read);
    const auto* refusal = std::get_if<sigv4::Refusal>(&claims);
    const std::string_view scope = f.claims ? std::string_view{f.claims->service} : std::string_view{};
    f.request_id = scope == "s3" || scope.empty() ? ids.s3() : ids.uuid();
    if (refusal != nullptr) return fail(flight, *refusal);
    if (f.claims && !answers_for(*f.claims)) {
        sigv4::Refusal elsewhere{.reason = sigv4::Reason::wrong_region, .detail = f.claims->region};
        elsewhere.region = options.default_region;
        elsewhere.key_id = f.claims->key_id;
        return fail(flight, elsewhere);
    }
    find_service(std::move(flight));
}

bool Gateway::Core::answers_for(const sigv4::Claims& claims) const {
    if (claims.scheme == sigv4::Scheme::v2_query) return true;  // signs no region
    const std::string& region = claims.region;
    if (region == options.default_region) return true;
    const auto& listed = options.regions;
    if (std::find(listed.begin(), listed.end(), region) != listed.end()) return true;
    // Clients sign for these two as for us-east-1, wherever they are.
    if ((claims.service == "iam" || claims.service == "sts") && region == kGlobalRegion) return true;
    // A name becomes part of ARNs and keys: it has the form of a region's.
    return options.other_regions == OtherRegions::served && is_region_name(region);
}

/// "sqs.eu-west-1.example.org" tells the region of a request that has no signature to tell it.
std::string_view Gateway::Core::region_of_host(std::string_view host) const {
    const std::size_t dot = host.find('.');
    if (dot == std::string_view::npos) return options.default_region;
    host.remove_prefix(dot + 1);
    const std::string_view label = host.substr(0, host.find_first_of(".:"));
    const auto& listed = options.regions;
    const auto at = std::find(listed.begin(), listed.end(), label);
    return at == listed.end() ? std::string_view{options.default_region} : std::string_view{*at};
}

bool Gateway::Core::serve_own_path(const FlightPtr& flight) {
    Flight& f = *flight;
    if ((f.head.method != "GET" && f.head.method != "HEAD") || has_signature(f)) return false;
    if (f.head.path == "/healthz") {
        ResponseHead head{200};
        head.add("Content-Type", "text/plain").add("Cache-Control", "no-store");
        std::move(f.exchange).respond({std::move(head), "ok\n", {}});
        return true;
    }
    if (f.head.path == "/metrics") {
        ResponseHead head{200};
        head.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        std::string text = parts.metrics.text({counters, &parts.workers});
        if (options.more_metrics) text += options.more_metrics();
        std::move(f.exchange).respond({std::move(head), std::move(text), {}});
        return true;
    }
    for (const OwnPath& own : options.own_paths) {
        if (!covers(own, f.head.path)) continue;
        auto answer = own.answer(f.head.path);
        if (!answer) continue;
        std::move(f.exchange).respond(std::move(*answer));
        return true;
    }
    return false;
}

void Gateway::Core::find_service(FlightPtr flight) {
    Flight& f = *flight;
    const std::string_view scope = f.claims ? std::string_view{f.claims->service} : std::string_view{};
    if (scope == "s3" || scope.empty()) {
        f.head.virtual_bucket =
            names.virtual_bucket(f.host, scope.empty() ? HostNames::Scope::unknown : HostNames::Scope::s3);
    }
    // An unsigned form is told by its Action, which is in its body.
    const bool by_form = scope.empty() && f.head.method == "POST" && is_form(f);
    if (by_form) return find_by_form(std::move(flight));
    f.face = parts.dispatcher.face(f.head, scope);
    if (f.face == nullptr) {
        return fail(flight, ApiError{common_code(CommonError::unknown_operation),
                                     "No service here is called \"" + std::string{scope} + "\"."});
    }
    if (!is_s3(f)) f.head.virtual_bucket = {};
    admit(std::move(flight), {});
}

void Gateway::Core::find_by_form(FlightPtr flight) {
    const Bytes limit = wire::is_queue_path(flight->head.path) ? options.limits.body : kUnsignedFormMax;
    buffer(std::move(flight), limit, [this](FlightPtr f, std::string_view form) {
        f->face = parts.dispatcher.face(f->head, {}, form);
        if (f->face == nullptr) {
            return fail(f, ApiError{common_code(CommonError::missing_signature),
                                    "The request names no service and has no signature."});
        }
        admit(std::move(f), std::string{form});
    });
}

/// `form`: the body where it has been read already.
void Gateway::Core::admit(FlightPtr flight, std::string form) {
    Flight& f = *flight;
    f.pass = admission.enter(f.face->service);
    if (!f.pass) {
        return fail(flight,
                    ApiError{common_code(CommonError::throttled), "Please reduce your request rate."});
    }
    if (is_s3(f) != (f.request_id.size() == 16)) f.request_id = is_s3(f) ? ids.s3() : ids.uuid();
    if (!form.empty()) return use_whole(std::move(flight), form);
    if (!settle(flight, {}, nullptr)) return;
    const bool hashed_first = f.claims && f.claims->payload == sigv4::Payload::whole;
    if (f.operation != nullptr && wire::Dispatcher::streams_request(*f.operation) && !hashed_first) {
        return stream_in(std::move(flight));
    }
    buffer(std::move(flight), options.limits.body, [this](FlightPtr on, std::string_view body) {
        if (body.size() <= kOnLoopMax) return use_whole(std::move(on), body);
        Task task = [this, on, body] { use_whole(on, body); };
        if (parts.workers.submit(task)) return;
        fail(on, ApiError{common_code(CommonError::throttled), "Please reduce your request rate."});
    });
}

/// Does what can be done with what is known so far. False: it has answered.
bool Gateway::Core::settle(const FlightPtr& flight, std::string_view form, const Sha256* digest) {
    Flight& f = *flight;
    const bool body_there = digest != nullptr;
    const bool verifiable = f.claims && (body_there || f.claims->payload != sigv4::Payload::whole);
    if (verifiable && !f.verified && !verify(flight, digest)) return false;
    const bool routable = body_there || !wire::Dispatcher::needs_form(*f.face);
    if (routable && f.operation == nullptr && !route(flight, form)) return false;
    const bool decidable = f.operation != nullptr && (f.verified || !f.claims);
    return !decidable || f.allowed || decide(flight);
}

bool Gateway::Core::verify(const FlightPtr& flight, const Sha256* digest) {
    Flight& f = *flight;
    const Lookup lookup{parts.keys};
    auto answer = sigv4::verify(f.signed_request(), *f.claims, digest, lookup, signing_keys, f.received);
    if (const auto* refusal = std::get_if<sigv4::Refusal>(&answer)) {
        fail(flight, *refusal);
        return false;
    }
    f.verified = std::move(std::get<sigv4::Verified>(answer));
    f.caller = lookup.take_principal();
    return true;
}

bool Gateway::Core::route(const FlightPtr& flight, std::string_view form) {
    auto routed = parts.dispatcher.route(*flight->face, flight->head, form);
    if (const auto* error = std::get_if<ApiError>(&routed)) {
        fail(flight, *error);
        return false;
    }
    flight->operation = std::get<const wire::Operation*>(routed);
    return true;
}

bool Gateway::Core::decide(const FlightPtr& flight) {
    Flight& f = *flight;
    if (!f.claims && parts.dispatcher.serves_unsigned(*f.face, *f.operation)) {
        f.allowed = true;
        return true;
    }
    if (!f.claims && !is_s3(f)) {
        fail(flight, ApiError{common_code(CommonError::missing_signature),
                              "Request is missing Authentication Token"});
        return false;
    }
    const std::string action = wire::Dispatcher::action_of(*f.face, *f.operation);
    const std::string resource = is_s3(f) ? s3_resource(f.head) : std::string{"*"};
    const std::array<access::Fact, 2> facts{
        access::Fact{"aws:SecureTransport", f.transport == wire::Transport::tls ? "true" : "false"},
        access::Fact{"aws:SourceIp", f.source_ip}};
    const auto decision = access::decide({f.caller, action, resource, {}, facts, f.received});
    f.allowed = decision.allowed();
    if (f.allowed) return true;
    fail(flight, ApiError{common_code(CommonError::access_denied),
                          f.claims ? decision.reason : std::string{"Access Denied"}});
    return false;
}

PayloadForm Gateway::Core::form_of(const Flight& f) const {
    PayloadForm form;
    if (const auto length = f.exchange.head().content_length) form.declared_length = Bytes{*length};
    if (!f.verified) return form;
    form.digest = f.verified->body;
    if (!sigv4::is_aws_chunked(f.claims->payload)) return form;
    form.declared_length = number_in(f.head.header("x-amz-decoded-content-length"));
    form.chunked = sigv4::ChunkedBody{f.claims->payload, f.verified->chunks, form.declared_length,
                                      std::string{f.head.header("x-amz-trailer").value_or("")}};
    return form;
}

void Gateway::Core::stream_in(FlightPtr flight) {
    Task task = [this, flight]() mutable {
        auto reader =
            std::make_unique<PayloadReader>(flight->exchange, form_of(*flight), flight->body_failure);
        open(std::move(flight), {}, std::move(reader));
    };
    if (parts.workers.submit_upload(task)) return;
    fail(flight, ApiError{common_code(CommonError::throttled), "Please reduce your request rate."});
}

void Gateway::Core::buffer(FlightPtr flight, Bytes limit,
                           UniqueFunction<void(FlightPtr, std::string_view)> then) {
    Flight& f = *flight;
    const RequestHead& head = f.exchange.head();
    if (!head.has_body()) return then(std::move(flight), {});
    const Bytes wanted = head.chunked ? kUnannouncedMax : Bytes{*head.content_length};
    if (head.chunked) limit = std::min(limit, kUnannouncedMax);
    if (wanted <= limit) {
        f.buffered = wanted;
        if (buffered.fetch_add(wanted.count, std::memory_order_relaxed) + wanted.count >
            options.limits.buffered_bytes.count) {
            return fail(flight,
                        ApiError{common_code(CommonError::throttled), "Please reduce your request rate."});
        }
        if (const auto body = f.exchange.body_at_hand()) return then(std::move(flight), *body);
    }
    Exchange exchange = std::move(f.exchange);
    Exchange::read_all(
        std::move(exchange), limit,
        [this, flight = std::move(flight), then = std::move(then)](Exchange back,
                                                                   Result<std::string_view> body) mutable {
            flight->exchange = std::move(back);
            if (body.ok()) return then(std::move(flight), *body);
            if (body.is(Errc::exhausted)) {
                return fail(flight, ApiError{common_code(CommonError::too_large), body.error().message()});
            }
            const int status = body.is(Errc::timeout) ? 408 : 400;
            fail(flight, ApiError{common_code(CommonError::malformed), body.error().message(), {}, status});
        });
}

void Gateway::Core::use_whole(FlightPtr flight, std::string_view body) {
    Flight& f = *flight;
    // The digest is needed where the signature covers it without sending it; elsewhere form_of() compares it.
    std::optional<Sha256> digest;
    if (f.claims && !f.verified) digest = sha256(body);
    static constexpr Sha256 kNotNeeded{};
    if (!settle(flight, body, digest ? &*digest : &kNotNeeded)) return;
    PayloadForm form = form_of(f);
    if (digest) form.digest.reset();  // compared already
    if (f.face->protocol == wire::Protocol::json && !form.chunked) {
        if (auto refusal = check_payload(body, form)) return fail(flight, *refusal);
        // Nothing of such a call outlives its answer, and until then the connection keeps what it received.
        auto opened =
            parts.dispatcher.open(*f.face, *f.operation, f.head, wire::Dispatcher::LastingText{body});
        return run(std::move(flight), std::move(opened), Where::loop);
    }
    auto payload = whole_payload(body, std::move(form));
    if (const auto* refusal = std::get_if<sigv4::Refusal>(&payload)) return fail(flight, *refusal);
    std::string text = std::move(std::get<std::string>(payload));
    if (!wire::Dispatcher::streams_request(*f.operation))
        return open(std::move(flight), std::move(text), nullptr);
    Task task = [this, flight, text = std::move(text)]() mutable {
        open(std::move(flight), {}, std::make_unique<MemoryReader>(std::move(text)));
    };
    if (parts.workers.submit(task)) return;
    fail(flight, ApiError{common_code(CommonError::throttled), "Please reduce your request rate."});
}

void Gateway::Core::open(FlightPtr flight, std::string body, std::unique_ptr<wire::BodyReader> reader) {
    const Where where = reader != nullptr ? Where::worker : Where::loop;
    auto opened = parts.dispatcher.open(*flight->face, *flight->operation, flight->head, std::move(body),
                                        std::move(reader));
    run(std::move(flight), std::move(opened), where);
}

void Gateway::Core::run(FlightPtr flight, wire::OrApiError<std::unique_ptr<wire::Call>> opened, Where where) {
    if (const auto* error = std::get_if<ApiError>(&opened)) return fail(flight, *error);
    auto call = std::move(std::get<std::unique_ptr<wire::Call>>(opened));
    fill_context(*flight, call->context);
    const bool on_worker = where == Where::worker;
    const bool by_worker = on_worker || parts.dispatcher.runs(*call) == wire::Runs::worker;
    if (by_worker) {
        call->completed = [this, flight](std::unique_ptr<wire::Call> done) {
            complete(flight, std::move(done));
        };
    } else {
        // What an engine's thread completes is answered by the loop: the engine has others waiting for it.
        call->completed = [this, flight](std::unique_ptr<wire::Call> done) {
            const Exchange& exchange = flight->exchange;
            exchange.on_loop(
                [this, flight, done = std::move(done)]() mutable { complete(flight, std::move(done)); });
        };
    }
    call->watch_client = [on = flight.get()](UniqueFunction<void()> gone) {
        on->exchange.on_disconnect(std::move(gone));  // the call holds the flight
    };
    if (on_worker || !by_worker) return parts.dispatcher.run(std::move(call));
    Task task = [this, call = std::move(call)]() mutable { parts.dispatcher.run(std::move(call)); };
    if (parts.workers.submit(task)) return;
    task = {};  // lets go of the call, which was never run
    fail(flight, ApiError{common_code(CommonError::throttled), "Please reduce your request rate."});
}

void Gateway::Core::fill_context(const Flight& f, wire::CallContext& context) const {
    context.caller = {f.caller.account, f.caller.arn, f.caller.user_id,
                      f.claims ? f.claims->key_id : std::string{}};
    context.account = f.caller.account.empty() ? options.account : f.caller.account;
    const bool told = f.claims && f.claims->scheme != sigv4::Scheme::v2_query;
    context.region = told ? std::string_view{f.claims->region} : region_of_host(f.host);
    context.regions = options.regions;
    context.request_id = f.request_id;
    context.host = f.host;
    context.transport = f.transport;
    context.source_ip = f.source_ip;
    context.user_agent = f.head.header("user-agent").value_or("");
    context.received = f.received;
}

}  // namespace landfall::front
