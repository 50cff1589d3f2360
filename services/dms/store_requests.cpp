#include "services/dms/store_requests.hpp"

namespace landfall::dms {
state::Resource Kind<Request>::encode(const Request& r) {
    state::Record record;
    record.set("operation", static_cast<int>(r.operation))
        .set("selection", r.selection)
        .set("target", r.origin == Origin::target)
        .set("refresh", r.refresh == ReadAgain::yes)
        .set("pack", r.pack == Pack::overwritten)
        .set("file", r.file_name)
        .set("error", r.error)
        .set("key", r.object_key)
        .set("objects", r.objects)
        .set("job", r.job)
        .set("created", r.created);
    return {.key = key_of(kName, r.self), .parent = r.project, .state = r.status, .doc = record.encode()};
}

Result<Request> Kind<Request>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    const std::int64_t operation = TRY(record.need_number("operation"));
    if (operation < 1 || operation > static_cast<int>(Operation::extension_pack))
        return Error{Errc::corrupt, "the record of request " + resource.key.id};
    return Request{.self = identity_of(resource),
                   .project = resource.parent,
                   .operation = static_cast<Operation>(operation),
                   .selection = record.text("selection"),
                   .origin = record.flag("target") ? Origin::target : Origin::source,
                   .refresh = record.flag("refresh") ? ReadAgain::yes : ReadAgain::no,
                   .pack = record.flag("pack") ? Pack::overwritten : Pack::kept,
                   .file_name = record.text("file"),
                   .status = resource.state,
                   .error = record.text("error"),
                   .object_key = record.text("key"),
                   .objects = static_cast<std::uint64_t>(record.number("objects")),
                   .job = record.text("job"),
                   .created = record.instant("created")};
}

state::Resource Kind<Queue>::encode(const Queue& q) {
    state::Record record;
    record.set("requests", q.requests);
    return {.key = key_of(kName, q.self), .parent = q.self.id, .doc = record.encode()};
}

Result<Queue> Kind<Queue>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    return Queue{identity_of(resource), record.texts("requests")};
}

state::Resource Kind<ModelState>::encode(const ModelState& m) {
    state::Record record;
    record.set("snapshot", m.snapshot)
        .set("converted", m.converted)
        .set("settings", m.settings)
        .set("loaded-by", m.loaded_by)
        .set("converted-by", m.converted_by);
    return {.key = key_of(kName, m.self), .parent = m.self.id, .doc = record.encode()};
}

Result<ModelState> Kind<ModelState>::decode(const state::Resource& resource) {
    const state::Record record = TRY(state::Record::decode(resource.doc));
    return ModelState{.self = identity_of(resource),
                      .snapshot = record.text("snapshot"),
                      .converted = record.text("converted"),
                      .settings = record.text("settings"),
                      .loaded_by = record.texts("loaded-by"),
                      .converted_by = record.texts("converted-by")};
}

}  // namespace landfall::dms
