// Who may do what: principals, questions, decisions.
//
// Invariants
//   1. decide() is pure: the same question has the same answer until the stored policies change.
//   2. What no rule allows is denied.
//   3. Callers ask before they act and once per operation; a service asks again only for a further resource
//      that the request names (the source of a copy).
// Today's rules: nobody (anonymous) may do nothing; root of an account may do everything to resources of its
// account; every verified caller may ask who it is. Users, roles and policies change what stands behind
// decide(), never its callers: that is why action, resource and context are asked for now.
// Threads: any. Does not touch disk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace landfall::access {

/// A verified identity; default: nobody.
struct Principal {
    enum class Kind : std::uint8_t { anonymous, root };
    Kind kind = Kind::anonymous;
    std::string account;  ///< 12 digits
    std::string arn;      ///< arn:aws:iam::000000000000:root
    std::string user_id;  ///< the account, for root
};

/// One fact about the request, by its key in policies: {"aws:SecureTransport", "false"}.
struct Fact {
    std::string_view key;
    std::string_view value;
};

/// Borrows everything for the call.
struct Question {
    const Principal& principal;
    std::string_view action;    ///< "s3:GetObject"
    std::string_view resource;  ///< an ARN, or "*" where the operation names none
    /// Who owns the resource. Empty: the account inside the ARN; where that is empty too, the principal's
    /// own.
    std::string_view owner;
    std::span<const Fact> context;
};

struct Decision {
    enum class Verdict : std::uint8_t { deny, allow };
    Verdict verdict = Verdict::deny;
    /// For the audit log and for an access-denied message: "no identity-based policy allows the s3:GetObject
    /// action".
    std::string reason;
    [[nodiscard]] bool allowed() const { return verdict == Verdict::allow; }
};

[[nodiscard]] Decision decide(const Question& question);

/// "arn:partition:service:region:ACCOUNT:…"; empty where the text is no ARN or names no account.
[[nodiscard]] std::string_view account_of_arn(std::string_view arn);

}  // namespace landfall::access
