// How an instance looks to EC2's clients: shared by RunInstances and DescribeInstances.
#pragma once

#include "services/ec2/api.hpp"

namespace landfall::ec2 {

void put_instance(api::out::Instance out, const Instance& instance, const Scope& scope);

/// `Out` is a Reservation view: DescribeInstances has many, RunInstances answers one.
template <class Out>
void put_reservation(Out out, std::string_view id, const Scope& scope) {
    out.set_reservation_id(id);
    out.set_owner_id(scope.account);
    out.start_groups();
}

}  // namespace landfall::ec2
