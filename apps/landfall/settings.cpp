#include "apps/landfall/settings.hpp"

#include <arpa/inet.h>
#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "services/sns/http_post.hpp"
#include "services/sns/model_names.hpp"

namespace landfall::app {
namespace {

constexpr std::size_t kRegionsMax = 64;

using Assign = Status (*)(Settings&, std::string_view);

Error bad(std::string_view value, std::string_view expected) {
    return Error{Errc::invalid, "\"" + std::string{value} + "\" is not " + std::string{expected}};
}

template <class T>
Result<T> number(std::string_view text, T least, T most) {
    T value{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string range = "a number from " + std::to_string(least) + " to " + std::to_string(most);
    if (code != std::errc{} || end != text.data() + text.size()) return bad(text, range);
    if (value < least || value > most) return bad(text, range);
    return value;
}

Status assign_listen(Settings& s, std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return bad(text, "HOST:PORT");
    s.listen_port = TRY(number<std::uint16_t>(text.substr(colon + 1), 0, 65535));
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    s.listen_host = host;
    return {};
}

Status assign_mail_server(Settings& s, std::string_view text) {
    sns::MailSettings& mail = s.deliveries.mail;
    mail.host.clear();
    if (text == "none") return {};
    const std::size_t colon = text.rfind(':');
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (colon == std::string_view::npos || host.empty()) return bad(text, "HOST:PORT");
    mail.port = TRY(number<std::uint16_t>(text.substr(colon + 1), 1, 65535));
    mail.host = host;
    return {};
}

Status assign_mail_from(Settings& s, std::string_view text) {
    if (!sns::is_mail_address(text)) return bad(text, "a mail address such as no-reply@example.org");
    s.deliveries.mail.from = text;
    return {};
}

/// The file holds the password and nothing else; a line end behind it is not part of it.
Status assign_mail_password(Settings& s, std::string_view path) {
    constexpr std::size_t kPasswordMax = 1024;
    s.deliveries.mail.password = {};
    if (path == "none") return {};
    std::ifstream file{std::string{path}, std::ios::binary};
    if (!file) return bad(path, "a file that can be read");
    std::string password(kPasswordMax + 1, '\0');
    file.read(password.data(), static_cast<std::streamsize>(password.size()));
    password.resize(static_cast<std::size_t>(file.gcount()));
    while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
    const bool fine = !password.empty() && password.size() <= kPasswordMax;
    s.deliveries.mail.password = SecretString{std::move(password)};
    return fine ? Status{} : bad(path, "a file of 1 to 1024 bytes");
}

Status assign_public_url(Settings& s, std::string_view text) {
    s.public_url.clear();
    if (text == "none") return {};
    const Error wrong = bad(text, "http(s)://HOST[:PORT], without a path");
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return wrong;
    const std::string_view host = text.substr(scheme + 3);
    const bool known = text.starts_with("http://") || text.starts_with("https://");
    const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view{".-:[]"}.find(c) != std::string_view::npos;
    });
    if (!known || host.empty() || !plain) return wrong;
    s.public_url = text;
    return {};
}

bool is_region(std::string_view text) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return text.size() >= 3 && text.size() <= 32 &&
           text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Status assign_region(Settings& s, std::string_view text) {
    if (!is_region(text)) return bad(text, "a region name such as us-east-1");
    s.region = text;
    return {};
}

Status assign_regions(Settings& s, std::string_view text) {
    s.regions.clear();
    s.other_regions = text == "any" ? OtherRegions::served : OtherRegions::refused;
    if (text == "any") return {};
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), one.size() + 1));
        if (!is_region(one)) return bad(one, "a region name such as us-east-1");
        if (std::find(s.regions.begin(), s.regions.end(), one) == s.regions.end())
            s.regions.emplace_back(one);
    }
    return s.regions.size() <= kRegionsMax ? Status{} : bad("the list", "of at most 64 regions");
}

template <class Enum, std::size_t N>
Status assign_word(Enum& to, std::string_view text,
                   const std::array<std::pair<std::string_view, Enum>, N>& words) {
    std::string expected = "one of";
    for (const auto& [word, value] : words) {
        if (word == text) return to = value, Status{};
        expected += " " + std::string{word};
    }
    return bad(text, expected);
}

Status assign_acceleration(Settings& s, std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Acceleration>, 3> kWords{
        {{"auto", Acceleration::automatic}, {"kvm", Acceleration::kvm}, {"tcg", Acceleration::tcg}}};
    return assign_word(s.acceleration, text, kWords);
}

Status assign_mail_security(Settings& s, std::string_view text) {
    using Security = sns::MailSettings::Security;
    constexpr std::array<std::pair<std::string_view, Security>, 3> kWords{
        {{"none", Security::plain}, {"starttls", Security::starttls}, {"tls", Security::tls}}};
    return assign_word(s.deliveries.mail.security, text, kWords);
}

Status assign_log_format(Settings& s, std::string_view text) {
    constexpr std::array<std::pair<std::string_view, LogFormat>, 3> kWords{
        {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}}};
    return assign_word(s.log_format, text, kWords);
}

Status assign_log_level(Settings& s, std::string_view text) {
    constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kWords{{{"debug", LogLevel::debug},
                                                                           {"info", LogLevel::info},
                                                                           {"warning", LogLevel::warning},
                                                                           {"error", LogLevel::error}}};
    return assign_word(s.log_level, text, kWords);
}

Status assign_database_address(Settings& s, std::string_view text) {
    in_addr parsed{};
    const std::string address{text};
    if (::inet_pton(AF_INET, address.c_str(), &parsed) != 1)
        return bad(text, "an IPv4 address such as 127.0.0.1");
    s.database_address = address;
    return {};
}

struct Row {
    std::string_view key;
    std::string_view meaning;
    std::string_view default_value;
    std::string_view bounds;
    Assign assign;
};

// The one table: a key is known if and only if it stands here.
constexpr std::array kRows{
    Row{"server.data", "directory of everything the server keeps", "", "a path",
        [](Settings& s, std::string_view v) { return s.data_directory = v, Status{}; }},
    Row{"server.listen", "address of the one endpoint, HTTP and HTTPS", "127.0.0.1:4566", "HOST:PORT",
        assign_listen},
    Row{"server.public_url", "where clients reach the endpoint, for links in messages; none: server.listen",
        "none", "http(s)://HOST[:PORT]", assign_public_url},
    Row{"server.region", "region of requests that name none", "us-east-1", "a region name", assign_region},
    Row{"server.regions", "regions that are answered for beside server.region, or any", "",
        "1..64 names, or any", assign_regions},
    Row{"server.loop_threads", "event loops of the front", "2", "1..64",
        [](Settings& s, std::string_view v) -> Status {
            return s.loop_threads = TRY(number<std::uint32_t>(v, 1, 64)), Status{};
        }},
    Row{"server.worker_threads", "threads for calls that block on disk", "64", "4..1024",
        [](Settings& s, std::string_view v) -> Status {
            return s.worker_threads = TRY(number<std::uint32_t>(v, 4, 1024)), Status{};
        }},
    Row{"server.connections_max", "open connections at once", "20000", "16..1000000",
        [](Settings& s, std::string_view v) -> Status {
            return s.connections_max = TRY(number<std::uint32_t>(v, 16, 1'000'000)), Status{};
        }},
    Row{"tls.certificate", "PEM file of the certificate chain", "self-signed", "a path",
        [](Settings& s, std::string_view v) { return s.tls_certificate = v, Status{}; }},
    Row{"tls.key", "PEM file of its private key", "self-signed", "a path",
        [](Settings& s, std::string_view v) { return s.tls_key = v, Status{}; }},
    Row{"import.threads", "threads that decode one disk image (0: one a core)", "0", "0..256",
        [](Settings& s, std::string_view v) -> Status {
            return s.import_threads = TRY(number<std::uint32_t>(v, 0, 256)), Status{};
        }},
    Row{"scrub.mib_per_second", "how fast the block store is read back (0: not at all)", "8", "0..10000",
        [](Settings& s, std::string_view v) -> Status {
            return s.scrub_mib_per_second = TRY(number<std::uint32_t>(v, 0, 10'000)), Status{};
        }},
    Row{"scrub.interval_hours", "from the start of one scrub to that of the next", "168", "1..8760",
        [](Settings& s, std::string_view v) -> Status {
            return s.scrub_interval_hours = TRY(number<std::uint32_t>(v, 1, 8'760)), Status{};
        }},
    Row{"collect.interval_minutes", "between collections of garbage (0: none)", "60", "0..100000",
        [](Settings& s, std::string_view v) -> Status {
            return s.collect_interval_minutes = TRY(number<std::uint32_t>(v, 0, 100'000)), Status{};
        }},
    Row{"sqs.recreate_wait", "seconds for which a deleted queue's name cannot be used", "60", "0..86400",
        [](Settings& s, std::string_view v) -> Status {
            return s.queue_recreate_seconds = TRY(number<std::uint32_t>(v, 0, 86'400)), Status{};
        }},
    Row{"sqs.purge_wait", "seconds between two purges of a queue", "60", "0..86400",
        [](Settings& s, std::string_view v) -> Status {
            return s.queue_purge_seconds = TRY(number<std::uint32_t>(v, 0, 86'400)), Status{};
        }},
    Row{"sqs.in_flight_limit", "messages of a queue that may be received and not deleted", "120000",
        "10..120000",
        [](Settings& s, std::string_view v) -> Status {
            return s.queue_in_flight = TRY(number<std::uint32_t>(v, 10, 120'000)), Status{};
        }},
    Row{"sns.hook_url", "where sms, lambda, firehose and application messages are POSTed", "none",
        "an http or https URL",
        [](Settings& s, std::string_view v) -> Status {
            s.deliveries.hook_url.clear();
            if (v == "none") return {};
            if (!sns::parse_url(v).ok()) return bad(v, "an http or https URL");
            return s.deliveries.hook_url = v, Status{};
        }},
    Row{"sns.blocked_networks", "networks that topics never deliver to, besides link-local", "none",
        "comma-separated, as 10.0.0.0/8",
        [](Settings& s, std::string_view v) {
            s.deliveries.blocked_networks.clear();
            if (v == "none") return Status{};
            for (std::size_t comma = 0; !v.empty(); v.remove_prefix(std::min(comma, v.size() - 1) + 1)) {
                comma = v.find(',');
                s.deliveries.blocked_networks.emplace_back(v.substr(0, comma));
            }
            return Status{};
        }},
    Row{"mail.server", "SMTP server for e-mail subscriptions; none: they are not delivered", "none",
        "HOST:PORT", assign_mail_server},
    Row{"mail.security", "how the connection to it is secured", "none", "none starttls tls",
        assign_mail_security},
    Row{"mail.from", "sender's address of mails", "no-reply@sns.landfall", "a mail address",
        assign_mail_from},
    Row{"mail.user", "whom the mail server knows this server as; needs starttls or tls", "none", "a name",
        [](Settings& s, std::string_view v) {
            return s.deliveries.mail.user = v == "none" ? std::string_view{} : v, Status{};
        }},
    Row{"mail.password_file", "file that holds the password of mail.user", "none", "a path",
        assign_mail_password},
    Row{"machines.accel", "how guests run; auto boots a probe", "auto", "auto kvm tcg", assign_acceleration},
    Row{"rds.listen", "address that managed databases listen on", "127.0.0.1", "an IPv4 address",
        assign_database_address},
    Row{"log.format", "text on a terminal, JSON lines elsewhere", "auto", "auto text json",
        assign_log_format},
    Row{"log.level", "least level that is written", "info", "debug info warning error", assign_log_level},
};

const Row* find_row(std::string_view key) {
    for (const Row& row : kRows)
        if (row.key == key) return &row;
    return nullptr;
}

Status apply(Settings& settings, std::string_view key, std::string_view value, std::string_view place) {
    const Row* row = find_row(key);
    if (row == nullptr)
        return Error{Errc::invalid, std::string{place} + ": unknown setting " + std::string{key}};
    const Status done = row->assign(settings, value);
    if (!done.ok()) return Error{done.error()}.in(std::string{place} + ": " + std::string{key});
    return {};
}

Result<std::string> text_of_node(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
    const auto* list = node.as_array();
    if (list == nullptr)
        return Error{Errc::invalid, "is neither a string, a whole number nor a list of strings"};
    std::string joined;
    for (const toml::node& item : *list) {
        const auto* text = item.as_string();
        if (text == nullptr || text->get().empty())
            return Error{Errc::invalid, "has an item that is no text"};
        if (!joined.empty()) joined += ',';
        joined += text->get();
    }
    return joined;
}

Status apply_file(Settings& settings, const std::filesystem::path& file) {
    toml::table parsed;
    try {
        parsed = toml::parse_file(file.string());
    } catch (const toml::parse_error& e) {
        std::ostringstream where;
        where << file.string() << ":" << e.source().begin.line << ": " << e.description();
        return Error{std::filesystem::exists(file) ? Errc::invalid : Errc::not_found, where.str()};
    }
    for (const auto& [section, content] : parsed) {
        const auto* table = content.as_table();
        const std::string section_name{section.str()};
        if (table == nullptr)
            return Error{Errc::invalid, file.string() + ": " + section_name + " is not a table"};
        for (const auto& [key, value] : *table) {
            const std::string full = section_name + "." + std::string{key.str()};
            const auto text = text_of_node(value);
            if (!text.ok()) return Error{text.error()}.in(file.string() + ": " + full);
            TRY(apply(settings, full, *text, file.string()));
        }
    }
    return {};
}

}  // namespace

Result<Settings> load_settings(const std::filesystem::path& file, const Overrides& environment,
                               const Overrides& flags) {
    Settings settings;
    if (!file.empty()) TRY(apply_file(settings, file));
    for (const auto& [key, value] : environment) TRY(apply(settings, key, value, "environment"));
    for (const auto& [key, value] : flags) TRY(apply(settings, key, value, "command line"));
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        return Error{Errc::invalid, "tls.certificate and tls.key go together"};
    const sns::MailSettings& mail = settings.deliveries.mail;
    if (mail.user.empty() != mail.password.empty())
        return Error{Errc::invalid, "mail.user and mail.password_file go together"};
    if (!mail.user.empty() && mail.security == sns::MailSettings::Security::plain)
        return Error{Errc::invalid,
                     "mail.user needs mail.security starttls or tls: a password goes over TLS only"};
    auto& regions = settings.regions;
    if (std::find(regions.begin(), regions.end(), settings.region) == regions.end())
        regions.insert(regions.begin(), settings.region);
    return settings;
}

Overrides overrides_from_environment(char** environment) {
    Overrides found;
    for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = text.substr(0, equals);
        if (name == "LANDFALL_DATA") found["server.data"] = text.substr(equals + 1);
        // LANDFALL_SERVER_LISTEN is server.listen: the first word is the section.
        for (const Row& row : kRows) {
            std::string variable = "LANDFALL_";
            for (const char c : row.key)
                variable += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
            if (name == variable) found[std::string{row.key}] = text.substr(equals + 1);
        }
    }
    return found;
}

std::vector<SettingRow> describe_settings() {
    std::vector<SettingRow> rows;
    for (const Row& row : kRows)
        rows.push_back({row.key, row.meaning, std::string{row.default_value}, std::string{row.bounds}});
    return rows;
}

}  // namespace landfall::app
