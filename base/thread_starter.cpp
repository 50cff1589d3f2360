#include "base/thread_starter.hpp"

#include <pthread.h>

#include <csignal>
#include <string>

namespace landfall {
namespace {

constexpr std::size_t kNameMax = 15;  // pthread_setname_np(3): 16 bytes with the terminator

}  // namespace

std::thread SystemThreads::start(std::string_view name, UniqueFunction<void()> body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    // The new thread inherits the mask of its maker, so there is no moment in which it takes a signal.
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    std::thread thread{[text = std::string{name.substr(0, kNameMax)}, run = std::move(body)]() mutable {
        (void)pthread_setname_np(pthread_self(), text.c_str());
        run();
    }};
    CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
    return thread;
}

}  // namespace landfall
