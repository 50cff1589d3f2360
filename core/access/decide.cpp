#include "core/access/decide.hpp"

#include <algorithm>
#include <cstddef>

#include "core/access/policy.hpp"

namespace landfall::access {
namespace {

constexpr std::string_view kWhoAmI = "sts:GetCallerIdentity";

std::string_view owner_of(const Question& question) {
    if (!question.owner.empty()) return question.owner;
    const std::string_view account = account_of_arn(question.resource);
    return account.empty() ? std::string_view{question.principal.account} : account;
}

std::string_view name_of_kind(const Question& question) {
    switch (question.principal.kind) {
        case Principal::Kind::anonymous: return "Anonymous";
        case Principal::Kind::service: return "Service: ";
        case Principal::Kind::root:
        case Principal::Kind::user:
        case Principal::Kind::role: break;
    }
    return "User: ";
}

Decision allowed() { return {.verdict = Decision::Verdict::allow, .reason = {}}; }

Decision denied(const Question& question, std::string_view why) {
    std::string reason{name_of_kind(question)};
    reason.append(question.principal.arn).append(" is not authorized to perform: ").append(question.action);
    if (!question.resource.empty()) reason.append(" on resource: ").append(question.resource);
    return {.verdict = Decision::Verdict::deny, .reason = reason.append(" because ").append(why)};
}

/// What all policies of the identity say together.
Verdict said_by_identity(const Question& question, std::span<const Policy* const> identity) {
    Verdict strongest = Verdict::nothing;
    for (const Policy* policy : identity) strongest = std::max(strongest, evaluate(question, *policy));
    return strongest;
}

}  // namespace

std::string_view account_of_arn(std::string_view arn) {
    if (!arn.starts_with("arn:")) return {};
    for (int colons = 0; colons < 4; ++colons) {
        const std::size_t at = arn.find(':');
        if (at == std::string_view::npos) return {};
        arn.remove_prefix(at + 1);
    }
    const std::size_t end = arn.find(':');
    return end == std::string_view::npos ? std::string_view{} : arn.substr(0, end);
}

Principal Principal::of_arn(std::string_view account, std::string_view arn, std::string_view user_id) {
    if (arn.empty()) return {};
    Principal out{Kind::user, std::string{account}, std::string{arn}, std::string{user_id}};
    constexpr std::string_view kSession = ":assumed-role/";
    const std::size_t session = arn.find(kSession);
    if (arn.ends_with(":root")) {
        out.kind = Kind::root;
    } else if (session != std::string_view::npos) {
        out.kind = Kind::role;
        const std::string_view names = arn.substr(session + kSession.size());
        const std::string_view partition = arn.substr(0, arn.find(':', 4));
        out.role_arn.append(partition).append(":iam::").append(account).append(":role/");
        out.role_arn.append(names.substr(0, names.find('/')));
    }
    return out;
}

Decision decide(const Question& question) { return decide(question, nullptr, {}); }

Decision decide(const Question& question, const Policy* resource_policy,
                std::span<const Policy* const> identity) {
    using Kind = Principal::Kind;
    const Kind kind = question.principal.kind;
    if (question.action == kWhoAmI && kind != Kind::anonymous) return allowed();
    const Verdict resource =
        resource_policy == nullptr ? Verdict::nothing : evaluate(question, *resource_policy);
    if (resource == Verdict::deny) return denied(question, "of an explicit deny in a resource-based policy");
    const Verdict own = said_by_identity(question, identity);
    if (own == Verdict::deny) return denied(question, "of an explicit deny in an identity-based policy");
    if (resource == Verdict::allow && (kind == Kind::service || kind == Kind::anonymous)) return allowed();
    if (kind == Kind::anonymous) return denied(question, "the request is not signed");
    const bool by_identity = kind == Kind::root || own == Verdict::allow;
    if (kind != Kind::service && owner_of(question) == question.principal.account) {
        if (by_identity || resource == Verdict::allow) return allowed();
        return denied(question, "no identity-based policy allows it");
    }
    if (resource == Verdict::nothing) return denied(question, "no resource-based policy allows it");
    return by_identity ? allowed() : denied(question, "no identity-based policy allows it");
}

}  // namespace landfall::access
