// DMS's records of work: requests, queues of projects, and what became of their models.
//
// Formats: docs/formats/dms.md. Threads: any.
#pragma once

#include "services/dms/model_request.hpp"
#include "services/dms/store.hpp"

namespace landfall::dms {

template <>
struct Kind<Request> {
    static constexpr std::string_view kName = "dms.request";
    static state::Resource encode(const Request& request);
    static Result<Request> decode(const state::Resource& resource);
};
template <>
struct Kind<Queue> {
    static constexpr std::string_view kName = "dms.queue";
    static state::Resource encode(const Queue& queue);
    static Result<Queue> decode(const state::Resource& resource);
};
template <>
struct Kind<ModelState> {
    static constexpr std::string_view kName = "dms.model";
    static state::Resource encode(const ModelState& model);
    static Result<ModelState> decode(const state::Resource& resource);
};

/// The record of a project, or one that is not stored yet (version 0).
template <class T>
[[nodiscard]] Result<Stored<T>> get_or_new(const Records& records, const Identity& project) {
    auto stored = records.get<T>(project);
    if (!stored.is(Errc::not_found)) return stored;
    return Stored<T>{T{.self = project}, state::Version{}};
}
/// Creates what is not stored yet, replaces what is.
template <class T>
void put(state::Tx& tx, const Stored<T>& stored) {
    state::Resource resource = Kind<T>::encode(stored.value);
    resource.version = stored.version;
    if (stored.version == state::Version{})
        tx.create(std::move(resource));
    else
        tx.update(std::move(resource));
}

}  // namespace landfall::dms
