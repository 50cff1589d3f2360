// Builds tar archives and appliances for tests, right and wrong.
#pragma once

#include <string>
#include <string_view>

#include "engines/images/sample_disks_testing.hpp"

namespace landfall::images {

class TarBuilder {
public:
    TarBuilder& file(std::string_view name, ByteSpan bytes, char type = '0');
    TarBuilder& file(std::string_view name, std::string_view text, char type = '0') {
        return file(name, bytes_of(text), type);
    }
    /// A header alone, with the size field given as it shall stand.
    TarBuilder& header(std::string_view name, std::string_view size_field, char type = '0');
    TarBuilder& raw(ByteSpan bytes);
    /// With its end mark.
    [[nodiscard]] ByteVector finished() const;
    [[nodiscard]] const ByteVector& unfinished() const { return bytes_; }

private:
    ByteVector bytes_;
};

/// An OVF 1.0 descriptor of one disk `file`.
std::string simple_ovf(std::string_view file, std::size_t size, std::size_t capacity);
/// "SHA256(name)= hex\n"
std::string manifest_line(std::string_view name, ByteSpan bytes,
                          DigestAlgorithm algorithm = DigestAlgorithm::sha256);

}  // namespace landfall::images
