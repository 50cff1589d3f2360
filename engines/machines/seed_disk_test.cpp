#include "engines/machines/seed_disk.hpp"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/bytes.hpp"

namespace landfall::machines {
namespace {

/// Reads a file out of a disk image with mtools: another implementation of the same file system.
std::string read_with_mtools(const std::string& image, const std::string& name, const std::string& to) {
    std::vector<std::string> words{"/usr/bin/mcopy", "-n", "-o", "-i", image, "::" + name, to};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0)
        return "mcopy did not start";
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) return "mcopy failed";
    std::ostringstream text;
    text << std::ifstream{to, std::ios::binary}.rdbuf();
    return text.str();
}

TEST(SeedDisk, another_implementation_reads_every_file_back) {
    std::string folder = ::testing::TempDir() + "landfall-seed-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string image = folder + "/seed.img";
    const std::string out = folder + "/out";
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{2048}, std::size_t{2049}, std::size_t{256 * 1024}}) {
        SeedSpec seed{"instance-id: i-1\n", std::string(size, '\0'), "version: 2\n"};
        for (std::size_t i = 0; i < size; ++i) seed.user_data[i] = static_cast<char>(i * 7 % 251);
        const auto bytes = seed_disk(seed);
        std::ofstream{image, std::ios::binary} << text_of(bytes);
        EXPECT_EQ(read_with_mtools(image, "meta-data", out), seed.meta_data);
        EXPECT_EQ(read_with_mtools(image, "user-data", out), seed.user_data) << size;
        EXPECT_EQ(read_with_mtools(image, "network-config", out), seed.network_config);
    }
    for (const std::string& file : {image, out}) ::unlink(file.c_str());
    ::rmdir(folder.c_str());
}

}  // namespace
}  // namespace landfall::machines
