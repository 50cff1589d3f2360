#include "services/rds/model_names.hpp"

#include <algorithm>

namespace landfall::rds {
namespace {

constexpr std::string_view kArnFront = "arn:aws:rds:";
constexpr std::size_t kTagKeyMax = 128;
constexpr std::size_t kTagValueMax = 256;
constexpr std::size_t kPasswordMin = 8;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_reserved(std::string_view engine, std::string_view user) {
    constexpr std::string_view kPostgres[] = {
        "postgres_admin", "rdsadmin", "rds_superuser", "landfall", "public", "none", "admin", "all", "user"};
    constexpr std::string_view kMariadb[] = {"root",     "mysql",    "mariadb.sys",
                                             "rdsadmin", "landfall", "public"};
    const std::string name = lowered(user);
    if (engine == "postgres")
        return std::ranges::find(kPostgres, name) != std::end(kPostgres) || name.starts_with("pg_");
    return std::ranges::find(kMariadb, name) != std::end(kMariadb);
}

}  // namespace

std::string arn_of(const Identity& identity, std::string_view thing) {
    std::string arn{kArnFront};
    arn += identity.scope.region + ":" + identity.scope.account + ":";
    return arn.append(thing).append(":").append(identity.name);
}

std::optional<NamedThing> parse_arn(std::string_view arn) {
    if (!arn.starts_with(kArnFront)) return std::nullopt;
    arn.remove_prefix(kArnFront.size());
    std::string_view parts[3];
    for (std::string_view& part : parts) {
        const std::size_t end = arn.find(':');
        if (end == std::string_view::npos) return std::nullopt;
        part = arn.substr(0, end);
        arn.remove_prefix(end + 1);
    }
    if (arn.empty()) return std::nullopt;
    return NamedThing{std::string{parts[2]},
                      {{std::string{parts[1]}, std::string{parts[0]}}, std::string{arn}}};
}

std::string lowered(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

Verdict check_identifier(std::string_view name, std::string_view parameter, std::size_t max) {
    const bool plain =
        !name.empty() && name.size() <= max && is_letter(name.front()) && name.back() != '-' &&
        name.find("--") == std::string_view::npos &&
        std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
    if (plain) return {};
    return invalid_value(
        "The parameter " + std::string{parameter} +
        " is not a valid identifier. Identifiers must begin with a letter; must contain only "
        "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
        "consecutive hyphens.");
}

Verdict check_master_user(std::string_view engine, std::string_view user) {
    if (user.empty())
        return invalid_value("The parameter MasterUsername must be provided and must not be blank.");
    const std::size_t max = engine == "postgres" ? 63 : 16;
    const bool plain = user.size() <= max && is_letter(user.front()) && std::ranges::all_of(user, [](char c) {
                           return is_letter(c) || is_digit(c) || c == '_';
                       });
    if (!plain)
        return invalid_value(
            "The parameter MasterUsername is not a valid identifier. Identifiers must begin with "
            "a letter and contain at most " +
            std::to_string(max) + " alphanumeric characters.");
    if (is_reserved(engine, user))
        return invalid_value("MasterUsername " + std::string{user} +
                             " cannot be used as it is a reserved word used by the engine");
    return {};
}

Verdict check_master_password(std::string_view engine, std::string_view password) {
    const std::size_t max = engine == "postgres" ? 128 : 41;
    if (password.empty())
        return invalid_value("The parameter MasterUserPassword must be provided and must not be blank.");
    if (password.size() < kPasswordMin)
        return invalid_value(
            "The parameter MasterUserPassword is not a valid password because it is shorter than "
            "8 characters.");
    if (password.size() > max)
        return invalid_value(
            "The parameter MasterUserPassword is not a valid password because it is longer than " +
            std::to_string(max) + " characters.");
    const bool plain = std::ranges::all_of(
        password, [](char c) { return c > ' ' && c <= '~' && c != '/' && c != '@' && c != '"'; });
    if (plain) return {};
    return invalid_value(
        "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters "
        "besides '/', '@', '\"', ' ' may be used.");
}

Verdict check_database_name(std::string_view engine, std::string_view name) {
    const std::size_t max = engine == "postgres" ? 63 : 64;
    const bool plain =
        !name.empty() && name.size() <= max && (is_letter(name.front()) || name.front() == '_') &&
        std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    if (!plain)
        return invalid_value("DBName must begin with a letter and contain only alphanumeric characters.");
    const std::string low = lowered(name);
    const bool own = engine == "postgres" ? low == "template0" || low == "template1" || low == "rdsadmin"
                                          : low == "mysql" || low == "sys" || low == "information_schema" ||
                                                low == "performance_schema";
    if (own)
        return invalid_value("Database name " + std::string{name} +
                             " cannot be used. It is a reserved word for this engine");
    return {};
}

Verdict check_tags(const Tags& tags) {
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > kTagKeyMax || value.size() > kTagValueMax)
            return invalid_value("Tag keys have 1 to 128 characters, tag values at most 256");
        if (key.starts_with("aws:") || key.starts_with("rds:"))
            return invalid_value("Tag keys must not start with aws: or rds:");
    }
    if (tags.size() > kTagsMax) return invalid_value("Too many tags: a resource has at most 50");
    return {};
}

}  // namespace landfall::rds
