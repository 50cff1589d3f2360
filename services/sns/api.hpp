// What the files of SNS's API share: registration, faults, access, pages. Only api*.cpp include this; it sees
// both the wire views and the model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/access/call_facts.hpp"
#include "services/sns/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/sns.hpp"

namespace landfall::sns {

namespace api = wire::sns;
using wire::Answer;
using wire::CallContext;

/// A refusal as the wire layer spells it.
[[nodiscard]] wire::ApiError api_error_of(const Fault& fault);
/// The code of a batch's failed entry.
[[nodiscard]] std::string_view code_of(const Fault& fault);

class Operations {
public:
    explicit Operations(wire::Registry& registry) : registry_{registry} {}

    /// F: Verdict(const CallContext&, Op::In, Op::Out), on a worker: most of them wait for a commit.
    template <wire::OperationTag Op, class F>
    void on(F run) {
        registry_.on<Op>(wire::Runs::worker,
                         [run = std::move(run)](const CallContext& call, typename Op::In in,
                                                typename Op::Out out) -> Answer {
                             const Verdict verdict = run(call, in, out);
                             if (verdict.ok()) return Answer::success();
                             return api_error_of(verdict.error());
                         });
    }
    [[nodiscard]] wire::Registry& registry() { return registry_; }

private:
    wire::Registry& registry_;
};

void register_topics(Operations& operations, Sns& sns);
void register_subscriptions(Operations& operations, Sns& sns);
void register_publish(Operations& operations, Sns& sns);
void register_mobile(Operations& operations, Sns& sns);
void register_text_messages(Operations& operations, Sns& sns);

[[nodiscard]] state::Cause cause_of(const CallContext& call, std::string_view operation);
/// The topic of an ARN in the call's region: InvalidParameter for a malformed one or another region's.
[[nodiscard]] Judged<TopicName> topic_of(const CallContext& call, std::string_view arn,
                                         std::string_view parameter = "TopicArn");
/// NotFound, or AuthorizationError where neither identity nor policy allows `action` ("sns:Publish").
[[nodiscard]] Judged<Topic> allowed_topic(Sns& sns, const CallContext& call, const TopicName& name,
                                          std::string_view action,
                                          const std::vector<access::Fact>& facts = {});
/// NotFound; AuthorizationError for who owns neither the subscription nor its topic.
[[nodiscard]] Judged<Subscription> own_subscription(Sns& sns, const CallContext& call, std::string_view arn,
                                                    std::string_view action);

/// An endpoint of a mobile application that may be pushed to: InvalidParameter where there is none,
/// EndpointDisabled, PlatformApplicationDisabled.
[[nodiscard]] Verdict check_push_target(Sns& sns, const CallContext& call, std::string_view endpoint_arn);

template <class Map>
[[nodiscard]] Attributes attributes_in(const Map& map) {
    Attributes attributes;
    for (const auto [name, value] : map) attributes[std::string{name}] = std::string{value};
    return attributes;
}

/// Pages of lists: the position after which a page begins, sealed for the client.
inline constexpr std::size_t kPageSize = 100;
[[nodiscard]] Judged<std::string> page_start(Sns& sns, std::optional<std::string_view> token,
                                             std::string_view filter);
[[nodiscard]] std::string page_token(Sns& sns, std::string_view after, std::string_view filter);

}  // namespace landfall::sns
