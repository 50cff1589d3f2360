#include "services/s3/service.hpp"

#include <algorithm>

namespace landfall::s3 {
namespace {

/// An object as decoders read it.
class ObjectSource final : public images::ByteSource {
public:
    ObjectSource(std::string name, OpenObject object) : name_{std::move(name)}, object_{std::move(object)} {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] Bytes size() const override { return object_.object.record.size; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override {
        const std::uint64_t end = size().count;
        if (at.value >= end) return std::size_t{0};
        const MutableByteSpan piece = out.first(std::min<std::uint64_t>(out.size(), end - at.value));
        TRY(object_.reader->read(at, piece));
        return piece.size();
    }

private:
    std::string name_;
    OpenObject object_;
};

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
      ground_{*catalog_, *contents_, reclaimer_, seams.clock, seams.random},
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
        std::make_unique<ObjectSource>(std::move(name), std::move(open).value())};
}

}  // namespace landfall::s3
