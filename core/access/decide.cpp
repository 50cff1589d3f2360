#include "core/access/decide.hpp"

#include <cstddef>

namespace landfall::access {
namespace {

constexpr std::string_view kWhoAmI = "sts:GetCallerIdentity";

std::string_view owner_of(const Question& question) {
    if (!question.owner.empty()) return question.owner;
    const std::string_view account = account_of_arn(question.resource);
    return account.empty() ? std::string_view{question.principal.account} : account;
}

Decision denied(const Question& question, std::string_view why) {
    std::string reason = question.principal.arn.empty() ? "Anonymous" : "User: " + question.principal.arn;
    reason.append(" is not authorized to perform: ").append(question.action);
    if (!question.resource.empty()) reason.append(" on resource: ").append(question.resource);
    return {.verdict = Decision::Verdict::deny, .reason = reason.append(" because ").append(why)};
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
    Principal out{Kind::anonymous, std::string{account}, std::string{arn}, std::string{user_id}};
    if (arn.empty()) return {};
    if (arn.ends_with(":root"))
        out.kind = Kind::root;
    else if (arn.find(":assumed-role/") != std::string_view::npos)
        out.kind = Kind::role;
    else
        out.kind = Kind::user;
    return out;
}

Decision decide(const Question& question) {
    if (question.principal.kind == Principal::Kind::anonymous)
        return denied(question, "the request is not signed");
    if (question.action == kWhoAmI) return {.verdict = Decision::Verdict::allow, .reason = "always allowed"};
    if (owner_of(question) != question.principal.account)
        return denied(question, "no resource-based policy allows it to another account");
    return {.verdict = Decision::Verdict::allow, .reason = "root of the account"};
}

}  // namespace landfall::access
