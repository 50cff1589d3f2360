#include "services/ec2/work_import.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "engines/images/disk_image.hpp"
#include "engines/images/import.hpp"
#include "engines/images/inspect.hpp"
#include "engines/images/ova.hpp"
#include "engines/images/stored_source.hpp"
#include "services/ec2/disk_copy.hpp"
#include "services/ec2/network.hpp"

namespace landfall::ec2 {

using jobs::JobContext;
using jobs::StepResult;
using state::Record;

namespace {

std::optional<images::Format> format_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, images::Format>, 6> kFormats{{
        {"RAW", images::Format::raw},
        {"VMDK", images::Format::vmdk},
        {"VHD", images::Format::vhd},
        {"VHDX", images::Format::vhdx},
        {"QCOW2", images::Format::qcow2},
        {"VDI", images::Format::vdi},
    }};
    for (const auto& [known, format] : kFormats)
        if (known == name) return format;
    return std::nullopt;
}

std::string device_name(std::size_t index) {
    return index == 0 ? "/dev/sda1"
                      : std::string{"/dev/sd"} + static_cast<char>('a' + std::min<std::size_t>(index, 25));
}

/// The file systems and the system that were found, for the task's description: "Debian GNU/Linux 12; ext4".
std::string describe(const images::Inspection& found) {
    std::string text = found.release;
    for (const images::Volume& volume : found.volumes) {
        if (volume.file_system.empty()) continue;
        if (!text.empty()) text += "; ";
        text += volume.file_system;
    }
    return text;
}

}  // namespace

/// What is being imported, opened: the disks with whatever they read from, kept alive together.
struct ImportWork::OpenDisks {
    struct Disk {
        std::unique_ptr<images::DiskImage> image;
        std::vector<images::ExpectedDigest> digests;
        ImportedDisk described;
    };
    std::vector<std::unique_ptr<images::ByteSource>> sources;
    std::unique_ptr<images::Ova> ova;
    std::vector<Disk> disks;
};

std::string failure_message(const Error& error) {
    const bool uploads_fault = error.code() == Errc::invalid || error.code() == Errc::not_found ||
                               error.code() == Errc::denied || error.code() == Errc::precondition;
    return (uploads_fault ? "ClientError: " : "ServerError: ") + error.message();
}

std::string ImportWork::snapshot_id(std::string_view task_id, std::size_t index) {
    return derived_id("snap-", std::string{task_id} + "/" + std::to_string(index));
}

std::string ImportWork::image_id(std::string_view task_id) { return derived_id("ami-", task_id); }

jobs::JobKind ImportWork::kind() {
    jobs::JobKind kind;
    kind.name = kImportJob;
    kind.steps.push_back({"validate", [this](JobContext& job) { return validate(job); }});
    kind.steps.push_back({"convert", [this](JobContext& job) { return convert(job); }});
    kind.steps.push_back({"finish", [this](JobContext& job) { return finish(job); }});
    kind.on_unfinished = [this](const jobs::Job& job, state::Tx& tx) { end_task(job, tx); };
    kind.runners = 2;
    kind.attempts_max = 5;
    return kind;
}

Result<Stored<ImportTask>> ImportWork::task_of(const JobContext& job) const {
    return parts_.records.get<ImportTask>({job.job().account, job.job().region}, job.params().text("task"));
}

Result<std::unique_ptr<images::ByteSource>> ImportWork::open_source(const Scope& scope,
                                                                    const DiskContainer& container) const {
    if (container.bucket.empty()) {
        auto reader = TRY(parts_.blocks.open(snapshot_ref(container.snapshot_id)));
        return std::unique_ptr<images::ByteSource>{
            std::make_unique<images::StoredSource>(container.snapshot_id, std::move(reader))};
    }
    return parts_.objects.open_object(scope.account, container.bucket, container.key);
}

/// A bound that an upload passes is the upload's fault: "exhausted" is kept for what this server lacks.
static Error blamed_on_upload(const Error& error) {
    return error.code() == Errc::exhausted ? Error{Errc::invalid, error.message()} : error;
}

Status ImportWork::open_archive(OpenDisks& opened) const {
    opened.ova = TRY(images::Ova::open(*opened.sources.back(), {}));
    const std::vector<images::OvfDisk>& disks = opened.ova->machine().disks;
    for (std::size_t i = 0; i < disks.size(); ++i) {
        if (disks[i].file.empty()) continue;  // a blank disk: nothing to import
        OpenDisks::Disk disk;
        disk.image = TRY(opened.ova->open_disk(i));
        disk.digests = TRY(opened.ova->digests_of(*disk.image));
        disk.described.format = images::name_of(disk.image->format());
        opened.disks.push_back(std::move(disk));
    }
    if (opened.disks.empty())
        return Error{Errc::invalid, "Disk validation failed [The OVF describes no disk]"};
    return {};
}

Status ImportWork::open_disk(OpenDisks& opened, const DiskContainer& container, std::uint32_t index) const {
    const auto format = container.bucket.empty() ? images::Format::raw : format_named(container.format);
    if (!format)
        return Error{Errc::invalid, "Disk validation failed [Unsupported format " + container.format + "]"};
    OpenDisks::Disk disk;
    disk.image = TRY(images::open_image(*format, *opened.sources.back(), {}));
    disk.described.container = index;
    disk.described.format = container.format;
    disk.described.device_name = container.device_name;
    opened.disks.push_back(std::move(disk));
    return {};
}

Result<std::unique_ptr<ImportWork::OpenDisks>> ImportWork::open(const Stored<ImportTask>& task) const {
    auto opened = std::make_unique<OpenDisks>();
    for (std::uint32_t i = 0; i < task.value.containers.size(); ++i) {
        const DiskContainer& container = task.value.containers[i];
        opened->sources.push_back(TRY(open_source(task.scope, container)));
        const Status read =
            container.format == "OVA" ? open_archive(*opened) : open_disk(*opened, container, i);
        if (!read.ok()) return blamed_on_upload(read.error());
    }
    for (std::size_t i = 0; i < opened->disks.size(); ++i) {
        ImportedDisk& disk = opened->disks[i].described;
        if (disk.device_name.empty()) disk.device_name = device_name(i);
        disk.snapshot_id = snapshot_id(task.value.id, i);
        disk.size = opened->disks[i].image->virtual_size();
    }
    return opened;
}

// ---- steps: each turns what its `try_` says into the job's words ----

StepResult ImportWork::validate(JobContext& job) { return told(try_validate(job), job); }
StepResult ImportWork::convert(JobContext& job) { return told(try_convert(job), job); }
StepResult ImportWork::finish(JobContext& job) { return told(try_finish(job), job); }

StepResult ImportWork::told(Result<StepResult> result, const JobContext& job) {
    if (result.ok()) return std::move(result).value();
    // Stopped with the server: the same step goes on at the next start.
    if (result.is(Errc::cancelled)) return StepResult::next(job.job().step, job.checkpoint());
    if (result.is(Errc::unavailable) || result.is(Errc::timeout))
        return StepResult::retry(result.error().message());
    return StepResult::failed(failure_message(result.error()));
}

Result<StepResult> ImportWork::try_validate(JobContext& job) {
    job.progress(0_B, 0_B, kValidating);
    const Stored<ImportTask> task = TRY(task_of(job));
    const auto opened = TRY(open(task));
    const auto written = parts_.records.update<ImportTask>(
        job.cause(), task.scope, task.value.id, [&](ImportTask& value) -> Status {
            value.disks.clear();
            for (const OpenDisks::Disk& disk : opened->disks) value.disks.push_back(disk.described);
            value.status_message = std::string{kValidated};
            if (opened->ova != nullptr) apply_machine(value, opened->ova->machine());
            return {};
        });
    if (!written.ok()) return written.error();
    if (opened->ova != nullptr)
        for (const std::string& warning : opened->ova->warnings()) job.log(jobs::LogLevel::warning, warning);
    job.progress(0_B, 0_B, kValidated);
    Record checkpoint;
    checkpoint.set("disk", 0);
    return StepResult::next("convert", std::move(checkpoint));
}

void ImportWork::apply_machine(ImportTask& task, const images::OvfMachine& machine) {
    if (!task.boot_mode_given && machine.firmware == images::Firmware::efi) task.boot_mode = BootMode::uefi;
    task.detected = machine.os_type;
    if (machine.os_type.find("indows") != std::string::npos) task.platform = "Windows";
}

Result<StepResult> ImportWork::try_convert(JobContext& job) {
    const Stored<ImportTask> task = TRY(task_of(job));
    const auto opened = TRY(open(task));
    const auto index = static_cast<std::size_t>(job.checkpoint().number("disk"));
    if (index >= opened->disks.size()) return StepResult::next("finish", job.checkpoint());
    TRY(convert_disk(job, task, *opened, index));
    Record checkpoint;
    checkpoint.set("disk", index + 1);
    const bool last = index + 1 == opened->disks.size();
    if (last && opened->ova != nullptr) {
        job.progress(1_B, 1_B, kConverting);
        std::vector<images::ExpectedDigest> verified;
        for (const OpenDisks::Disk& disk : opened->disks)
            verified.insert(verified.end(), disk.digests.begin(), disk.digests.end());
        TRY(opened->ova->verify_other_files(verified));
    }
    return StepResult::next(last ? "finish" : "convert", std::move(checkpoint));
}

Status ImportWork::convert_disk(JobContext& job, const Stored<ImportTask>& task, OpenDisks& opened,
                                std::size_t index) {
    OpenDisks::Disk& disk = opened.disks[index];
    std::atomic<bool> stop{false};
    images::ImportOptions options{
        .starter = &parts_.starter, .threads = parts_.threads, .cancel = &stop, .digests = disk.digests};
    options.progress = [&](images::ImportProgress at) {
        job.progress(at.consumed, at.total, kConverting);
        if (job.should_stop()) stop.store(true, std::memory_order_relaxed);
    };
    const blocks::Lease lease = parts_.blocks.lease();
    const blocks::DomainNumber domain = TRY(domain_of(parts_.blocks, task.scope));
    const Bytes size = disk.image->virtual_size();
    const auto writer = TRY(parts_.blocks.write_image(lease, domain, size));
    StoreSink sink{*writer, size};
    const images::ImportReport report = TRY(images::import_disk(*disk.image, sink, options));
    const blocks::TreeRoot root = TRY(writer->finish());
    const blocks::RefChange change{snapshot_ref(disk.described.snapshot_id), blocks::Anything{}, root};
    TRY(parts_.blocks.commit(lease, {&change, 1}));
    return note_converted(job, task, index, report.blocks_put);
}

Status ImportWork::note_converted(const JobContext& job, const Stored<ImportTask>& task, std::size_t index,
                                  BlockCount stored) {
    const auto written = parts_.records.update<ImportTask>(
        job.cause(), task.scope, task.value.id, [&](ImportTask& value) -> Status {
            if (index >= value.disks.size()) return Error{Errc::corrupt, "the task lost its disks"};
            value.disks[index].status = "completed";
            value.disks[index].stored = kBlockSize * stored.count;
            value.status_message = std::string{kConverting};
            return {};
        });
    return written.ok() ? Status{} : Status{written.error()};
}

Result<StepResult> ImportWork::try_finish(JobContext& job) {
    Stored<ImportTask> task = TRY(task_of(job));
    job.progress(1_B, 1_B, task.value.kind == ImportKind::image ? kPreparingImage : kPreparingSnapshot);
    TRY(detect(task.value));
    const Instant now = parts_.clock.now();
    state::Tx tx{job.cause()};
    for (const ImportedDisk& disk : task.value.disks)
        tx.create(Records::resource(task.scope, snapshot_of(task.value, disk, now)));
    if (task.value.kind == ImportKind::image) {
        task.value.image_id = image_id(task.value.id);
        tx.create(Records::resource(task.scope, image_of(task.value, now)));
    }
    task.value.status = "completed";
    task.value.status_message.clear();
    task.value.progress.clear();
    tx.update(Records::resource(task));
    return StepResult::done({}, std::move(tx));
}

Status ImportWork::detect(ImportTask& task) const {
    auto reader = TRY(parts_.blocks.open(snapshot_ref(task.disks.front().snapshot_id)));
    const images::StoredSource disk{task.disks.front().snapshot_id, std::move(reader)};
    const images::Inspection found = TRY(images::inspect(disk));
    const std::string described = describe(found);
    if (!described.empty()) task.detected = described;
    if (!task.boot_mode_given && task.boot_mode == BootMode::legacy_bios &&
        found.boot == images::BootMode::uefi)
        task.boot_mode = BootMode::uefi;
    if (found.system == images::System::windows) task.platform = "Windows";
    return {};
}

Status ImportWork::drop_roots(const ImportTask& task) {
    const blocks::Lease lease = parts_.blocks.lease();
    std::vector<blocks::RefChange> changes;
    // A task that failed before its disks were written down may have converted none.
    for (const ImportedDisk& disk : task.disks)
        changes.push_back({snapshot_ref(disk.snapshot_id), blocks::Anything{}, std::nullopt});
    if (changes.empty()) return {};
    const auto done = parts_.blocks.commit(lease, changes);
    return done.ok() ? Status{} : Status{done.error()};
}

void ImportWork::end_task(const jobs::Job& job, state::Tx& tx) {
    auto task = parts_.records.get<ImportTask>({job.account, job.region}, job.params.text("task"));
    if (!task.ok() || is_over(task->value)) return;
    // What cannot be dropped now is found as an orphan at the next start.
    (void)drop_roots(task->value).ok();
    task->value.status = "deleted";
    task->value.status_message =
        job.state == jobs::JobState::cancelled ? "Import canceled by user request." : job.reason;
    task->value.progress.clear();
    tx.update(Records::resource(*task));
}

Snapshot ImportWork::snapshot_of(const ImportTask& task, const ImportedDisk& disk, Instant now) {
    Snapshot snapshot;
    snapshot.id = disk.snapshot_id;
    snapshot.description =
        task.kind == ImportKind::image ? "Created by AWS-VMImport service for " + task.id : task.description;
    snapshot.state = "completed";
    snapshot.size = disk.size;
    snapshot.stored = disk.stored;
    snapshot.started = task.created;
    snapshot.completed = now;
    return snapshot;
}

Image ImportWork::image_of(const ImportTask& task, Instant now) {
    Image image;
    image.id = task.image_id;
    image.name = task.id;
    image.description =
        task.description.empty() ? "AWS-VMImport service: " + task.detected : task.description;
    image.architecture = task.architecture;
    image.platform = task.platform == "Windows" ? "windows" : "";
    image.boot_mode = task.boot_mode;
    image.root_device_name = task.disks.front().device_name;
    image.created = now;
    for (const ImportedDisk& disk : task.disks)
        image.devices.push_back({.device_name = disk.device_name,
                                 .snapshot_id = disk.snapshot_id,
                                 .volume_id = {},
                                 .size_gib = gib_of(disk.size)});
    return image;
}

Result<blocks::DomainNumber> domain_of(blocks::Store& store, const Scope& scope) {
    return store.domain({.account = scope.account, .key = "default", .region = scope.region});
}

}  // namespace landfall::ec2
