// How a request's body reaches its owner: collected on the loop, or streamed to a worker.
#include <algorithm>
#include <cstring>

#include "front/connection.hpp"

namespace landfall::front {

namespace {

constexpr std::size_t kIncomingBytes = 64 * 1024;
using BodyKind = RequestParser::BodyStep::Kind;

std::string_view text_between(const Block& block) {
    return {reinterpret_cast<const char*>(block.bytes.get()) + block.begin, block.size()};
}

/// A block is mostly air after a client that sends little at a time; what waits must not hold much more
/// memory than its bytes.
Block fitted(Block block, std::size_t capacity) {
    if (block.size() >= capacity / 4) return block;
    Block small = Block::of(block.size());
    std::memcpy(small.bytes.get(), block.bytes.get() + block.begin, block.size());
    small.end = block.size();
    return small;
}

}  // namespace

std::string_view Connection::unused() const { return text_between(workspace_->in); }

bool Connection::step_body() {
    switch (body_use_) {
        case BodyUse::nobody: return false;
        case BodyUse::collected: return step_collect();
        case BodyUse::streamed: return step_stream_in();
    }
    return false;
}

/// Also when the body is there already: an answer that comes where a 100 was waited for leaves clients of
/// botocore unable to read the next answer on the connection (Exchange's invariant 4).
void Connection::send_continue() {
    if (!head().expects_continue || continue_sent_) return;
    continue_sent_ = true;
    queue(std::string{kContinue});
    if (flush().kind == Io::Kind::blocked) arm_write();
}

std::optional<std::string_view> Connection::body_at_hand() {
    const auto length = head().content_length;
    const bool plain = phase_ != Phase::closed && length && !head().expects_continue;
    if (!plain || workspace_->parser.body_ended() || workspace_->in.size() < *length) return std::nullopt;
    const auto step = workspace_->parser.parse_body(unused());
    workspace_->in.begin += step.consumed;
    return step.piece;
}

void Connection::collect_body(Exchange exchange, Bytes limit, Exchange::BodyDone done) {
    const auto length = head().content_length;
    if (phase_ == Phase::closed) {
        return done(std::move(exchange), Error{Errc::cancelled, "the client is gone"});
    }
    if (length.value_or(0) > limit.count) {
        return done(std::move(exchange),
                    Error{Errc::exhausted, "the body is larger than this operation takes"});
    }
    if (workspace_->parser.body_ended()) return done(std::move(exchange), std::string_view{});
    send_continue();
    const std::size_t room = workspace_->capacity - workspace_->in.begin;
    const bool fits = length && *length <= room;
    if (fits && workspace_->in.size() >= *length) {
        const auto step = workspace_->parser.parse_body(unused());
        workspace_->in.begin += step.consumed;
        return done(std::move(exchange), step.piece);
    }
    collecting_ = std::make_unique<Collecting>(
        Collecting{std::move(exchange), limit, std::move(done), std::string{}, fits});
    body_use_ = BodyUse::collected;
    set_deadline(share_.options.timeouts.stall);
    advance();
}

bool Connection::step_collect() {
    if (parse_collected()) return true;
    auto& in = workspace_->in;
    // The head's bytes stay where they are; what follows them moves up to just behind.
    if (!collecting_->whole_fits && in.begin > body_at_) {
        std::memmove(in.bytes.get() + body_at_, in.bytes.get() + in.begin, in.size());
        in.end = body_at_ + in.size();
        in.begin = body_at_;
    }
    if (in.end == workspace_->capacity) {
        body_failed(Error{Errc::invalid, "the head leaves no room for the framing of the body"});
        return true;
    }
    const Io io = receive({in.bytes.get() + in.end, workspace_->capacity - in.end});
    if (io.kind == Io::Kind::got) {
        in.end += io.bytes;
        set_deadline(share_.options.timeouts.stall);
        return true;
    }
    if (io.kind == Io::Kind::blocked) {
        arm_read();
        return false;
    }
    peer_left();
    body_failed(Error{Errc::cancelled, "the connection ended before the body"});
    return true;
}

/// True when it got on: a piece was taken, or the body is over.
bool Connection::parse_collected() {
    auto& in = workspace_->in;
    if (collecting_->whole_fits && in.size() < head().content_length.value_or(0)) return false;
    const auto step = workspace_->parser.parse_body(unused());
    in.begin += step.consumed;
    switch (step.kind) {
        case BodyKind::need_more: return false;
        case BodyKind::refused:
            body_failed(Error{Errc::invalid, std::string{step.refusal.reason}});
            return true;
        case BodyKind::end: finish_collecting(std::string_view{collecting_->text}); return true;
        case BodyKind::piece: break;
    }
    if (collecting_->whole_fits) {
        finish_collecting(step.piece);
    } else if (collecting_->text.size() + step.piece.size() > collecting_->limit.count) {
        poisoned_ = true;
        finish_collecting(Error{Errc::exhausted, "the body is larger than this operation takes"});
    } else {
        collecting_->text.append(step.piece);
    }
    return true;
}

void Connection::finish_collecting(Result<std::string_view> body) {
    body_use_ = BodyUse::nobody;
    deadline_ = {};
    const auto collecting = std::move(collecting_);
    if (body.ok() && !collecting->whole_fits) {
        // The owner's view must outlive `collecting`: the text moves to the connection's side of the
        // exchange.
        collected_text_ = std::move(collecting->text);
        body = std::string_view{collected_text_};
    }
    collecting->done(std::move(collecting->exchange), std::move(body));
}

void Connection::body_failed(Error error) {
    poisoned_ = true;
    deadline_ = {};
    if (collecting_) return finish_collecting(std::move(error));
    body_use_ = BodyUse::nobody;
    if (pipe_) pipe_->fail(std::move(error));
}

Result<std::size_t> Connection::pull_body(MutableByteSpan into) {
    if (reader_pipe_ == nullptr) {
        auto pipe = std::make_unique<BodyPipe>();
        reader_pipe_ = pipe.get();
        share_.loop.post([self = shared_from_this(), pipe = std::move(pipe)]() mutable {
            self->begin_stream_in(std::move(pipe));
        });
    }
    return reader_pipe_->read(into, closed_);
}

void Connection::begin_stream_in(std::unique_ptr<BodyPipe> pipe) {
    pipe_ = std::move(pipe);
    if (phase_ == Phase::closed) return pipe_->fail(Error{Errc::cancelled, "the client is gone"});
    if (workspace_->parser.body_ended()) return pipe_->finish();
    // `this` lives as long as the reader's Exchange.
    pipe_->on_room([this] {
        share_.loop.post([self = shared_from_this()] {
            self->paused_ = false;
            if (self->body_use_ == BodyUse::streamed) self->set_deadline(self->share_.options.timeouts.stall);
            self->advance();
        });
    });
    send_continue();
    auto& in = workspace_->in;
    incoming_capacity_ = std::max(kIncomingBytes, in.size());
    incoming_ = Block::of(incoming_capacity_);
    std::memcpy(incoming_.bytes.get(), in.bytes.get() + in.begin, in.size());
    incoming_.end = in.size();
    in.end = in.begin;
    body_use_ = BodyUse::streamed;
    set_deadline(share_.options.timeouts.stall);
    advance();
}

bool Connection::step_stream_in() {
    if (incoming_.size() > 0 && pass_on_incoming()) return true;
    if (paused_) {
        deadline_ = {};  // we are the slow ones now
        return false;
    }
    const Io io = receive({incoming_.bytes.get() + incoming_.end, incoming_capacity_ - incoming_.end});
    if (io.kind == Io::Kind::got) {
        incoming_.end += io.bytes;
        set_deadline(share_.options.timeouts.stall);
        return true;
    }
    if (io.kind == Io::Kind::blocked) {
        arm_read();
        return false;
    }
    peer_left();
    body_failed(Error{Errc::cancelled, "the connection ended before the body"});
    return false;
}

/// Parses what came in, moves the body's bytes together at the front of their block and hands the block over.
/// True when the body is over.
bool Connection::pass_on_incoming() {
    auto& parser = workspace_->parser;
    std::byte* const base = incoming_.bytes.get();
    std::size_t body = 0;
    RequestParser::BodyStep step;
    while (true) {
        step = parser.parse_body(text_between(incoming_));
        incoming_.begin += step.consumed;
        if (step.kind != BodyKind::piece) break;
        std::memmove(base + body, step.piece.data(), step.piece.size());
        body += step.piece.size();
    }
    body_seen_ += body;
    Block rest = Block::of(std::max(kIncomingBytes, incoming_.size()));
    std::memcpy(rest.bytes.get(), base + incoming_.begin, incoming_.size());
    rest.end = incoming_.size();
    Block full = std::exchange(incoming_, std::move(rest));
    full.begin = 0;
    full.end = body;
    const std::size_t capacity =
        std::exchange(incoming_capacity_, std::max(kIncomingBytes, incoming_.size()));
    if (body > 0) paused_ = pipe_->push(fitted(std::move(full), capacity)) == BodyPipe::Flow::pause;
    if (step.kind == BodyKind::refused) {
        body_failed(Error{Errc::invalid, std::string{step.refusal.reason}});
        return true;
    }
    if (step.kind != BodyKind::end) return false;
    body_use_ = BodyUse::nobody;
    deadline_ = {};
    pipe_->finish();
    return true;
}

}  // namespace landfall::front
