// How an answer leaves: at once, or pulled by workers as fast as the client reads.
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <span>

#include "front/connection.hpp"

namespace landfall::front {

namespace {

constexpr std::size_t kPullBytes = 1024 * 1024;
constexpr std::size_t kQueuedMax = 4 * kPullBytes;
constexpr std::uint64_t kDrainMax = 256 * 1024;
/// A body up to this size is copied behind its head: one buffer is cheaper than two.
constexpr std::size_t kTogetherMax = 8 * 1024;
constexpr std::size_t kTlsBufferedMax = 256 * 1024;
constexpr int kVectorsMax = 16;

std::string_view reason_of(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 411: return "Length Required";
        case 412: return "Precondition Failed";
        case 413: return "Payload Too Large";
        case 416: return "Range Not Satisfiable";
        case 417: return "Expectation Failed";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

void append_number(std::string& to, std::uint64_t n, int base = 10) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n, base);
    to.append(digits.data(), end.ptr);
}

/// Most answers are one piece, for which the kernel has less to copy and check.
ssize_t send_pieces(int fd, std::span<iovec> pieces) {
    if (pieces.size() == 1) return ::send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

/// RFC 9110 §6.4.1: these answers never have a body.
bool is_bodiless(int status) { return status == 204 || status == 304 || status / 100 == 1; }

}  // namespace

ByteSpan Connection::OutPiece::left() const {
    if (block.bytes) return {block.bytes.get() + block.begin + used, block.size() - used};
    return bytes_of(text).subspan(used);
}

void Connection::respond(std::shared_ptr<Connection> self, Response response) {
    Connection& c = *self;
    if (c.share_.loop.on_thread()) {
        c.take_reply(std::move(response.head), std::move(response.body), std::move(response.on_sent));
        return c.advance();
    }
    c.share_.loop.post([self = std::move(self), response = std::move(response)]() mutable {
        self->take_reply(std::move(response.head), std::move(response.body), std::move(response.on_sent));
        self->advance();
    });
}

void Connection::stream(std::shared_ptr<Connection> self, StreamedResponse response) {
    Connection& c = *self;
    if (c.share_.loop.on_thread()) {
        c.take_stream(std::move(response));
        return c.advance();
    }
    c.share_.loop.post([self = std::move(self), response = std::move(response)]() mutable {
        self->take_stream(std::move(response));
        self->advance();
    });
}

void Connection::abandon(std::shared_ptr<Connection> self) {
    Connection& c = *self;
    const auto let_go = [](Connection& on) {
        if (on.phase_ == Phase::closed) return on.end_exchange();
        if (on.disconnected()) {
            on.end_exchange();
            return on.close();
        }
        on.take_reply(ResponseHead{500}.close_after(), {}, {});
        on.advance();
    };
    if (c.share_.loop.on_thread()) return let_go(c);
    c.share_.loop.post([self = std::move(self), let_go] { let_go(*self); });
}

void Connection::on_loop(UniqueFunction<void()> work) {
    if (share_.loop.on_thread()) return work();
    share_.loop.post(std::move(work));
}

void Connection::watch_peer(UniqueFunction<void()> gone) {
    auto set = [self = shared_from_this(), serial = serial_, gone = std::move(gone)]() mutable {
        if (self->serial_ != serial || !self->exchange_out_) return;  // answered meanwhile
        self->gone_ = std::move(gone);
        self->watching_peer_ = true;
        if (self->disconnected()) return self->peer_left();
        if (self->phase_ == Phase::owned && self->body_use_ == BodyUse::nobody) self->arm_read();
    };
    share_.loop.post(std::move(set));
}

bool Connection::drainable() const {
    if (workspace_->parser.body_ended()) return true;
    if (poisoned_ || body_use_ != BodyUse::nobody || pipe_) return false;
    if (head().expects_continue && !continue_sent_) return false;
    return head().content_length.value_or(kDrainMax + 1) <= kDrainMax;
}

bool Connection::may_keep(const ResponseHead& answer) const {
    return !answer.closes() && !poisoned_ && !share_.stopping && !disconnected() && head().keep_alive &&
           drainable();
}

std::string Connection::head_text(const ResponseHead& answer, std::optional<std::uint64_t> length,
                                  std::size_t room) const {
    std::string text;
    text.reserve(answer.fields().size() + 160 + room);
    // Nobody read the body because it is empty, and the connection goes on: see send_continue().
    if (keep_ && head().expects_continue && !continue_sent_) text.append(kContinue);
    text.append("HTTP/1.1 ");
    append_number(text, static_cast<std::uint64_t>(answer.status()));
    text.append(" ").append(reason_of(answer.status())).append("\r\n");
    text.append(answer.fields()).append(share_.date_line);
    if (length) {
        text.append("Content-Length: ");
        append_number(text, *length);
        text.append("\r\n");
    } else if (streaming_ && streaming_->chunked) {
        text.append("Transfer-Encoding: chunked\r\n");
    }
    if (!keep_) {
        text.append("Connection: close\r\n");
    } else if (!head().http_1_1) {
        text.append("Connection: keep-alive\r\n");
    }
    text.append("\r\n");
    return text;
}

void Connection::take_reply(ResponseHead answer, std::string body,
                            UniqueFunction<void(const Sent&)> on_sent) {
    exchange_out_ = false;
    on_sent_ = std::move(on_sent);
    sent_body_ = 0;
    if (phase_ == Phase::closed) {
        tell_sent(false);
        return end_exchange();
    }
    keep_ = may_keep(answer);
    std::optional<std::uint64_t> length = body.size();
    if (is_bodiless(answer.status()) || (head().method == "HEAD" && body.empty())) length.reset();
    if (const auto declared = answer.declared_length()) length = declared->count;
    if (head().method == "HEAD" || is_bodiless(answer.status())) body.clear();
    const bool together = body.size() <= kTogetherMax;
    std::string text = head_text(answer, length, together ? body.size() : 0);
    phase_ = Phase::reply;
    set_deadline(share_.options.timeouts.stall);
    sent_body_ = body.size();
    if (together) {
        text.append(body);
        body.clear();
    }
    queue(std::move(text));
    if (!body.empty()) queue(std::move(body));
}

void Connection::take_stream(StreamedResponse response) {
    const bool no_body = head().method == "HEAD" || is_bodiless(response.head.status());
    if (phase_ == Phase::closed || no_body) {
        if (response.length && !response.head.declared_length())
            response.head.declare_length(*response.length);
        return take_reply(std::move(response.head), {}, std::move(response.on_sent));
    }
    exchange_out_ = false;
    on_sent_ = std::move(response.on_sent);
    sent_body_ = 0;
    if (!response.length && !head().http_1_1) response.head.close_after();
    keep_ = may_keep(response.head);
    streaming_ = std::make_unique<Streaming>();
    streaming_->source = std::move(response.source);
    streaming_->chunked = !response.length && head().http_1_1;
    std::optional<std::uint64_t> length;
    if (response.length) length = response.length->count;
    streaming_->remaining = length;
    queue(head_text(response.head, length, 0));
    phase_ = Phase::reply;
    set_deadline(share_.options.timeouts.stall);
}

void Connection::queue(std::string text) { out_.push_back({std::move(text), {}, 0}); }
void Connection::queue(Block block) { out_.push_back({{}, std::move(block), 0}); }

bool Connection::step_reply() {
    if (streaming_) pull_more();
    if (phase_ != Phase::reply) return false;
    const Io io = flush();
    if (io.kind == Io::Kind::failed) {
        close();
        return false;
    }
    if (io.kind == Io::Kind::blocked) {
        arm_write();
        return false;
    }
    if (streaming_ && !streaming_->ended) {
        // The queue may have been too full to pull before this flush emptied it: nobody else would ask again.
        pull_more();
        return false;
    }
    finish_reply();
    return true;
}

void Connection::finish_reply() {
    streaming_.reset();
    deadline_ = {};
    tell_sent(true);
    const bool body_ended = workspace_->parser.body_ended();
    end_exchange();
    if (!keep_) return begin_linger();
    if (body_ended) return next_request();
    phase_ = Phase::drain;
    set_deadline(share_.options.timeouts.stall);
}

void Connection::tell_sent(bool complete) {
    if (auto on_sent = std::exchange(on_sent_, {})) on_sent(Sent{Bytes{sent_body_}, complete});
}

Connection::Io Connection::flush() { return tls_ ? flush_tls() : flush_plain(); }

Connection::Io Connection::flush_plain() {
    while (out_at_ < out_.size()) {
        std::array<iovec, kVectorsMax> vectors;
        std::size_t used = 0;
        for (std::size_t i = out_at_; i < out_.size() && used < vectors.size(); ++i) {
            const ByteSpan left = out_[i].left();
            vectors[used++] = {const_cast<std::byte*>(left.data()), left.size()};  // iovec knows no const
        }
        const ssize_t n = send_pieces(watch_->fd(), std::span{vectors}.first(used));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return {errno == EAGAIN ? Io::Kind::blocked : Io::Kind::failed, 0};
        note_sent(static_cast<std::size_t>(n));
    }
    out_.clear();
    out_at_ = 0;
    return {Io::Kind::got, 0};
}

void Connection::note_sent(std::size_t bytes) {
    share_.counters.bytes_out.fetch_add(bytes, std::memory_order_relaxed);
    if (phase_ == Phase::reply) set_deadline(share_.options.timeouts.stall);
    while (bytes > 0) {
        OutPiece& piece = out_[out_at_];
        const std::size_t n = std::min(bytes, piece.left().size());
        piece.used += n;
        bytes -= n;
        if (streaming_ && piece.block.bytes) {
            streaming_->queued -= n;
            sent_body_ += n;
        }
        if (!piece.left().empty()) return;
        piece = {};
        ++out_at_;
    }
}

Connection::Io Connection::flush_tls() {
    while (true) {
        while (out_at_ < out_.size() && tls_->pending_output().size() < kTlsBufferedMax) {
            OutPiece& piece = out_[out_at_];
            if (!tls_->write(piece.left())) return {Io::Kind::failed, 0};
            if (streaming_ && piece.block.bytes) {
                streaming_->queued -= piece.left().size();
                sent_body_ += piece.left().size();
            }
            piece = {};
            ++out_at_;
        }
        const ByteSpan pending = tls_->pending_output();
        if (pending.empty()) break;
        const ssize_t n = ::send(watch_->fd(), pending.data(), pending.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return {errno == EAGAIN ? Io::Kind::blocked : Io::Kind::failed, 0};
        tls_->output_sent(static_cast<std::size_t>(n));
        share_.counters.bytes_out.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
        if (phase_ == Phase::reply) set_deadline(share_.options.timeouts.stall);
    }
    out_.clear();
    out_at_ = 0;
    return {Io::Kind::got, 0};
}

/// Has a worker fill the next block, while there is room for it: a slow reader holds memory, never a worker.
void Connection::pull_more() {
    Streaming& s = *streaming_;
    if (s.pulling || s.ended || s.queued + kPullBytes > kQueuedMax) return;
    if (s.remaining && *s.remaining == 0) {
        s.ended = true;
        return;
    }
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(s.remaining.value_or(kPullBytes), kPullBytes));
    s.pulling = true;
    Task task = [self = shared_from_this(), source = s.source.get(), size]() mutable {
        Pulled result{Block::of(size), false, false};
        while (result.block.end < size && !result.ended && !result.failed) {
            const auto n =
                source->read({result.block.bytes.get() + result.block.end, size - result.block.end});
            result.failed = !n.ok() || *n > size - result.block.end;
            if (result.failed) break;
            result.ended = *n == 0;
            result.block.end += *n;
        }
        EventLoop& loop = self->share_.loop;
        loop.post([self = std::move(self), result = std::move(result)]() mutable {
            self->pulled(std::move(result));
        });
    };
    if (share_.workers.submit_bounded_elsewhere(task)) return;
    s.pulling = false;
    close();
}

void Connection::pulled(Pulled result) {
    Streaming& s = *streaming_;
    s.pulling = false;
    if (phase_ == Phase::closed) return streaming_.reset();
    const bool too_short = result.ended && s.remaining.value_or(result.block.size()) > result.block.size();
    if (result.failed || too_short) return close();
    if (s.remaining) *s.remaining -= result.block.size();
    s.ended = result.ended || (s.remaining && *s.remaining == 0);
    s.queued += result.block.size();
    if (!s.chunked) {
        if (result.block.size() > 0) queue(std::move(result.block));
    } else {
        std::string line;
        if (result.block.size() > 0) {
            append_number(line, result.block.size(), 16);
            line.append("\r\n");
            queue(std::move(line));
            queue(std::move(result.block));
            line = "\r\n";
        }
        if (s.ended) line.append("0\r\n\r\n");
        if (!line.empty()) queue(std::move(line));
    }
    advance();
}

}  // namespace landfall::front
