#include "services/sqs/work_queues.hpp"

#include <algorithm>
#include <utility>

#include "services/sqs/model_redrive.hpp"

namespace landfall::sqs {
namespace {

constexpr std::uint64_t kIdsAtOnce = 64;
constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kTagKeyMax = 128;
constexpr std::size_t kTagValueMax = 256;
constexpr std::size_t kGravesAtOnce = 500;  // changes of one transaction are bounded

Verdict check_tags(const Tags& tags) {
    if (tags.size() > kTagsMax)
        return Fault{Code::invalid_parameter_value, "Too many tags: a queue has at most 50."};
    for (const state::Tag& tag : tags) {
        if (tag.key.empty() || tag.key.size() > kTagKeyMax)
            return bad_value(tag.key, "Tags", "A tag key must be between 1 and 128 characters.");
        if (tag.key.starts_with("aws:"))
            return bad_value(tag.key, "Tags", "Tag keys that start with aws: are reserved.");
        if (tag.value.size() > kTagValueMax)
            return bad_value(tag.value, "Tags", "A tag value must not be longer than 256 characters.");
    }
    return {};
}

}  // namespace

messages::QueueSettings settings_of(const Attributes& a, const Queue* target, const Settings& settings) {
    messages::QueueSettings s;
    s.in_flight_limit = settings.in_flight_limit;
    s.order = a.kind == Kind::fifo ? messages::Order::fifo : messages::Order::standard;
    s.visibility = std::chrono::seconds{a.visibility};
    s.delay = std::chrono::seconds{a.delay};
    s.retention = std::chrono::seconds{a.retention};
    s.dedup_scope =
        a.dedup_scope == DedupScope::group ? messages::DedupScope::group : messages::DedupScope::queue;
    if (a.redrive && target != nullptr)
        s.dead_letters = messages::DeadLetters{.target = target->id, .max_receives = a.redrive->max_receives};
    return s;
}

QueuePtr QueueWork::target_of(const Attributes& attributes) const {
    return attributes.redrive ? parts_.directory.find(attributes.redrive->target) : nullptr;
}

Status QueueWork::attach() {
    const std::vector<Record> records = TRY(parts_.records.everywhere());
    for (const Record& record : records) parts_.directory.add(std::make_shared<const Queue>(record.queue));
    for (const Record& record : records)
        parts_.broker.attach(
            record.queue.id,
            settings_of(record.queue.attributes, target_of(record.queue.attributes).get(), parts_.settings));
    state::Tx tx{{.actor = "landfall", .service = "sqs", .operation = "start"}};
    const Instant now = parts_.clock.now();
    std::size_t erased = 0;
    for (const state::Resource& grave : TRY(parts_.records.all_graves()))
        if (now - grave.created >= parts_.settings.recreate_wait && erased++ < kGravesAtOnce)
            tx.erase(grave.key, grave.version);
    if (!tx.empty()) TRY(parts_.records.store().commit(std::move(tx)));
    return {};
}

Result<messages::QueueId> QueueWork::next_id() {
    while (true) {
        {
            const std::lock_guard lock{mutex_};
            if (next_id_ < ids_end_) return messages::QueueId{next_id_++};
        }
        const std::uint64_t first = TRY(parts_.records.reserve_ids(kIdsAtOnce));
        const std::lock_guard lock{mutex_};
        next_id_ = first;
        ids_end_ = first + kIdsAtOnce;
    }
}

Judged<QueuePtr> QueueWork::create(const state::Cause& cause, const NewQueue& wanted) {
    while (true) {
        auto made = try_create(cause, wanted);
        // Somebody else made it meanwhile, or a grave changed: judge anew.
        const bool again = !made.ok() && made.error().cause() &&
                           (made.error().cause()->code() == Errc::already_exists ||
                            made.error().cause()->code() == Errc::precondition ||
                            made.error().cause()->code() == Errc::not_found);
        if (!again) return made;
    }
}

Judged<QueuePtr> QueueWork::try_create(const state::Cause& cause, const NewQueue& wanted) {
    Attributes base;
    const bool fifo = std::any_of(
        wanted.attributes.begin(), wanted.attributes.end(),
        [](const NameValue& given) { return given.first == "FifoQueue" && given.second == "true"; });
    if (fifo) base.kind = Kind::fifo;
    TRY(check_name(wanted.name.name, base.kind));
    const Attributes attributes = TRY(apply(base, wanted.attributes, Purpose::create));
    TRY(check_tags(wanted.tags));
    if (QueuePtr present = parts_.directory.find(wanted.name)) {
        if (const auto name = first_difference(present->attributes, attributes, wanted.attributes))
            return Fault{
                Code::queue_name_exists,
                "A queue already exists with the same name and a different value for attribute " + *name};
        return present;
    }
    const QueuePtr target = target_of(attributes);
    TRY(check_redrive(wanted.name, attributes, target ? &target->attributes : nullptr));

    state::Tx tx{cause};
    TRY(check_grave(wanted.name, tx));
    Record record;
    record.queue.name = wanted.name;
    record.queue.arn = arn_of(wanted.name);
    record.queue.id = TRY(next_id());
    record.queue.attributes = attributes;
    record.queue.policy = TRY(policy_of(attributes));
    record.queue.created = record.queue.modified = parts_.clock.now();
    record.tags = wanted.tags;
    tx.create(Records::resource(record));
    TRY(parts_.records.store().commit(std::move(tx)));
    record.queue.version = state::Version{1};
    parts_.broker.attach(record.queue.id, settings_of(attributes, target.get(), parts_.settings));
    auto made = std::make_shared<const Queue>(std::move(record.queue));
    parts_.directory.add(made);
    tell_sources(made->name);
    return QueuePtr{std::move(made)};
}

Verdict QueueWork::check_grave(const QueueName& name, state::Tx& tx) const {
    const Instant now = parts_.clock.now();
    for (const state::Resource& grave : TRY(parts_.records.graves(name))) {
        if (now - grave.created < parts_.settings.recreate_wait)
            return Fault{
                Code::queue_deleted_recently,
                "You must wait 60 seconds after deleting a queue before you can create another with the same "
                "name."};
        tx.erase(grave.key, grave.version);
    }
    return {};
}

void QueueWork::remove(const state::Cause& cause, const QueueName& name, UniqueFunction<void(Verdict)> done) {
    const auto record = parts_.records.get(name);
    if (record.is(Errc::not_found)) return done(no_such_queue());
    if (!record.ok()) return done(record.error());
    state::Tx tx{cause};
    tx.erase(Records::key(name), state::kAnyVersion);
    // A full disk must not keep a queue from being deleted; then its name is free at once.
    state::Tx buried = tx;
    if (parts_.settings.recreate_wait > Duration::zero()) buried.create(Records::grave(record->queue));
    auto committed = parts_.records.store().commit(std::move(buried));
    if (committed.is(Errc::exhausted)) committed = parts_.records.store().commit(std::move(tx));
    if (committed.is(Errc::not_found)) return done(no_such_queue());
    if (!committed.ok()) return done(committed.error());
    const messages::QueueId id = record->queue.id;
    parts_.directory.remove(id);
    {
        const std::lock_guard lock{mutex_};
        purged_.erase(id.value);
    }
    tell_sources(name);
    parts_.broker.forget(id, [done = std::move(done)](const Status& forgotten) mutable {
        done(forgotten.ok() || forgotten.is(Errc::not_found) ? Verdict{} : Verdict{forgotten.error()});
    });
}

void QueueWork::tell_sources(const QueueName& target) {
    constexpr std::size_t kEvery = ~std::size_t{0};
    const QueuePtr now = parts_.directory.find(target);
    for (const QueuePtr& source : parts_.directory.sources_of(target, {}, kEvery))
        parts_.broker.configure(source->id, settings_of(source->attributes, now.get(), parts_.settings));
}

Verdict QueueWork::change(const state::Cause& cause, const QueueName& name,
                          const std::function<Verdict(Record&)>& edit) {
    while (true) {
        // In the directory last of all: a queue that is not there yet is not made yet.
        if (!parts_.directory.find(name)) return no_such_queue();
        auto read = parts_.records.get(name);
        if (read.is(Errc::not_found)) return no_such_queue();
        Record record = TRY(std::move(read));
        const Attributes before = record.queue.attributes;
        TRY(edit(record));
        record.queue.policy = TRY(policy_of(record.queue.attributes));
        if (record.queue.attributes != before) record.queue.modified = parts_.clock.now();
        state::Tx tx{cause};
        tx.update(Records::resource(record));
        const auto done = parts_.records.store().commit(std::move(tx));
        if (done.is(Errc::precondition)) continue;
        if (done.is(Errc::not_found)) return no_such_queue();
        TRY(Result<state::Committed>{done});
        ++record.queue.version.value;
        const QueuePtr target = target_of(record.queue.attributes);
        const auto changed = std::make_shared<const Queue>(record.queue);
        parts_.directory.replace(changed, [&] {
            parts_.broker.configure(changed->id,
                                    settings_of(changed->attributes, target.get(), parts_.settings));
        });
        // The target may have come or gone between the look-up and the replacement.
        if (target_of(changed->attributes) != target) tell_sources(changed->attributes.redrive->target);
        return {};
    }
}

Verdict QueueWork::set_attributes(const state::Cause& cause, const QueueName& name,
                                  std::span<const NameValue> given) {
    return change(cause, name, [&](Record& record) -> Verdict {
        Attributes wanted = TRY(apply(record.queue.attributes, given, Purpose::set));
        if (wanted.redrive != record.queue.attributes.redrive) {
            const QueuePtr target = target_of(wanted);
            TRY(check_redrive(name, wanted, target ? &target->attributes : nullptr));
        }
        record.queue.attributes = std::move(wanted);
        return {};
    });
}

Verdict QueueWork::edit_policy(const state::Cause& cause, const QueueName& name, const PolicyEdit& edit) {
    return change(cause, name, [&](Record& record) -> Verdict {
        std::string policy = TRY(edit(record.queue.attributes.policy));
        TRY(check_policy(policy));
        record.queue.attributes.policy = std::move(policy);
        return {};
    });
}

Verdict QueueWork::set_tags(const state::Cause& cause, const QueueName& name, Tags set,
                            std::vector<std::string> remove) {
    return change(cause, name, [&](Record& record) -> Verdict {
        for (const std::string& key : remove)
            std::erase_if(record.tags, [&](const state::Tag& tag) { return tag.key == key; });
        for (const state::Tag& tag : set) {
            std::erase_if(record.tags, [&](const state::Tag& old) { return old.key == tag.key; });
            record.tags.push_back(tag);
        }
        return check_tags(record.tags);
    });
}

Judged<Tags> QueueWork::tags(const QueueName& name) const {
    auto record = parts_.records.get(name);
    if (record.is(Errc::not_found)) return no_such_queue();
    return TRY(std::move(record)).tags;
}

Verdict QueueWork::begin_purge(const Queue& queue) {
    const Moment now = parts_.clock.moment();
    const std::lock_guard lock{mutex_};
    const auto [at, first] = purged_.try_emplace(queue.id.value, now);
    if (!first && now - at->second < parts_.settings.purge_wait)
        return Fault{Code::purge_queue_in_progress,
                     "Only one PurgeQueue operation on " + queue.name.name + " is allowed every 60 seconds."};
    at->second = now;
    return {};
}

}  // namespace landfall::sqs
