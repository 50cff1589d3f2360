// `landfall access …`: accounts and access keys of a running server.
#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <iomanip>
#include <iostream>

#include "apps/landfall/client.hpp"
#include "apps/landfall/commands.hpp"
#include "base/clock.hpp"

namespace landfall::app {
namespace {

namespace dom = simdjson::dom;

/// A file that is made for this profile, by its owner readable alone; gone again unless it was kept.
class ProfileFile {
public:
    /// already_exists: nothing is ever written over.
    static Result<ProfileFile> create(const std::string& path) {
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) return error_from_errno(errno, "making " + path);
        return ProfileFile{path, fd};
    }
    ProfileFile(ProfileFile&& other) noexcept
        : path_{std::move(other.path_)}, fd_{std::exchange(other.fd_, -1)} {}
    ProfileFile& operator=(ProfileFile&&) = delete;
    ~ProfileFile() {
        if (fd_ < 0) return;
        ::close(fd_);
        ::unlink(path_.c_str());
    }

    Status keep(std::string_view text) {
        if (::fchmod(fd_, 0600) != 0) return error_from_errno(errno, "protecting " + path_);
        while (!text.empty()) {
            const ssize_t n = ::write(fd_, text.data(), text.size());
            if (n <= 0) return error_from_errno(errno, "writing " + path_);
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        if (::fsync(fd_) != 0) return error_from_errno(errno, "writing " + path_);
        ::close(std::exchange(fd_, -1));
        return {};
    }

private:
    ProfileFile(std::string path, int fd) : path_{std::move(path)}, fd_{fd} {}
    std::string path_;
    int fd_;
};

std::string text_at(const dom::element& of, const char* name) {
    std::string_view value;
    return of[name].get(value) == simdjson::SUCCESS ? std::string{value} : std::string{};
}

std::string time_at(const dom::element& of, const char* name) {
    double seconds = 0;
    if (of[name].get(seconds) != simdjson::SUCCESS) return {};
    return iso8601(Instant::from_seconds(static_cast<std::int64_t>(seconds)));
}

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        // A control character has no place in what this sends; the server says so of what is left.
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
    return out + "\"";
}

std::string profile_text(const dom::element& key, const std::string& profile, const std::string& region) {
    return "[" + profile + "]\naws_access_key_id = " + text_at(key, "AccessKeyId") +
           "\naws_secret_access_key = " + text_at(key, "SecretAccessKey") + "\nregion = " + region + "\n";
}

Status add(const Settings& settings, const Client& client, std::string_view operation,
           const AccessOptions& options, std::ostream& out) {
    const bool wants_file = !options.profile_out.empty();
    const std::string profile = options.profile.empty() ? options.subject : options.profile;
    if (profile.find_first_of("[]\r\n") != std::string::npos)
        return Error{Errc::invalid, "a profile's name has neither brackets nor line ends"};
    std::optional<ProfileFile> file;
    if (wants_file) file.emplace(TRY(ProfileFile::create(options.profile_out)));  // before there is a key
    std::string request = "{\"AccountId\":" + json_text(options.subject);
    if (!options.name.empty()) request += ",\"Name\":" + json_text(options.name);
    const std::string reply = TRY(client.call(operation, request + "}"));
    dom::parser parser;
    dom::element root;
    dom::element key;
    if (parser.parse(reply).get(root) || root["AccessKey"].get(key))
        return Error{Errc::invalid, "the server's reply has no key"};
    out << "account            " << text_at(key, "AccountId") << '\n'
        << "access key id      " << text_at(key, "AccessKeyId") << '\n'
        << "secret access key  " << text_at(key, "SecretAccessKey") << '\n';
    if (!wants_file) return {};
    TRY(file->keep(profile_text(key, profile, settings.region)));
    out << "profile            " << profile << " in " << options.profile_out << '\n';
    return {};
}

Status list(const Client& client, std::ostream& out) {
    const std::string reply = TRY(client.call("ListAccounts", "{}"));
    dom::parser parser;
    dom::element root;
    dom::array accounts;
    if (parser.parse(reply).get(root) || root["Accounts"].get(accounts))
        return Error{Errc::invalid, "the server's reply has no accounts"};
    out << std::left << std::setw(14) << "ACCOUNT" << std::setw(24) << "ACCESS KEY ID" << std::setw(10)
        << "STATUS" << std::setw(22) << "CREATED"
        << "NAME\n";
    for (const dom::element& account : accounts) {
        dom::array keys;
        std::size_t shown = 0;
        const auto row = [&](const std::string& id, const std::string& status, const std::string& created) {
            ++shown;
            out << std::setw(14) << text_at(account, "AccountId") << std::setw(24) << id << std::setw(10)
                << status << std::setw(22) << created << text_at(account, "Name") << '\n';
        };
        if (!account["AccessKeys"].get(keys))
            for (const dom::element& key : keys)
                row(text_at(key, "AccessKeyId"), text_at(key, "Status"), time_at(key, "Created"));
        if (shown == 0) row("-", "-", time_at(account, "Created"));
    }
    return {};
}

Status set_status(const Client& client, const AccessOptions& options, const std::string& status,
                  std::ostream& out) {
    TRY(client.call("SetAccessKeyStatus",
                    "{\"AccessKeyId\":" + json_text(options.subject) + ",\"Status\":\"" + status + "\"}"));
    out << (status == "Active" ? "enabled " : "disabled ") << options.subject << '\n';
    return {};
}

Status act(const Settings& settings, const ClientOptions& where, AccessAction action,
           const AccessOptions& options, std::ostream& out) {
    const Client client = TRY(Client::make(settings, where.endpoint));
    switch (action) {
        case AccessAction::list: return list(client, out);
        case AccessAction::add_account: return add(settings, client, "AddAccount", options, out);
        case AccessAction::add_key: return add(settings, client, "AddAccessKey", options, out);
        case AccessAction::disable_key: return set_status(client, options, "Inactive", out);
        case AccessAction::enable_key: return set_status(client, options, "Active", out);
        case AccessAction::remove_key: break;
    }
    TRY(client.call("RemoveAccessKey", "{\"AccessKeyId\":" + json_text(options.subject) + "}"));
    out << "removed " << options.subject << '\n';
    return {};
}

}  // namespace

int run_access(const Settings& settings, const ClientOptions& client, AccessAction action,
               const AccessOptions& options, std::ostream& out) {
    const Status done = act(settings, client, action, options, out);
    if (done.ok()) return 0;
    std::cerr << "landfall: " << done.error().message() << '\n';
    return 1;
}

}  // namespace landfall::app
