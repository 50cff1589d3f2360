// The members of a tar archive by place, without extracting: POSIX ustar, pax (path and size), GNU long names
// and base-256 sizes. Source: IEEE Std 1003.1-2017 "pax", and GNU tar's manual, "Basic Tar Format".
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/images/byte_source.hpp"
#include "engines/images/ova.hpp"

namespace landfall::images {

/// Regular files at the top level only, each name once; a leading "./" is dropped. Errc::invalid with the
/// offset of the header for anything else: links, devices, directories, "..", absolute names, a checksum that
/// fails, a member beyond the end, a missing end mark, more than 4,096 members.
Result<std::vector<OvaMember>> index_tar(const ByteSource& archive);

}  // namespace landfall::images
