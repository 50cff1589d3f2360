#include "services/s3/work_receive.hpp"

#include <algorithm>
#include <vector>

namespace landfall::s3 {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

Fault too_large(Bytes proposed, Bytes max) {
    return Fault{Code::entity_too_large}
        .with("ProposedSize", std::to_string(proposed.count))
        .with("MaxSizeAllowed", std::to_string(max.count));
}

/// A payload that cannot be read to its end, as the client may see it.
Fault payload_fault(const Error& error) {
    switch (error.code()) {
        case Errc::invalid: return Fault{Code::incomplete_body, error.message()};
        case Errc::timeout:
        case Errc::cancelled: return Fault{Code::request_timeout};
        default: return Fault{error};
    }
}

/// Takes bytes into digests and content; the writer is made with the first byte, so that nothing costs
/// nothing.
class Intake {
public:
    Intake(Contents& contents, blocks::DomainNumber domain, Algorithm algorithm)
        : contents_{contents}, domain_{domain}, lease_{contents.blocks().lease()}, digests_{algorithm} {}

    Status take(ByteSpan bytes) {
        if (!writer_) writer_ = TRY(contents_.blocks().write_stream(lease_, domain_));
        digests_.update(bytes);
        size_ += Bytes{bytes.size()};
        return writer_->append(bytes);
    }
    [[nodiscard]] Bytes size() const { return size_; }

    Result<Received> finish() {
        const auto sums = digests_.finish();
        Received received{.size = size_, .md5 = sums.md5, .sum = sums.sum};
        if (writer_) received.root = TRY(writer_->finish());
        received.lease = std::move(lease_);
        return received;
    }

private:
    Contents& contents_;
    blocks::DomainNumber domain_;
    blocks::Lease lease_;
    std::unique_ptr<blocks::StreamWriter> writer_;
    Digests digests_;
    Bytes size_;
};

Verdict check_claims(const Received& received, const Expected& expected, const ByteStream& payload) {
    if (expected.length && received.size != *expected.length) {
        return Fault{Code::incomplete_body}
            .with("NumberBytesExpected", std::to_string(expected.length->count))
            .with("NumberBytesProvided", std::to_string(received.size.count));
    }
    if (expected.md5) TRY(check_content_md5(*expected.md5, received.md5));
    if (expected.claim) TRY(check_claim(*expected.claim, received.sum));
    const auto trailing = payload.trailing_claim();
    if (!trailing) return {};
    if (trailing->algorithm != received.sum.algorithm()) {
        return Fault{Code::invalid_request,
                     "The checksum in the trailer is of another algorithm than the request announced."};
    }
    return check_claim(*trailing, received.sum);
}

}  // namespace

Answer<Received> receive(Contents& contents, blocks::DomainNumber domain, ByteStream& payload,
                         const Expected& expected) {
    if (expected.length && *expected.length > expected.max) return too_large(*expected.length, expected.max);
    Intake intake{contents, domain, expected.algorithm};
    std::vector<std::byte> buffer(kBufferBytes);
    while (true) {
        const auto read = payload.read(buffer);
        if (!read.ok()) return payload_fault(read.error());
        if (*read == 0) break;
        if (intake.size() + Bytes{*read} > expected.max)
            return too_large(intake.size() + Bytes{*read}, expected.max);
        TRY(intake.take(ByteSpan{buffer}.first(*read)));
    }
    if (intake.size() < expected.min) {
        return Fault{Code::entity_too_small}
            .with("ProposedSize", std::to_string(intake.size().count))
            .with("MinSizeAllowed", std::to_string(expected.min.count));
    }
    Received received = TRY(intake.finish());
    TRY(check_claims(received, expected, payload));
    return received;
}

Answer<Digests::Sums> digest(blocks::Reader& reader, ByteOffset from, Bytes length, Algorithm algorithm) {
    Digests digests{algorithm};
    std::vector<std::byte> buffer(std::min<std::uint64_t>(length.count, 4 * kBufferBytes));
    while (length.count > 0) {
        const auto piece =
            MutableByteSpan{buffer}.first(std::min<std::uint64_t>(length.count, buffer.size()));
        TRY(reader.read(from, piece));
        digests.update(piece);
        from += Bytes{piece.size()};
        length -= Bytes{piece.size()};
    }
    return digests.finish();
}

Answer<Received> copied(Contents& contents, blocks::DomainNumber domain, blocks::Reader& reader,
                        ByteOffset from, Bytes length, Algorithm algorithm) {
    Intake intake{contents, domain, algorithm};
    std::vector<std::byte> buffer(std::min<std::uint64_t>(length.count, 4 * kBufferBytes));
    while (length.count > 0) {
        const auto piece =
            MutableByteSpan{buffer}.first(std::min<std::uint64_t>(length.count, buffer.size()));
        TRY(reader.read(from, piece));
        TRY(intake.take(piece));
        from += Bytes{piece.size()};
        length -= Bytes{piece.size()};
    }
    return TRY(intake.finish());
}

}  // namespace landfall::s3
