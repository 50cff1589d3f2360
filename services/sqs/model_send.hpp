// From a request's draft of a message to what the engine stores; and the rules of batches.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/messages/message.hpp"
#include "services/sqs/model_attributes.hpp"
#include "services/sqs/model_message.hpp"

namespace landfall::sqs {

/// Views of the request.
struct Draft {
    std::string_view body;
    std::optional<std::int32_t> delay;
    std::vector<AttributeDraft> attributes;
    std::vector<AttributeDraft> system_attributes;
    std::optional<std::string_view> group;
    std::optional<std::string_view> dedup;
};

/// A message that may be sent, with the draft's body lent to it, and the digests that its answer tells.
struct Accepted {
    messages::NewMessage message;
    Md5 body;
    std::optional<Md5> attributes;
    std::optional<Md5> system;
    Bytes size;
};

/// How a refusal of its size begins; a batch entry's is worded differently.
enum class Within : std::uint8_t { single, batch };

/// Faults: as check_body, check_attributes and check_token; invalid_parameter_value for sizes, delays and
/// fifo rules.
[[nodiscard]] Judged<Accepted> accept(const Attributes& queue, const Draft& draft, std::string_view sender_id,
                                      messages::MessageId id, Within within);

/// How many bytes a batch counts: bodies and attributes as they were given.
[[nodiscard]] Bytes size_of(const Draft& draft);

/// 1 to 10 entries with distinct ids of 1 to 80 [A-Za-z0-9_-]. `entry` names the kind in the message.
[[nodiscard]] Verdict check_batch(const std::vector<std::string_view>& ids, std::string_view entry);
[[nodiscard]] Verdict check_batch_size(Bytes size);

/// What a receive asks for, in range. Faults: invalid_parameter_value.
struct ReceiveOrder {
    std::optional<std::int32_t> max;
    std::optional<std::int32_t> wait;
    std::optional<std::int32_t> visibility;
    std::optional<std::string_view> attempt_id;
};
[[nodiscard]] Judged<messages::Receive> accept_receive(const Attributes& queue, messages::QueueId id,
                                                       const ReceiveOrder& order);
/// 0 to 43200 seconds.
[[nodiscard]] Judged<Duration> accept_visibility(std::int32_t seconds);

/// Why the engine refused a handle, in the service's words; `none` is success.
[[nodiscard]] Verdict verdict_of(messages::ReceiptFault fault, std::string_view handle,
                                 std::int64_t visibility);

}  // namespace landfall::sqs
