// Who may do what: principals, questions, decisions.
//
// Invariants
//   1. Everything here is pure: the same question and policies have the same answer.
//   2. An explicit deny in any policy denies; else an allow that suffices allows; else it is denied.
//   3. Within one account, an allow of the resource's policy OR of the identity's policies suffices; across
//      accounts it takes both. A statement of a resource's policy that names an account speaks to that
//      account, whose users still need an allow of their own; one that names the identity, or everyone,
//      speaks to it directly.
//   4. The root of an account is allowed everything by its identity, and so everything in its account that no
//      policy denies. A service and nobody (anonymous) have no identity policies: the resource's policy
//      decides.
//   5. Callers ask before they act and once per operation; a service asks again only for a further resource
//      that the request names (the source of a copy).
// The gateway asks what the identity may do before an operation runs; only the operation knows the resource,
// its owner and its policy, and asks again with them. Facts: the IAM User Guide's "Policy evaluation logic".
// Threads: any. Does not touch disk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace landfall::access {

class Policy;

/// A verified identity; default: nobody.
struct Principal {
    /// role: a session of a role. service: another part of this server that acts for a resource, such as a
    /// topic that delivers to a queue.
    enum class Kind : std::uint8_t { anonymous, root, user, role, service };
    Kind kind = Kind::anonymous;
    std::string account;  ///< 12 digits; empty for a service and for nobody
    std::string arn;      ///< arn:aws:iam::000000000000:root; of a service, its name: "sns.amazonaws.com"
    std::string user_id;  ///< the account, for root
    std::string role_arn = {};  ///< of a session: arn:aws:iam::…:role/name

    static Principal service(std::string_view name) { return {Kind::service, {}, std::string{name}, {}}; }
    /// The kind is read off the ARN; an empty ARN is nobody.
    static Principal of_arn(std::string_view account, std::string_view arn, std::string_view user_id);
};

/// One fact about the request, by its key in policies: {"aws:SecureTransport", "false"}. Several facts of one
/// key are the values of a key that has many. Case of the key does not matter.
struct Fact {
    std::string_view key;
    std::string_view value;
};

/// Borrows everything for the call. Beside `context`, every condition may test what follows from the
/// principal (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalIsAWSService,
/// aws:PrincipalServiceName, aws:userid, aws:username, aws:SourceOwner) and from `at` (aws:CurrentTime,
/// aws:EpochTime).
struct Question {
    const Principal& principal;
    std::string_view action;    ///< "s3:GetObject"
    std::string_view resource;  ///< an ARN, or "*" where the operation names none
    /// Who owns the resource. Empty: the account inside the ARN; where that is empty too, the principal's
    /// own.
    std::string_view owner;
    std::span<const Fact> context;
    Instant at{};
};

/// What policies say. allow_account: a statement allows the caller's account, not the caller itself.
enum class Verdict : std::uint8_t { nothing, allow_account, allow, deny };
/// What one policy says of a question. An identity's policy is not asked about principals.
[[nodiscard]] Verdict evaluate(const Question& question, const Policy& policy);

struct Decision {
    enum class Verdict : std::uint8_t { deny, allow };
    Verdict verdict = Verdict::deny;
    /// For the audit log and for an access-denied message: "User: arn:… is not authorized to perform:
    /// s3:GetObject on resource: … because no identity-based policy allows it". Empty where it is allowed.
    std::string reason;
    [[nodiscard]] bool allowed() const { return verdict == Verdict::allow; }
};

/// `resource_policy`: of the resource that the question names; null where it has none.
/// `identity`: the policies of a user or role.
[[nodiscard]] Decision decide(const Question& question, const Policy* resource_policy,
                              std::span<const Policy* const> identity = {});
/// Of a resource that has no policy, by an identity that has none of its own.
[[nodiscard]] Decision decide(const Question& question);

/// "arn:partition:service:region:ACCOUNT:…"; empty where the text is no ARN or names no account.
[[nodiscard]] std::string_view account_of_arn(std::string_view arn);

}  // namespace landfall::access
