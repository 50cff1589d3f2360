#include "services/sqs/store.hpp"

#include "core/state/record.hpp"
#include "services/sqs/model_redrive.hpp"

namespace landfall::sqs {
namespace {

/// Ids of queues count from 1; those of other services in the broker have the top bit set.
constexpr std::string_view kIdCounter = "messages.queue-id";

state::Record encode(const Record& record) {
    const Attributes& a = record.queue.attributes;
    state::Record r;
    r.set("queue", record.queue.id.value).set("fifo", a.kind == Kind::fifo);
    r.set("visibility", a.visibility).set("delay", a.delay).set("retention", a.retention).set("wait", a.wait);
    r.set("message_max", a.message_max).set("kms_reuse", a.kms_reuse).set("kms_key", a.kms_key);
    r.set("content_dedup", a.content_dedup == ContentDedup::on)
        .set("group_scope", a.dedup_scope == DedupScope::group);
    r.set("group_rate", a.throughput == Throughput::per_group)
        .set("managed_sse", a.managed_sse == ManagedSse::on);
    r.set("policy", a.policy).set("redrive", a.redrive_text).set("redrive_allow", a.redrive_allow_text);
    r.set("created", record.queue.created)
        .set("modified", record.queue.modified)
        .set("move_job", record.move_job);
    return r;
}

std::uint32_t small(const state::Record& r, std::string_view name, std::uint32_t absent) {
    return static_cast<std::uint32_t>(r.number(name, absent));
}

Result<Attributes> decode_attributes(const state::Record& r) {
    Attributes a;
    a.kind = r.flag("fifo") ? Kind::fifo : Kind::standard;
    a.visibility = small(r, "visibility", a.visibility);
    a.delay = small(r, "delay", a.delay);
    a.retention = small(r, "retention", a.retention);
    a.wait = small(r, "wait", a.wait);
    a.message_max = small(r, "message_max", a.message_max);
    a.kms_reuse = small(r, "kms_reuse", a.kms_reuse);
    a.kms_key = r.text("kms_key");
    a.content_dedup = r.flag("content_dedup") ? ContentDedup::on : ContentDedup::off;
    a.dedup_scope = r.flag("group_scope") ? DedupScope::group : DedupScope::queue;
    a.throughput = r.flag("group_rate") ? Throughput::per_group : Throughput::per_queue;
    a.managed_sse = r.flag("managed_sse") ? ManagedSse::on : ManagedSse::off;
    a.policy = r.text("policy");
    a.redrive_text = r.text("redrive");
    a.redrive_allow_text = r.text("redrive_allow");
    if (!a.redrive_text.empty()) {
        auto redrive = parse_redrive(a.redrive_text);
        if (!redrive.ok()) return Error{Errc::corrupt, redrive.error().message()};
        a.redrive = *std::move(redrive);
    }
    if (!a.redrive_allow_text.empty()) {
        auto allowed = parse_redrive_allow(a.redrive_allow_text);
        if (!allowed.ok()) return Error{Errc::corrupt, allowed.error().message()};
        a.allowed = *std::move(allowed);
    }
    return a;
}

Result<Record> decode(const state::Resource& resource) {
    const state::Record r = TRY(state::Record::decode(resource.doc));
    Record record;
    Queue& queue = record.queue;
    queue.name = {{resource.key.account, resource.key.region}, resource.key.id};
    queue.arn = arn_of(queue.name);
    queue.id.value = static_cast<std::uint64_t>(TRY(r.need_number("queue")));
    queue.attributes = TRY(decode_attributes(r));
    queue.policy = TRY(policy_of(queue.attributes));
    queue.created = r.instant("created");
    queue.modified = r.instant("modified");
    queue.version = resource.version;
    record.tags = resource.tags;
    record.move_job = r.text("move_job");
    return record;
}

/// Every live resource of a kind, page by page.
Result<std::vector<state::Resource>> every(state::StateStore& store, state::Query query) {
    std::vector<state::Resource> found;
    while (true) {
        state::Page page = TRY(store.list(query));
        for (state::Resource& resource : page.items) found.push_back(std::move(resource));
        if (page.next.empty()) return found;
        query.after = page.next;
    }
}

}  // namespace

Result<Record> Records::get(const QueueName& name) const {
    const state::Resource resource = TRY(store_.get(key(name)));
    if (resource.retired) return Error{Errc::not_found, "queue " + name.name};
    auto record = decode(resource);
    if (!record.ok()) return std::move(record).error().in("record of queue " + name.name);
    return record;
}

Result<std::vector<Record>> Records::everywhere() const {
    std::vector<Record> records;
    for (const state::Resource& resource :
         TRY(every(store_, {.kind = std::string{kQueueKind}, .limit = state::kPageMax}))) {
        auto record = decode(resource);
        if (!record.ok()) return std::move(record).error().in("record of queue " + resource.key.id);
        records.push_back(*std::move(record));
    }
    return records;
}

state::Resource Records::resource(const Record& record) {
    return {.key = key(record.queue.name),
            .arn = record.queue.arn,
            .state = "active",
            .doc = encode(record).encode(),
            .tags = record.tags,
            .version = record.queue.version};
}

state::Key Records::key(const QueueName& name) {
    return {std::string{kQueueKind}, name.scope.account, name.scope.region, name.name};
}

state::Resource Records::grave(const Queue& queue) {
    return {.key = {std::string{kGraveKind}, queue.name.scope.account, queue.name.scope.region,
                    queue.name.name + "/" + std::to_string(queue.id.value)},
            .state = "deleted"};
}

Result<std::vector<state::Resource>> Records::graves(const QueueName& name) const {
    return every(store_, {.kind = std::string{kGraveKind},
                          .account = name.scope.account,
                          .region = name.scope.region,
                          .by = state::ById{.prefix = name.name + "/"}});
}

Result<std::vector<state::Resource>> Records::all_graves() const {
    return every(store_, {.kind = std::string{kGraveKind}});
}

Result<std::uint64_t> Records::reserve_ids(std::uint64_t count) const {
    state::Tx tx{{.actor = "landfall", .service = "sqs", .operation = "reserve-queue-ids"}};
    tx.count(std::string{kIdCounter}, count);
    const state::Committed committed = TRY(store_.commit(std::move(tx)));
    CHECK(committed.counters.size() == 1);
    return committed.counters.front() - count + 1;
}

}  // namespace landfall::sqs
