#include "services/ec2/model.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace landfall::ec2 {
namespace {

constexpr std::array<std::pair<InstanceState, std::string_view>, 6> kStates{{
    {InstanceState::pending, "pending"},
    {InstanceState::running, "running"},
    {InstanceState::shutting_down, "shutting-down"},
    {InstanceState::terminated, "terminated"},
    {InstanceState::stopping, "stopping"},
    {InstanceState::stopped, "stopped"},
}};

constexpr std::array<std::pair<BootMode, std::string_view>, 3> kBootModes{{
    {BootMode::legacy_bios, "legacy-bios"},
    {BootMode::uefi, "uefi"},
    {BootMode::uefi_preferred, "uefi-preferred"},
}};

Error not_from_here(std::string_view id, std::string_view done) {
    return Error{Errc::precondition, "The instance '" + std::string{id} +
                                         "' is not in a state from which it can be " + std::string{done} +
                                         "."};
}

Result<InstanceState> after_start(InstanceState now, std::string_view id) {
    if (now == InstanceState::stopped) return InstanceState::pending;
    if (now == InstanceState::pending || now == InstanceState::running) return now;
    return not_from_here(id, "started");
}

Result<InstanceState> after_stop(InstanceState now, std::string_view id) {
    if (now == InstanceState::running) return InstanceState::stopping;
    if (now == InstanceState::stopping || now == InstanceState::stopped) return now;
    return not_from_here(id, "stopped");
}

InstanceState after_news(InstanceState now, InstanceEvent event) {
    const bool ending = now == InstanceState::shutting_down || now == InstanceState::terminated;
    if (event == InstanceEvent::gone) return InstanceState::terminated;
    if (ending) return now;
    const bool waits_for_it = now == InstanceState::pending || now == InstanceState::stopped;
    if (event == InstanceEvent::booted) return waits_for_it ? InstanceState::running : now;
    return InstanceState::stopped;  // powered_off
}

}  // namespace

std::string_view name_of(InstanceState state) {
    for (const auto& [value, name] : kStates)
        if (value == state) return name;
    return "unknown";
}

std::optional<InstanceState> instance_state_named(std::string_view name) {
    for (const auto& [value, known] : kStates)
        if (known == name) return value;
    return std::nullopt;
}

std::string_view name_of(BootMode mode) { return kBootModes[static_cast<std::size_t>(mode)].second; }

std::optional<BootMode> boot_mode_named(std::string_view name) {
    for (const auto& [value, known] : kBootModes)
        if (known == name) return value;
    return std::nullopt;
}

Result<InstanceState> next_state(InstanceState now, InstanceEvent event, std::string_view id) {
    switch (event) {
        case InstanceEvent::start: return after_start(now, id);
        case InstanceEvent::stop: return after_stop(now, id);
        case InstanceEvent::terminate:
            return now == InstanceState::terminated ? now : InstanceState::shutting_down;
        case InstanceEvent::launch_failed: return InstanceState::terminated;
        case InstanceEvent::booted:
        case InstanceEvent::powered_off:
        case InstanceEvent::gone: return after_news(now, event);
    }
    return now;
}

std::uint32_t gib_of(Bytes size) {
    constexpr std::uint64_t kGib = 1ULL << 30;
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (size.count + kGib - 1) / kGib));
}

std::uint32_t iops_of(const Volume& volume) {
    if (volume.type == "gp3") return 3000;
    if (volume.type == "gp2") return std::clamp<std::uint32_t>(volume.size_gib * 3, 100, 16'000);
    return 0;
}

std::uint32_t throughput_of(const Volume& volume) { return volume.type == "gp3" ? 125 : 0; }

bool volume_type_is_known(std::string_view type) {
    // io1 and io2 need provisioned IOPS, which no volume here has.
    constexpr std::array<std::string_view, 5> kTypes{"gp2", "gp3", "st1", "sc1", "standard"};
    return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

bool is_over(const ImportTask& task) { return task.status == "completed" || task.status == "deleted"; }

Result<ObjectName> parse_object_url(std::string_view url) {
    std::string_view rest = url;
    if (rest.starts_with("s3://")) {
        rest.remove_prefix(5);
    } else if (rest.starts_with("https://") || rest.starts_with("http://")) {
        rest.remove_prefix(rest.find("//") + 2);
        const std::size_t slash = rest.find('/');
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    } else {
        return Error{Errc::invalid, "The URL must begin with s3:// or https://"};
    }
    const std::size_t slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == rest.size())
        return Error{Errc::invalid, "The URL names no bucket and key"};
    return ObjectName{std::string{rest.substr(0, slash)}, std::string{rest.substr(slash + 1)}};
}

std::uint32_t import_percent(Bytes done, Bytes total) {
    if (total.count == 0) return 0;
    // In double: a petabyte times a hundred still has more bits than it needs.
    const double share = static_cast<double>(done.count) / static_cast<double>(total.count);
    return static_cast<std::uint32_t>(std::min(99.0, share * 100.0));
}

std::string_view console_tail(std::string_view log) {
    constexpr std::size_t kKept = 64 * 1024;
    if (log.size() <= kKept) return log;
    std::string_view tail = log.substr(log.size() - kKept);
    const std::size_t newline = tail.find('\n');
    return newline == std::string_view::npos ? tail : tail.substr(newline + 1);
}

bool image_name_is_valid(std::string_view name) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()[] ./-'@_";
    return name.size() >= 3 && name.size() <= 128 &&
           name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Status check_tags(const Tags& tags) {
    if (tags.size() > 50) return Error{Errc::exhausted, "A resource can have at most 50 tags"};
    for (const Tag& tag : tags) {
        if (tag.key.empty()) return Error{Errc::invalid, "Tag keys must not be empty"};
        if (tag.key.size() > 127)
            return Error{Errc::invalid, "Tag key exceeds the maximum length of 127 characters"};
        if (tag.key.starts_with("aws:"))
            return Error{Errc::invalid, "Tag keys starting with 'aws:' are reserved for internal use"};
        if (tag.value.size() > 255)
            return Error{Errc::invalid, "Tag value exceeds the maximum length of 255 characters"};
        const auto same = [&](const Tag& other) { return other.key == tag.key; };
        if (std::count_if(tags.begin(), tags.end(), same) > 1)
            return Error{Errc::invalid, "Duplicate tag key '" + tag.key + "' specified."};
    }
    return {};
}

}  // namespace landfall::ec2
