// The JSON documents in a queue's attributes: RedrivePolicy, RedriveAllowPolicy, Policy; and the handle of a
// move. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/access/policy.hpp"
#include "services/sqs/model_attributes.hpp"
#include "services/sqs/model_fault.hpp"

namespace landfall::sqs {

/// maxReceiveCount 1..1000 as number or text; the ARN is judged by its form, before any look-up.
/// Fault: invalid_parameter_value.
[[nodiscard]] Judged<Redrive> parse_redrive(std::string_view json);
/// At most 10 sourceQueueArns, with byQueue only. Fault: invalid_parameter_value.
[[nodiscard]] Judged<RedriveAllow> parse_redrive_allow(std::string_view json);
/// Empty, or a policy within a queue's limits. Fault: invalid_attribute_value.
[[nodiscard]] Verdict check_policy(std::string_view json);
/// The policy, read; nullopt where there is none. corrupt: it was not checked before it was stored.
[[nodiscard]] Result<std::optional<access::Policy>> policy_of(const Attributes& attributes);

/// What names a running move to clients: base64 of {"taskId":…,"sourceArn":…}.
struct MoveHandle {
    std::string task;
    std::string source_arn;
    bool operator==(const MoveHandle&) const = default;
};
[[nodiscard]] std::string handle_text(const MoveHandle& handle);
[[nodiscard]] std::optional<MoveHandle> parse_move_handle(std::string_view text);

}  // namespace landfall::sqs
