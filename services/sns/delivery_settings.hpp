// What an operator chooses about deliveries to endpoints outside of this server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace landfall::sns {

/// The mail server that e-mail subscriptions are delivered through; no host: e-mail is not delivered.
struct MailSettings {
    std::string host;
    std::uint16_t port = 25;
    std::string from = "no-reply@sns.landfall";
    std::string user;  ///< empty: no AUTH
    SecretString password;
    enum class Security : std::uint8_t {
        plain,
        starttls,  ///< and nothing is said where the server does not offer it
        tls,       ///< from the first byte
    } security = Security::plain;
};

struct DeliverySettings {
    MailSettings mail;
    /// Networks ("10.0.0.0/8") that endpoints must not be in. Link-local addresses (169.254.0.0/16,
    /// fe80::/10), where clouds keep their metadata, always are refused.
    std::vector<std::string> blocked_networks;
    /// Where sms, lambda, firehose and application messages are POSTed; empty: they are not delivered.
    std::string hook_url;
};

}  // namespace landfall::sns
