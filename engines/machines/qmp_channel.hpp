// One connection to a machine's QMP socket: non-blocking, owned by the host's thread.
//
// Invariants
//   1. After an error the channel is of no more use; the process behind it may live on.
//   2. Ids are given once: a return that carries an id answers the command that got it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/machines/qmp_message.hpp"
#include "engines/machines/unique_fd.hpp"

namespace landfall::machines {

class QmpChannel {
public:
    /// `folder`/qmp.sock; the path may be longer than a socket address can be.
    static Result<QmpChannel> connect(const std::string& folder);

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// What has arrived by now. unavailable at end of file, invalid for what is not QMP.
    Result<std::vector<QmpMessage>> receive();
    /// Sends a command, with a descriptor beside it if `attached` is not -1, and returns its id. QEMU reads
    /// its socket at once; a full buffer means that it does not, and is an error (unavailable).
    Result<std::uint64_t> send(std::string_view name, const std::vector<QmpArgument>& arguments = {},
                               int attached = -1);

private:
    explicit QmpChannel(UniqueFd fd) : fd_{std::move(fd)} {}
    UniqueFd fd_;
    QmpLines lines_;
    std::uint64_t next_id_ = 1;
};

/// A listening socket `folder`/`name`, mode 0600; one that is there already is replaced.
[[nodiscard]] Result<UniqueFd> listen_at(const std::string& folder, const std::string& name);

}  // namespace landfall::machines
