// Any text as a policy, and any question to what is accepted: no crash, bounded work, edits that stay
// policies.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "core/access/call_facts.hpp"
#include "core/access/policy.hpp"
#include "core/access/policy_edit.hpp"

namespace landfall::access {
namespace {

/// The input up to the first NUL is the document, then key, value, action and resource of a question.
std::string_view take(std::string_view& rest) {
    const std::string_view piece = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(piece.size() < rest.size() ? piece.size() + 1 : rest.size());
    return piece;
}

void ask(const Policy& policy, std::string_view rest) {
    const std::string_view key = take(rest);
    const std::string_view value = take(rest);
    const std::string_view action = take(rest);
    const std::string_view resource = take(rest);
    const Fact facts[] = {{key, value}, {"aws:SourceIp", value}, {"aws:SourceArn", value}};
    const Principal callers[] = {
        {},
        Principal::service("sns.amazonaws.com"),
        Principal::of_arn("000000000000", "arn:aws:iam::000000000000:root", "000000000000"),
        Principal::of_arn("111122223333", "arn:aws:iam::111122223333:user/bob", "AIDAJQABLZS4A3QDU576Q")};
    for (const Principal& caller : callers) {
        const Question question{caller, action, resource, "000000000000", facts, Instant{1}};
        const Decision decision = decide(question, &policy);
        if (evaluate(question, policy) == Verdict::deny) CHECK(!decision.allowed());
        CHECK(decision.allowed() == decision.reason.empty());
    }
}

void edit(std::string_view document, const Policy& policy) {
    const auto added = with_permission(document, {.sid = "the sid of this test",
                                                  .accounts = {"111122223333"},
                                                  .actions = {"sqs:SendMessage"},
                                                  .resource = "arn:aws:sqs:::q",
                                                  .policy_id = "p"});
    if (!added.ok()) return;
    const auto changed = Policy::parse(*added, {.bytes = 1_MiB, .statements = 1000, .values = 9999});
    CHECK(changed.ok() && changed->statements().size() == policy.statements().size() + 1);
    const auto removed = without_permission(*added, "the sid of this test");
    CHECK(removed.ok());
    const auto back = Policy::parse(*removed, {.bytes = 1_MiB});
    CHECK(back.ok() && back->statements() == policy.statements());
}

}  // namespace
}  // namespace landfall::access

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::access;
    std::string_view rest{reinterpret_cast<const char*>(bytes), size};
    const std::string_view document = take(rest);
    for (const PolicyKind kind : {PolicyKind::attached_to_resource, PolicyKind::attached_to_identity}) {
        const auto policy = Policy::parse(document, kind);
        if (!policy.ok()) continue;
        ask(*policy, rest);
        if (kind == PolicyKind::attached_to_resource) edit(document, *policy);
    }
    return 0;
}
