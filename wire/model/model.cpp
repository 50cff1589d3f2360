#include "wire/model/model.hpp"

#include <algorithm>

namespace landfall::wire {

std::uint32_t Structure::find_in(std::string_view in_name) const {
    const auto found = std::lower_bound(by_in_name.begin(), by_in_name.end(), in_name,
                                        [](const NameIndex& a, std::string_view b) { return a.name < b; });
    return found != by_in_name.end() && found->name == in_name ? found->index : kNone;
}

const Operation* Model::find(std::string_view operation) const {
    const auto found = std::lower_bound(operations.begin(), operations.end(), operation,
                                        [](const Operation& a, std::string_view b) { return a.name < b; });
    return found != operations.end() && found->name == operation ? &*found : nullptr;
}

const Structure* Model::exception(std::string_view shape) const {
    for (const Structure& structure : structures)
        if (structure.exception && structure.name == shape) return &structure;
    return nullptr;
}

int Model::status_of(std::string_view code) const {
    const auto found = std::lower_bound(codes.begin(), codes.end(), code,
                                        [](const CodeStatus& a, std::string_view b) { return a.code < b; });
    return found != codes.end() && found->code == code ? found->status : 0;
}

}  // namespace landfall::wire
