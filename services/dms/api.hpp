// What the files of DMS's API share: registration, faults, filters, pages. Only api*.cpp include this; it
// sees both the wire views and the model.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/dms/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/dms.hpp"

namespace landfall::dms {

namespace api = wire::dms;
using wire::Answer;
using wire::CallContext;

/// A refusal as the wire layer spells it.
[[nodiscard]] wire::ApiError api_error_of(const Fault& fault);

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

private:
    wire::Registry& registry_;
};

void register_profiles(Operations& operations, Dms& dms);
void register_providers(Operations& operations, Dms& dms);
void register_projects(Operations& operations, Dms& dms);
void register_tags(Operations& operations, Dms& dms);
void register_models(Operations& operations, Dms& dms);
void register_requests(Operations& operations, Dms& dms);
void register_instances(Operations& operations, Dms& dms);
void register_subnet_groups(Operations& operations, Dms& dms);
void register_endpoints(Operations& operations, Dms& dms);
void register_certificates(Operations& operations, Dms& dms);
void register_connections(Operations& operations, Dms& dms);
void register_tasks(Operations& operations, Dms& dms);
void register_statistics(Operations& operations, Dms& dms);
void register_events(Operations& operations, Dms& dms);
void register_account(Operations& operations, Dms& dms);

[[nodiscard]] state::Cause cause_of(const CallContext& call, std::string_view operation);
[[nodiscard]] inline Scope scope_of(const CallContext& call) { return {call.account, call.region}; }
[[nodiscard]] Judged<Tags> tags_in(wire::ListView<api::in::Tag> list);

/// The values of each filter by its name.
using Filters = std::map<std::string, std::vector<std::string>, std::less<>>;
/// InvalidParameterValue for a name that is not among `known`, or one without values.
[[nodiscard]] Judged<Filters> filters_in(wire::ListView<api::in::Filter> list,
                                         std::initializer_list<std::string_view> known);
/// A name or an ARN of the filter is this one's; true where there is no such filter.
[[nodiscard]] bool passes(const Filters& filters, std::string_view filter, std::string_view name,
                          std::string_view arn);

/// Which page is asked for: `filter` names the question, so that a marker fits no other.
struct PageAsked {
    std::string filter;
    std::string after;  ///< the last position of the page before
    std::size_t size = 100;
};
inline constexpr std::int32_t kPageSizeMax = 100;
/// InvalidParameterValue: MaxRecords outside 1 to 100, a marker that is not of this question.
[[nodiscard]] Judged<PageAsked> page_in(const Dms& dms, const CallContext& call, std::string_view question,
                                        const Filters& filters, std::optional<std::int32_t> max_records,
                                        std::optional<std::string_view> marker);

/// Puts the page of `values`, which are in the order of `position`, and the marker of the next.
template <class T, class Position, class Put, class Out>
void put_page(const Dms& dms, const PageAsked& page, const std::vector<T>& values, Position position, Put put,
              Out& out) {
    auto at = std::find_if(values.begin(), values.end(), [&](const T& value) {
        return page.after.empty() || position(value) > page.after;
    });
    for (std::size_t count = 0; at != values.end() && count < page.size; ++at, ++count) put(*at);
    if (at != values.end()) out.set_marker(dms.parts().tokens.seal(position(*std::prev(at)), page.filter));
}

}  // namespace landfall::dms
