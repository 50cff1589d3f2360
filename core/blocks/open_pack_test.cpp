#include "core/blocks/open_pack.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/disk_fake.hpp"
#include "base/random.hpp"

namespace landfall::blocks {
namespace {

std::unique_ptr<OpenPack> pack_on(FakeDisk& disk) {
    OpenPack::Identity identity{.header = {}, .number = 1, .path = "/packs/p"};
    EXPECT_TRUE(disk.make_directory("/packs").ok());
    auto made =
        OpenPack::create(disk, std::move(identity), Aead{SecretBytes{std::vector<std::byte>(32)}}, 64_MiB);
    EXPECT_TRUE(made.ok()) << made.error().message();
    return std::move(*made);
}

TEST(OpenPack, what_is_appended_while_it_is_closed_is_in_it_whole_or_refused) {
    const std::vector<std::byte> payload(100);
    for (int round = 0; round < 50; ++round) {
        FakeDisk disk;
        const std::unique_ptr<OpenPack> pack = pack_on(disk);
        std::atomic<std::size_t> taken = 0;
        std::vector<std::thread> appending;
        for (int i = 0; i < 4; ++i)
            appending.emplace_back([&] {
                for (;;) {
                    const auto at = pack->append({.raw_length = 100}, payload);
                    if (!at.ok() || !*at) return;
                    ++taken;
                }
            });
        while (taken < 20) std::this_thread::yield();
        pack->close();
        const auto entries = pack->sync();
        ASSERT_TRUE(entries.ok());
        EXPECT_TRUE(pack->finish().ok());
        for (std::thread& thread : appending) thread.join();
        EXPECT_EQ(entries->size(), taken);
        EXPECT_EQ(pack->record().frames, taken);
    }
}

}  // namespace
}  // namespace landfall::blocks
