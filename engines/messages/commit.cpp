#include "engines/messages/commit.hpp"

#include "base/checksum.hpp"
#include "engines/messages/record.hpp"

namespace landfall::messages {

CommitQueue::CommitQueue(LogDevice& device, KeyedHash key, std::uint32_t epoch, Chain chain, Done done)
    : device_{device},
      key_{key},
      epoch_{epoch},
      done_{std::move(done)},
      chain_{chain},
      durable_{chain.serial} {}

void CommitQueue::start(ThreadStarter& threads) {
    thread_ = threads.start("messages.commit", [this] { work(); });
}

void CommitQueue::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool CommitQueue::kick() {
    {
        const std::lock_guard lock{mutex_};
        if (writing_) return true;
        if (filling_.empty()) return false;
    }
    wake_.notify_one();
    return true;
}

bool CommitQueue::idle() {
    const std::lock_guard lock{mutex_};
    return !writing_ && filling_.empty();
}

std::uint64_t CommitQueue::pending() {
    const std::lock_guard lock{mutex_};
    return filling_.bytes + writing_bytes_;
}

Chain CommitQueue::chain() {
    const std::lock_guard lock{mutex_};
    return chain_;
}

std::uint64_t CommitQueue::commits() {
    const std::lock_guard lock{mutex_};
    return commits_;
}

void CommitQueue::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [&] { return stopping_ || !filling_.empty(); });
        if (filling_.empty()) return;
        Batch batch = std::exchange(filling_, Batch{});
        writing_ = true;
        writing_bytes_ = batch.bytes;
        batch.chains.push_back(chain_);
        lock.unlock();
        Status written = write(batch);
        lock.lock();
        ++commits_;
        writing_ = false;
        writing_bytes_ = 0;
        lock.unlock();
        done_(std::move(batch), std::move(written));
        lock.lock();
    }
}

/// Numbers the frames, chains them and fills their headers in.
void CommitQueue::seal(Batch& batch, Batch::Part& part) {
    const MutableByteSpan bytes = part.bytes.bytes();
    for (std::size_t i = 0; i < part.frames.size(); ++i) {
        const std::size_t at = part.frames[i];
        const std::size_t end = i + 1 < part.frames.size() ? part.frames[i + 1] : bytes.size();
        const ByteSpan records = bytes.subspan(at + kFrameSize, end - at - kFrameSize);
        Frame frame{.length = static_cast<std::uint32_t>(records.size()),
                    .serial = chain_.serial + 1,
                    .durable = durable_,
                    .previous = chain_.mac,
                    .epoch = epoch_,
                    .records_crc = Crc32c::of(records)};
        encode(frame, key_, bytes.subspan(at, kFrameSize));
        const std::lock_guard lock{mutex_};
        chain_ = Chain{frame.serial, frame.mac};
        batch.chains.push_back(chain_);
    }
}

Status CommitQueue::write(Batch& batch) {
    if (failed_) return *failed_;
    std::vector<Extent> extents;
    for (Batch::Part& part : batch.parts) {
        seal(batch, part);
        extents.push_back({part.segment, ByteOffset{part.at}, part.bytes.bytes()});
    }
    if (extents.empty()) return {};
    Status written = device_.append(extents);
    if (written.ok())
        durable_ = chain_.serial;
    else
        failed_ = written.error();
    return written;
}

}  // namespace landfall::messages
