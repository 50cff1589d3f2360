#include <filesystem>
#include <ostream>
#include <string>

#include "apps/landfall/commands.hpp"
#include "apps/landfall/doctor.hpp"

namespace landfall::app {
namespace {

/// In single quotes, as every POSIX shell reads it back unchanged.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'')
            result += "'\\''";
        else
            result += c;
    }
    return result + "'";
}

}  // namespace

int run_env(const Settings& settings, std::ostream& out) {
    const std::filesystem::path data = std::filesystem::absolute(settings.data_directory);
    const std::string url = "http://" + settings.listen_host + ":" + std::to_string(settings.listen_port);
    out << "export AWS_SHARED_CREDENTIALS_FILE=" << quoted((data / "credentials").string()) << '\n'
        << "export AWS_PROFILE=landfall\n"
        << "export AWS_DEFAULT_REGION=" << settings.region << '\n'
        << "export AWS_ENDPOINT_URL=" << quoted(url) << '\n'
        << "export LANDFALL_URL=" << quoted(url) << '\n'
        << "# aws CLI before 2.13 ignores AWS_ENDPOINT_URL: alias aws=\"aws --endpoint-url " << url << "\"\n";
    return 0;
}

int run_doctor(const Settings& settings, std::ostream& out) { return print_findings(examine(settings), out); }

}  // namespace landfall::app
