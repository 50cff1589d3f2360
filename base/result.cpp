#include "base/result.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace landfall {

std::string_view name_of(Errc code) {
    switch (code) {
        case Errc::not_found: return "not_found";
        case Errc::already_exists: return "already_exists";
        case Errc::precondition: return "precondition";
        case Errc::invalid: return "invalid";
        case Errc::denied: return "denied";
        case Errc::exhausted: return "exhausted";
        case Errc::unavailable: return "unavailable";
        case Errc::timeout: return "timeout";
        case Errc::cancelled: return "cancelled";
        case Errc::corrupt: return "corrupt";
        case Errc::io: return "io";
    }
    return "unknown";
}

Error Error::in(std::string_view doing) && {
    std::string told{doing};
    told += ": ";
    told += message_;
    return Error{code_, std::move(told)};
}

static Errc code_of_errno(int number) {
    switch (number) {
        case ENOENT: return Errc::not_found;
        case EEXIST: return Errc::already_exists;
        case EACCES:
        case EPERM: return Errc::denied;
        case ENOSPC:
        case EDQUOT: return Errc::exhausted;
        case EMFILE:
        case ENFILE: return Errc::unavailable;  // descriptors come back by themselves; deleting frees none
        case ETIMEDOUT: return Errc::timeout;
        case ECANCELED: return Errc::cancelled;
        default: return Errc::io;
    }
}

Error error_from_errno(int number, std::string_view doing) {
    std::string message{doing};
    message += ": ";
    message += std::generic_category().message(number);
    return Error{code_of_errno(number), std::move(message)};
}

void check_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "CHECK failed: %s (%s:%d)\n", expression, file, line);
    std::fflush(stderr);
    std::abort();
}

}  // namespace landfall
