#include "services/sns/model_mobile.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace landfall::sns {
namespace {

constexpr std::array<std::string_view, 9> kPlatforms{"ADM",   "APNS", "APNS_SANDBOX", "GCM", "FCM",
                                                     "BAIDU", "MPNS", "APNS_VOIP",    "WNS"};
constexpr std::array<std::string_view, 16> kApplicationAttributes{"PlatformCredential",
                                                                  "PlatformPrincipal",
                                                                  "EventEndpointCreated",
                                                                  "EventEndpointDeleted",
                                                                  "EventEndpointUpdated",
                                                                  "EventDeliveryFailure",
                                                                  "SuccessFeedbackRoleArn",
                                                                  "FailureFeedbackRoleArn",
                                                                  "SuccessFeedbackSampleRate",
                                                                  "Enabled",
                                                                  "ApplePlatformTeamID",
                                                                  "ApplePlatformBundleID",
                                                                  "AppleCertificateExpirationDate",
                                                                  "AuthenticationMethod",
                                                                  "Platform",
                                                                  "Description"};
constexpr std::array<std::string_view, 3> kEndpointAttributes{"CustomUserData", "Enabled", "Token"};
constexpr std::array<std::string_view, 6> kSmsAttributes{
    "MonthlySpendLimit", "DeliveryStatusIAMRole", "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",   "DefaultSMSType",        "UsageReportS3Bucket"};
constexpr std::size_t kUserDataMax = 2048;

template <std::size_t N>
Verdict known(const Attributes& attributes, const std::array<std::string_view, N>& names) {
    for (const auto& [name, value] : attributes)
        if (std::find(names.begin(), names.end(), name) == names.end())
            return invalid("Attributes Reason: Invalid attribute name: " + name);
    return {};
}

bool alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

Verdict check_application(std::string_view name, std::string_view platform, const Attributes& attributes) {
    if (name.empty()) return invalid(" Reason: cannot be empty");
    if (name.size() > 256) return invalid(std::string{name} + " Reason: must be at most 256 characters long");
    const auto right = [](char c) { return alphanumeric(c) || c == '_' || c == '-' || c == '.'; };
    if (!std::all_of(name.begin(), name.end(), right))
        return invalid(std::string{name} +
                       " Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'");
    if (std::find(kPlatforms.begin(), kPlatforms.end(), platform) == kPlatforms.end())
        return invalid("Platform Reason: " + std::string{platform} + " is not supported");
    TRY(check_application_attributes(attributes));
    const bool credential = attributes.contains("PlatformCredential");
    const bool principal = attributes.contains("PlatformPrincipal");
    const bool alone = platform == "GCM" || platform == "FCM";
    if (principal && !credential)
        return invalid("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential");
    if (credential && !principal && !alone)
        return invalid("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal");
    return {};
}

Verdict check_application_attributes(const Attributes& attributes) {
    return known(attributes, kApplicationAttributes);
}

Verdict check_endpoint_attributes(const Attributes& attributes) {
    TRY(known(attributes, kEndpointAttributes));
    const auto user = attributes.find("CustomUserData");
    if (user != attributes.end() && user->second.size() > kUserDataMax)
        return invalid(
            "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long "
            "in "
            "UTF-8 encoding");
    return {};
}

Verdict check_sms_attributes(const Attributes& attributes) {
    for (const auto& [name, value] : attributes) {
        if (std::find(kSmsAttributes.begin(), kSmsAttributes.end(), name) == kSmsAttributes.end())
            return Fault{FaultCode::invalid_parameter, name + " is not a valid attribute"};
        if (name == "DefaultSMSType" && value != "Transactional" && value != "Promotional")
            return Fault{FaultCode::invalid_parameter, "DefaultSMSType is invalid"};
        const bool letter = std::any_of(value.begin(), value.end(), [](char c) {
            return std::isalpha(static_cast<unsigned char>(c)) != 0;
        });
        if (name == "DefaultSenderID" &&
            (value.size() > 11 || !letter || !std::all_of(value.begin(), value.end(), alphanumeric)))
            return Fault{FaultCode::invalid_parameter, "DefaultSendID is not a valid attribute"};
    }
    return {};
}

}  // namespace landfall::sns
