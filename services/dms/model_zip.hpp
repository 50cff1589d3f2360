// ZipFile: an archive in memory, written once: what exports of scripts and of reports are.
//
// Invariants
//   1. The same entries give the same bytes: times are those of the ZIP format's beginning.
//   2. Entries are deflated, their names UTF-8.
// Pure; one thread. Source: APPNOTE.TXT of PKWARE, 4.3 (no ZIP64: at most 4 GiB and 65,535 entries).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace landfall::dms {

class ZipFile {
public:
    /// exhausted: the archive would need ZIP64, or there is no memory to deflate.
    [[nodiscard]] Status add(std::string_view name, std::string_view content);
    [[nodiscard]] std::string finish() &&;

private:
    std::string bytes_;
    std::string directory_;
    std::uint16_t entries_ = 0;
};

}  // namespace landfall::dms
