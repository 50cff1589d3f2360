// What the files of RDS's API share: registration, faults, filters, pages. Only api*.cpp include this; it
// sees both the wire views and the model.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/rds/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/rds.hpp"

namespace landfall::rds {

namespace api = wire::rds;
using wire::Answer;
using wire::CallContext;

/// A refusal as the wire layer spells it.
[[nodiscard]] wire::ApiError api_error_of(const Fault& fault);

class Operations {
public:
    Operations(wire::Registry& registry, Rds& rds) : registry_{registry}, rds_{rds} {}

    /// On a worker: most of them wait for a commit.
    template <wire::OperationTag Op>
    void on(Verdict (*run)(Rds&, const CallContext&, typename Op::In, typename Op::Out)) {
        registry_.on<Op>(
            wire::Runs::worker,
            [&rds = rds_, run](const CallContext& call, typename Op::In in, typename Op::Out out) -> Answer {
                const Verdict verdict = run(rds, call, in, out);
                if (verdict.ok()) return Answer::success();
                return api_error_of(verdict.error());
            });
    }

private:
    wire::Registry& registry_;
    Rds& rds_;
};

void register_instances(Operations& operations);
void register_changes(Operations& operations);
void register_modify(Operations& operations);
void register_tags(Operations& operations);
void register_logs(Operations& operations);
void register_engines(Operations& operations);

void register_parameters(Operations& operations);

[[nodiscard]] std::string_view license_of(std::string_view engine);

[[nodiscard]] state::Cause cause_of(const CallContext& call, std::string_view operation);
[[nodiscard]] inline Scope scope_of(const CallContext& call) { return {call.account, call.region}; }
[[nodiscard]] Judged<Tags> tags_in(wire::ListView<api::in::Tag> list);
void put_instance(Rds& rds, const CallContext& call, api::out::DBInstance out, const DbInstance& instance);

/// The values of each filter by its name.
using Filters = std::map<std::string, std::vector<std::string>, std::less<>>;
/// InvalidParameterValue for a name that is not among `known`, or one without values.
[[nodiscard]] Judged<Filters> filters_in(wire::ListView<api::in::Filter> list,
                                         std::initializer_list<std::string_view> known);
/// A value of the filter is one of these; true where there is no such filter.
[[nodiscard]] bool passes(const Filters& filters, std::string_view filter,
                          std::initializer_list<std::string_view> values);

/// Which page is asked for: `filter` names the question, so that a marker fits no other.
struct PageAsked {
    std::string filter;
    std::string after;  ///< the last position of the page before
    std::size_t size = 100;
};
inline constexpr std::int32_t kPageSizeMax = 100;
/// InvalidParameterValue: MaxRecords outside 20 to 100, a marker that is not of this question.
[[nodiscard]] Judged<PageAsked> page_in(const Rds& rds, const CallContext& call, std::string_view question,
                                        std::optional<std::int32_t> max_records,
                                        std::optional<std::string_view> marker);

/// Puts the page of `values`, which are in the order of `position`, and the marker of the next.
template <class T, class Position, class Put, class Out>
void put_page(const Rds& rds, const PageAsked& page, const std::vector<T>& values, Position position, Put put,
              Out& out) {
    auto at = std::find_if(values.begin(), values.end(), [&](const T& value) {
        return page.after.empty() || position(value) > page.after;
    });
    for (std::size_t count = 0; at != values.end() && count < page.size; ++at, ++count) put(*at);
    if (at != values.end()) out.set_marker(rds.parts().tokens.seal(position(*std::prev(at)), page.filter));
}

}  // namespace landfall::rds
