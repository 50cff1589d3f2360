// ObjectStore: a bucket of ours or of anybody's, over HTTP, as a sink of files. Signed as the aws CLI does,
// with what that finds its way by: environment, profiles, AWS_ENDPOINT_URL.
//
// Invariants
//   1. Neither a message nor an error holds a secret.
//   2. A request that got no answer, or "later", is sent again, a few times; each of them may come twice.
// Threads: any.
#pragma once

#include <memory>
#include <string>

#include "engines/dbmove/files/object_sink.hpp"
#include "wire/sigv4/signer.hpp"

namespace landfall::app {

struct BucketAddress {
    std::string bucket;
    std::string folder;  ///< without slashes at its ends
};
/// "s3://bucket/folder". Errors: invalid.
[[nodiscard]] Result<BucketAddress> parse_bucket_address(const std::string& text);
[[nodiscard]] bool is_bucket_address(const std::string& text);

struct ObjectStoreAccess {
    std::string endpoint;  ///< "http://host:port"; buckets are in the path
    std::string region;
    sigv4::Credentials credentials;
    std::string authorities;  ///< a file of certificates; empty: the system's
};
/// `endpoint`, where it is given, else what the environment and the profile say. Errors: not_found, naming
/// where credentials were looked for.
[[nodiscard]] Result<ObjectStoreAccess> find_object_store(const std::string& endpoint);

class ObjectStore final : public dbmove::files::ObjectSink {
public:
    ObjectStore(ObjectStoreAccess access, std::string bucket)
        : access_{std::move(access)}, bucket_{std::move(bucket)} {}

    [[nodiscard]] std::string place() const override { return "s3://" + bucket_; }
    Status put(const std::string& key, const dbmove::files::SpoolFile& file,
               std::string_view content_type) override;
    Result<std::string> replace(const std::string& key, std::string_view content,
                                const std::string& version) override;
    Result<std::optional<dbmove::files::StoredObject>> get(const std::string& key) override;
    Result<bool> exists(const std::string& key) override;
    Status remove(const std::string& key) override;

private:
    struct Call;
    struct Reply;
    Result<Reply> send(const Call& call) const;
    Result<Reply> send_once(const Call& call) const;
    [[nodiscard]] Error refused(const Call& call, const Reply& reply) const;

    ObjectStoreAccess access_;
    std::string bucket_;
};

}  // namespace landfall::app
