#include "services/s3/service.hpp"

#include "engines/images/stored_source.hpp"

namespace landfall::s3 {
namespace {

/// What a caller inside the program sees of a fault.
Error error_of(const Fault& fault) {
    if (fault.cause()) return *fault.cause();
    switch (fault.code()) {
        case Code::no_such_key:
        case Code::no_such_bucket: return Error{Errc::not_found, fault.message()};
        case Code::access_denied: return Error{Errc::denied, fault.message()};
        default: return Error{Errc::invalid, fault.message()};
    }
}

}  // namespace

Result<std::unique_ptr<Service>> Service::open(const Seams& seams) {
    auto catalog = std::make_unique<Catalog>(seams.state);
    auto contents = TRY(Contents::open(seams.blocks, *catalog));
    auto service = std::make_unique<Service>(seams, std::move(catalog), std::move(contents));
    TRY(service->buckets_.settle());
    return service;
}

Service::Service(const Seams& seams, std::unique_ptr<Catalog> catalog, std::unique_ptr<Contents> contents)
    : catalog_{std::move(catalog)},
      contents_{std::move(contents)},
      reclaimer_{*catalog_, *contents_},
      notifier_{*catalog_, seams.targets},
      ground_{*catalog_, *contents_, reclaimer_, notifier_, seams.clock, seams.random},
      buckets_{ground_},
      objects_{ground_},
      uploads_{ground_, objects_} {}

Service::~Service() { stop(); }

void Service::start(ThreadStarter& threads) { reclaimer_.start(threads); }

void Service::stop() { reclaimer_.stop(); }

Result<std::unique_ptr<images::ByteSource>> Service::open_source(std::string_view account,
                                                                 std::string_view bucket,
                                                                 std::string_view key) {
    const Asker asker{.account = std::string{account}};
    auto open = objects_.open(asker, bucket, key);
    std::string name = "s3://" + std::string{bucket} + "/" + std::string{key};
    if (!open.ok()) return error_of(open.error()).in(name);
    return std::unique_ptr<images::ByteSource>{
        std::make_unique<images::StoredSource>(std::move(name), std::move(open->reader))};
}

}  // namespace landfall::s3
