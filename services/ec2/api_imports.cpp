// ImportImage, ImportSnapshot and their tasks.
#include <cctype>

#include "services/ec2/api_listing.hpp"

namespace landfall::ec2 {
namespace {

constexpr Duration kTokenLife = std::chrono::hours{24 * 7};

/// A task as it is right now: while its job runs, phase and progress come from the job, live.
ImportTask live(const Ec2& ec2, ImportTask task) {
    if (is_over(task) || task.status == "deleting") return task;
    const auto job = ec2.parts().jobs.get({task.job_id});
    if (!job.ok() || jobs::is_final(job->state)) return task;
    const std::size_t disks = std::max<std::size_t>(1, task.disks.size());
    const auto converted = static_cast<std::uint32_t>(std::count_if(
        task.disks.begin(), task.disks.end(), [](const ImportedDisk& d) { return d.status == "completed"; }));
    // Each disk is an equal share of the whole; the disk under way adds its own part.
    const std::uint32_t within = import_percent(job->progress.done, job->progress.total);
    const std::uint32_t whole =
        (converted * 100 + (converted < disks ? within : 0)) / static_cast<std::uint32_t>(disks);
    task.progress = std::to_string(std::min<std::uint32_t>(whole, 99));
    // Disks are converted one after the other: the first that is not completed is under way.
    const auto under_way = std::find_if(task.disks.begin(), task.disks.end(),
                                        [](const ImportedDisk& d) { return d.status != "completed"; });
    if (under_way != task.disks.end() && job->progress.phase == kConverting)
        under_way->progress = std::to_string(within);
    task.status_message = job->progress.phase.empty() ? task.status_message : job->progress.phase;
    return task;
}

template <class Out>
void put_bucket(Out out, const DiskContainer& container) {
    if (container.bucket.empty()) return;
    auto bucket = out.set_user_bucket();
    bucket.set_s3_bucket(container.bucket);
    bucket.set_s3_key(container.key);
}

void put_detail(api::out::SnapshotDetail out, const ImportTask& task, const ImportedDisk& disk) {
    const DiskContainer& container = task.containers.at(disk.container);
    if (!container.description.empty()) out.set_description(container.description);
    out.set_device_name(disk.device_name);
    out.set_disk_image_size(static_cast<double>(disk.size.count));
    out.set_format(disk.format);
    out.set_status(disk.status);
    if (disk.status == "completed") out.set_snapshot_id(disk.snapshot_id);
    if (disk.status != "completed" && task.status == "active")
        out.set_status_message(disk.progress.empty() ? "pending" : kConverting);
    if (!disk.progress.empty()) out.set_progress(disk.progress);
    if (!container.url.empty()) out.set_url(container.url);
    put_bucket(out, container);
}

/// Reply has a set_status of its own (HTTP's), which hides the member of that name.
const api::out::ImportImageResult& members_of(const api::ImportImage::Out& out) { return out; }

/// Before the containers were read there are no disks: the containers are shown as they were given.
template <class Out>
void put_details(Out out, const ImportTask& task) {
    for (const ImportedDisk& disk : task.disks) put_detail(out.add_snapshot_details(), task, disk);
    if (!task.disks.empty()) return;
    for (const DiskContainer& container : task.containers) {
        auto detail = out.add_snapshot_details();
        if (!container.description.empty()) detail.set_description(container.description);
        if (!container.format.empty()) detail.set_format(container.format);
        detail.set_disk_image_size(0.0);
        detail.set_status("active");
        put_bucket(detail, container);
    }
}

/// The members that ImportImage's answer and a described task share.
template <class Out>
void put_image_task(Out out, const ImportTask& task) {
    out.set_import_task_id(task.id);
    out.set_architecture(task.architecture);
    if (!task.description.empty()) out.set_description(task.description);
    out.set_license_type(task.license_type);
    out.set_platform(task.platform);
    out.set_status(task.status);
    if (!task.status_message.empty()) out.set_status_message(task.status_message);
    if (!task.progress.empty()) out.set_progress(task.progress);
    if (!task.image_id.empty()) out.set_image_id(task.image_id);
    out.set_usage_operation(task.platform == "Windows" ? "RunInstances:0002" : "RunInstances");
    put_details(out, task);
    put_tags(out, task.tags);
}

template <class Out>
void put_snapshot_task(Out out, const ImportTask& task) {
    out.set_import_task_id(task.id);
    if (!task.description.empty()) out.set_description(task.description);
    auto detail = out.set_snapshot_task_detail();
    const DiskContainer& container = task.containers.front();
    if (!container.description.empty()) detail.set_description(container.description);
    detail.set_format(container.format);
    detail.set_encrypted(false);
    detail.set_status(task.status);
    if (!task.status_message.empty()) detail.set_status_message(task.status_message);
    if (!task.progress.empty()) detail.set_progress(task.progress);
    detail.set_disk_image_size(task.disks.empty() ? 0.0 : static_cast<double>(task.disks.front().size.count));
    if (task.status == "completed") detail.set_snapshot_id(task.disks.front().snapshot_id);
    if (!container.url.empty()) detail.set_url(container.url);
    put_bucket(detail, container);
    put_tags(out, task.tags);
}

std::string upper(std::string_view text) {
    std::string result{text};
    for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

/// `In` is ImageDiskContainer or SnapshotDiskContainer; the second has no SnapshotId.
template <class In>
Found<DiskContainer> container_in(const Ec2& ec2, const CallContext& call, In in) {
    DiskContainer container{.description = std::string{in.description().value_or("")},
                            .format = upper(in.format().value_or(""))};
    if constexpr (requires { in.device_name(); })
        container.device_name = std::string{in.device_name().value_or("")};
    if constexpr (requires { in.snapshot_id(); }) {
        if (in.snapshot_id()) {
            auto found = find_one<Snapshot>(ec2, call, *in.snapshot_id());
            if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
            container.snapshot_id = std::get<Stored<Snapshot>>(found).value.id;
            return container;
        }
    }
    if (in.user_bucket()) {
        container.bucket = std::string{in.user_bucket().s3_bucket().value_or("")};
        container.key = std::string{in.user_bucket().s3_key().value_or("")};
    } else if (in.url()) {
        const auto name = parse_object_url(*in.url());
        if (!name.ok()) return told(name.error());
        container.url = std::string{*in.url()};
        container.bucket = name->bucket;
        container.key = name->key;
    }
    if (container.bucket.empty() || container.key.empty())
        return ApiError{errors::kInvalidParameter,
                        "A disk container needs a UserBucket with a bucket and a key, a "
                        "Url, or a SnapshotId"};
    constexpr std::string_view kFormats[]{"OVA", "RAW", "VMDK", "VHD", "VHDX", "QCOW2", "VDI"};
    if (std::find(std::begin(kFormats), std::end(kFormats), container.format) == std::end(kFormats))
        return ApiError{
            errors::kInvalidParameterValue,
            "The format '" + container.format + "' is not one of OVA, RAW, VMDK, VHD, VHDX, QCOW2, VDI"};
    return container;
}

/// Creates the task, its job and the client token's answer in one transaction.
Answer begin(Ec2& ec2, const CallContext& call, std::string_view operation, ImportTask& task,
             const Once& once) {
    const Status tags = check_tags(task.tags);
    if (!tags.ok()) return told(tags.error());
    const Scope scope = scope_of(call);
    state::Tx tx{cause_of(call, operation)};
    jobs::NewJob job{.kind = std::string{kImportJob}, .account = scope.account, .region = scope.region};
    job.resource = Records::key<ImportTask>(scope, task.id);
    job.params.set("task", task.id);
    task.job_id = ec2.parts().jobs.add_to(tx, std::move(job)).text;
    task.created = ec2.parts().clock.now();
    task.progress = "0";
    tx.create(Records::resource(scope, task));
    if (!once.key.token.empty()) tx.remember(once.key, task.id, task.created + kTokenLife);
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (!done.ok()) return told(done.error());
    return Answer::success();
}

/// All that an import says, as one text: what a repeated client token is compared with.
std::string params_of(const ImportTask& task) {
    std::string text = task.description + '\x1f' + task.platform;
    for (const DiskContainer& c : task.containers)
        text += '\x1e' + c.format + '\x1f' + c.bucket + '\x1f' + c.key + '\x1f' + c.snapshot_id + '\x1f' +
                c.description;
    return text;
}

Found<ImportTask> image_task_in(Ec2& ec2, const CallContext& call, api::ImportImage::In in) {
    ImportTask task;
    task.id = "import-ami-" + ec2.parts().random.hex(17);
    task.description = std::string{in.description().value_or("")};
    task.architecture = std::string{in.architecture().value_or("x86_64")};
    if (task.architecture != "x86_64" && task.architecture != "i386")
        return ApiError{errors::kUnsupported, "The architecture " + task.architecture + " does not run here"};
    task.platform = std::string{in.platform().value_or("Linux")};
    task.license_type = std::string{in.license_type().value_or("BYOL")};
    if (in.boot_mode()) {
        task.boot_mode = boot_mode_named(*in.boot_mode()).value_or(BootMode::legacy_bios);
        task.boot_mode_given = true;
    }
    if (auto refused = wrong_encryption(in.encrypted(), in.kms_key_id())) return *std::move(refused);
    for (const auto disk : in.disk_containers()) {
        auto container = container_in(ec2, call, disk);
        if (auto* error = std::get_if<ApiError>(&container)) return std::move(*error);
        task.containers.push_back(std::get<DiskContainer>(std::move(container)));
    }
    const auto is_archive = [](const DiskContainer& c) { return c.format == "OVA"; };
    if (task.containers.empty())
        return ApiError{errors::kMissingParameter, "The request must contain the parameter DiskContainers"};
    if (task.containers.size() > 1 && std::any_of(task.containers.begin(), task.containers.end(), is_archive))
        return ApiError{errors::kInvalidParameterCombination, "An OVA must be the only disk container"};
    task.tags = tags_in(in.tag_specifications(), "import-image-task");
    return task;
}

Answer import_image(Ec2& ec2, const CallContext& call, api::ImportImage::In in, api::ImportImage::Out out) {
    auto read = image_task_in(ec2, call, in);
    if (auto* error = std::get_if<ApiError>(&read)) return std::move(*error);
    auto& task = std::get<ImportTask>(read);
    auto once = once_of(ec2, call, "ImportImage", in.client_token(), params_of(task));
    if (auto* error = std::get_if<ApiError>(&once)) return std::move(*error);
    if (const auto& first = std::get<Once>(once).answer) {
        auto found = find_one<ImportTask>(ec2, call, *first);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        put_image_task(members_of(out), live(ec2, std::get<Stored<ImportTask>>(found).value));
        return Answer::success();
    }
    const Answer begun = begin(ec2, call, "ImportImage", task, std::get<Once>(once));
    if (begun.ok()) put_image_task(members_of(out), task);
    return begun;
}

Answer import_snapshot(Ec2& ec2, const CallContext& call, api::ImportSnapshot::In in,
                       api::ImportSnapshot::Out out) {
    ImportTask task;
    task.kind = ImportKind::snapshot;
    task.id = "import-snap-" + ec2.parts().random.hex(17);
    task.description = std::string{in.description().value_or("")};
    if (auto refused = wrong_encryption(in.encrypted(), in.kms_key_id())) return *std::move(refused);
    if (!in.disk_container())
        return ApiError{errors::kMissingParameter, "The request must contain the parameter DiskContainer"};
    auto container = container_in(ec2, call, in.disk_container());
    if (auto* error = std::get_if<ApiError>(&container)) return std::move(*error);
    task.containers.push_back(std::get<DiskContainer>(std::move(container)));
    if (task.containers.front().format == "OVA")
        return ApiError{errors::kInvalidParameterValue, "An OVA is imported as an image: use ImportImage"};
    task.tags = tags_in(in.tag_specifications(), "import-snapshot-task");
    auto once = once_of(ec2, call, "ImportSnapshot", in.client_token(), params_of(task));
    if (auto* error = std::get_if<ApiError>(&once)) return std::move(*error);
    if (const auto& first = std::get<Once>(once).answer) {
        auto found = find_one<ImportTask>(ec2, call, *first);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        put_snapshot_task(out, live(ec2, std::get<Stored<ImportTask>>(found).value));
        return Answer::success();
    }
    const Answer begun = begin(ec2, call, "ImportSnapshot", task, std::get<Once>(once));
    if (begun.ok()) put_snapshot_task(out, task);
    return begun;
}

bool is_of_image(const Stored<ImportTask>& task) { return task.value.kind == ImportKind::image; }

Answer describe_image_tasks(Ec2& ec2, const CallContext& call, api::DescribeImportImageTasks::In in,
                            api::DescribeImportImageTasks::Out out) {
    auto found =
        describe(ec2, call, in, in.import_task_ids(),
                 About<ImportTask>{
                     .operation = "DescribeImportImageTasks", .prefix = "import-ami-", .also = is_of_image});
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<ImportTask>>(found);
    out.start_import_image_tasks();
    for (const Stored<ImportTask>& stored : listing.items) {
        auto put = out.add_import_image_tasks();
        put_image_task(put, live(ec2, stored.value));
        if (stored.value.status == "completed") put.set_boot_mode(name_of(stored.value.boot_mode));
    }
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

Answer describe_snapshot_tasks(Ec2& ec2, const CallContext& call, api::DescribeImportSnapshotTasks::In in,
                               api::DescribeImportSnapshotTasks::Out out) {
    auto found = describe(ec2, call, in, in.import_task_ids(),
                          About<ImportTask>{.operation = "DescribeImportSnapshotTasks",
                                            .prefix = "import-snap-",
                                            .also = std::not_fn(is_of_image)});
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& listing = std::get<Listing<ImportTask>>(found);
    out.start_import_snapshot_tasks();
    for (const Stored<ImportTask>& stored : listing.items)
        put_snapshot_task(out.add_import_snapshot_tasks(), live(ec2, stored.value));
    if (!listing.next_token.empty()) out.set_next_token(listing.next_token);
    return Answer::success();
}

Answer cancel(Ec2& ec2, const CallContext& call, api::CancelImportTask::In in,
              api::CancelImportTask::Out out) {
    auto found = find_one<ImportTask>(ec2, call, in.import_task_id().value_or(""));
    if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
    const auto& stored = std::get<Stored<ImportTask>>(found);
    const std::string id = stored.value.id;
    const ApiError over{errors::kIncorrectState, "The import task " + id + " has ended already"};
    if (is_over(stored.value)) return over;
    const Status cancelled =
        ec2.parts().jobs.cancel({stored.value.job_id}, cause_of(call, "CancelImportTask"));
    if (cancelled.is(Errc::precondition)) return over;
    if (!cancelled.ok()) return told(cancelled.error());
    out.set_import_task_id(id);
    out.set_previous_state(stored.value.status);
    out.set_state("deleting");
    return Answer::success();
}

}  // namespace

void register_imports(Operations& operations, Ec2& ec2) {
    operations.on<api::ImportImage>(
        [&ec2](const CallContext& call, api::ImportImage::In in, api::ImportImage::Out out) {
            return import_image(ec2, call, in, out);
        });
    operations.on<api::ImportSnapshot>(
        [&ec2](const CallContext& call, api::ImportSnapshot::In in, api::ImportSnapshot::Out out) {
            return import_snapshot(ec2, call, in, out);
        });
    operations.on<api::DescribeImportImageTasks>(
        [&ec2](const CallContext& call, api::DescribeImportImageTasks::In in,
               api::DescribeImportImageTasks::Out out) { return describe_image_tasks(ec2, call, in, out); });
    operations.on<api::DescribeImportSnapshotTasks>([&ec2](const CallContext& call,
                                                           api::DescribeImportSnapshotTasks::In in,
                                                           api::DescribeImportSnapshotTasks::Out out) {
        return describe_snapshot_tasks(ec2, call, in, out);
    });
    operations.on<api::CancelImportTask>(
        [&ec2](const CallContext& call, api::CancelImportTask::In in, api::CancelImportTask::Out out) {
            return cancel(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
