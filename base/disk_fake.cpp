#include "base/disk_fake.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/random.hpp"

namespace landfall {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// One change to a file that sync() has not covered yet.
struct Unsynced {
    std::uint64_t at = 0;
    std::vector<std::byte> content;
    std::optional<std::uint64_t> new_size;  ///< a truncate, where set
};

struct Node {
    bool directory = false;
    std::vector<std::byte> visible;
    std::vector<std::byte> durable;
    std::vector<Unsynced> unsynced;
};

using NodeId = std::uint64_t;

void apply_change(std::vector<std::byte>& content, const Unsynced& change) {
    if (change.new_size) return content.resize(*change.new_size);
    if (content.size() < change.at + change.content.size()) content.resize(change.at + change.content.size());
    std::copy(change.content.begin(), change.content.end(),
              content.begin() + static_cast<std::ptrdiff_t>(change.at));
}

/// Keeps each 512-byte sector of the write with probability one half.
void apply_change_torn(std::vector<std::byte>& content, const Unsynced& change, Random& random) {
    std::size_t from = 0;
    while (from < change.content.size()) {
        const std::size_t until_sector_end = kSector - (change.at + from) % kSector;
        const std::size_t n = std::min(until_sector_end, change.content.size() - from);
        if (random.below(2) == 0) {
            const auto begin = change.content.begin() + static_cast<std::ptrdiff_t>(from);
            apply_change(content,
                         Unsynced{change.at + from, {begin, begin + static_cast<std::ptrdiff_t>(n)}, {}});
        }
        from += n;
    }
}

std::string name_of_path(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

struct FakeDisk::State {
    explicit State(std::uint64_t seed) : random{seed} {
        names["."] = durable_names["."] = 0;
        names["/"] = durable_names["/"] = 0;
        nodes[0].directory = true;
    }

    mutable std::mutex mutex;
    SeededRandom random;
    std::map<NodeId, Node> nodes;
    NodeId next_node = 1;
    std::map<std::string, NodeId> names;          ///< as seen by the running machine
    std::map<std::string, NodeId> durable_names;  ///< as found after a power cut
    std::set<std::string> locks;
    std::uint64_t generation = 0;
    std::uint64_t calls = 0;
    std::uint64_t fail_call = kNever;
    std::uint64_t crash_call = kNever;
    Errc fail_error = Errc::io;
    bool crashed = false;
    std::optional<Bytes> limit;

    Status alive() const {
        if (crashed) return Error{Errc::io, "the fake disk has crashed"};
        return {};
    }

    /// Every mutating call passes here first.
    Status mutate(const std::string& what) {
        TRY(alive());
        ++calls;
        if (calls == crash_call) {
            crashed = true;
            return Error{Errc::io, "the fake disk crashes at " + what};
        }
        if (calls == fail_call) return Error{fail_error, "the fake disk fails " + what};
        return {};
    }

    /// A file without a name takes no space, as if nobody had it open.
    [[nodiscard]] std::uint64_t used() const {
        std::set<NodeId> counted;
        std::uint64_t sum = 0;
        for (const auto& [name, id] : names)
            if (counted.insert(id).second) sum += nodes.at(id).visible.size();
        return sum;
    }

    Status grow(Node& node, std::uint64_t size, const std::string& path) const {
        if (size <= node.visible.size() || !limit) return {};
        if (used() + size - node.visible.size() > limit->count)
            return Error{Errc::exhausted, "writing " + path + ": no space left on the fake disk"};
        return {};
    }

    Result<NodeId> find(const std::string& path) const {
        const auto it = names.find(path);
        if (it == names.end()) return Error{Errc::not_found, path + ": no such file"};
        return it->second;
    }

    /// Directories that no test made are taken to exist where the path has no parent of its own.
    Status parent_exists(const std::string& path) const {
        const std::string parent = directory_of(path);
        const auto it = names.find(parent);
        if (it == names.end() || !nodes.at(it->second).directory)
            return Error{Errc::not_found, parent + ": no such directory"};
        return {};
    }

    void collect() {
        std::set<NodeId> reachable;
        for (const auto& [name, id] : names) reachable.insert(id);
        for (const auto& [name, id] : durable_names) reachable.insert(id);
        std::erase_if(nodes, [&](const auto& entry) { return !reachable.contains(entry.first); });
    }

    void cut_names(Cut cut) {
        std::map<std::string, NodeId> kept = durable_names;
        if (cut == Cut::keep_all) kept = names;
        if (cut == Cut::arbitrary) {
            std::set<std::string> all;
            for (const auto& [name, id] : names) all.insert(name);
            for (const auto& [name, id] : durable_names) all.insert(name);
            for (const std::string& name : all) {
                if (random.below(2) == 0) continue;
                if (names.contains(name))
                    kept[name] = names[name];
                else
                    kept.erase(name);
            }
        }
        // A file whose directory did not survive is gone with it.
        std::erase_if(kept, [&](const auto& entry) {
            return entry.first != "." && entry.first != "/" && !kept.contains(directory_of(entry.first));
        });
        names = durable_names = std::move(kept);
    }

    void cut_content(Node& node, Cut cut) {
        if (cut == Cut::keep_all) {
            node.durable = node.visible;
        } else if (cut == Cut::arbitrary) {
            for (const Unsynced& change : node.unsynced) {
                const std::uint64_t fate = random.below(3);
                if (fate == 0) continue;
                if (fate == 1 || change.new_size)
                    apply_change(node.durable, change);
                else
                    apply_change_torn(node.durable, change, random);
            }
        }
        node.unsynced.clear();
        node.visible = node.durable;
    }
};

class FakeFile final : public File {
public:
    // The state is shared for the reason given in disk_fake.hpp.
    FakeFile(std::shared_ptr<FakeDisk::State> state, NodeId id, std::string path)
        : state_{std::move(state)}, id_{id}, path_{std::move(path)}, generation_{state_->generation} {}

    Result<Bytes> read_at(ByteOffset from, MutableByteSpan to) override {
        const std::lock_guard lock{state_->mutex};
        TRY(alive());
        const auto& content = node().visible;
        if (from.value >= content.size()) return 0_B;
        const std::size_t n = std::min<std::size_t>(to.size(), content.size() - from.value);
        std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(from.value), n, to.begin());
        return Bytes{n};
    }

    Status write_at(ByteOffset at, ByteSpan bytes) override {
        const std::lock_guard lock{state_->mutex};
        TRY(writable());
        TRY(state_->mutate("a write to " + path_));
        TRY(state_->grow(node(), at.value + bytes.size(), path_));
        return change(Unsynced{at.value, {bytes.begin(), bytes.end()}, {}});
    }

    Status sync() override {
        const std::lock_guard lock{state_->mutex};
        TRY(writable());
        Status allowed = state_->mutate("a sync of " + path_);
        if (!allowed.ok()) {
            poisoned_ = true;
            return allowed;
        }
        node().durable = node().visible;
        node().unsynced.clear();
        return {};
    }

    void hint_write_back(ByteOffset, Bytes) override {}
    void hint_read_ahead(ByteOffset, Bytes) override {}

    Status truncate(Bytes size) override {
        const std::lock_guard lock{state_->mutex};
        TRY(writable());
        TRY(state_->mutate("a truncate of " + path_));
        TRY(state_->grow(node(), size.count, path_));
        return change(Unsynced{0, {}, size.count});
    }

    Status allocate(Bytes size) override {
        const std::lock_guard lock{state_->mutex};
        TRY(writable());
        TRY(state_->mutate("an allocation of " + path_));
        TRY(state_->grow(node(), size.count, path_));
        if (size.count <= node().visible.size()) return {};
        return change(Unsynced{0, {}, size.count});
    }

    Result<Bytes> size() override {
        const std::lock_guard lock{state_->mutex};
        TRY(alive());
        return Bytes{node().visible.size()};
    }

    // To the byte, where real disks answer the page: nobody may rely on more than was asked for.
    Result<Bytes> data_end() override {
        const std::lock_guard lock{state_->mutex};
        TRY(alive());
        const auto& content = node().visible;
        std::size_t end = content.size();
        while (end > 0 && content[end - 1] == std::byte{0}) --end;
        return Bytes{end};
    }

private:
    Node& node() { return state_->nodes[id_]; }
    Status alive() const {
        TRY(state_->alive());
        if (generation_ != state_->generation)
            return Error{Errc::io, path_ + ": opened before the power was cut"};
        return {};
    }
    Status writable() const {
        TRY(alive());
        if (poisoned_) return Error{Errc::io, path_ + ": an earlier sync failed, its writes may be lost"};
        return {};
    }
    Status change(Unsynced made) {
        apply_change(node().visible, made);
        node().unsynced.push_back(std::move(made));
        return {};
    }

    std::shared_ptr<FakeDisk::State> state_;
    NodeId id_;
    std::string path_;
    std::uint64_t generation_;
    bool poisoned_ = false;
};

class FakeLock final : public FileLock {
public:
    // The state is shared for the reason given in disk_fake.hpp.
    FakeLock(std::shared_ptr<FakeDisk::State> state, std::string path)
        : state_{std::move(state)}, path_{std::move(path)}, generation_{state_->generation} {}
    ~FakeLock() override {
        const std::lock_guard lock{state_->mutex};
        if (generation_ == state_->generation) state_->locks.erase(path_);
    }

private:
    std::shared_ptr<FakeDisk::State> state_;
    std::string path_;
    std::uint64_t generation_;
};

FakeDisk::FakeDisk(std::uint64_t seed) : state_{std::make_shared<State>(seed)} {}
FakeDisk::~FakeDisk() = default;

void FakeDisk::fail_at(std::uint64_t call, Errc error) {
    const std::lock_guard lock{state_->mutex};
    state_->fail_call = state_->calls + call;
    state_->fail_error = error;
}

void FakeDisk::crash_at(std::uint64_t call) {
    const std::lock_guard lock{state_->mutex};
    state_->crash_call = state_->calls + call;
}

bool FakeDisk::crashed() const {
    const std::lock_guard lock{state_->mutex};
    return state_->crashed;
}

std::uint64_t FakeDisk::calls() const {
    const std::lock_guard lock{state_->mutex};
    return state_->calls;
}

void FakeDisk::limit_space(std::optional<Bytes> total) {
    const std::lock_guard lock{state_->mutex};
    state_->limit = total;
}

void FakeDisk::power_cut(Cut cut) {
    const std::lock_guard lock{state_->mutex};
    ++state_->generation;
    state_->locks.clear();
    state_->crashed = false;
    state_->fail_call = state_->crash_call = kNever;
    state_->cut_names(cut);
    for (auto& [id, node] : state_->nodes) state_->cut_content(node, cut);
    state_->collect();
}

Status FakeDisk::corrupt(const std::string& path, ByteOffset at, std::byte mask) {
    const std::lock_guard lock{state_->mutex};
    Node& node = state_->nodes[TRY(state_->find(path))];
    if (at.value >= node.visible.size()) return Error{Errc::invalid, path + ": shorter than the offset"};
    node.visible[at.value] ^= mask;
    if (at.value < node.durable.size()) node.durable[at.value] ^= mask;
    return {};
}

std::unique_ptr<FakeDisk> FakeDisk::clone() const {
    const std::lock_guard lock{state_->mutex};
    auto copy = std::make_unique<FakeDisk>(state_->calls + 7);
    copy->state_->names = copy->state_->durable_names = state_->names;
    copy->state_->next_node = state_->next_node;
    for (const auto& [id, node] : state_->nodes)
        copy->state_->nodes[id] = Node{node.directory, node.visible, node.visible, {}};
    return copy;
}

Result<std::unique_ptr<File>> FakeDisk::open(const std::string& path, OpenMode mode, Caching) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    const auto found = state_->names.find(path);
    const bool present = found != state_->names.end();
    if (present && state_->nodes[found->second].directory) return Error{Errc::io, path + " is a directory"};
    if (present && mode == OpenMode::create_new) return Error{Errc::already_exists, path + " exists"};
    if (!present && (mode == OpenMode::read || mode == OpenMode::read_write))
        return Error{Errc::not_found, path + ": no such file"};
    NodeId id = present ? found->second : 0;
    if (!present) {
        TRY(state_->parent_exists(path));
        TRY(state_->mutate("the creation of " + path));
        id = state_->next_node++;
        state_->nodes[id] = Node{};
        state_->names[path] = id;
    }
    return std::unique_ptr<File>{std::make_unique<FakeFile>(state_, id, path)};
}

Status FakeDisk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    const NodeId id = TRY(state_->find(from));
    TRY(state_->parent_exists(to));
    TRY(state_->mutate("renaming " + from));
    state_->names.erase(from);
    state_->names[to] = id;
    return {};
}

Status FakeDisk::link(const std::string& from, const std::string& to) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    const NodeId id = TRY(state_->find(from));
    if (state_->names.contains(to)) return Error{Errc::already_exists, to + " exists"};
    TRY(state_->parent_exists(to));
    TRY(state_->mutate("linking " + from));
    state_->names[to] = id;
    return {};
}

Status FakeDisk::unlink(const std::string& path) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    const NodeId id = TRY(state_->find(path));
    if (state_->nodes[id].directory) return Error{Errc::io, path + " is a directory"};
    TRY(state_->mutate("removing " + path));
    state_->names.erase(path);
    return {};
}

Status FakeDisk::make_directory(const std::string& path) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    if (const auto it = state_->names.find(path); it != state_->names.end()) {
        if (state_->nodes[it->second].directory) return {};
        return Error{Errc::already_exists, path + " is not a directory"};
    }
    TRY(state_->parent_exists(path));
    TRY(state_->mutate("making directory " + path));
    const NodeId id = state_->next_node++;
    state_->nodes[id].directory = true;
    state_->names[path] = id;
    return {};
}

Status FakeDisk::remove_directory(const std::string& path) {
    if (!TRY(list(path)).empty()) return Error{Errc::io, path + " is not empty"};
    const std::lock_guard lock{state_->mutex};
    TRY(state_->mutate("removing directory " + path));
    state_->names.erase(path);
    return {};
}

Status FakeDisk::sync_directory(const std::string& path) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    TRY(state_->find(path));
    TRY(state_->mutate("syncing directory " + path));
    const auto inside = [&](const auto& entry) {
        return directory_of(entry.first) == path && entry.first != path;
    };
    std::erase_if(state_->durable_names, inside);
    for (const auto& entry : state_->names)
        if (inside(entry)) state_->durable_names[entry.first] = entry.second;
    return {};
}

Result<std::vector<std::string>> FakeDisk::list(const std::string& directory) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    TRY(state_->find(directory));
    std::vector<std::string> found;
    for (const auto& [path, id] : state_->names)
        if (path != "." && path != "/" && directory_of(path) == directory)
            found.push_back(name_of_path(path));
    std::sort(found.begin(), found.end());
    return found;
}

Result<FileStat> FakeDisk::stat(const std::string& path) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    const Node& node = state_->nodes[TRY(state_->find(path))];
    return FileStat{.kind = node.directory ? FileKind::directory : FileKind::file,
                    .size = Bytes{node.visible.size()}};
}

Result<SpaceStat> FakeDisk::space(const std::string&) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    const Bytes total = state_->limit.value_or(1_GiB * 1024);
    const std::uint64_t used = state_->used();
    return SpaceStat{.total = total, .available = Bytes{total.count > used ? total.count - used : 0}};
}

Result<std::unique_ptr<FileLock>> FakeDisk::lock(const std::string& path) {
    const std::lock_guard lock{state_->mutex};
    TRY(state_->alive());
    TRY(state_->parent_exists(path));
    if (!state_->locks.insert(path).second) return Error{Errc::unavailable, path + " is locked"};
    return std::unique_ptr<FileLock>{std::make_unique<FakeLock>(state_, path)};
}

}  // namespace landfall
