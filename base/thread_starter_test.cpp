#include "base/thread_starter.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>
#include <string>

namespace landfall {
namespace {

TEST(ThreadStarter, a_thread_has_its_name_cut_to_what_the_kernel_keeps) {
    SystemThreads threads;
    std::string name(16, '\0');
    auto thread = threads.start("state.writer.and.more", [&] {
        CHECK(pthread_getname_np(pthread_self(), name.data(), name.size()) == 0);
    });
    thread.join();
    EXPECT_STREQ(name.c_str(), "state.writer.an");
}

TEST(ThreadStarter, a_thread_takes_no_signal_and_its_maker_keeps_its_mask) {
    SystemThreads threads;
    sigset_t in_thread;
    auto thread = threads.start("quiet", [&] { pthread_sigmask(SIG_SETMASK, nullptr, &in_thread); });
    thread.join();
    EXPECT_EQ(sigismember(&in_thread, SIGTERM), 1);
    sigset_t here;
    pthread_sigmask(SIG_SETMASK, nullptr, &here);
    EXPECT_EQ(sigismember(&here, SIGTERM), 0);
}

}  // namespace
}  // namespace landfall
