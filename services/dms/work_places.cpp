#include "services/dms/work_places.hpp"

#include "core/access/sealing.hpp"

namespace landfall::dms {
namespace {

std::string context_of(const Identity& endpoint) {
    return "dms.endpoint/" + endpoint.scope.account + "/" + endpoint.scope.region + "/" + endpoint.id;
}

}  // namespace

Result<std::string> Places::seal(const Identity& endpoint, const SecretString& password) const {
    return access::seal_secret(parts_.sealing, parts_.random, password, context_of(endpoint));
}

Result<DatabasePlace> Places::place_of(const Endpoint& endpoint) const {
    const EndpointEngine* const engine = find_engine(endpoint.engine);
    CHECK(engine != nullptr);
    DatabasePlace place{.role = endpoint.type,
                        .engine = endpoint.engine,
                        .host = endpoint.host,
                        .port = endpoint.port == 0 ? engine->port : static_cast<int>(endpoint.port),
                        .database = endpoint.database,
                        .user = endpoint.user,
                        .ssl_mode = endpoint.ssl_mode};
    if (!endpoint.secret_id.empty()) {
        Credentials credentials =
            TRY(parts_.secrets.credentials(endpoint.self.scope.account, endpoint.secret_id));
        place.user = std::move(credentials.user);
        place.password = std::move(credentials.password);
    } else if (!endpoint.sealed_password.empty()) {
        place.password =
            TRY(access::open_secret(parts_.sealing, endpoint.sealed_password, context_of(endpoint.self)));
    }
    if (!endpoint.certificate.empty()) {
        const auto identity = parse_arn(endpoint.certificate, Certificate::kThing);
        if (!identity) return Error{Errc::not_found, "there is no certificate " + endpoint.certificate};
        place.authorities = TRY(records_.get<Certificate>(*identity)).value.pem;
    }
    return place;
}

}  // namespace landfall::dms
