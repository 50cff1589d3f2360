#include "services/ec2/instance_types.hpp"

#include <algorithm>
#include <array>

namespace landfall::ec2 {
namespace {

constexpr std::array kTypes{
    InstanceType{"c5.12xlarge", 48, 98304},   InstanceType{"c5.18xlarge", 72, 147456},
    InstanceType{"c5.24xlarge", 96, 196608},  InstanceType{"c5.2xlarge", 8, 16384},
    InstanceType{"c5.4xlarge", 16, 32768},    InstanceType{"c5.9xlarge", 36, 73728},
    InstanceType{"c5.large", 2, 4096},        InstanceType{"c5.xlarge", 4, 8192},
    InstanceType{"c6a.12xlarge", 48, 98304},  InstanceType{"c6a.16xlarge", 64, 131072},
    InstanceType{"c6a.24xlarge", 96, 196608}, InstanceType{"c6a.2xlarge", 8, 16384},
    InstanceType{"c6a.4xlarge", 16, 32768},   InstanceType{"c6a.8xlarge", 32, 65536},
    InstanceType{"c6a.large", 2, 4096},       InstanceType{"c6a.xlarge", 4, 8192},
    InstanceType{"c6i.12xlarge", 48, 98304},  InstanceType{"c6i.16xlarge", 64, 131072},
    InstanceType{"c6i.24xlarge", 96, 196608}, InstanceType{"c6i.2xlarge", 8, 16384},
    InstanceType{"c6i.4xlarge", 16, 32768},   InstanceType{"c6i.8xlarge", 32, 65536},
    InstanceType{"c6i.large", 2, 4096},       InstanceType{"c6i.xlarge", 4, 8192},
    InstanceType{"c7i.12xlarge", 48, 98304},  InstanceType{"c7i.16xlarge", 64, 131072},
    InstanceType{"c7i.24xlarge", 96, 196608}, InstanceType{"c7i.2xlarge", 8, 16384},
    InstanceType{"c7i.4xlarge", 16, 32768},   InstanceType{"c7i.8xlarge", 32, 65536},
    InstanceType{"c7i.large", 2, 4096},       InstanceType{"c7i.xlarge", 4, 8192},
    InstanceType{"m5.12xlarge", 48, 196608},  InstanceType{"m5.16xlarge", 64, 262144},
    InstanceType{"m5.24xlarge", 96, 393216},  InstanceType{"m5.2xlarge", 8, 32768},
    InstanceType{"m5.4xlarge", 16, 65536},    InstanceType{"m5.8xlarge", 32, 131072},
    InstanceType{"m5.large", 2, 8192},        InstanceType{"m5.xlarge", 4, 16384},
    InstanceType{"m6a.12xlarge", 48, 196608}, InstanceType{"m6a.16xlarge", 64, 262144},
    InstanceType{"m6a.24xlarge", 96, 393216}, InstanceType{"m6a.2xlarge", 8, 32768},
    InstanceType{"m6a.4xlarge", 16, 65536},   InstanceType{"m6a.8xlarge", 32, 131072},
    InstanceType{"m6a.large", 2, 8192},       InstanceType{"m6a.xlarge", 4, 16384},
    InstanceType{"m6i.12xlarge", 48, 196608}, InstanceType{"m6i.16xlarge", 64, 262144},
    InstanceType{"m6i.24xlarge", 96, 393216}, InstanceType{"m6i.2xlarge", 8, 32768},
    InstanceType{"m6i.4xlarge", 16, 65536},   InstanceType{"m6i.8xlarge", 32, 131072},
    InstanceType{"m6i.large", 2, 8192},       InstanceType{"m6i.xlarge", 4, 16384},
    InstanceType{"m7i.12xlarge", 48, 196608}, InstanceType{"m7i.16xlarge", 64, 262144},
    InstanceType{"m7i.24xlarge", 96, 393216}, InstanceType{"m7i.2xlarge", 8, 32768},
    InstanceType{"m7i.4xlarge", 16, 65536},   InstanceType{"m7i.8xlarge", 32, 131072},
    InstanceType{"m7i.large", 2, 8192},       InstanceType{"m7i.xlarge", 4, 16384},
    InstanceType{"r5.12xlarge", 48, 393216},  InstanceType{"r5.16xlarge", 64, 524288},
    InstanceType{"r5.24xlarge", 96, 786432},  InstanceType{"r5.2xlarge", 8, 65536},
    InstanceType{"r5.4xlarge", 16, 131072},   InstanceType{"r5.8xlarge", 32, 262144},
    InstanceType{"r5.large", 2, 16384},       InstanceType{"r5.xlarge", 4, 32768},
    InstanceType{"r6i.12xlarge", 48, 393216}, InstanceType{"r6i.16xlarge", 64, 524288},
    InstanceType{"r6i.24xlarge", 96, 786432}, InstanceType{"r6i.2xlarge", 8, 65536},
    InstanceType{"r6i.4xlarge", 16, 131072},  InstanceType{"r6i.8xlarge", 32, 262144},
    InstanceType{"r6i.large", 2, 16384},      InstanceType{"r6i.xlarge", 4, 32768},
    InstanceType{"r7i.12xlarge", 48, 393216}, InstanceType{"r7i.16xlarge", 64, 524288},
    InstanceType{"r7i.24xlarge", 96, 786432}, InstanceType{"r7i.2xlarge", 8, 65536},
    InstanceType{"r7i.4xlarge", 16, 131072},  InstanceType{"r7i.8xlarge", 32, 262144},
    InstanceType{"r7i.large", 2, 16384},      InstanceType{"r7i.xlarge", 4, 32768},
    InstanceType{"t2.2xlarge", 8, 32768},     InstanceType{"t2.large", 2, 8192},
    InstanceType{"t2.medium", 2, 4096},       InstanceType{"t2.micro", 1, 1024},
    InstanceType{"t2.nano", 1, 512},          InstanceType{"t2.small", 1, 2048},
    InstanceType{"t2.xlarge", 4, 16384},      InstanceType{"t3.2xlarge", 8, 32768},
    InstanceType{"t3.large", 2, 8192},        InstanceType{"t3.medium", 2, 4096},
    InstanceType{"t3.micro", 2, 1024},        InstanceType{"t3.nano", 2, 512},
    InstanceType{"t3.small", 2, 2048},        InstanceType{"t3.xlarge", 4, 16384},
    InstanceType{"t3a.2xlarge", 8, 32768},    InstanceType{"t3a.large", 2, 8192},
    InstanceType{"t3a.medium", 2, 4096},      InstanceType{"t3a.micro", 2, 1024},
    InstanceType{"t3a.nano", 2, 512},         InstanceType{"t3a.small", 2, 2048},
    InstanceType{"t3a.xlarge", 4, 16384},
};
static_assert(std::is_sorted(kTypes.begin(), kTypes.end(),
                             [](const InstanceType& a, const InstanceType& b) { return a.name < b.name; }));

}  // namespace

std::uint32_t InstanceType::threads_per_core() const { return vcpus == 1 || family() == "t2" ? 1 : 2; }

std::span<const InstanceType> instance_types() { return kTypes; }

const InstanceType* find_instance_type(std::string_view name) {
    const auto at =
        std::lower_bound(kTypes.begin(), kTypes.end(), name,
                         [](const InstanceType& type, std::string_view n) { return type.name < n; });
    return at != kTypes.end() && at->name == name ? &*at : nullptr;
}

}  // namespace landfall::ec2
