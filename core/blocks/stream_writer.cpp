#include <algorithm>
#include <deque>
#include <utility>

#include "core/blocks/chunker.hpp"
#include "core/blocks/engine.hpp"

namespace landfall::blocks {
namespace {

/// Pairs of chunks in work: 32 chunks of 64 KiB on average, 8 MiB at most.
constexpr std::size_t kInWork = 16;
constexpr std::size_t kBufferMax = 1024 * 1024;

class ChunkedStreamWriter final : public StreamWriter {
public:
    ChunkedStreamWriter(Store::Engine& engine, std::uint64_t lease, const Domain& domain)
        : engine_{engine},
          lease_{lease},
          domain_{domain},
          tree_{engine.trees(), lease, domain},
          group_{engine.workers(), kInWork} {}
    ~ChunkedStreamWriter() override { group_.wait(); }

    Status append(ByteSpan bytes) override {
        TRY(engine_.renew(lease_));
        if (failed_) return *failed_;
        appended_ += Bytes{bytes.size()};
        while (!bytes.empty()) {
            const std::size_t n = std::min(bytes.size(), kBufferMax - buffer_.size());
            buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
            bytes = bytes.subspan(n);
            if (buffer_.size() == kBufferMax) TRY(keep(cut_chunks(kChunkMax)));
        }
        return {};
    }

    [[nodiscard]] Bytes appended() const override { return appended_; }

    Result<TreeRoot> finish() override {
        TRY(engine_.renew(lease_));
        if (failed_) return *failed_;
        TRY(keep(finish_chunks()));
        auto root = tree_.finish();
        failed_ = root.ok() ? Error{Errc::precondition, "the stream is finished already"} : root.error();
        if (root.ok()) engine_.leases().add_made(lease_, *root);
        return root;
    }

private:
    struct Chunk {
        std::vector<std::byte> plain;
        std::uint64_t length = 0;
        std::optional<Result<BlockId>> id;  ///< under mutex_
    };

    Status keep(Status status) {
        if (!status.ok() && !failed_) failed_ = status.error();
        return status;
    }

    Status finish_chunks() {
        if (appended_.count < kChunkAverage) {
            if (buffer_.empty()) return {};
            const BlockId id = TRY(engine_.blocks().put(lease_, domain_, BlockType::content, {buffer_}));
            return tree_.add({.id = id, .length = buffer_.size(), .level = 0});
        }
        TRY(cut_chunks(1));
        if (single_ != nullptr) work_on(std::exchange(single_, nullptr));
        group_.wait();
        return take_done();
    }

    /// Cuts while at least `least` bytes are buffered: the whole look-ahead of a chunk before the end of the
    /// stream.
    Status cut_chunks(std::size_t least) {
        std::size_t at = 0;
        while (buffer_.size() - at >= least) {
            const ByteSpan rest = ByteSpan{buffer_}.subspan(at);
            const std::size_t n = first_chunk(rest, domain_.keys.gear);
            start(rest.first(n));
            at += n;
            TRY(take_done());
        }
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at));
        return {};
    }

    void start(ByteSpan plain) {
        Chunk* chunk = nullptr;
        {
            const std::lock_guard lock{mutex_};
            chunk = &chunks_.emplace_back();
        }
        chunk->plain.assign(plain.begin(), plain.end());
        chunk->length = plain.size();
        if (single_ == nullptr)
            single_ = chunk;
        else
            work_on(std::exchange(single_, nullptr), chunk);
    }

    void work_on(Chunk* one) {
        group_.run([this, one] {
            done(*one, engine_.blocks().put(lease_, domain_, BlockType::content, {one->plain}));
        });
    }

    void work_on(Chunk* one, Chunk* two) {
        group_.run([this, one, two] {
            const auto ids =
                engine_.blocks().put_two(lease_, domain_, BlockType::content, {one->plain}, {two->plain});
            done(*one, ids.ok() ? Result<BlockId>{ids->first} : ids.error());
            done(*two, ids.ok() ? Result<BlockId>{ids->second} : ids.error());
        });
    }

    void done(Chunk& chunk, Result<BlockId> id) {
        chunk.plain = {};
        const std::lock_guard lock{mutex_};
        chunk.id = std::move(id);
    }

    /// Puts the chunks that are done, from the front, into the tree.
    Status take_done() {
        while (true) {
            StreamChild child;
            {
                const std::lock_guard lock{mutex_};
                if (chunks_.empty() || !chunks_.front().id) return {};
                if (!chunks_.front().id->ok()) return chunks_.front().id->error();
                child = {.id = **chunks_.front().id, .length = chunks_.front().length, .level = 0};
                chunks_.pop_front();
            }
            TRY(tree_.add(child));
        }
    }

    Store::Engine& engine_;
    const std::uint64_t lease_;
    const Domain& domain_;
    StreamTree tree_;
    std::vector<std::byte> buffer_;
    Chunk* single_ = nullptr;  ///< cut, and waits for another: two are hashed in little more time than one
    Bytes appended_;
    std::optional<Error> failed_;

    std::mutex mutex_;
    std::deque<Chunk> chunks_;  ///< in stream order; addresses stay while it grows and shrinks at its ends
    TaskGroup group_;
};

}  // namespace

std::unique_ptr<StreamWriter> make_stream_writer(Store::Engine& engine, std::uint64_t lease,
                                                 const Domain& domain) {
    return std::make_unique<ChunkedStreamWriter>(engine, lease, domain);
}

}  // namespace landfall::blocks
