#include "engines/machines/record.hpp"

#include <simdjson.h>

#include <array>

#include "engines/machines/qmp_message.hpp"

namespace landfall::machines {

namespace {

constexpr std::uint64_t kFormat = 1;
constexpr Bytes kRecordMax = 1_MiB;

// The words of the file, in the order of their enumerations.
constexpr std::array<std::string_view, 2> kFirmware{"bios", "uefi"};
constexpr std::array<std::string_view, 3> kBus{"virtio", "sata", "ide"};
constexpr std::array<std::string_view, 2> kAccess{"read_write", "read_only"};
constexpr std::array<std::string_view, 2> kCache{"durable", "unsafe"};
constexpr std::array<std::string_view, 3> kReach{"none", "isolated", "outside"};
constexpr std::array<std::string_view, 2> kCard{"virtio", "e1000"};
constexpr std::array<std::string_view, 2> kSsh{"hidden", "forwarded"};
constexpr std::array<std::string_view, 3> kIntent{"none", "stop", "remove"};
constexpr std::array<std::string_view, 3> kAcceleration{"automatic", "kvm", "tcg"};

/// Writes an object member by member.
class Writer {
public:
    Writer& text(std::string_view name, std::string_view value) { return raw(name, json_quoted(value)); }
    Writer& number(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
    Writer& instant(std::string_view name, Instant value) { return raw(name, std::to_string(value.ns)); }
    template <class Enum, std::size_t N>
    Writer& word(std::string_view name, const std::array<std::string_view, N>& words, Enum value) {
        return text(name, words[static_cast<std::size_t>(value)]);
    }
    Writer& raw(std::string_view name, std::string_view value) {
        out_ += out_.size() > 1 ? "," : "";
        out_ += json_quoted(name);
        out_ += ':';
        out_ += value;
        return *this;
    }
    [[nodiscard]] std::string done() const { return out_ + "}"; }

private:
    std::string out_ = "{";
};

std::string list_of(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + item;
    return out + "]";
}

std::string encode_spec(const MachineSpec& spec) {
    std::vector<std::string> disks;
    for (const DiskSpec& disk : spec.disks)
        disks.push_back(Writer{}
                            .text("file", disk.file)
                            .word("bus", kBus, disk.bus)
                            .word("access", kAccess, disk.access)
                            .word("cache", kCache, disk.cache)
                            .text("serial", disk.serial)
                            .done());
    const std::string network = Writer{}
                                    .word("reach", kReach, spec.network.reach)
                                    .text("mac", spec.network.mac.text())
                                    .word("card", kCard, spec.network.card)
                                    .word("ssh", kSsh, spec.network.ssh)
                                    .done();
    const std::string smbios = Writer{}
                                   .text("manufacturer", spec.smbios.manufacturer)
                                   .text("product", spec.smbios.product)
                                   .text("version", spec.smbios.version)
                                   .text("serial", spec.smbios.serial)
                                   .done();
    return Writer{}
        .text("id", spec.id.text())
        .text("uuid", spec.uuid)
        .number("vcpus", spec.vcpus)
        .number("memory", spec.memory.count)
        .word("firmware", kFirmware, spec.firmware)
        .raw("disks", list_of(disks))
        .raw("network", network)
        .raw("smbios", smbios)
        .number("seed", spec.seed ? 1 : 0)
        .done();
}

std::string encode_process(const RunningProcess& process) {
    std::vector<std::string> isolation;
    for (const Isolation& line : process.isolation)
        isolation.push_back(Writer{}
                                .text("measure", line.measure)
                                .number("enforced", line.enforced ? 1 : 0)
                                .text("detail", line.detail)
                                .done());
    return Writer{}
        .number("pid", static_cast<std::uint64_t>(process.name.pid))
        .number("start_ticks", process.name.start_ticks)
        .text("boot", process.name.boot)
        .word("by", kAcceleration, process.by)
        .number("ssh_port", process.ssh_port)
        .instant("started_ns", process.started)
        .raw("isolation", list_of(isolation))
        .done();
}

using Element = simdjson::dom::element;

/// Reads members; the first one that is wrong is remembered, and everything read after it has no meaning.
class Reader {
public:
    std::string text(const Element& at, const char* name) {
        std::string_view out;
        if (at[name].get(out) != simdjson::SUCCESS) wrong(name);
        return std::string{out};
    }
    std::uint64_t number(const Element& at, const char* name, std::uint64_t max) {
        std::uint64_t out = 0;
        if (at[name].get(out) != simdjson::SUCCESS || out > max) wrong(name);
        return out;
    }
    Instant instant(const Element& at, const char* name) {
        std::int64_t out = 0;
        if (at[name].get(out) != simdjson::SUCCESS) wrong(name);
        return Instant{out};
    }
    template <class Enum, std::size_t N>
    void word(const Element& at, const char* name, const std::array<std::string_view, N>& words, Enum& out) {
        const std::string value = text(at, name);
        for (std::size_t i = 0; i < N; ++i) {
            if (words[i] == value) {
                out = static_cast<Enum>(i);
                return;
            }
        }
        wrong(name);
    }
    Element member(const Element& at, const char* name) {
        Element out;
        if (at[name].get(out) != simdjson::SUCCESS) wrong(name);
        return out;
    }
    simdjson::dom::array list(const Element& at, const char* name) {
        simdjson::dom::array out;
        if (at[name].get(out) != simdjson::SUCCESS) wrong(name);
        return out;
    }
    void wrong(const char* name) {
        if (wrong_.empty()) wrong_ = name;
    }
    [[nodiscard]] Status verdict() const {
        if (wrong_.empty()) return {};
        return Error{Errc::corrupt, "the machine's record: '" + wrong_ + "' is missing or wrong"};
    }

private:
    std::string wrong_;
};

constexpr std::uint64_t kAny = ~std::uint64_t{0};

Result<MachineSpec> read_spec(const Element& at) {
    Reader reader;
    MachineSpec spec{.id = TRY(MachineId::parse(reader.text(at, "id"))), .uuid = reader.text(at, "uuid")};
    spec.vcpus = static_cast<std::uint32_t>(reader.number(at, "vcpus", 64));
    spec.memory = Bytes{reader.number(at, "memory", kAny)};
    reader.word(at, "firmware", kFirmware, spec.firmware);
    if (reader.number(at, "seed", 1) == 1) spec.seed.emplace();
    const auto disks = reader.list(at, "disks");
    const Element network = reader.member(at, "network");
    const Element smbios = reader.member(at, "smbios");
    TRY(reader.verdict());
    for (const Element each : disks) {
        DiskSpec disk;
        disk.file = reader.text(each, "file");
        reader.word(each, "bus", kBus, disk.bus);
        reader.word(each, "access", kAccess, disk.access);
        reader.word(each, "cache", kCache, disk.cache);
        disk.serial = reader.text(each, "serial");
        spec.disks.push_back(std::move(disk));
    }
    reader.word(network, "reach", kReach, spec.network.reach);
    reader.word(network, "card", kCard, spec.network.card);
    reader.word(network, "ssh", kSsh, spec.network.ssh);
    const auto mac = MacAddress::parse(reader.text(network, "mac"));
    if (mac.ok())
        spec.network.mac = *mac;
    else
        reader.wrong("mac");
    spec.smbios = {reader.text(smbios, "manufacturer"), reader.text(smbios, "product"),
                   reader.text(smbios, "version"), reader.text(smbios, "serial")};
    TRY(reader.verdict());
    if (const Status valid = validate(spec); !valid.ok())
        return Error{Errc::corrupt, "the machine's record: " + valid.error().message()};
    return spec;
}

Result<RunningProcess> read_process(const Element& at) {
    Reader reader;
    RunningProcess process;
    process.name.pid = static_cast<pid_t>(reader.number(at, "pid", 1U << 30));
    process.name.start_ticks = reader.number(at, "start_ticks", kAny);
    process.name.boot = reader.text(at, "boot");
    reader.word(at, "by", kAcceleration, process.by);
    process.ssh_port = static_cast<std::uint16_t>(reader.number(at, "ssh_port", 65535));
    process.started = reader.instant(at, "started_ns");
    const auto isolation = reader.list(at, "isolation");
    TRY(reader.verdict());
    for (const Element line : isolation)
        process.isolation.push_back({reader.text(line, "measure"), reader.number(line, "enforced", 1) == 1,
                                     reader.text(line, "detail")});
    TRY(reader.verdict());
    return process;
}

}  // namespace

std::string encode(const Record& record) {
    Writer out;
    out.number("format", kFormat)
        .raw("spec", encode_spec(record.spec))
        .number("slot", record.slot)
        .word("intent", kIntent, record.intent)
        .instant("stop_by_ns", record.stop_by);
    if (record.process) out.raw("process", encode_process(*record.process));
    return out.done() + "\n";
}

Result<Record> decode_record(std::string_view text) {
    simdjson::dom::parser parser{kRecordMax.count};
    Element root;
    const simdjson::padded_string padded{text};
    if (const auto code = parser.parse(padded).get(root); code != simdjson::SUCCESS)
        return Error{Errc::corrupt, std::string{"the machine's record: "} + simdjson::error_message(code)};
    Reader reader;
    if (reader.number(root, "format", kAny) != kFormat) reader.wrong("format");
    const Element spec = reader.member(root, "spec");
    TRY(reader.verdict());
    Record record{.spec = TRY(read_spec(spec))};
    record.slot = static_cast<std::uint32_t>(reader.number(root, "slot", 1U << 20));
    reader.word(root, "intent", kIntent, record.intent);
    record.stop_by = reader.instant(root, "stop_by_ns");
    TRY(reader.verdict());
    Element process;
    if (root["process"].get(process) == simdjson::SUCCESS) record.process = TRY(read_process(process));
    return record;
}

Status save_record(Disk& disk, const std::string& folder, const Record& record) {
    const std::string text = encode(record);
    return disk.replace(folder + "/machine.json", bytes_of(text));
}

Result<Record> load_record(Disk& disk, const std::string& folder) {
    const std::string path = folder + "/machine.json";
    const auto bytes = TRY(disk.read_all(path, kRecordMax));
    auto record = decode_record(text_of(bytes));
    if (!record.ok()) return std::move(record).error().in(path);
    return record;
}

}  // namespace landfall::machines
