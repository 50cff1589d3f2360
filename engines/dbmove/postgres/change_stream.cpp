#include "engines/dbmove/postgres/change_stream.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include "engines/dbmove/postgres/names.hpp"
#include "engines/dbmove/postgres/wire_reader.hpp"

namespace landfall::dbmove::postgres {
namespace {

/// A fraction of the smallest sensible wal_sender_timeout.
constexpr std::chrono::seconds kReportEvery{5};

void append(std::string& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
}

}  // namespace

Result<ChangeStream> ChangeStream::open(const Address& source, const Start& start) {
    Session session = TRY(Session::open(source, Purpose::replication));
    const Status begun = session.run("START_REPLICATION SLOT " + quoted(start.slot) + " LOGICAL " +
                                     text_of(start.from) + " (proto_version '1', publication_names " +
                                     literal(quoted(start.publication)) + ", messages 'true')");
    if (!begun.ok()) {
        const std::string& code = session.refusal().sqlstate;
        if (code == "42704") return Error{Errc::not_found, begun.error().message()};
        return begun.error();
    }
    ChangeStream stream{std::move(session)};
    stream.sent_ = stream.durable_ = start.from;
    return stream;
}

Result<ChangeStream::Got> ChangeStream::next(std::chrono::milliseconds wait, Message& out) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    for (;;) {
        char* piece = nullptr;
        const int length = PQgetCopyData(session_.raw(), &piece, 1);
        if (length > 0) {
            const Result<Got> got = take({piece, static_cast<std::size_t>(length)}, out);
            PQfreemem(piece);
            if (!got.ok() || *got == Got::change) return got;
            continue;
        }
        if (length < 0) {
            const Answer ended{PQgetResult(session_.raw())};
            return session_.error_of(ended.raw());
        }
        const auto now = std::chrono::steady_clock::now();
        if (now - reported_ >= kReportEvery) TRY(report());
        pollfd ready{.fd = PQsocket(session_.raw()), .events = POLLIN, .revents = 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(deadline - now, {}));
        const int readable = ::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1000)));
        if (readable == 0 && std::chrono::steady_clock::now() >= deadline) return Got::nothing;
        if (PQconsumeInput(session_.raw()) != 1) return session_.error_of(nullptr);
    }
}

/// XLogData, or a keepalive; PostgreSQL's documentation, "Streaming Replication Protocol".
Result<ChangeStream::Got> ChangeStream::take(Session::Bytes bytes, Message& out) {
    WireReader in{bytes.subspan(1)};
    if (bytes.front() == 'w') {
        const Lsn begin{in.u64()};
        (void)in.u64();
        (void)in.u64();
        if (!in.good()) return Error{Errc::corrupt, "a piece of the replication stream ends too early"};
        constexpr std::size_t kHead = 1 + 3 * 8;
        TRY(decode(bytes.subspan(kHead), out));
        sent_ = std::max(sent_, begin);
        if (out.kind == MessageKind::commit) sent_ = std::max(sent_, out.end);
        return Got::change;
    }
    if (bytes.front() != 'k') return Error{Errc::corrupt, "an unknown piece of the replication stream"};
    sent_ = std::max(sent_, Lsn{in.u64()});
    (void)in.u64();
    if (in.u8() == 1) TRY(report());
    return Got::nothing;
}

Status ChangeStream::acknowledge(Lsn durable) {
    durable_ = std::max(durable_, durable);
    return std::chrono::steady_clock::now() - reported_ >= std::chrono::seconds{1} ? report() : Status{};
}

Status ChangeStream::report() {
    std::string status{"r"};
    append(status, std::max(sent_, durable_).value);
    append(status, durable_.value);
    append(status, durable_.value);
    append(status, 0);    // our clock: the server only shows it
    status.push_back(1);  // and asks for an answer: where the log ends now
    if (PQputCopyData(session_.raw(), status.data(), static_cast<int>(status.size())) != 1 ||
        PQflush(session_.raw()) < 0)
        return session_.error_of(nullptr);
    reported_ = std::chrono::steady_clock::now();
    return {};
}

}  // namespace landfall::dbmove::postgres
