// CallFacts: who calls and what is known of the call, as the decisions of core/access want it. Built once per
// call from a service's CallContext (any type of its shape: this folder knows no wire), asked once per
// resource:
//
//   access::CallFacts caller{call.context};
//   caller.with("sns:Protocol", in.protocol());
//   if (!access::decide(caller.ask("sns:Subscribe", topic.arn, topic.account), &topic.policy).allowed()) …
//
// Invariants
//   1. It owns the principal and borrows all values: it ends before the call does.
//   2. At most kFactsMax facts; a value that is empty is left out, as AWS leaves out keys that do not apply.
// Threads: one. Does not touch disk.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/access/decide.hpp"

namespace landfall::access {

template <class T>
concept CallShaped = requires(const T& call) {
    std::string_view{call.caller.account};
    std::string_view{call.caller.arn};
    std::string_view{call.caller.user_id};
    std::string_view{call.source_ip};
    std::string_view{call.user_agent};
    std::string_view{call.region};
    call.transport == decltype(call.transport)::tls;
    Instant{call.received};
};

class CallFacts {
public:
    static constexpr std::size_t kFactsMax = 32;
    /// A pattern's work grows with the value, which here is the client's to choose.
    static constexpr std::size_t kUserAgentMax = 512;

    template <CallShaped Call>
    explicit CallFacts(const Call& call)
        : principal_{Principal::of_arn(call.caller.account, call.caller.arn, call.caller.user_id)},
          at_{call.received} {
        with("aws:SourceIp", call.source_ip);
        with("aws:SecureTransport", call.transport == decltype(call.transport)::tls ? "true" : "false");
        with("aws:UserAgent", std::string_view{call.user_agent}.substr(0, kUserAgentMax));
        with("aws:RequestedRegion", call.region);
    }
    /// A part of this server that acts for a resource: principal "sns.amazonaws.com", for the topic of that
    /// ARN.
    CallFacts(std::string_view service, std::string_view source_arn, Instant at)
        : principal_{Principal::service(service)}, at_{at} {
        with("aws:SourceArn", source_arn);
        with("aws:SourceAccount", account_of_arn(source_arn));
        with("aws:SourceOwner", account_of_arn(source_arn));
        with("aws:SecureTransport", "true");
    }

    CallFacts& with(std::string_view key, std::string_view value) {
        if (value.empty()) return *this;
        CHECK(size_ < kFactsMax);
        facts_[size_++] = {key, value};
        return *this;
    }

    [[nodiscard]] const Principal& principal() const { return principal_; }
    /// Borrows *this and the arguments. `owner`: the account that owns the resource.
    [[nodiscard]] Question ask(std::string_view action, std::string_view resource,
                               std::string_view owner = {}) const {
        return {principal_, action, resource, owner, std::span{facts_}.first(size_), at_};
    }

private:
    Principal principal_;
    Instant at_;
    std::array<Fact, kFactsMax> facts_{};
    std::size_t size_ = 0;
};

}  // namespace landfall::access
