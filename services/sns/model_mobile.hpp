// Platform applications, endpoints, phone numbers and sandbox entries: stored and returned; pushes go to a
// hook.
//
// Invariants
//   1. A record is one resource: its ARN's part after the account is its id, an application's name is the
//      parent of its endpoints.
//   2. Credentials of applications are kept as given and never shown again.
// Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "services/sns/model.hpp"

namespace landfall::sns {

struct MobileRecord {
    enum class Sort : std::uint8_t { application, endpoint, opted_out, sandbox_number, sms_settings };
    Sort sort = Sort::application;
    std::string account;
    std::string region;
    std::string id;      ///< "app/GCM/name", "endpoint/GCM/name/uuid", a phone number
    std::string parent;  ///< of an endpoint: its application's id
    Attributes attributes;
    bool operator==(const MobileRecord&) const = default;

    [[nodiscard]] std::string arn() const { return "arn:aws:sns:" + region + ":" + account + ":" + id; }
};

[[nodiscard]] Verdict check_application(std::string_view name, std::string_view platform,
                                        const Attributes& attributes);
[[nodiscard]] Verdict check_application_attributes(const Attributes& attributes);
[[nodiscard]] Verdict check_endpoint_attributes(const Attributes& attributes);
[[nodiscard]] Verdict check_sms_attributes(const Attributes& attributes);

}  // namespace landfall::sns
