// Exchange: one HTTP request and the right and duty to answer it. Knows no AWS.
//
// Invariants
//   1. It is answered exactly once: by respond(), stream(), or its destructor (500, or nothing to a client
//      that left).
//   2. head() and a body that read_all() gave stay valid until it is answered or destroyed.
//   3. Answers go out in the order of the requests: a connection has one exchange at a time, and a pipelined
//      request is not parsed before the answer to the one before is written.
//   4. A client that waits for "100 Continue" gets it when somebody starts to read the body, so a refused
//      request is never uploaded; its connection then closes, because whether body bytes follow cannot be
//      known. A connection that goes on has always sent the 100 first, also where the body is empty or came
//      without waiting: botocore (1.29 to 1.43) takes an answer in its place for the answer to the next
//      request too, and then waits for the end of the connection.
//   5. Memory: the head (≤ 64 KiB), the body up to read_all()'s limit or 1 MiB of read(), 4 MiB of stream().
//
// The server must outlive every Exchange: on_disconnect() tells owners of parked ones to let go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "base/units.hpp"
#include "front/request_parser.hpp"

namespace landfall::front {

class Connection;

/// Status and headers of an answer. The server adds Date, Content-Length or Transfer-Encoding, and
/// Connection.
class ResponseHead {
public:
    explicit ResponseHead(int status) : status_{status} {}

    /// Control characters in `value` become blanks, so that nothing can add a header of its own.
    ResponseHead& add(std::string_view name, std::string_view value);
    /// For HEAD and 304: the length that the body would have.
    ResponseHead& declare_length(Bytes length);
    /// The connection ends after this answer.
    ResponseHead& close_after();

    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] const std::string& fields() const { return fields_; }
    [[nodiscard]] std::optional<Bytes> declared_length() const { return declared_; }
    [[nodiscard]] bool closes() const { return closes_; }

private:
    int status_;
    std::string fields_;
    std::optional<Bytes> declared_;
    bool closes_ = false;
};

struct Sent {
    Bytes body;             ///< handed to the kernel
    bool complete = false;  ///< false: the client left, stalled, or the source failed
};

struct Response {
    ResponseHead head;
    std::string body;
    /// Loop thread, at most once, when the last byte is with the kernel or the connection is lost. The views
    /// of the request's head are still valid then.
    UniqueFunction<void(const Sent&)> on_sent;
};

/// The body of a streamed answer. One call at a time, each on some worker thread; may block.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// Fills a part of `into` (at least one byte), or returns 0 at the end. A failure breaks the connection,
    /// which tells the client that the body is not whole.
    [[nodiscard]] virtual Result<std::size_t> read(MutableByteSpan into) = 0;
};

struct StreamedResponse {
    ResponseHead head;
    std::optional<Bytes> length;  ///< nullopt: chunked (to an HTTP/1.0 client: until close)
    std::unique_ptr<BodySource> source;
    UniqueFunction<void(const Sent&)> on_sent;
};

struct Peer {
    std::string address;  ///< numeric
    std::uint16_t port = 0;
    bool secure = false;  ///< came by TLS
};

class Exchange {
public:
    using BodyDone = UniqueFunction<void(Exchange, Result<std::string_view>)>;

    explicit Exchange(std::shared_ptr<Connection> connection);
    Exchange(Exchange&&) noexcept = default;
    Exchange& operator=(Exchange&& other) noexcept;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    /// Any thread, as long as this thread owns the Exchange.
    [[nodiscard]] const RequestHead& head() const;
    [[nodiscard]] const Peer& peer() const;
    /// Any thread: the client is gone and nobody will see the answer.
    [[nodiscard]] bool disconnected() const;

    /// Loop thread. Collects the whole body (decoded), then hands the exchange back with it, on the loop
    /// thread, possibly before this returns. Errors: exhausted (over `limit`, also when only announced),
    /// timeout, cancelled, invalid. Not after read().
    static void read_all(Exchange exchange, Bytes limit, BodyDone done);

    /// Loop thread: the whole body, where the client sent it along with the head and waits for no 100; it
    /// stays valid as read_all()'s does. nullopt, and nothing is changed, where there is more to do:
    /// read_all().
    [[nodiscard]] std::optional<std::string_view> body_at_hand();

    /// Worker thread, blocking: the next bytes of the decoded body; 0 at its end. Back-pressure: the socket
    /// is read at most 1 MiB ahead. Errors: timeout, cancelled, invalid. Not after read_all().
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into);

    /// `gone` is called on the loop thread, at most once, if the client leaves before the answer; never
    /// after it. A client that left already is reported soon after the call.
    void on_disconnect(UniqueFunction<void()> gone);

    /// Any thread: runs `work`, which owns the Exchange, on the loop thread, at once where this is it. What
    /// an engine completes in batches is written out by the thread that has its memory near; the engine goes
    /// on.
    void on_loop(UniqueFunction<void()> work) const;

    /// Any thread. At once on the loop thread, else posted to it.
    void respond(Response response) &&;
    /// Any thread. The source is pulled by workers, 1 MiB at a time, as fast as the client reads.
    void stream(StreamedResponse response) &&;

private:
    void drop();
    // Shared: the socket's side and the owner of the request live on different threads and either may end
    // first.
    std::shared_ptr<Connection> connection_;
};

}  // namespace landfall::front
