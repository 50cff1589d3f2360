// machine.json: what a host must remember of a machine to find it again (docs/formats/machine.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/disk.hpp"
#include "engines/machines/process.hpp"
#include "engines/machines/spec.hpp"
#include "engines/machines/step.hpp"

namespace landfall::machines {

struct RunningProcess {
    ProcessName name;
    Acceleration by = Acceleration::tcg;
    std::uint16_t ssh_port = 0;
    Instant started;
    std::vector<Isolation> isolation;
};

struct Record {
    MachineSpec spec;  ///< its seed only says that there is one: the contents are in the seed's file
    std::uint32_t slot = 0;
    enum class Intent : std::uint8_t { none, stop, remove };
    Intent intent = Intent::none;
    Instant stop_by;  ///< with Intent::stop
    std::optional<RunningProcess> process;
};

[[nodiscard]] std::string encode(const Record& record);
/// corrupt, with the member that is wrong or missing.
[[nodiscard]] Result<Record> decode_record(std::string_view text);

/// Durable when it returns; a crash leaves the old or the new record.
[[nodiscard]] Status save_record(Disk& disk, const std::string& folder, const Record& record);
/// not_found when the folder has none.
[[nodiscard]] Result<Record> load_record(Disk& disk, const std::string& folder);

}  // namespace landfall::machines
