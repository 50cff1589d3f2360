// A filter policy and a message out of one input: parsing refuses or accepts, an accepted policy matches
// without harm, and an index of it answers as the policy does.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/sns/model_delivery.hpp"
#include "services/sns/model_envelope.hpp"
#include "services/sns/model_filter_index.hpp"

using namespace landfall::sns;  // NOLINT: one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(bytes), size};
    const std::size_t cut = input.find('\n');
    const std::string_view policy = input.substr(0, cut);
    const std::string_view body = cut == std::string_view::npos ? std::string_view{} : input.substr(cut + 1);
    const std::vector<MessageAttribute> attributes{{"a", "String.Array", std::string{body}},
                                                   {"b", "String", std::string{body}},
                                                   {"c", "Number", std::string{body}}};
    for (const FilterScope scope : {FilterScope::attributes, FilterScope::body}) {
        const auto parsed = FilterPolicy::parse(policy, scope, FilterCall::subscribe);
        if (!parsed.ok()) continue;
        FilterSubject subject{attributes, body};
        FilterIndex index;
        index.add(1, &*parsed);
        CHECK(index.matches(subject).slots.size() == (parsed->matches(subject) ? 1U : 0U));
    }
    (void)parse_topic_delivery_policy(policy);
    (void)parse_subscription_delivery_policy(policy);
    (void)decode_wrapping(input);
    (void)decode_headers(input);
    return 0;
}
