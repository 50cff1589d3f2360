// What the files of DMS's replication API share. Only api*.cpp include this.
#pragma once

#include "services/dms/api.hpp"
#include "services/dms/model_endpoint.hpp"
#include "services/dms/model_instance.hpp"

namespace landfall::dms {

/// An operation whose function takes DMS first.
template <wire::OperationTag Op>
void on(Operations& operations, Dms& dms,
        Verdict (*run)(Dms&, const CallContext&, typename Op::In, typename Op::Out)) {
    operations.on<Op>([&dms, run](const CallContext& call, typename Op::In in, typename Op::Out out) {
        return run(dms, call, in, out);
    });
}

/// As passes(), of identifiers, which are kept in small letters.
[[nodiscard]] inline bool passes_lowered(const Filters& filters, std::string_view filter,
                                         std::string_view name) {
    const auto found = filters.find(filter);
    if (found == filters.end()) return true;
    return std::any_of(found->second.begin(), found->second.end(),
                       [&](const std::string& value) { return lowered(value) == name; });
}

/// The group of instances that name none.
[[nodiscard]] SubnetGroup default_subnet_group();
void put_subnet_group(api::out::ReplicationSubnetGroup out, const SubnetGroup& group);

}  // namespace landfall::dms
