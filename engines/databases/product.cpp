#include "engines/databases/product.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "engines/databases/launch.hpp"

namespace landfall::databases {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kNobody = 65'534;

std::string major_of(std::string_view version, Product product) {
    const std::size_t first = version.find('.');
    if (product == Product::postgres) return std::string{version.substr(0, first)};
    return std::string{version.substr(0, version.find('.', first + 1))};
}

/// "/usr/lib/postgresql/15/bin" of the newest; empty: none.
std::string newest_postgres() {
    int newest = 0;
    std::error_code code;
    for (const auto& each : fs::directory_iterator{"/usr/lib/postgresql", code}) {
        const std::string name = each.path().filename().string();
        int major = 0;
        std::from_chars(name.data(), name.data() + name.size(), major);
        if (fs::exists(each.path() / "bin" / "postgres", code)) newest = std::max(newest, major);
    }
    return newest == 0 ? "" : "/usr/lib/postgresql/" + std::to_string(newest) + "/bin";
}

}  // namespace

std::string_view name_of(Product product) { return product == Product::postgres ? "postgres" : "mariadb"; }

std::optional<Product> product_named(std::string_view name) {
    for (const Product each : kProducts)
        if (name_of(each) == name) return each;
    return std::nullopt;
}

std::string version_in(std::string_view answer, Product product) {
    // "postgres (PostgreSQL) 15.18 (Debian …)", "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for …"
    const std::string_view before = product == Product::postgres ? "(PostgreSQL) " : "Ver ";
    const std::size_t at = answer.find(before);
    if (at == std::string_view::npos) return {};
    answer.remove_prefix(at + before.size());
    const std::size_t end = answer.find_first_not_of("0123456789.");
    return std::string{answer.substr(0, end)};
}

Result<std::string> answer_of(std::vector<std::string> argv) {
    constexpr std::size_t kAnswerMax = 1 << 20;
    const UniqueFd said{::memfd_create("answer", MFD_CLOEXEC)};
    Program program;
    program.argv = std::move(argv);
    program.folder = "/";
    // A PostgreSQL does not even describe itself to root.
    if (::geteuid() == 0) program.uid = kNobody;
    program.log = UniqueFd{::fcntl(said.get(), F_DUPFD_CLOEXEC, 3)};
    const std::string name = program.argv.front();
    const int status = TRY(run_program(std::move(program), std::chrono::seconds{20}));
    if (status != 0) return Error{Errc::unavailable, name + " ended with " + std::to_string(status)};
    std::string answer(kAnswerMax, '\0');
    const ssize_t got = ::pread(said.get(), answer.data(), answer.size(), 0);
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return answer;
}

std::vector<Installed> find_installed() {
    std::vector<Installed> found;
    const auto add = [&](Product product, const std::string& server, const std::string& maker) {
        std::error_code code;
        if (!fs::exists(server, code) || !fs::exists(maker, code)) return;
        const auto answer = answer_of({server, "--version"});
        const std::string version = answer.ok() ? version_in(*answer, product) : "";
        if (!version.empty()) found.push_back({product, version, major_of(version, product), server, maker});
    };
    if (const std::string folder = newest_postgres(); !folder.empty())
        add(Product::postgres, folder + "/postgres", folder + "/initdb");
    add(Product::mariadb, "/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db");
    return found;
}

}  // namespace landfall::databases
