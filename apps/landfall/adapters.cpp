#include "apps/landfall/adapters.hpp"

#include <algorithm>

namespace landfall::app {
namespace {

class ObjectsOfS3 final : public ec2::ObjectReader {
public:
    explicit ObjectsOfS3(s3::Service& s3) : s3_{s3} {}

    [[nodiscard]] Result<std::unique_ptr<images::ByteSource>> open_object(std::string_view account,
                                                                          std::string_view bucket,
                                                                          std::string_view key) override {
        return s3_.open_source(account, bucket, key);
    }

private:
    s3::Service& s3_;
};

}  // namespace

std::size_t CountsOfMachines::running() const {
    if (host_ == nullptr) return 0;
    const std::vector<machines::MachineView> views = host_->list();
    return static_cast<std::size_t>(std::count_if(
        views.begin(), views.end(), [](const machines::MachineView& view) { return view.pid != 0; }));
}

std::string CountsOfMachines::acceleration() const {
    if (host_ == nullptr) return "none";
    for (const machines::MachineView& view : host_->list())
        if (view.pid != 0) return view.acceleration == machines::Acceleration::kvm ? "kvm" : "tcg";
    return "not probed yet";
}

std::unique_ptr<ec2::ObjectReader> object_reader_of(s3::Service& s3) {
    return std::make_unique<ObjectsOfS3>(s3);
}

Result<jobs::JobId> UpkeepByName::begin(std::string_view task, state::Cause cause) {
    const auto known = upkeep::parse_task(task);
    if (!known) return Error{Errc::invalid, "no task of upkeep is called " + std::string{task}};
    return upkeep_.begin(*known, std::move(cause));
}

}  // namespace landfall::app
