#include "core/state/resource.hpp"

namespace landfall::state {

std::string_view name_of(Change change) {
    switch (change) {
        case Change::created: return "created";
        case Change::updated: return "updated";
        case Change::retired: return "retired";
        case Change::erased: return "erased";
        case Change::noted: return "noted";
    }
    return "noted";
}

}  // namespace landfall::state
