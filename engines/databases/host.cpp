#include "engines/databases/host.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "engines/databases/host_files.hpp"

namespace landfall::databases {
namespace {

namespace fs = std::filesystem;

constexpr Duration kMakeLimit = std::chrono::minutes{5};
constexpr Duration kKillLimit = std::chrono::seconds{30};
constexpr Duration kAskEvery = std::chrono::milliseconds{50};
constexpr std::string_view kAdministrator = "landfall";

std::string own_account() {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
        return std::string{kAdministrator};
    return found->pw_name;
}

}  // namespace

DatabaseHost::DatabaseHost(Private, HostSettings settings) : settings_{std::move(settings)} {}
DatabaseHost::~DatabaseHost() { stop(); }

Result<std::unique_ptr<DatabaseHost>> DatabaseHost::open(HostSettings settings) {
    auto host = std::make_unique<DatabaseHost>(Private{}, std::move(settings));
    const std::string& root = host->settings_.root;
    // The longest name of a socket, behind an id of 40 letters.
    constexpr std::size_t kBehindRoot = 62;
    if (root.size() + kBehindRoot > sizeof(sockaddr_un::sun_path))
        return Error{Errc::unavailable,
                     "the path " + root + " is too long for the sockets of databases in it"};
    if (::mkdir(root.c_str(), 0700) != 0 && errno != EEXIST) return error_from_errno(errno, "making " + root);
    host->owned_ = UniqueFd{::open((root + "/LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!host->owned_) return error_from_errno(errno, "opening " + root + "/LOCK");
    if (::flock(host->owned_.get(), LOCK_EX | LOCK_NB) != 0)
        return Error{Errc::unavailable, "another server owns " + root};
    host->wake_ = UniqueFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!host->wake_) return error_from_errno(errno, "making an event");
    host->installed_ = find_installed();
    host->find_confinement();
    TRY(host->load());
    return host;
}

void DatabaseHost::find_confinement() {
    administrator_ = own_account();
    if (::geteuid() != 0) {
        not_confined_ = "the server does not run as root";
        return;
    }
    const std::string folder = settings_.root + "/.probe";
    ::mkdir(folder.c_str(), 0755);
    const Status written =
        write_file({folder + "/passwd", accounts_text(kAdministrator, settings_.first_uid), 0644, {}});
    const Status tried = written.ok() ? try_own_sight(folder, settings_.first_uid) : written;
    std::error_code code;
    fs::remove_all(folder, code);
    own_users_ = tried.ok();
    if (own_users_)
        administrator_ = kAdministrator;
    else
        not_confined_ = tried.error().message();
}

Status DatabaseHost::load() {
    std::error_code code;
    std::vector<std::string> ids;
    for (const auto& each : fs::directory_iterator{settings_.root, code}) {
        const std::string name = each.path().filename().string();
        if (name.ends_with(kGone))
            fs::remove_all(each.path(), code);
        else if (fs::exists(each.path() / "record", code))
            ids.push_back(name);
    }
    for (const std::string& id : ids) TRY(adopt(id));
    return {};
}

Status DatabaseHost::adopt(const std::string& id) {
    const FolderRecord record = TRY(read_record(folder_of(id) + "/record"));
    auto database = std::make_unique<Database>();
    database->product = record.product;
    database->slot = record.slot;
    database->made = record.made;
    database->process = record.process;
    if (record.process) {
        auto pidfd = open_process(*record.process);
        if (pidfd.ok()) {
            database->pidfd = std::move(*pidfd);
            database->watched = true;
        } else if (!pidfd.is(Errc::not_found)) {
            return pidfd.error();
        }
    }
    databases_.emplace(id, std::move(database));
    return {};
}

void DatabaseHost::start(ThreadStarter& threads, EndListener listener) {
    listener_ = std::move(listener);
    watcher_ = threads.start("databases", [this] { watch(); });
}

void DatabaseHost::stop() {
    if (!watcher_.joinable()) return;
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
    }
    wake();
    watcher_.join();
}

void DatabaseHost::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void DatabaseHost::watch() {
    while (true) {
        std::vector<pollfd> waits{{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
        std::vector<std::string> ids{""};
        {
            const std::scoped_lock lock{mutex_};
            if (stopping_) return;
            for (const auto& [id, database] : databases_) {
                if (!database->pidfd || !database->watched) continue;
                waits.push_back({.fd = database->pidfd.get(), .events = POLLIN, .revents = 0});
                ids.push_back(id);
            }
        }
        constexpr int kHour = 3'600'000;
        const int ready = ::poll(waits.data(), waits.size(), kHour);
        if (ready == 0) expire_logs();
        if (ready <= 0) continue;
        std::uint64_t count = 0;
        [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
        for (std::size_t i = 1; i < waits.size(); ++i) {
            if (waits[i].revents == 0) continue;
            {
                const std::scoped_lock lock{mutex_};
                const auto found = databases_.find(ids[i]);
                // Somebody else may wait for this end by now, or a new server have come.
                if (found == databases_.end() || !found->second->watched ||
                    found->second->pidfd.get() != waits[i].fd)
                    continue;
                reap(found->second->pidfd);
                found->second->pidfd.reset();
                found->second->watched = false;
            }
            listener_(ids[i]);
        }
    }
}

void DatabaseHost::expire_logs() const {
    std::vector<std::string> ids;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& [id, database] : databases_) ids.push_back(id);
    }
    for (const std::string& id : ids) expire_old_logs(folder_of(id) + "/log");
}

const Installed* DatabaseHost::find(Product product) const {
    for (const Installed& each : installed_)
        if (each.product == product) return &each;
    return nullptr;
}

bool DatabaseHost::exists(const std::string& id) const {
    const std::scoped_lock lock{mutex_};
    const auto found = databases_.find(id);
    return found != databases_.end() && found->second->made;
}

bool DatabaseHost::running(const std::string& id) const {
    const std::scoped_lock lock{mutex_};
    const auto found = databases_.find(id);
    return found != databases_.end() && found->second->pidfd &&
           !await_end(found->second->pidfd, Duration::zero());
}

Result<AdminPlace> DatabaseHost::place_of(const std::string& id, std::uint16_t port) const {
    const std::scoped_lock lock{mutex_};
    const auto found = databases_.find(id);
    if (found == databases_.end()) return Error{Errc::not_found, "there is no database " + id};
    return AdminPlace{found->second->product, folder_of(id), port, administrator_};
}

Result<DatabaseHost::Database*> DatabaseHost::need(const std::string& id) {
    const std::scoped_lock lock{mutex_};
    const auto found = databases_.find(id);
    if (found == databases_.end()) return Error{Errc::not_found, "there is no database " + id};
    return found->second.get();
}

Result<std::uint32_t> DatabaseHost::free_slot() const {
    std::set<std::uint32_t> taken;
    for (const auto& [id, database] : databases_) taken.insert(database->slot);
    for (std::uint32_t slot = 0; slot < settings_.databases_max; ++slot)
        if (!taken.contains(slot)) return slot;
    return Error{Errc::exhausted,
                 "there are " + std::to_string(settings_.databases_max) + " databases already"};
}

std::optional<std::uint32_t> DatabaseHost::uid_of(const Database& database) const {
    if (!own_users_) return std::nullopt;
    return settings_.first_uid + database.slot;
}

Surroundings DatabaseHost::surroundings_of(const std::string& id) const {
    return {own_users_ ? std::string{kSeenFolder} : folder_of(id), administrator_};
}

Status DatabaseHost::save(const std::string& id, const Database& database) const {
    return write_record(folder_of(id) + "/record",
                        {database.product, database.slot, database.made, database.process});
}

std::string DatabaseHost::why_unable() const {
    if (installed_.empty()) return "the packages of no database server are installed";
    if (::geteuid() != 0 || own_users_) return {};
    return "databases need users and mounts of their own, which this server cannot make: " + not_confined_;
}

Status DatabaseHost::create(const std::string& id, Product product) {
    const Installed* const installed = find(product);
    if (installed == nullptr)
        return Error{Errc::invalid, "no " + std::string{name_of(product)} + " is installed on this machine"};
    if (std::string why = why_unable(); !why.empty()) return Error{Errc::invalid, std::move(why)};
    Database* database = nullptr;
    {
        const std::scoped_lock lock{mutex_};
        auto row = databases_.find(id);
        if (row == databases_.end()) {
            auto fresh = std::make_unique<Database>();
            fresh->product = product;
            fresh->slot = TRY(free_slot());
            row = databases_.emplace(id, std::move(fresh)).first;
        }
        database = row->second.get();
        if (database->made) return {};
    }
    std::error_code code;
    fs::remove_all(folder_of(id), code);
    TRY(make_folders(id, *database));
    TRY(save(id, *database));
    Program maker = TRY(program_of(id, *database));
    maker.argv = maker_arguments(*installed, surroundings_of(id));
    const int status = TRY(run_program(std::move(maker), kMakeLimit));
    if (status != 0) return why_ended(id).in("making a data directory");
    database->made = true;
    return save(id, *database);
}

Status DatabaseHost::make_folders(const std::string& id, const Database& database) const {
    const std::string folder = folder_of(id);
    if (::mkdir(folder.c_str(), 0755) != 0) return error_from_errno(errno, "making " + folder);
    const auto uid = uid_of(database);
    if (uid) TRY(write_file({folder + "/passwd", accounts_text(kAdministrator, *uid), 0644, {}}));
    TRY(make_folder(folder + "/etc", 0750, uid, Ownership::group));
    // The server's user cannot put another folder, or a link, in the place of those that are read for people.
    TRY(make_folder(folder + "/log", 0755, std::nullopt, Ownership::user));
    for (const char* name : {"run", "log/error", "log/slowquery", "log/general", "tmp", "data"})
        TRY(make_folder(folder + "/" + name, 0700, uid, Ownership::user));
    return {};
}

Status DatabaseHost::write_configuration(const std::string& id, const Database& database,
                                         const RunSpec& spec) const {
    for (const auto& [name, text] : configuration_files(database.product, spec, surroundings_of(id)))
        TRY(write_file({folder_of(id) + "/etc/" + name, text, 0640, uid_of(database)}));
    return {};
}

Result<Program> DatabaseHost::program_of(const std::string& id, const Database& database) const {
    Program program;
    program.folder = folder_of(id);
    program.sight = own_users_ ? Program::Sight::own : Program::Sight::whole;
    program.uid = uid_of(database);
    // What a program says before it has a log of its own; emptied at every start.
    const std::string path = folder_of(id) + "/start.log";
    program.log = UniqueFd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600)};
    if (!program.log) return error_from_errno(errno, "opening " + path);
    return program;
}

Status DatabaseHost::launch_server(const std::string& id, Database& database) {
    const Installed* const installed = find(database.product);
    if (installed == nullptr)
        return Error{Errc::unavailable,
                     std::string{name_of(database.product)} + " is not installed any more"};
    Program program = TRY(program_of(id, database));
    program.argv = server_arguments(*installed, surroundings_of(id));
    auto launching = TRY(launch(std::move(program)));
    database.process = TRY(name_of_process(launching.pid()));
    TRY(save(id, database));
    UniqueFd pidfd = TRY(std::move(launching).release());
    const std::scoped_lock lock{mutex_};
    database.pidfd = std::move(pidfd);
    database.watched = false;
    return {};
}

Status DatabaseHost::start_server(const std::string& id, const RunSpec& spec, Impatience impatient) {
    Database& database = *TRY(need(id));
    if (!running(id)) {
        forget_process(id, database);
        if (!port_is_free(spec.bind_address, spec.port))
            return Error{Errc::unavailable,
                         "port " + std::to_string(spec.port) + " of " + spec.bind_address + " is in use"};
        TRY(write_configuration(id, database, spec));
        TRY(launch_server(id, database));
    }
    TRY(await_answer(id, database, spec.port, std::move(impatient)));
    {
        const std::scoped_lock lock{mutex_};
        database.watched = true;
    }
    wake();
    return {};
}

Status DatabaseHost::await_answer(const std::string& id, Database& database, std::uint16_t port,
                                  Impatience impatient) {
    const AdminPlace place = TRY(place_of(id, port));
    while (true) {
        if (greet(place).ok()) return {};
        if (await_end(database.pidfd, kAskEvery)) {
            forget_process(id, database);
            return why_ended(id);
        }
        if (impatient()) return Error{Errc::cancelled, "the database did not answer in its time"};
    }
}

void DatabaseHost::forget_process(const std::string& id, Database& database) {
    {
        const std::scoped_lock lock{mutex_};
        if (database.pidfd) reap(database.pidfd);
        database.pidfd.reset();
        database.watched = false;
        database.process.reset();
    }
    // A record that names a process of the past is harmless: its start time is no other's.
    [[maybe_unused]] const Status saved = save(id, database);
}

Error DatabaseHost::why_ended(const std::string& id) const {
    std::string said = last_complaint(folder_of(id));
    if (said.empty()) said = "the database ended and said nothing";
    return Error{Errc::invalid, std::move(said)};
}

Status DatabaseHost::stop_server(const std::string& id, Duration grace) {
    Database& database = *TRY(need(id));
    UniqueFd pidfd;
    {
        const std::scoped_lock lock{mutex_};
        database.watched = false;
        if (database.pidfd) pidfd = UniqueFd{::fcntl(database.pidfd.get(), F_DUPFD_CLOEXEC, 3)};
    }
    if (!pidfd) return {};
    wake();
    // PostgreSQL's fast way: sessions are cut, a checkpoint is written. SIGTERM would wait for them.
    TRY(signal_process(pidfd, database.product == Product::postgres ? SIGINT : SIGTERM));
    if (!await_end(pidfd, grace)) {
        TRY(signal_process(pidfd, SIGKILL));
        if (!await_end(pidfd, kKillLimit)) return Error{Errc::timeout, "the database does not end"};
    }
    forget_process(id, database);
    return {};
}

Status DatabaseHost::reload(const std::string& id, const RunSpec& spec) {
    Database& database = *TRY(need(id));
    TRY(write_configuration(id, database, spec));
    const std::scoped_lock lock{mutex_};
    if (!database.pidfd || database.product != Product::postgres) return {};
    return signal_process(database.pidfd, SIGHUP);
}

Status DatabaseHost::remove(const std::string& id) {
    if (!need(id).ok()) return {};
    TRY(stop_server(id, Duration::zero()));
    {
        const std::scoped_lock lock{mutex_};
        databases_.erase(id);
    }
    const std::string gone = folder_of(id) + std::string{kGone};
    std::error_code code;
    if (!fs::exists(folder_of(id), code)) return {};
    if (::rename(folder_of(id).c_str(), gone.c_str()) != 0) return error_from_errno(errno, "removing " + id);
    fs::remove_all(gone, code);
    if (code) return error_from_errno(code.value(), "removing " + gone);
    return {};
}

Result<std::vector<LogFile>> DatabaseHost::logs(const std::string& id) const {
    if (!exists(id)) return Error{Errc::not_found, "there is no database " + id};
    return list_logs(folder_of(id) + "/log");
}

Result<std::string> DatabaseHost::read_log(const std::string& id, const std::string& name, ByteOffset from,
                                           Bytes limit) const {
    const auto known = TRY(logs(id));
    const bool there =
        std::any_of(known.begin(), known.end(), [&](const LogFile& f) { return f.name == name; });
    if (!there) return Error{Errc::not_found, "there is no log " + name};
    return read_piece(folder_of(id) + "/log/" + name, from, limit);
}

bool DatabaseHost::port_is_free(const std::string& address, std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) != 1) v4.sin_addr.s_addr = htonl(INADDR_ANY);
    const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof v4) == 0;
}

Result<Bytes> DatabaseHost::free_space() const {
    struct statvfs found {};
    if (::statvfs(settings_.root.c_str(), &found) != 0)
        return error_from_errno(errno, "asking for free space");
    return Bytes{static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize};
}

}  // namespace landfall::databases
