// A store on a fake disk with a fake index, and what tests do with it again and again.
#pragma once

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/disk_fake.hpp"
#include "base/random.hpp"
#include "core/blocks/memory_index_testing.hpp"
#include "core/blocks/store.hpp"

namespace landfall::blocks {

using Content = std::vector<std::byte>;

/// Bytes that look random and do not compress.
inline Content noise(std::uint64_t seed, std::size_t size) {
    Content bytes(size);
    SeededRandom{seed}.fill(bytes);
    return bytes;
}

/// Bytes that compress about twofold.
inline Content prose(std::uint64_t seed, std::size_t size) {
    Content bytes = noise(seed, size);
    for (std::byte& b : bytes) b &= std::byte{0x0f};
    return bytes;
}

/// An RFC 1950 stream of the bytes.
inline Content zlib_of(ByteSpan plain) {
    libdeflate_compressor* const compressor = libdeflate_alloc_compressor(6);
    CHECK(compressor != nullptr);
    Content stream(libdeflate_zlib_compress_bound(compressor, plain.size()));
    stream.resize(
        libdeflate_zlib_compress(compressor, plain.data(), plain.size(), stream.data(), stream.size()));
    libdeflate_free_compressor(compressor);
    return stream;
}

inline Options small_options() {
    Options options;
    options.pack_size = 512_KiB;
    options.workers = 2;
    options.free_min = 0_B;
    options.reserve = 0_B;
    options.commit_wait_max = Duration{0};
    return options;
}

/// Opens, closes and re-opens one store on a FakeDisk.
class World {
public:
    explicit World(std::uint64_t seed = 1, Options chosen = small_options())
        : disk{seed}, random{seed}, options{chosen} {
        auto made = MasterKeyFile::open(disk, "master", random);
        CHECK(made.ok());
        keys = std::move(*made);
    }

    [[nodiscard]] Seams seams() {
        return Seams{.disk = disk, .clock = clock, .random = random, .keys = *keys, .index = &index};
    }
    [[nodiscard]] Status open() {
        store = nullptr;
        store = TRY(Store::open(seams(), "store", options));
        domain = TRY(store->domain({"000000000000", "default", "us-east-1"}));
        return {};
    }
    /// The machine loses power and the store is gone; open() comes back.
    void power_cut(FakeDisk::Cut cut) {
        store = nullptr;
        disk.power_cut(cut);
        if (cut == FakeDisk::Cut::keep_all)
            index.kill();
        else
            index.power_cut(random);
    }
    /// Packs are named by what is on the disk.
    [[nodiscard]] std::vector<std::string> packs(const std::string& where = "packs") {
        std::vector<std::string> paths;
        const auto names = disk.list("store/" + where).value();
        for (const std::string& name : names)
            if (name.ends_with(".pack")) paths.push_back("store/" + where + "/" + name);
        return paths;
    }

    FakeDisk disk;
    SeededRandom random;
    ManualClock clock;
    MemoryIndexSource index;
    std::unique_ptr<MasterKeyFile> keys;
    Options options;
    std::unique_ptr<Store> store;
    DomainNumber domain;
};

inline Result<TreeRoot> write_stream(Store& store, const Lease& lease, DomainNumber domain, ByteSpan bytes) {
    auto writer = TRY(store.write_stream(lease, domain));
    TRY(writer->append(bytes));
    return writer->finish();
}

inline Result<TreeRoot> write_image(Store& store, const Lease& lease, DomainNumber domain, ByteSpan bytes) {
    auto writer = TRY(store.write_image(lease, domain, Bytes{bytes.size()}));
    TRY(writer->write(BlockIndex{0}, bytes));
    return writer->finish();
}

inline Status commit_root(Store& store, const Lease& lease, const RefKey& key, const TreeRoot& root) {
    const std::vector<RefChange> changes{{.key = key, .expect = Anything{}, .to = root}};
    TRY(store.commit(lease, changes));
    return {};
}

/// One stream under one name, durable.
inline Status put_object(Store& store, DomainNumber domain, const std::string& name, ByteSpan bytes) {
    const Lease lease = store.lease();
    return commit_root(store, lease, {"test", name}, TRY(write_stream(store, lease, domain, bytes)));
}

inline Status delete_object(Store& store, const std::string& name) {
    const Lease lease = store.lease();
    const std::vector<RefChange> changes{{.key = {"test", name}, .expect = Anything{}, .to = std::nullopt}};
    TRY(store.commit(lease, changes));
    return {};
}

inline Result<Content> read_whole(Reader& reader) {
    Content bytes(reader.root().length.count);
    TRY(reader.read(ByteOffset{0}, bytes));
    return bytes;
}

inline Result<Content> get_object(Store& store, const std::string& name) {
    const auto reader = TRY(store.open(RefKey{"test", name}));
    return read_whole(*reader);
}

/// A directory of the real file system that goes with the object.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = ::testing::TempDir() + "blocks-XXXXXX";
        CHECK(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace landfall::blocks
