#include "services/rds/service.hpp"

namespace landfall::rds {

Rds::Rds(const Parts& parts)
    : parts_{parts},
      instances_{{parts.state, parts.jobs, host_, parts.sealing, parts.clock, parts.random,
                  parts.bind_address, catalogues_}} {}

Status Rds::attach(databases::DatabaseHost* host) {
    host_ = host;
    for (const databases::Installed& each : host->installed())
        catalogues_[family_of(each)] = catalogue_of(name_of(each.product), TRY(parameters_of(each)));
    return {};
}

Status Rds::start(ThreadStarter& threads) {
    if (host_ == nullptr) return {};
    host_->start(threads, [this](const std::string& id) { instances_.ended(id); });
    return instances_.resume();
}

void Rds::stop() {
    if (host_ != nullptr) host_->stop();
}

}  // namespace landfall::rds
