#include "engines/dbmove/mysql/server_address.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace landfall::dbmove::mysql {
namespace {

constexpr std::string_view kSchemes[] = {"mysql://", "mariadb://"};

/// Takes what stands before `mark`; all where it is not there.
std::string_view take(std::string_view& rest, char mark) {
    const std::size_t at = rest.find(mark);
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return taken;
}

Error wrong(const std::string& what) { return {Errc::invalid, "the URL of a MariaDB: " + what}; }

Status set_option(ServerAddress& server, const std::string& name, const std::string& value) {
    using Tls = ServerAddress::Tls;
    if (name == "socket") {
        server.socket = value;
    } else if (name == "ssl-ca") {
        server.ca_file = value;
    } else if (name == "ssl-mode" && value == "DISABLED") {
        server.tls = Tls::none;
    } else if (name == "ssl-mode" && value == "REQUIRED") {
        server.tls = Tls::required;
    } else if (name == "ssl-mode" && value == "VERIFY_IDENTITY") {
        server.tls = Tls::verified;
    } else if (name == "ssl-mode") {
        return wrong("ssl-mode is DISABLED, REQUIRED or VERIFY_IDENTITY");
    } else {
        return wrong("'" + name + "' is not known; it takes socket, ssl-mode and ssl-ca");
    }
    return {};
}

Status set_place(ServerAddress& server, std::string_view place) {
    std::string_view host = place;
    std::string_view port;
    if (place.starts_with('[')) {  // an IPv6 address
        host = place.substr(1, place.find(']') - 1);
        port = place.substr(std::min(place.size(), host.size() + 2));
        if (port.starts_with(':')) port.remove_prefix(1);
    } else if (const std::size_t colon = place.rfind(':'); colon != std::string_view::npos) {
        host = place.substr(0, colon);
        port = place.substr(colon + 1);
    }
    server.host = TRY(uri_decode(host));
    if (port.empty()) return {};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (error != std::errc{} || end != port.data() + port.size() || server.port == 0)
        return wrong("the port is a number from 1 to 65535");
    return {};
}

std::string_view scheme_of(std::string_view text) {
    for (const std::string_view scheme : kSchemes)
        if (text.starts_with(scheme)) return scheme;
    return {};
}

}  // namespace

bool is_address(std::string_view text) { return !scheme_of(text).empty(); }

Result<DatabaseAddress> parse_address(std::string_view url) {
    const std::string_view scheme = scheme_of(url);
    if (scheme.empty()) return wrong("it begins with mysql:// or mariadb://");
    std::string_view options = url.substr(scheme.size());
    std::string_view path = take(options, '?');
    std::string_view place = take(path, '/');
    DatabaseAddress made;
    // An @ within a password is to be encoded; where it is not, the last one ends it.
    if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
        std::string_view password = place.substr(0, at);
        made.server.user = TRY(uri_decode(take(password, ':')));
        auto decoded = uri_decode(password);
        if (!decoded.ok()) return wrong("the password is not percent-encoded text");
        made.server.password = SecretString{std::move(*decoded)};
        place.remove_prefix(at + 1);
    }
    TRY(set_place(made.server, place));
    made.database = TRY(uri_decode(path));
    while (!options.empty()) {
        std::string_view value = take(options, '&');
        const std::string name{take(value, '=')};
        TRY(set_option(made.server, name, TRY(uri_decode(value))));
    }
    if (made.server.host.empty() && made.server.socket.empty()) return wrong("neither a host nor a socket");
    return made;
}

}  // namespace landfall::dbmove::mysql
