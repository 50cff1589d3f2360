// RequestIds: names for requests, unique without a lock and without asking the kernel each time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/random.hpp"

namespace landfall::front {

/// Any thread. Ids are not secrets and may be guessed.
class RequestIds {
public:
    /// Takes its start from `random`: two runs of the server do not share ids.
    explicit RequestIds(Random& random);
    /// "0123abcd-…": the form of every service but S3.
    [[nodiscard]] std::string uuid();
    /// 16 upper-case hexadecimal digits: S3's x-amz-request-id.
    [[nodiscard]] std::string s3();
    /// S3's x-amz-id-2: names this run of the server.
    [[nodiscard]] const std::string& host_id() const { return host_id_; }

private:
    [[nodiscard]] std::uint64_t next();
    const std::uint64_t base_;
    std::atomic<std::uint64_t> count_{0};
    std::string host_id_;
};

}  // namespace landfall::front
