// The manifest of an appliance: lines `SHA256(name)= hex`, as OVF 1.x and 2 define them and as tools in the
// field write them (with spaces, with CR LF). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/digest.hpp"

namespace landfall::images {

struct ManifestLine {
    DigestAlgorithm algorithm = DigestAlgorithm::sha256;
    std::string hex;  ///< lower case
};

using Manifest = std::map<std::string, ManifestLine, std::less<>>;

/// `source` is the manifest itself, for messages. Errc::invalid: a line that cannot be read, an algorithm
/// other than SHA-1, SHA-256 and SHA-512, a digest of the wrong length, a name listed twice.
Result<Manifest> parse_manifest(const ByteSource& source, std::string_view text);

}  // namespace landfall::images
