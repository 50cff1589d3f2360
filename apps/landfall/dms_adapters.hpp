// Where the ports of DMS meet other parts, and nothing else.
#pragma once

#include <filesystem>

#include "services/dms/ports.hpp"
#include "services/dms/ports_replication.hpp"
#include "services/events/ports.hpp"
#include "services/s3/service.hpp"

namespace landfall::app {

/// The buckets, as the server itself works with them for a project's owner. S3 outlives it.
class BucketsOfS3 final : public dms::Buckets {
public:
    explicit BucketsOfS3(s3::Service& s3) : s3_{s3} {}
    [[nodiscard]] Result<std::vector<Listed>> list(const dms::BucketOwner& owner, std::string_view bucket,
                                                   std::string_view prefix, std::size_t max) override;
    [[nodiscard]] Result<std::string> read(const dms::BucketOwner& owner, std::string_view bucket,
                                           std::string_view key, Bytes max) override;
    [[nodiscard]] Status write(const dms::BucketOwner& owner, std::string_view bucket, std::string_view key,
                               std::string_view content, std::string_view content_type) override;

private:
    s3::Service& s3_;
};

/// Secrets as files that the operator of the server puts into a folder: NAME.json with "username" and
/// "password". An account's other than the first one are in a folder of its number.
class SecretFiles final : public dms::Secrets {
public:
    explicit SecretFiles(std::filesystem::path folder) : folder_{std::move(folder)} {}
    [[nodiscard]] Result<dms::Credentials> credentials(std::string_view account,
                                                       std::string_view secret_id) override;

private:
    std::filesystem::path folder_;
};

/// Topics, published to as the server publishes its own events.
class TopicsForDms final : public dms::Topics {
public:
    /// It outlives this.
    explicit TopicsForDms(events::Topics& topics) : topics_{topics} {}
    [[nodiscard]] Status check(std::string_view topic_arn) const override { return topics_.check(topic_arn); }
    [[nodiscard]] Status publish(std::string_view topic_arn, const std::string& text) override;

private:
    events::Topics& topics_;
};

}  // namespace landfall::app
