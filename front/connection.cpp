#include "front/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace landfall::front {

namespace {

constexpr std::size_t kWorkspaceBytes = 16 * 1024;
constexpr std::size_t kSparesMax = 256;
constexpr std::size_t kCiphertextBytes = 64 * 1024;
/// Requests of one connection that are served before the others of its loop get their turn.
constexpr int kStepsInARow = 64;

}  // namespace

Connection::Connection(LoopShare& share, Watch watch, Peer peer)
    : share_{share}, watch_{std::move(watch)}, peer_{std::move(peer)} {}

void Connection::start() {
    set_deadline(share_.options.timeouts.idle);
    arm_read();
}

void Connection::advance() {
    if (advancing_) return;
    advancing_ = true;
    int steps = 0;
    while (step()) {
        if (++steps < kStepsInARow) continue;
        share_.loop.post([self = shared_from_this()] { self->advance(); });
        break;
    }
    advancing_ = false;
}

bool Connection::step() {
    switch (phase_) {
        case Phase::head: return step_head();
        case Phase::owned: return step_body();
        case Phase::reply: return step_reply();
        case Phase::drain: return step_drain();
        case Phase::linger: return step_linger();
        case Phase::closed: return false;
    }
    return false;
}

bool Connection::step_head() {
    if (workspace_ && workspace_->in.size() > 0) {
        const auto step = workspace_->parser.parse_head(unused());
        if (step.kind == RequestParser::HeadStep::Kind::complete) {
            workspace_->in.begin += step.consumed;
            begin_exchange();
            return true;
        }
        if (step.kind == RequestParser::HeadStep::Kind::refused) {
            refuse(step.refusal);
            return true;
        }
    } else if (share_.stopping) {
        close();
        return false;
    }
    if (drained_) {
        if (workspace_ && workspace_->in.size() == 0) release_workspace();
        arm_read();
        return false;
    }
    const bool first = !workspace_ || workspace_->in.size() == 0;
    const Io io = receive(room_for_head());
    if (io.kind == Io::Kind::got) {
        if (first) set_deadline(share_.options.timeouts.head);
        workspace_->in.end += io.bytes;
        return true;
    }
    if (io.kind == Io::Kind::blocked) return true;  // drained_ is set: the branch above waits
    close();
    return false;
}

void Connection::begin_exchange() {
    phase_ = Phase::owned;
    body_use_ = BodyUse::nobody;
    continue_sent_ = paused_ = watching_peer_ = false;
    body_seen_ = 0;
    body_at_ = workspace_->in.begin;
    deadline_ = {};
    exchange_out_ = true;
    ++serial_;
    reader_pipe_ = nullptr;
    share_.counters.requests.fetch_add(1, std::memory_order_relaxed);
    share_.sink.on_request(Exchange{shared_from_this()});
}

/// The answer is written, or will never be: what belonged to the request goes.
void Connection::end_exchange() {
    exchange_out_ = false;
    gone_ = {};
    pipe_.reset();
    collected_text_ = {};
    if (phase_ == Phase::closed) release_workspace();
}

void Connection::next_request() {
    auto& in = workspace_->in;
    const std::size_t carried = incoming_.size();
    const std::size_t kept = in.size();
    if (carried + kept > workspace_->capacity) {
        Block larger = Block::of(carried + kept);
        std::memcpy(larger.bytes.get(), in.bytes.get() + in.begin, kept);
        workspace_->capacity = carried + kept;
        in.bytes = std::move(larger.bytes);
    } else {
        std::memmove(in.bytes.get(), in.bytes.get() + in.begin, kept);
    }
    if (carried > 0) std::memcpy(in.bytes.get() + kept, incoming_.bytes.get() + incoming_.begin, carried);
    in.begin = 0;
    in.end = kept + carried;
    incoming_ = {};
    incoming_capacity_ = 0;
    workspace_->parser.reset();
    phase_ = Phase::head;
    set_deadline(in.end > 0 ? share_.options.timeouts.head : share_.options.timeouts.idle);
}

/// Discards what is left of a small body, so that the connection can be used again.
bool Connection::step_drain() {
    auto& in = workspace_->in;
    const auto step = workspace_->parser.parse_body(unused());
    in.begin += step.consumed;
    switch (step.kind) {
        case RequestParser::BodyStep::Kind::piece: return true;
        case RequestParser::BodyStep::Kind::end: next_request(); return true;
        case RequestParser::BodyStep::Kind::refused: begin_linger(); return true;
        case RequestParser::BodyStep::Kind::need_more: break;
    }
    std::memmove(in.bytes.get(), in.bytes.get() + in.begin, in.size());
    in.end -= in.begin;
    in.begin = 0;
    const Io io = receive({in.bytes.get() + in.end, workspace_->capacity - in.end});
    if (io.kind == Io::Kind::got) {
        in.end += io.bytes;
        return true;
    }
    if (io.kind == Io::Kind::blocked) {
        arm_read();
    } else {
        close();
    }
    return false;
}

/// The last answer is written. Closing now could reset the connection under the client's unread answer, so
/// the sending side is shut and what still comes is discarded, for a short time (RFC 9112 §9.6).
void Connection::begin_linger() {
    if (tls_) {
        tls_->end();
        (void)flush_tls();
    }
    ::shutdown(watch_->fd(), SHUT_WR);
    phase_ = Phase::linger;
    release_workspace();
    incoming_ = {};
    set_deadline(share_.options.timeouts.linger);
}

bool Connection::step_linger() {
    share_.ciphertext.resize(kCiphertextBytes);
    for (int reads = 0; reads < kStepsInARow; ++reads) {
        const ssize_t n = ::recv(watch_->fd(), share_.ciphertext.data(), share_.ciphertext.size(), 0);
        if (n > 0) continue;
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
        close();
        return false;
    }
    arm_read();
    return false;
}

void Connection::refuse(const Refusal& refusal) {
    share_.counters.malformed.fetch_add(1, std::memory_order_relaxed);
    poisoned_ = true;
    ResponseHead head{refusal.status};
    head.add("Content-Type", "text/plain");
    std::string body{refusal.reason};
    body.push_back('\n');
    phase_ = Phase::owned;
    exchange_out_ = true;
    take_reply(std::move(head), std::move(body), {});
}

Workspace& Connection::take_workspace() {
    if (workspace_) return *workspace_;
    if (share_.spare.empty()) {
        workspace_ = std::make_unique<Workspace>();
        workspace_->in = Block::of(kWorkspaceBytes);
        workspace_->capacity = kWorkspaceBytes;
    } else {
        workspace_ = std::move(share_.spare.back());
        share_.spare.pop_back();
        share_.spare_unused = std::min(share_.spare_unused, share_.spare.size());
    }
    return *workspace_;
}

void Connection::release_workspace() {
    if (!workspace_) return;
    workspace_->in.begin = workspace_->in.end = 0;
    workspace_->parser.reset();
    if (workspace_->capacity == kWorkspaceBytes && share_.spare.size() < kSparesMax) {
        share_.spare.push_back(std::move(workspace_));
    }
    workspace_.reset();
}

MutableByteSpan Connection::room_for_head() {
    Workspace& w = take_workspace();
    if (w.in.end == w.capacity) {
        // One byte over the limit is enough for the parser to refuse the head.
        const std::size_t capacity = std::max<std::size_t>(w.capacity * 2, kHeadMax.count + 1);
        Block larger = Block::of(capacity);
        std::memcpy(larger.bytes.get(), w.in.bytes.get() + w.in.begin, w.in.size());
        larger.end = w.in.size();
        w.in = std::move(larger);
        w.capacity = capacity;
    }
    return {w.in.bytes.get() + w.in.end, w.capacity - w.in.end};
}

Connection::Io Connection::receive(MutableByteSpan into) {
    Io io = tls_ ? receive_tls(into) : receive_plain(into);
    if (sniffed_ || io.kind != Io::Kind::got) return io;
    sniffed_ = true;
    // A TLS record of type handshake starts with 0x16, which no HTTP method does (RFC 8446 §5.1).
    if (share_.options.tls == nullptr || into[0] != std::byte{0x16}) return io;
    tls_ = std::make_unique<TlsSession>(*share_.options.tls);
    peer_.secure = true;
    tls_->feed(into.first(io.bytes));
    return receive_tls(into);
}

Connection::Io Connection::receive_plain(MutableByteSpan into) {
    ssize_t n;
    do {
        n = ::recv(watch_->fd(), into.data(), into.size(), 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        drained_ = true;
        return {errno == EAGAIN ? Io::Kind::blocked : Io::Kind::failed, 0};
    }
    if (n == 0) return {Io::Kind::ended, 0};
    const auto got = static_cast<std::size_t>(n);
    drained_ = got < into.size();
    share_.counters.bytes_in.fetch_add(got, std::memory_order_relaxed);
    return {Io::Kind::got, got};
}

Connection::Io Connection::receive_tls(MutableByteSpan into) {
    share_.ciphertext.resize(kCiphertextBytes);
    while (true) {
        const auto read = tls_->read(into);
        // Handshake answers, and alerts, must go out also when nothing was read.
        const Io sent = flush_tls();
        if (sent.kind == Io::Kind::failed) return sent;
        if (sent.kind == Io::Kind::blocked) arm_write();
        if (read.bytes > 0) {
            drained_ = false;
            return {Io::Kind::got, read.bytes};
        }
        if (read.state == TlsSession::State::ended) return {Io::Kind::ended, 0};
        if (read.state == TlsSession::State::failed) return {Io::Kind::failed, 0};
        const Io io = receive_plain(share_.ciphertext);
        if (io.kind != Io::Kind::got) return io;
        tls_->feed(std::span{share_.ciphertext}.first(io.bytes));
    }
}

void Connection::arm_read() {
    if (read_armed_ || phase_ == Phase::closed) return;
    read_armed_ = true;
    watch_->wait(Direction::read, [self = shared_from_this()](Ready ready) {
        self->read_armed_ = false;
        if (ready == Ready::cancelled || self->phase_ == Phase::closed) return;
        self->drained_ = false;
        if (self->phase_ == Phase::owned && self->body_use_ == BodyUse::nobody) self->peek_peer();
        self->advance();
    });
}

void Connection::arm_write() {
    if (write_armed_ || phase_ == Phase::closed) return;
    write_armed_ = true;
    watch_->wait(Direction::write, [self = shared_from_this()](Ready ready) {
        self->write_armed_ = false;
        if (ready == Ready::cancelled || self->phase_ == Phase::closed) return;
        if (self->phase_ != Phase::reply && self->flush().kind == Io::Kind::blocked) self->arm_write();
        self->advance();
    });
}

/// Somebody owns the request and reads no body: what is readable now is a pipelined request, an upload that
/// nobody asked for, or the end.
void Connection::peek_peer() {
    std::byte one;
    const ssize_t n = ::recv(watch_->fd(), &one, 1, MSG_PEEK);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        peer_left();
    } else if (n < 0) {
        arm_read();
    }  // else sweep() looks for the end behind those bytes
}

void Connection::peer_left() {
    disconnected_.store(true, std::memory_order_relaxed);
    if (auto gone = std::exchange(gone_, {})) gone();
}

void Connection::sweep() {
    if (deadline_.ns != 0 && share_.now >= deadline_) {
        deadline_ = {};
        const bool uploading = phase_ == Phase::owned && body_use_ != BodyUse::nobody;
        if (!uploading) return close();
        body_failed(Error{Errc::timeout, "the client stopped sending the body"});
        return advance();
    }
    const bool idle_owner = phase_ == Phase::owned && body_use_ == BodyUse::nobody;
    if (idle_owner && watching_peer_ && !read_armed_ && !disconnected()) {
        pollfd look{.fd = watch_->fd(), .events = POLLRDHUP, .revents = 0};
        if (::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) peer_left();
    }
}

void Connection::wind_down() {
    if (phase_ == Phase::linger || (phase_ == Phase::head && (!workspace_ || workspace_->in.size() == 0)))
        close();
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    const auto self = shared_from_this();  // the callbacks below may let go of the last other reference
    phase_ = Phase::closed;
    closed_.store(true, std::memory_order_release);
    watch_->close();
    watch_.reset();
    deadline_ = {};
    out_.clear();
    share_.counters.open.fetch_sub(1, std::memory_order_relaxed);
    share_.open.back()->index_in_share = index_in_share;
    std::swap(share_.open[index_in_share], share_.open.back());
    share_.open.pop_back();
    if (streaming_ && !streaming_->pulling) streaming_.reset();
    if (pipe_) pipe_->fail(Error{Errc::cancelled, "the connection ended before the body"});
    peer_left();
    if (collecting_) finish_collecting(Error{Errc::cancelled, "the connection ended before the body"});
    tell_sent(false);
    if (!exchange_out_) release_workspace();
    if (share_.stopping && share_.open.empty()) share_.on_empty();
}

}  // namespace landfall::front
