#include "core/blocks/open_pack.hpp"

#include <algorithm>

namespace landfall::blocks {
namespace {

constexpr std::size_t kBuffer = 1024 * 1024;

}  // namespace

OpenPack::OpenPack(Disk& disk, Identity identity, Aead key, Bytes limit, std::unique_ptr<File> file)
    : disk_{disk},
      identity_{std::move(identity)},
      key_{std::move(key)},
      limit_{limit.count},
      file_{std::move(file)},
      current_{buffers_.end()} {
    Buffers::iterator ready = buffers_.end();
    const Buffers::iterator first = buffer_for(PackHeader::kSize, ready);
    const auto header = encode(identity_.header);
    std::copy(header.begin(), header.end(), first->bytes.get());
    first->used = end_ = PackHeader::kSize;
}

Result<std::unique_ptr<OpenPack>> OpenPack::create(Disk& disk, Identity identity, Aead key, Bytes limit) {
    CHECK(limit <= 1_GiB);
    auto file = TRY(disk.open(identity.path, OpenMode::create_new));
    return std::make_unique<OpenPack>(disk, std::move(identity), std::move(key), limit, std::move(file));
}

// The mutex is held. `ready` becomes a buffer that this thread must write out after letting the mutex go.
OpenPack::Buffers::iterator OpenPack::buffer_for(std::size_t length, Buffers::iterator& ready) {
    if (current_ != buffers_.end() && current_->used + length > kBuffer) ready = close_current();
    if (current_ == buffers_.end()) {
        buffers_.push_back(
            Buffer{.begin = end_, .bytes = std::make_unique_for_overwrite<std::byte[]>(kBuffer)});
        current_ = std::prev(buffers_.end());
    }
    return current_;
}

// The mutex is held. Returns the buffer when nobody fills it any more; otherwise its last filler writes it.
OpenPack::Buffers::iterator OpenPack::close_current() {
    const Buffers::iterator closing = std::exchange(current_, buffers_.end());
    if (closing == buffers_.end()) return closing;
    closing->closed = true;
    return closing->fills == 0 ? closing : buffers_.end();
}

void OpenPack::write_out(Buffers::iterator buffer) {
    const ByteSpan content{buffer->bytes.get(), buffer->used};
    Status status = file_->write_at(ByteOffset{buffer->begin}, content);
    if (status.ok()) file_->hint_write_back(ByteOffset{buffer->begin}, Bytes{content.size()});
    const std::lock_guard lock{mutex_};
    if (!status.ok() && !error_) error_ = std::move(status).error().in("pack " + identity_.path);
    buffers_.erase(buffer);
    written_.notify_all();
}

Result<std::optional<Location>> OpenPack::append(FrameHeader header, ByteSpan payload) {
    header.payload_length = static_cast<std::uint32_t>(payload.size());
    const std::size_t length = header.frame_length();
    Buffers::iterator ready = buffers_.end();
    Buffers::iterator mine;
    MutableByteSpan room;
    Location at{.pack = identity_.number, .frame_length = static_cast<std::uint32_t>(length)};
    {
        const std::lock_guard lock{mutex_};
        if (error_) return *error_;
        if (closed_ || (end_ + length > limit_ && next_number_ > 0)) return std::optional<Location>{};
        mine = buffer_for(length, ready);
        room = MutableByteSpan{mine->bytes.get() + mine->used, length};
        at.offset = end_;
        header.number = at.number = next_number_++;
        mine->used += length;
        ++mine->fills;
        end_ += static_cast<std::uint32_t>(length);
    }
    if (ready != buffers_.end()) write_out(ready);
    encode(header, room.first(FrameHeader::kSize));
    key_.seal(nonce_of(header.number), room.first(kFrameAssociated), payload,
              room.subspan(FrameHeader::kSize));
    bool last = false;
    {
        const std::lock_guard lock{mutex_};
        fresh_.push_back({header.id, at.offset, at.frame_length, at.number, header.raw_length, header.type});
        last = --mine->fills == 0 && mine->closed;
    }
    if (last) write_out(mine);
    return std::optional{at};
}

void OpenPack::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
}

Status OpenPack::flush() {
    Buffers::iterator ready = buffers_.end();
    std::uint32_t target = 0;
    {
        const std::lock_guard lock{mutex_};
        target = end_;
        ready = close_current();
    }
    if (ready != buffers_.end()) write_out(ready);
    std::unique_lock lock{mutex_};
    written_.wait(lock, [&] {
        return std::none_of(buffers_.begin(), buffers_.end(),
                            [&](const Buffer& b) { return b.begin < target; });
    });
    if (error_) return *error_;
    flushed_ = std::max(flushed_, target);
    return {};
}

Result<std::vector<FooterEntry>> OpenPack::sync() {
    std::uint32_t target = 0;
    {
        const std::lock_guard lock{mutex_};
        if (error_) return *error_;
        target = end_;
        if (target == durable_ && fresh_.empty()) return std::vector<FooterEntry>{};
    }
    TRY(flush());
    Status synced = file_->sync();
    if (synced.ok() && !name_durable_) synced = disk_.sync_directory(directory_of(identity_.path));
    const std::lock_guard lock{mutex_};
    if (!synced.ok()) {
        error_ = std::move(synced).error().in("pack " + identity_.path);
        return *error_;
    }
    name_durable_ = true;
    durable_ = target;
    const auto later =
        std::partition(fresh_.begin(), fresh_.end(), [&](const FooterEntry& e) { return e.offset < target; });
    std::vector<FooterEntry> entries{fresh_.begin(), later};
    fresh_.erase(fresh_.begin(), later);
    settled_.insert(settled_.end(), entries.begin(), entries.end());
    for (const FooterEntry& entry : entries) raw_ += entry.raw_length;
    return entries;
}

void OpenPack::put_back(std::vector<FooterEntry> entries) {
    const std::lock_guard lock{mutex_};
    settled_.resize(settled_.size() - entries.size());
    for (const FooterEntry& entry : entries) raw_ -= entry.raw_length;
    fresh_.insert(fresh_.end(), entries.begin(), entries.end());
}

Status OpenPack::finish() {
    std::vector<std::byte> footer;
    std::uint32_t at = 0;
    {
        const std::lock_guard lock{mutex_};
        if (error_) return *error_;
        CHECK(closed_ && durable_ == end_ && fresh_.empty());
        at = end_;
        footer = encode_footer(settled_, at);
    }
    Status status = file_->write_at(ByteOffset{at}, footer);
    if (status.ok()) status = file_->sync();
    if (status.ok()) return status;
    const std::lock_guard lock{mutex_};
    error_ = std::move(status).error().in("pack " + identity_.path);
    return *error_;
}

void OpenPack::drop_tail() {
    std::uint32_t end = 0;
    {
        const std::lock_guard lock{mutex_};
        end = durable_;
    }
    // Only to give space back: the next start of the store cuts the tail off if this does not.
    static_cast<void>(file_->truncate(Bytes{end}));
}

Status OpenPack::read(std::uint32_t offset, MutableByteSpan to) {
    bool in_file = false;
    {
        const std::lock_guard lock{mutex_};
        in_file = offset + to.size() <= std::max(durable_, flushed_);
    }
    if (!in_file) TRY(flush());
    const Bytes got = TRY(file_->read_at(ByteOffset{offset}, to));
    if (got.count != to.size()) return Error{Errc::corrupt, "pack " + identity_.path + " is too short"};
    return {};
}

PackRecord OpenPack::record() const {
    const std::lock_guard lock{mutex_};
    return PackRecord{.uuid = identity_.header.uuid,
                      .domain = identity_.header.domain,
                      .type = identity_.header.type,
                      .state = PackState::open,
                      .frames = static_cast<std::uint32_t>(settled_.size()),
                      .length = durable_,
                      .raw = raw_};
}

bool OpenPack::failed() const {
    const std::lock_guard lock{mutex_};
    return error_.has_value();
}

}  // namespace landfall::blocks
