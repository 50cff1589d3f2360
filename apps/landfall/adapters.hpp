// Adapters: where one part's port meets another part, and nothing else.
#pragma once

#include <memory>

#include "core/upkeep/upkeep.hpp"
#include "engines/machines/host.hpp"
#include "services/admin/ports.hpp"
#include "services/ec2/ports.hpp"
#include "services/events/ports.hpp"
#include "services/s3/service.hpp"
#include "services/sns/ports.hpp"
#include "services/sqs/service.hpp"

namespace landfall::sns {
class Sns;
}

namespace landfall::app {

/// EC2's view of the buckets; S3 outlives it.
[[nodiscard]] std::unique_ptr<ec2::ObjectReader> object_reader_of(s3::Service& s3);

/// What a queue's consumer sees of a message that SNS put there.
class SnsRenderer final : public sqs::MessageRenderer {
public:
    [[nodiscard]] Result<sqs::Rendered> render(const sqs::Wrapped& message) const override;
};

/// SNS's view of the queues, of a service that is there before the first publish.
class QueuesForSns final : public sns::QueueDirectory {
public:
    explicit QueuesForSns(const std::unique_ptr<sqs::Sqs>& sqs) : sqs_{sqs} {}
    [[nodiscard]] Result<sns::QueueTarget> resolve(std::string_view queue_arn,
                                                   std::string_view topic_arn) const override;

private:
    const std::unique_ptr<sqs::Sqs>& sqs_;
};

/// S3's view of queues and topics, of services that are there before the first request. What it sends comes
/// from s3.amazonaws.com, for the bucket.
class TargetsOfS3 final : public s3::NoticeTargets {
public:
    struct Parts {
        const std::unique_ptr<sqs::Sqs>& sqs;
        const std::unique_ptr<sns::Sns>& sns;
        messages::Broker& broker;
        Random& random;
    };
    explicit TargetsOfS3(const Parts& parts) : parts_{parts} {}
    [[nodiscard]] Status check(const s3::NoticeTarget& target, const s3::NoticeSource& source) const override;
    [[nodiscard]] std::vector<Status> deliver(std::span<const s3::NoticeParcel> parcels) override;

private:
    [[nodiscard]] Result<sqs::QueueTarget> queue(std::string_view arn, const s3::NoticeSource& source) const;
    void deliver_to_topics(std::span<const s3::NoticeParcel> parcels, std::vector<Status>& outcomes);
    void deliver_to_queues(std::span<const s3::NoticeParcel> parcels, std::vector<Status>& outcomes);

    Parts parts_;
};

/// The topics that the server's own events go to, of a service that is there before the first of them.
class TopicsOfSns final : public events::Topics {
public:
    explicit TopicsOfSns(const std::unique_ptr<sns::Sns>& sns) : sns_{sns} {}
    [[nodiscard]] Status check(std::string_view topic_arn) const override;
    [[nodiscard]] std::vector<Status> publish(std::string_view topic_arn,
                                              const std::vector<std::string>& texts) override;

private:
    const std::unique_ptr<sns::Sns>& sns_;
};

/// The administration's view of the queues, of a service that is there before the first request.
class QueuesOfSqs final : public admin::QueueView {
public:
    explicit QueuesOfSqs(const std::unique_ptr<sqs::Sqs>& sqs) : sqs_{sqs} {}
    [[nodiscard]] std::vector<admin::QueueRow> queues(std::string_view account, std::string_view region,
                                                      std::string_view prefix,
                                                      std::size_t max) const override;
    void peek(std::string_view account, std::string_view region, std::string_view name, std::uint64_t after,
              std::uint32_t max, Peeked done) const override;

private:
    const std::unique_ptr<sqs::Sqs>& sqs_;
};

/// The administration's view of the machines: of whatever host is there at the time, or none.
class CountsOfMachines final : public admin::MachineCounts {
public:
    explicit CountsOfMachines(const std::unique_ptr<machines::MachineHost>& host) : host_{host} {}
    [[nodiscard]] std::size_t running() const override;
    [[nodiscard]] std::string acceleration() const override;

private:
    const std::unique_ptr<machines::MachineHost>& host_;
};

/// Upkeep as the administration asks for it.
class UpkeepByName final : public admin::StoreUpkeep {
public:
    explicit UpkeepByName(upkeep::Upkeep& upkeep) : upkeep_{upkeep} {}
    [[nodiscard]] Result<jobs::JobId> begin(std::string_view task, state::Cause cause) override;

private:
    upkeep::Upkeep& upkeep_;
};

}  // namespace landfall::app
