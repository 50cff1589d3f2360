// Instances: describe, start, stop, reboot, terminate, console.
#include "base/encoding.hpp"
#include "services/ec2/api_instance_view.hpp"
#include "services/ec2/api_listing.hpp"
#include "services/ec2/instance_types.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

/// How long a guest gets between the power button and the plug.
constexpr Duration kStopGrace = std::chrono::seconds{60};

Answer describe_instances(Ec2& ec2, const CallContext& call, api::DescribeInstances::In in,
                          api::DescribeInstances::Out out) {
    auto found =
        describe(ec2, call, in, in.instance_ids(), About<Instance>{.operation = "DescribeInstances"});
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    auto& listing = std::get<Listing<Instance>>(found);
    out.start_reservations();
    // Instances launched together stay together: one reservation, in order of launch.
    std::stable_sort(listing.items.begin(), listing.items.end(), [](const auto& a, const auto& b) {
        return std::pair{a.value.reservation_id, a.value.launch_index} <
               std::pair{b.value.reservation_id, b.value.launch_index};
    });
    for (std::size_t i = 0; i < listing.items.size();) {
        auto reservation = out.add_reservations();
        const std::string id = listing.items[i].value.reservation_id;
        put_reservation(reservation, id, listing.items[i].scope);
        for (; i < listing.items.size() && listing.items[i].value.reservation_id == id; ++i)
            put_instance(reservation.add_instances(), listing.items[i].value, listing.items[i].scope);
    }
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

/// What the status checks say: the machine answers and its guest has not panicked.
struct Checks {
    std::string_view status;
    std::string_view reachability;
};

Checks checks_of(const MachineWork& machines, const Instance& instance) {
    if (instance.state != InstanceState::running) return {"not-applicable", "not-applicable"};
    const auto id = machines::MachineId::parse(instance.id);
    if (machines.host() == nullptr || !id.ok()) return {"insufficient-data", "insufficient-data"};
    const auto view = machines.host()->view(*id);
    if (!view.ok()) return {"insufficient-data", "insufficient-data"};
    if (view->health != machines::Health::good) return {"impaired", "failed"};
    return {"ok", "passed"};
}

void put_summary(api::out::InstanceStatusSummary out, const Checks& checks) {
    out.set_status(checks.status);
    if (checks.status == "not-applicable") return;
    auto detail = out.add_details();
    detail.set_name("reachability");
    detail.set_status(checks.reachability);
}

Answer describe_status(Ec2& ec2, const CallContext& call, api::DescribeInstanceStatus::In in,
                       api::DescribeInstanceStatus::Out out) {
    About<Instance> about{.operation = "DescribeInstanceStatus"};
    if (!in.include_all_instances().value_or(false)) {
        about.also = [](const Stored<Instance>& i) { return i.value.state == InstanceState::running; };
        about.also_words = "running";
    }
    auto found = describe(ec2, call, in, in.instance_ids(), about);
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<Instance>>(found);
    out.start_instance_statuses();
    for (const Stored<Instance>& stored : listing.items) {
        const Instance& instance = stored.value;
        auto status = out.add_instance_statuses();
        const DefaultNetwork network = default_network(stored.scope.account, stored.scope.region);
        const Subnet& zone = subnet_of(network, instance.subnet_id);
        status.set_instance_id(instance.id);
        status.set_availability_zone(zone.zone);
        status.set_availability_zone_id(zone.zone_id);
        auto state = status.set_instance_state();
        state.set_code(static_cast<std::int32_t>(instance.state));
        state.set_name(name_of(instance.state));
        const Checks checks = checks_of(ec2.machines(), instance);
        put_summary(status.set_instance_status(), checks);
        put_summary(status.set_system_status(), checks);
    }
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

void put_change(api::out::InstanceStateChange out, const Instance& now, InstanceState before) {
    out.set_instance_id(now.id);
    auto current = out.set_current_state();
    current.set_code(static_cast<std::int32_t>(now.state));
    current.set_name(name_of(now.state));
    auto previous = out.set_previous_state();
    previous.set_code(static_cast<std::int32_t>(before));
    previous.set_name(name_of(before));
}

struct Changed {
    Stored<Instance> now;
    InstanceState before;
};

std::string user_initiated(Instant at) {
    std::string text = iso8601(at);  // 2026-11-22T15:42:07Z -> "2026-11-22 15:42:07 GMT"
    text[10] = ' ';
    text.pop_back();
    return "User initiated (" + text + " GMT)";
}

/// All ids are looked up first: one that does not exist fails the call before anything was changed.
Found<std::vector<Stored<Instance>>> all_of(const Ec2& ec2, const CallContext& call,
                                            const ListView<std::string_view>& ids) {
    std::vector<Stored<Instance>> found;
    for (const std::string_view id : ids) {
        auto one = find_one<Instance>(ec2, call, id);
        if (auto* error = std::get_if<ApiError>(&one)) return std::move(*error);
        found.push_back(std::get<Stored<Instance>>(std::move(one)));
    }
    return found;
}

/// Writes the wish into the record. `adjust` may set what goes with it.
template <class F>
Found<Changed> wish(Ec2& ec2, const CallContext& call, std::string_view operation, std::string_view id,
                    InstanceEvent event, F adjust) {
    InstanceState before = InstanceState::pending;
    auto written = ec2.records().update<Instance>(
        cause_of(call, operation), scope_of(call), id, [&](Instance& instance) -> Status {
            before = instance.state;
            instance.state = TRY(next_state(instance.state, event, instance.id));
            if (instance.state != before) adjust(instance);
            return {};
        });
    if (written.is(Errc::precondition))
        return ApiError{errors::kIncorrectInstanceState, written.error().message()};
    if (!written.ok()) return told(written.error());
    return Changed{*std::move(written), before};
}

/// A start that the machine refused: the instance is stopped again, and says why.
ApiError not_started(Ec2& ec2, const CallContext& call, const std::string& id, const Error& error) {
    const auto stopped = ec2.records().update<Instance>(
        cause_of(call, "StartInstances"), scope_of(call), id, [&](Instance& instance) -> Status {
            if (instance.state != InstanceState::pending) return {};
            instance.state = TRY(next_state(instance.state, InstanceEvent::powered_off, id));
            instance.reason_code = "Server.InternalError";
            instance.reason = "Server.InternalError: " + error.message();
            return {};
        });
    if (!stopped.ok()) return told(stopped.error());
    return {errors::kInsufficientInstanceCapacity, error.message()};
}

Answer start(Ec2& ec2, const CallContext& call, api::StartInstances::In in, api::StartInstances::Out out) {
    auto found = all_of(ec2, call, in.instance_ids());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    out.start_starting_instances();
    for (const auto& instance : std::get<std::vector<Stored<Instance>>>(found)) {
        auto wished =
            wish(ec2, call, "StartInstances", instance.value.id, InstanceEvent::start, [&](Instance& i) {
                i.launched = ec2.parts().clock.now();
                i.reason_code.clear(), i.reason.clear(), i.transition.clear();
            });
        if (auto* error = std::get_if<ApiError>(&wished)) return std::move(*error);
        const auto& changed = std::get<Changed>(wished);
        if (changed.now.value.state != changed.before) {
            const Status started = ec2.machines().power_on(changed.now);
            if (!started.ok()) return not_started(ec2, call, changed.now.value.id, started.error());
        }
        put_change(out.add_starting_instances(), changed.now.value, changed.before);
    }
    return Answer::success();
}

Answer stop(Ec2& ec2, const CallContext& call, api::StopInstances::In in, api::StopInstances::Out out) {
    auto found = all_of(ec2, call, in.instance_ids());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    for (const auto& instance : std::get<std::vector<Stored<Instance>>>(found))
        if (instance.value.stop_protected)
            return ApiError{
                errors::kOperationNotPermitted,
                "The instance '" + instance.value.id +
                    "' may not be stopped. Modify its 'disableApiStop' instance attribute and try "
                    "again."};
    const Duration grace = in.force().value_or(false) ? Duration{0} : kStopGrace;
    out.start_stopping_instances();
    for (const auto& instance : std::get<std::vector<Stored<Instance>>>(found)) {
        auto wished =
            wish(ec2, call, "StopInstances", instance.value.id, InstanceEvent::stop, [&](Instance& i) {
                i.transition = user_initiated(ec2.parts().clock.now());
                i.reason_code = "Client.UserInitiatedShutdown";
                i.reason = "Client.UserInitiatedShutdown: User initiated shutdown";
            });
        if (auto* error = std::get_if<ApiError>(&wished)) return std::move(*error);
        const auto& changed = std::get<Changed>(wished);
        const bool again_with_force =
            changed.now.value.state == InstanceState::stopping && grace == Duration{0};
        if (changed.now.value.state != changed.before || again_with_force) {
            const Status stopped = ec2.machines().power_off(changed.now.value, grace);
            if (!stopped.ok()) return told(stopped.error());
        }
        put_change(out.add_stopping_instances(), changed.now.value, changed.before);
    }
    return Answer::success();
}

Answer reboot(Ec2& ec2, const CallContext& call, api::RebootInstances::In in) {
    auto found = all_of(ec2, call, in.instance_ids());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    for (const auto& instance : std::get<std::vector<Stored<Instance>>>(found)) {
        if (instance.value.state != InstanceState::running)
            return ApiError{
                errors::kIncorrectInstanceState,
                "The instance '" + instance.value.id + "' is not in a state from which it can be rebooted."};
        const Status asked = ec2.machines().reboot(instance.value);
        if (!asked.ok()) return told(asked.error());
    }
    return Answer::success();
}

Answer terminate(Ec2& ec2, const CallContext& call, api::TerminateInstances::In in,
                 api::TerminateInstances::Out out) {
    auto found = all_of(ec2, call, in.instance_ids());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& instances = std::get<std::vector<Stored<Instance>>>(found);
    for (const auto& instance : instances)
        if (instance.value.termination_protected)
            return ApiError{
                errors::kOperationNotPermitted,
                "The instance '" + instance.value.id +
                    "' may not be terminated. Modify its 'disableApiTermination' instance attribute "
                    "and try again."};
    out.start_terminating_instances();
    for (const auto& instance : instances) {
        auto wished = wish(ec2, call, "TerminateInstances", instance.value.id, InstanceEvent::terminate,
                           [&](Instance& i) {
                               i.transition = user_initiated(ec2.parts().clock.now());
                               i.reason_code = "Client.UserInitiatedShutdown";
                               i.reason = "Client.UserInitiatedShutdown: User initiated shutdown";
                           });
        if (auto* error = std::get_if<ApiError>(&wished)) return std::move(*error);
        const auto& changed = std::get<Changed>(wished);
        if (changed.now.value.state != InstanceState::terminated) {
            const Status ended = ec2.machines().destroy(changed.now.value);
            if (!ended.ok()) return told(ended.error());
        }
        put_change(out.add_terminating_instances(), changed.now.value, changed.before);
    }
    return Answer::success();
}

Answer console_output(Ec2& ec2, const CallContext& call, api::GetConsoleOutput::In in,
                      api::GetConsoleOutput::Out out) {
    auto found = find_one<Instance>(ec2, call, in.instance_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& instance = std::get<Stored<Instance>>(found).value;
    out.set_instance_id(instance.id);
    out.set_timestamp(ec2.parts().clock.now());
    const auto id = machines::MachineId::parse(instance.id);
    if (ec2.machines().host() == nullptr || !id.ok()) return Answer::success();
    const auto log = ec2.machines().host()->console(*id, 64_KiB);
    // Before the first boot and after the end there is no console: EC2 answers without Output.
    if (log.ok() && !log->empty()) out.set_output(base64_encode(bytes_of(console_tail(*log))));
    return Answer::success();
}

Answer screenshot(Ec2& ec2, const CallContext& call, api::GetConsoleScreenshot::In in,
                  api::GetConsoleScreenshot::Out out) {
    auto found = find_one<Instance>(ec2, call, in.instance_id());
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& instance = std::get<Stored<Instance>>(found).value;
    if (instance.state != InstanceState::running || ec2.machines().host() == nullptr)
        return ApiError{errors::kIncorrectInstanceState,
                        "The instance '" + instance.id + "' is not running: it has no screen."};
    const auto id = machines::MachineId::parse(instance.id);
    const auto picture = ec2.machines().host()->screenshot(*id);
    if (!picture.ok()) return told(picture.error());
    out.set_instance_id(instance.id);
    out.set_image_data(base64_encode(*picture));
    return Answer::success();
}

}  // namespace

void register_instances(Operations& operations, Ec2& ec2) {
    operations.on<api::DescribeInstances>(
        [&ec2](const CallContext& call, api::DescribeInstances::In in, api::DescribeInstances::Out out) {
            return describe_instances(ec2, call, in, out);
        });
    operations.on<api::DescribeInstanceStatus>(
        [&ec2](const CallContext& call, api::DescribeInstanceStatus::In in,
               api::DescribeInstanceStatus::Out out) { return describe_status(ec2, call, in, out); });
    operations.on<api::StartInstances>(
        [&ec2](const CallContext& call, api::StartInstances::In in, api::StartInstances::Out out) {
            return start(ec2, call, in, out);
        });
    operations.on<api::StopInstances>(
        [&ec2](const CallContext& call, api::StopInstances::In in, api::StopInstances::Out out) {
            return stop(ec2, call, in, out);
        });
    operations.on<api::RebootInstances>([&ec2](const CallContext& call, api::RebootInstances::In in,
                                               api::RebootInstances::Out) { return reboot(ec2, call, in); });
    operations.on<api::TerminateInstances>(
        [&ec2](const CallContext& call, api::TerminateInstances::In in, api::TerminateInstances::Out out) {
            return terminate(ec2, call, in, out);
        });
    operations.on<api::GetConsoleOutput>(
        [&ec2](const CallContext& call, api::GetConsoleOutput::In in, api::GetConsoleOutput::Out out) {
            return console_output(ec2, call, in, out);
        });
    operations.on<api::GetConsoleScreenshot>(
        [&ec2](const CallContext& call, api::GetConsoleScreenshot::In in,
               api::GetConsoleScreenshot::Out out) { return screenshot(ec2, call, in, out); });
}

}  // namespace landfall::ec2
