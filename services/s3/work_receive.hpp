// Receiving: a payload becomes content in the block store, with its digests taken and every claim about it
// checked.
//
// Invariants
//   1. What does not match its claims (length, Content-MD5, checksum, signature) is never kept: receive()
//      fails and its lease lets everything go.
//   2. Memory: one buffer of 256 KiB beside the block store's own, whatever the payload's size.
#pragma once

#include <optional>

#include "services/s3/model_checksum.hpp"
#include "services/s3/model_multipart.hpp"
#include "services/s3/ports.hpp"
#include "services/s3/store_contents.hpp"

namespace landfall::s3 {

/// What the client said about a payload before it came.
struct Expected {
    Bytes min{};  ///< EntityTooSmall below it
    Bytes max = kUploadSizeMax;
    std::optional<Bytes> length;
    std::optional<Md5> md5;
    std::optional<ClaimedChecksum> claim;
    /// What to compute; the algorithm of a claim that comes behind the payload must be this one.
    Algorithm algorithm = kDefaultAlgorithm;
};

/// Content that nothing names yet; it goes when the lease does.
struct Received {
    blocks::Lease lease;
    std::optional<blocks::TreeRoot> root;  ///< nullopt: no bytes
    Bytes size;
    Md5 md5;
    Checksum sum;
};

/// EntityTooSmall, EntityTooLarge (known from `length` before a byte is read), IncompleteBody, BadDigest,
/// InvalidRequest, RequestTimeout.
Answer<Received> receive(Contents& contents, blocks::DomainNumber domain, ByteStream& payload,
                         const Expected& expected);

/// Reads a range of stored content through new digests.
Answer<Digests::Sums> digest(blocks::Reader& reader, ByteOffset from, Bytes length, Algorithm algorithm);
/// Copies a range of stored content into a content of its own; the bytes are taken from the store's own
/// blocks where they are the same.
Answer<Received> copied(Contents& contents, blocks::DomainNumber domain, blocks::Reader& reader,
                        ByteOffset from, Bytes length, Algorithm algorithm);

}  // namespace landfall::s3
