// TlsContext and TlsSession: TLS as a pure transformation of bytes; the sockets are somebody else's.
//
// Invariants
//   1. Ciphertext goes in by feed(), plaintext out by read(); write() takes plaintext, and whatever must go
//      to the peer (also handshake and alerts) waits in pending_output().
//   2. TLS 1.2 and 1.3 only; ALPN answers http/1.1.
//   3. After a failure the session takes nothing more; the alert in pending_output() should still be sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace landfall::front {

/// Immutable after load(); any thread may make sessions.
class TlsContext {
public:
    /// PEM files. Errors: not_found, denied, invalid (no certificate, or the key is not its own).
    [[nodiscard]] static Result<std::unique_ptr<TlsContext>> load(const std::string& certificate_file,
                                                                  const std::string& key_file);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// SHA-256 of the certificate, "AB:CD:…", as `openssl x509 -fingerprint -sha256` prints it.
    [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

    struct Context;
    /// For load().
    explicit TlsContext(std::unique_ptr<Context> context);

private:
    friend class TlsSession;
    std::unique_ptr<Context> context_;
    std::string fingerprint_;
};

/// One thread at a time.
class TlsSession {
public:
    explicit TlsSession(const TlsContext& context);
    ~TlsSession();

    /// Always takes all of it.
    void feed(ByteSpan ciphertext);
    enum class State : std::uint8_t { open, wants_input, ended, failed };
    struct Read {
        std::size_t bytes = 0;
        State state = State::open;  ///< why bytes is 0
    };
    [[nodiscard]] Read read(MutableByteSpan into);
    /// False: the session has failed.
    [[nodiscard]] bool write(ByteSpan plaintext);
    /// Says goodbye (close_notify).
    void end();

    /// Ciphertext for the peer; the view is valid until the next call.
    [[nodiscard]] ByteSpan pending_output() const;
    void output_sent(std::size_t bytes);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

/// Makes an EC P-256 key and a self-signed certificate for localhost, *.localhost, 127.0.0.1, ::1 and
/// `host_name`, unless both files are there. The key's file has mode 0600; both appear whole or not at all
/// (write, fsync, rename), key first. Errors: io, denied, exhausted.
[[nodiscard]] Status ensure_self_signed(const std::string& certificate_file, const std::string& key_file,
                                        const std::string& host_name, std::int64_t now_seconds);

}  // namespace landfall::front
