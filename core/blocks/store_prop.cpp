// Random histories of a store beside a model of it: writes, overwrites, snapshots, clones, compositions,
// deletes, collections, restarts, power cuts, rebuilds. After every restart everything acknowledged reads
// back bit-exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/blocks/store_testing.hpp"

namespace landfall::blocks {
namespace {

class History {
public:
    explicit History(std::uint64_t seed) : world_{seed, options()}, random_{seed * 31 + 7} {
        EXPECT_TRUE(world_.open().ok());
    }

    void run(int steps) {
        for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
        check_all();
        const auto report = world_.store->verify(VerifyDepth::all);
        ASSERT_TRUE(report.ok()) << report.error().message();
        EXPECT_TRUE(report->clean()) << (report->damage.empty() ? "" : report->damage[0].what);
    }

private:
    struct Object {
        Content content;
        TreeKind kind = TreeKind::stream;
    };

    static Options options() {
        Options chosen = small_options();
        chosen.pack_size = 128_KiB;
        return chosen;
    }

    void step() {
        switch (random_.below(14)) {
            case 0:
            case 1:
            case 2:
            case 3: return put_stream();
            case 4:
            case 5:
            case 6: return put_image();
            case 7: return clone();
            case 8: return compose();
            case 9: return remove();
            case 10: return collect();
            case 11: return restart();
            case 12: return read_some();
            default: return differ();
        }
    }

    std::string a_name() { return "n" + std::to_string(random_.below(8)); }
    const std::string* an_object(TreeKind kind) {
        std::vector<const std::string*> fitting;
        for (const auto& [name, object] : model_)
            if (object.kind == kind) fitting.push_back(&name);
        return fitting.empty() ? nullptr : fitting[random_.below(fitting.size())];
    }
    /// Seeds repeat, so that contents meet again.
    Content some_bytes(std::size_t most) {
        const std::size_t size = random_.below(4) == 0 ? random_.below(200) : random_.below(most);
        return random_.below(2) == 0 ? noise(random_.below(5) + 1, size) : prose(random_.below(5) + 1, size);
    }
    void keep(const std::string& name, Content content, TreeKind kind, const Status& status) {
        ASSERT_TRUE(status.ok()) << status.error().message();
        model_[name] = {std::move(content), kind};
    }

    void put_stream() {
        const std::string name = a_name();
        Content content = some_bytes(400000);
        const Status status = put_object(*world_.store, world_.domain, name, content);
        keep(name, std::move(content), TreeKind::stream, status);
    }

    void put_image() {
        const std::string* const base = random_.below(2) == 0 ? an_object(TreeKind::image) : nullptr;
        const std::string name = a_name();
        Content content = base != nullptr ? model_[*base].content : Content{};
        content.resize(
            std::max<std::size_t>(content.size(), random_.below(300) * 65536 + random_.below(2) * 777));
        const Status status = [&]() -> Status {
            const Lease lease = world_.store->lease();
            std::optional<TreeRoot> root;
            if (base != nullptr) root = TRY(world_.store->pin(lease, {"test", *base})).root;
            const auto writer =
                TRY(world_.store->write_image(lease, world_.domain, Bytes{content.size()}, root));
            for (std::uint64_t i = random_.below(6); i > 0; --i) TRY(change_image(*writer, content));
            return commit_root(*world_.store, lease, {"test", name}, TRY(writer->finish()));
        }();
        keep(name, std::move(content), TreeKind::image, status);
    }

    Status change_image(ImageWriter& writer, Content& content) {
        const std::uint64_t blocks = (content.size() + 65535) / 65536;
        if (blocks == 0) return {};
        const std::uint64_t first = random_.below(blocks);
        const std::uint64_t count = std::min(blocks - first, random_.below(5) + 1);
        const std::size_t from = first * 65536;
        const std::size_t size = std::min<std::size_t>(count * 65536, content.size() - from);
        if (random_.below(3) == 0) {
            std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(from), size, std::byte{0});
            return writer.zero({BlockIndex{first}, BlockCount{count}});
        }
        if (size == count * 65536 && random_.below(3) == 0) {
            const Content fresh = prose(random_.below(9) + 1, 65536);
            std::copy(fresh.begin(), fresh.end(), content.begin() + static_cast<std::ptrdiff_t>(from));
            const Content zlib = zlib_of(fresh);
            return writer.write_zlib(std::vector<ZlibBlock>{{BlockIndex{first}, fresh, zlib}});
        }
        const Content fresh = noise(random_.below(9) + 1, size);
        std::copy(fresh.begin(), fresh.end(), content.begin() + static_cast<std::ptrdiff_t>(from));
        return writer.write(BlockIndex{first}, fresh);
    }

    void clone() {
        if (model_.empty()) return;
        const auto from =
            std::next(model_.begin(), static_cast<std::ptrdiff_t>(random_.below(model_.size())));
        const std::string name = a_name();
        const Lease lease = world_.store->lease();
        const auto ref = world_.store->pin(lease, {"test", from->first});
        ASSERT_TRUE(ref.ok());
        const Object copy = from->second;
        keep(name, copy.content, copy.kind, commit_root(*world_.store, lease, {"test", name}, ref->root));
    }

    void compose() {
        const Lease lease = world_.store->lease();
        std::vector<TreeRoot> parts;
        Content content;
        for (std::uint64_t i = random_.below(5); i > 0; --i) {
            const std::string* const part = an_object(TreeKind::stream);
            if (part == nullptr || content.size() + model_[*part].content.size() > 3000000) continue;
            parts.push_back(world_.store->pin(lease, {"test", *part})->root);
            content.insert(content.end(), model_[*part].content.begin(), model_[*part].content.end());
        }
        const auto root = world_.store->compose(lease, world_.domain, parts);
        if (root.is(Errc::invalid)) return;  // composed of composed ones too often
        ASSERT_TRUE(root.ok()) << root.error().message();
        const std::string name = a_name();
        keep(name, std::move(content), TreeKind::stream,
             commit_root(*world_.store, lease, {"test", name}, *root));
    }

    void remove() {
        const std::string name = a_name();
        ASSERT_TRUE(delete_object(*world_.store, name).ok());
        model_.erase(name);
    }

    void collect() {
        const auto report = world_.store->collect_garbage(
            {.rewrite_above_percent = static_cast<unsigned>(random_.below(60))});
        ASSERT_TRUE(report.ok()) << report.error().message();
        EXPECT_EQ(report->roots_marked, model_.size());
    }

    void restart() {
        switch (random_.below(4)) {
            case 0: world_.power_cut(FakeDisk::Cut::arbitrary); break;
            case 1: world_.power_cut(FakeDisk::Cut::lose_all); break;
            case 2:
                world_.store = nullptr;
                ASSERT_TRUE(Store::rebuild_index(world_.seams(), "store", world_.options).ok());
                break;
            default: break;
        }
        const Status opened = world_.open();
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        check_all();
    }

    void check_all() {
        const auto refs = world_.store->list("test", "", 100).value();
        EXPECT_EQ(refs.size(), model_.size());
        for (const auto& [name, object] : model_) {
            const auto found = get_object(*world_.store, name);
            ASSERT_TRUE(found.ok()) << name << ": " << found.error().message();
            EXPECT_TRUE(*found == object.content) << name;
        }
    }

    void read_some() {
        if (model_.empty()) return;
        const auto& [name, object] =
            *std::next(model_.begin(), static_cast<std::ptrdiff_t>(random_.below(model_.size())));
        const auto reader = world_.store->open(RefKey{"test", name}).value();
        const std::size_t from = random_.below(object.content.size() + 1);
        Content part(random_.below(object.content.size() - from + 1));
        ASSERT_TRUE(reader->read(ByteOffset{from}, part).ok());
        EXPECT_TRUE(
            std::equal(part.begin(), part.end(), object.content.begin() + static_cast<std::ptrdiff_t>(from)));
    }

    void differ() {
        const std::string* const before = an_object(TreeKind::image);
        const std::string* const after = an_object(TreeKind::image);
        if (before == nullptr) return;
        const Lease lease = world_.store->lease();
        const TreeRoot a = world_.store->pin(lease, {"test", *before})->root;
        const TreeRoot b = world_.store->pin(lease, {"test", *after})->root;
        const auto runs = world_.store->diff(lease, a, b, BlockIndex{0}, 100000);
        ASSERT_TRUE(runs.ok());
        std::vector<bool> named(400);
        for (const BlockRun& run : *runs)
            for (std::uint64_t i = 0; i < run.count.count; ++i) named[run.first.value + i] = true;
        for (std::uint64_t i = 0; i < 310; ++i)
            EXPECT_EQ(named[i], block_of(*before, i) != block_of(*after, i)) << i;
    }
    Content block_of(const std::string& name, std::uint64_t index) {
        const Content& content = model_[name].content;
        Content block(65536);
        const std::size_t from = std::min<std::size_t>(index * 65536, content.size());
        const std::size_t n = std::min<std::size_t>(65536, content.size() - from);
        std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(from), n, block.begin());
        return block;
    }

    World world_;
    SeededRandom random_;
    std::map<std::string, Object> model_;
};

class StoreHistory : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(StoreHistory, agrees_with_its_model) { History{GetParam()}.run(90); }

INSTANTIATE_TEST_SUITE_P(Seeds, StoreHistory, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace landfall::blocks
