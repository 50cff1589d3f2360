// Client: one signed call of our own administration API over plain HTTP, as `landfall status` and `landfall
// jobs` make it.
#pragma once

#include <string>
#include <string_view>

#include "apps/landfall/settings.hpp"
#include "base/result.hpp"
#include "wire/sigv4/signer.hpp"

namespace landfall::app {

class Client {
public:
    /// `endpoint` is http://HOST:PORT; empty: that of the settings. The credentials are those of the
    /// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), of AWS_SHARED_CREDENTIALS_FILE, or of the
    /// settings' data directory. invalid: not such a URL; not_found: no credentials anywhere, the message
    /// says where it looked.
    static Result<Client> make(const Settings& settings, const std::string& endpoint);

    /// The reply's JSON. Blocks up to 30 s. unavailable: no server there; denied, invalid: what the server
    /// said.
    [[nodiscard]] Result<std::string> call(std::string_view operation, std::string_view json) const;
    /// The same of SQS.
    [[nodiscard]] Result<std::string> call_sqs(std::string_view operation, std::string_view json) const;
    [[nodiscard]] const std::string& region() const { return region_; }
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

private:
    Client() = default;
    [[nodiscard]] Result<std::string> call_target(std::string_view service, const std::string& target,
                                                  std::string_view json) const;
    std::string endpoint_;
    std::string host_;
    std::string port_;
    std::string region_;
    sigv4::Credentials credentials_;
};

}  // namespace landfall::app
