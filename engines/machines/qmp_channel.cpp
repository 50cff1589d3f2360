#include "engines/machines/qmp_channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace landfall::machines {

namespace {

/// A socket's address holds 107 bytes, a data directory's path may be longer: the folder goes by its
/// descriptor.
Result<sockaddr_un> address_of(const UniqueFd& folder, const std::string& name) {
    const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Error{Errc::invalid, "a socket's name is too long"};
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<UniqueFd> open_folder(const std::string& folder) {
    UniqueFd fd{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return error_from_errno(errno, "opening " + folder);
    return fd;
}

Result<UniqueFd> new_socket(int flags) {
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)};
    if (!fd) return error_from_errno(errno, "making a socket");
    return fd;
}

}  // namespace

Result<UniqueFd> listen_at(const std::string& folder, const std::string& name) {
    const UniqueFd at = TRY(open_folder(folder));
    const sockaddr_un address = TRY(address_of(at, name));
    if (::unlinkat(at.get(), name.c_str(), 0) != 0 && errno != ENOENT)
        return error_from_errno(errno, "removing an old socket");
    UniqueFd fd = TRY(new_socket(0));
    // The socket's own mode becomes its file's; it is never open to others, not even for a moment.
    if (::fchmod(fd.get(), 0600) != 0) return error_from_errno(errno, "protecting a socket");
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return error_from_errno(errno, "binding " + folder + "/" + name);
    if (::listen(fd.get(), 4) != 0) return error_from_errno(errno, "listening at " + folder + "/" + name);
    return fd;
}

Result<QmpChannel> QmpChannel::connect(const std::string& folder) {
    const UniqueFd at = TRY(open_folder(folder));
    const sockaddr_un address = TRY(address_of(at, "qmp.sock"));
    UniqueFd fd = TRY(new_socket(SOCK_NONBLOCK));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return error_from_errno(errno, "connecting to " + folder + "/qmp.sock");
    return QmpChannel{std::move(fd)};
}

Result<std::vector<QmpMessage>> QmpChannel::receive() {
    std::array<char, 16384> buffer{};
    bool ended = false;
    while (true) {
        const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (got < 0) return error_from_errno(errno, "reading QMP");
        if (got == 0) {
            ended = true;
            break;
        }
        TRY(lines_.add({buffer.data(), static_cast<std::size_t>(got)}));
    }
    std::vector<QmpMessage> messages;
    for (const std::string& line : lines_.take()) messages.push_back(TRY(parse_qmp(line)));
    // What came before the end is told first; the end is found again by the next call.
    if (messages.empty() && ended) return Error{Errc::unavailable, "QEMU closed its QMP socket"};
    return messages;
}

Result<std::uint64_t> QmpChannel::send(std::string_view name, const std::vector<QmpArgument>& arguments,
                                       int attached) {
    const std::uint64_t id = next_id_++;
    std::string line = qmp_command(name, id, arguments);
    iovec piece{line.data(), line.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (attached >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &attached, sizeof attached);
    }
    const auto sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(line.size())) return id;
    return Error{Errc::unavailable, "QEMU does not read its QMP socket"};
}

}  // namespace landfall::machines
