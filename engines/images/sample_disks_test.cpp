#include <fcntl.h>
#include <libdeflate.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/random.hpp"
#include "engines/images/sample_disks_testing.hpp"

extern char** environ;

namespace landfall::images {

TempFolder::TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "landfall-images-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
}
TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}
std::string TempFolder::path(std::string_view name) const { return path_ + "/" + std::string{name}; }

int run_program(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return -1;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ByteVector read_file(const std::string& path) {
    ByteVector bytes(std::filesystem::file_size(path));
    std::ifstream in{path, std::ios::binary};
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    CHECK(in.good() || bytes.empty());
    return bytes;
}

void write_file(const std::string& path, ByteSpan bytes) {
    std::ofstream out{path, std::ios::binary};
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    CHECK(out.good());
}

ByteVector patterned_disk(std::size_t size, std::uint64_t seed) {
    SeededRandom random{seed};
    ByteVector disk(size);
    constexpr std::string_view kText = "Landfall reads disks of every format, and reads them once. ";
    for (std::size_t at = 0; at < size;) {
        const std::size_t longest = std::size_t{512} << random.below(13);
        const std::size_t length = std::min<std::size_t>(size - at, 512 * (1 + random.below(longest / 512)));
        const MutableByteSpan run = MutableByteSpan{disk}.subspan(at, length);
        switch (random.below(4)) {
            case 0: random.fill(run); break;
            case 1:
                for (std::size_t i = 0; i < run.size(); ++i) {
                    run[i] = static_cast<std::byte>(kText[(i + at) % kText.size()]);
                }
                break;
            case 2: random.fill(run.first(std::min<std::size_t>(run.size(), 100))); break;
            default: break;
        }
        at += length;
    }
    return disk;
}

std::string made_by_qemu(const TempFolder& folder, const ByteVector& raw, const std::string& format,
                         const std::string& options) {
    const std::string from = folder.path("source.raw");
    const std::string to = folder.path("made." + format);
    write_file(from, raw);
    std::vector<std::string> command{"qemu-img", "convert", "-f", "raw", "-O", format};
    const bool compress = options.starts_with("-c");
    if (compress) command.emplace_back("-c");
    const std::string rest = compress ? options.substr(2) : options;
    if (!rest.empty()) command.insert(command.end(), {"-o", rest});
    command.insert(command.end(), {from, to});
    CHECK(run_program(command) == 0);
    return to;
}

ByteVector read_by_qemu(const TempFolder& folder, const std::string& path, const std::string& format) {
    const std::string to = folder.path("read_by_qemu.raw");
    CHECK(run_program({"qemu-img", "convert", "-f", format, "-O", "raw", path, to}) == 0);
    return read_file(to);
}

Status MemorySink::put(BlockIndex first, ByteSpan blocks) {
    constexpr std::size_t kBlock = kBlockSize.count;
    EXPECT_EQ(blocks.size() % kBlock, 0u);
    EXPECT_GT(blocks.size(), 0u);
    EXPECT_LE(blocks.size(), 2u << 20);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks.data()) % 4096, 0u);
    const std::scoped_lock lock{mutex_};
    for (std::size_t at = 0; at < blocks.size(); at += kBlock) {
        static const ByteVector kZeros(kBlock);
        const ByteSpan block = blocks.subspan(at, kBlock);
        EXPECT_NE(std::memcmp(block.data(), kZeros.data(), kBlock), 0);
        const bool once =
            blocks_.emplace(first.value + at / kBlock, ByteVector{block.begin(), block.end()}).second;
        EXPECT_TRUE(once) << "block " << first.value + at / kBlock << " was put twice";
    }
    return {};
}

Status MemorySink::put_zlib(std::span<const ZlibBlock> blocks) {
    libdeflate_decompressor* const inflate = libdeflate_alloc_decompressor();
    for (const ZlibBlock& block : blocks) {
        EXPECT_EQ(block.plain.size(), kBlockSize.count);
        ByteVector inflated(block.plain.size());
        std::size_t used = 0;
        EXPECT_EQ(libdeflate_zlib_decompress_ex(inflate, block.zlib.data(), block.zlib.size(),
                                                inflated.data(), inflated.size(), &used, nullptr),
                  LIBDEFLATE_SUCCESS);
        EXPECT_EQ(used, block.zlib.size());
        EXPECT_EQ(std::memcmp(inflated.data(), block.plain.data(), inflated.size()), 0);
        ++streams_;
        EXPECT_TRUE(put(block.at, block.plain).ok());
    }
    libdeflate_free_decompressor(inflate);
    return {};
}

ByteVector MemorySink::disk(Bytes size) const {
    ByteVector disk(static_cast<std::size_t>(size.count));
    for (const auto& [index, block] : blocks_) {
        const std::size_t at = static_cast<std::size_t>(index * kBlockSize.count);
        CHECK(at < disk.size());
        const std::size_t inside = std::min(block.size(), disk.size() - at);
        std::memcpy(disk.data() + at, block.data(), inside);
        EXPECT_TRUE(std::all_of(block.begin() + static_cast<std::ptrdiff_t>(inside), block.end(),
                                [](std::byte b) { return b == std::byte{0}; }))
            << "bytes after the disk's end are not zero";
    }
    return disk;
}

void NamedFiles::add(std::string name, ByteVector bytes) {
    files_.emplace(std::piecewise_construct, std::forward_as_tuple(name),
                   std::forward_as_tuple(name, std::move(bytes)));
}
const ByteSource* NamedFiles::find(std::string_view name) const {
    const auto found = files_.find(name);
    return found == files_.end() ? nullptr : &found->second;
}

Result<ByteVector> decoded(Format format, const ByteSource& source, unsigned threads,
                           const SiblingFiles* siblings) {
    const auto image = TRY(open_image(format, source, {.siblings = siblings}));
    MemorySink sink;
    const ImportReport report = TRY(import_disk(*image, sink, {.threads = threads}));
    EXPECT_EQ(report.blocks_put.count, sink.blocks());
    return sink.disk(image->virtual_size());
}

std::string refusal(Format format, ByteVector bytes, const SiblingFiles* siblings) {
    const MemorySource source{"upload", std::move(bytes)};
    const auto result = decoded(format, source, 2, siblings);
    if (!result.ok()) {
        EXPECT_TRUE(result.error().code() == Errc::invalid || result.error().code() == Errc::exhausted);
        return result.error().message();
    }
    ADD_FAILURE() << "was not refused";
    return {};
}

::testing::AssertionResult same_bytes(const ByteVector& a, const ByteVector& b) {
    if (a.size() != b.size())
        return ::testing::AssertionFailure() << "sizes " << a.size() << " and " << b.size();
    if (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0) return ::testing::AssertionSuccess();
    const auto [x, y] = std::ranges::mismatch(a, b);
    return ::testing::AssertionFailure() << "first difference at byte " << (x - a.begin());
}

::testing::AssertionResult same_then_zeros(const ByteVector& longer, const ByteVector& shorter) {
    if (longer.size() < shorter.size()) {
        return ::testing::AssertionFailure() << longer.size() << " bytes are fewer than " << shorter.size();
    }
    ByteVector padded = shorter;
    padded.resize(longer.size());
    return same_bytes(longer, padded);
}

}  // namespace landfall::images
