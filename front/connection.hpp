// Connection: one accepted socket and the request that it has in hand. Inside front/ only.
//
// Invariants
//   1. Everything but the few functions marked "any thread" runs on the loop's thread.
//   2. advance() moves the phases on until something blocks; it never re-enters itself: what a callback does
//      is picked up by the loop that called it.
//   3. A connection between requests holds no buffer: its workspace is with the loop's spares.
//   4. While an Exchange is out, the workspace stays, because the request's head lies in it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "front/body_pipe.hpp"
#include "front/event_loop.hpp"
#include "front/http_exchange.hpp"
#include "front/http_server.hpp"
#include "front/tls_session.hpp"

namespace landfall::front {

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// A parser and the bytes in its hand: [begin, end) are received and not yet used.
struct Workspace {
    RequestParser parser;
    Block in;
    std::size_t capacity = 0;
};

/// What the connections of one loop share; on its thread only.
struct LoopShare {
    LoopShare(EventLoop& l, const HttpOptions& o, WorkerPool& w, RequestSink& s, HttpCounters& c)
        : loop{l}, options{o}, workers{w}, sink{s}, counters{c} {}

    EventLoop& loop;
    const HttpOptions& options;
    WorkerPool& workers;
    RequestSink& sink;
    HttpCounters& counters;
    Moment now{};           ///< of the last tick: time limits are as coarse as ticks
    std::string date_line;  ///< "Date: …\r\n" of the last tick
    bool stopping = false;
    std::vector<std::unique_ptr<Workspace>> spare{};
    std::size_t spare_unused = 0;  ///< since the last tick
    std::vector<std::shared_ptr<Connection>> open{};
    std::vector<std::byte> ciphertext{};  ///< scratch for TLS
    UniqueFunction<void()> on_empty{};    ///< the last connection of a stopping loop is gone
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(LoopShare& share, Watch watch, Peer peer);

    void start();
    /// Closes what is over its time.
    void sweep();
    /// The server stops: an idle connection closes now, others after their answer.
    void wind_down();
    void close();

    // For Exchange; any thread that owns it unless said otherwise.
    [[nodiscard]] const RequestHead& head() const { return workspace_->parser.head(); }
    [[nodiscard]] const Peer& peer() const { return peer_; }
    [[nodiscard]] bool disconnected() const { return disconnected_.load(std::memory_order_relaxed); }
    void collect_body(Exchange exchange, Bytes limit, Exchange::BodyDone done);  // loop thread
    [[nodiscard]] std::optional<std::string_view> body_at_hand();                // loop thread
    [[nodiscard]] Result<std::size_t> pull_body(MutableByteSpan into);           // worker thread
    void watch_peer(UniqueFunction<void()> gone);
    void on_loop(UniqueFunction<void()> work);
    static void respond(std::shared_ptr<Connection> self, Response response);
    static void stream(std::shared_ptr<Connection> self, StreamedResponse response);
    static void abandon(std::shared_ptr<Connection> self);

    std::size_t index_in_share = 0;

private:
    enum class Phase : std::uint8_t { head, owned, reply, drain, linger, closed };
    enum class BodyUse : std::uint8_t { nobody, collected, streamed };
    struct Io {
        enum class Kind : std::uint8_t { got, blocked, ended, failed } kind;
        std::size_t bytes = 0;
    };
    struct Collecting {
        Exchange exchange;
        Bytes limit;
        Exchange::BodyDone done;
        std::string text;
        bool whole_fits;  ///< the body will lie behind the head in the workspace: no copy
    };
    struct OutPiece {
        std::string text;
        Block block;
        std::size_t used = 0;
        [[nodiscard]] ByteSpan left() const;
    };
    struct Streaming {
        std::unique_ptr<BodySource> source;
        std::optional<std::uint64_t> remaining;
        bool chunked = false;
        bool pulling = false;
        bool ended = false;
        std::size_t queued = 0;
    };
    struct Pulled {
        Block block;
        bool ended = false;
        bool failed = false;
    };

    // connection.cpp: phases, reading and writing the socket
    void advance();
    [[nodiscard]] bool step();
    [[nodiscard]] bool step_head();
    [[nodiscard]] bool step_drain();
    [[nodiscard]] bool step_linger();
    void begin_exchange();
    void end_exchange();
    void next_request();
    void begin_linger();
    void refuse(const Refusal& refusal);
    Workspace& take_workspace();
    void release_workspace();
    [[nodiscard]] MutableByteSpan room_for_head();
    [[nodiscard]] Io receive(MutableByteSpan into);
    [[nodiscard]] Io receive_plain(MutableByteSpan into);
    [[nodiscard]] Io receive_tls(MutableByteSpan into);
    void arm_read();
    void arm_write();
    void peer_left();
    void peek_peer();
    void set_deadline(Duration from_now) { deadline_ = share_.now + from_now; }

    // connection_body.cpp
    [[nodiscard]] bool step_body();
    [[nodiscard]] bool step_collect();
    [[nodiscard]] bool parse_collected();
    [[nodiscard]] bool step_stream_in();
    [[nodiscard]] bool pass_on_incoming();
    void finish_collecting(Result<std::string_view> body);
    void begin_stream_in(std::unique_ptr<BodyPipe> pipe);
    void body_failed(Error error);
    void send_continue();
    [[nodiscard]] std::string_view unused() const;

    // connection_reply.cpp
    void take_reply(ResponseHead head, std::string body, UniqueFunction<void(const Sent&)> on_sent);
    void take_stream(StreamedResponse response);
    /// With room behind it for so much more.
    [[nodiscard]] std::string head_text(const ResponseHead& head, std::optional<std::uint64_t> length,
                                        std::size_t room) const;
    [[nodiscard]] bool may_keep(const ResponseHead& head) const;
    [[nodiscard]] bool drainable() const;
    [[nodiscard]] bool step_reply();
    [[nodiscard]] Io flush();
    [[nodiscard]] Io flush_tls();
    [[nodiscard]] Io flush_plain();
    void note_sent(std::size_t bytes);
    void queue(std::string text);
    void queue(Block block);
    void pull_more();
    void pulled(Pulled result);
    void finish_reply();
    void tell_sent(bool complete);

    LoopShare& share_;
    std::optional<Watch> watch_;
    std::unique_ptr<TlsSession> tls_;
    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<Collecting> collecting_;
    std::unique_ptr<BodyPipe> pipe_;
    BodyPipe* reader_pipe_ = nullptr;  ///< the owner's view of pipe_, touched by its thread only
    std::unique_ptr<Streaming> streaming_;
    Block incoming_;  ///< raw bytes of a streamed body that are not parsed yet
    std::size_t incoming_capacity_ = 0;
    std::vector<OutPiece> out_;
    std::size_t out_at_ = 0;
    UniqueFunction<void(const Sent&)> on_sent_;
    UniqueFunction<void()> gone_;
    Peer peer_;
    Moment deadline_{};  ///< zero: none
    std::uint64_t serial_ = 0;
    std::size_t body_at_ = 0;  ///< where the head ends in the workspace
    std::uint64_t body_seen_ = 0;
    std::uint64_t sent_body_ = 0;
    std::string collected_text_;  ///< a collected body that lies outside the workspace
    Phase phase_ = Phase::head;
    BodyUse body_use_ = BodyUse::nobody;
    std::atomic<bool> disconnected_{false};
    std::atomic<bool> closed_{false};  ///< phase_ is closed, for other threads
    bool sniffed_ = false;
    bool drained_ = true;  ///< the last read took all that the kernel had
    bool read_armed_ = false;
    bool write_armed_ = false;
    bool advancing_ = false;
    bool exchange_out_ = false;
    bool continue_sent_ = false;
    bool paused_ = false;
    bool poisoned_ = false;  ///< the framing of the input is lost: nothing more may be read from it
    bool keep_ = false;
    bool watching_peer_ = false;
};

}  // namespace landfall::front
