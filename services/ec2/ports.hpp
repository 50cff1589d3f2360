// What EC2 needs of other services; apps/landfall connects them.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::ec2 {

/// The buckets that images are imported from.
class ObjectReader {
public:
    virtual ~ObjectReader() = default;
    /// The object as it is now: a later overwrite or delete does not change what is read, for as long as the
    /// source lives. Errors: not_found (bucket or key, the message says which), denied. Any thread.
    [[nodiscard]] virtual Result<std::unique_ptr<images::ByteSource>> open_object(std::string_view account,
                                                                                  std::string_view bucket,
                                                                                  std::string_view key) = 0;
};

}  // namespace landfall::ec2
