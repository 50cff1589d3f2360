// Which routine a call means, and which argument goes to which parameter.
#include <algorithm>

#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;

[[nodiscard]] bool is_self(const Parameter& parameter) { return parameter.name.name == "self"; }

/// How well an argument of that type fits: 0 not at all, 1 by conversion, 2 of the same sort, 3 the same.
[[nodiscard]] int fitness(const TypeOf* given, const TypeOf* wanted) {
    if (given == nullptr || wanted == nullptr || given->family == Family::null) return 2;
    if (given == wanted) return 3;
    const bool named = wanted->family >= Family::record || given->family >= Family::record;
    if (named) {
        if (given->family == Family::ref_cursor && wanted->family == Family::ref_cursor) return 2;
        for (const TypeOf* up = given; up != nullptr; up = up->supertype) {
            if (up == wanted || (!up->name.empty() && up->name == wanted->name)) return 3;
        }
        // A row fits a record of the same fields.
        const bool rows = given->family == Family::record && wanted->family == Family::record &&
                          given->fields.size() == wanted->fields.size();
        const bool untyped = given->family == wanted->family && (given->name.empty() || wanted->name.empty());
        return rows || untyped ? 1 : 0;
    }
    if (given->family == wanted->family) return 3;
    if (given->is_text() && wanted->is_text()) return 2;
    if (given->is_number() && wanted->is_number()) return 2;
    if (given->is_moment() && wanted->is_moment()) return 2;
    const auto scalar = [](const TypeOf& type) {
        return type.is_text() || type.is_number() || type.is_moment() || type.family == Family::rowid ||
               type.family == Family::raw;
    };
    return scalar(*given) && scalar(*wanted) ? 1 : 0;
}

/// -1: the routine does not take them.
[[nodiscard]] int fitness(const Routine& routine, const List<Argument*>& arguments) {
    const std::vector<TakenArgument> taken = match_arguments(routine, arguments);
    if (taken.empty() && !(routine.parameters.empty() && arguments.empty())) {
        const bool only_self = routine.parameters.size() == 1 && is_self(*routine.parameters[0]);
        if (!only_self || !arguments.empty()) return -1;
    }
    int sum = 0;
    for (const TakenArgument& each : taken) {
        if (each.argument == nullptr) continue;
        const TypeOf* given = each.argument->value == nullptr ? nullptr : each.argument->value->type;
        const TypeOf* wanted = each.parameter->type == nullptr ? nullptr : each.parameter->type->type;
        const int fit = fitness(given, wanted);
        if (fit == 0) return -1;
        sum += fit;
    }
    return sum;
}

[[nodiscard]] bool is_value(Symbol::What what) {
    switch (what) {
        case Symbol::What::variable:
        case Symbol::What::constant:
        case Symbol::What::parameter:
        case Symbol::What::loop_variable:
        case Symbol::What::loop_record:
        case Symbol::What::column:
        case Symbol::What::alias: return true;
        default: return false;
    }
}

/// What the parts behind the binding reach; the last `without` parts are left out.
[[nodiscard]] const TypeOf* type_at(const Name& name, std::uint32_t without) {
    if (name.binding == nullptr || name.binding->symbol == nullptr) return nullptr;
    const TypeOf* type = name.binding->symbol->type;
    for (std::uint32_t i = name.binding->consumed; i + without < name.parts.size() && type != nullptr; ++i)
        type = field_of(type, name.parts[i].name);
    return type;
}

[[nodiscard]] CallMeaning meaning_of_member(const TypeOf* base, Text last) {
    if (base == nullptr) return CallMeaning::unknown;
    if (base->is_collection() && is_collection_method(last)) return CallMeaning::collection_method;
    if (const TypeOf* field = field_of(base, last); field != nullptr)
        return field->is_collection() ? CallMeaning::element : CallMeaning::unknown;
    return base->family == Family::object ? CallMeaning::method : CallMeaning::unknown;
}

}  // namespace

std::vector<TakenArgument> match_arguments(const Routine& routine, const List<Argument*>& arguments) {
    std::vector<TakenArgument> taken;
    for (Parameter* parameter : routine.parameters) {
        if (routine.member != Routine::Member::none && is_self(*parameter)) continue;
        taken.push_back({parameter, nullptr});
    }
    if (arguments.size() > taken.size()) return {};
    std::size_t position = 0;
    for (Argument* argument : arguments) {
        auto slot = taken.begin() + static_cast<std::ptrdiff_t>(position);
        if (argument->name.empty()) {
            ++position;
        } else {
            slot = std::ranges::find_if(taken, [&](const TakenArgument& each) {
                return each.parameter->name.name == argument->name.name;
            });
        }
        if (slot == taken.end() || slot->argument != nullptr) return {};
        slot->argument = argument;
    }
    for (const TakenArgument& each : taken) {
        if (each.argument == nullptr && each.parameter->default_value == nullptr) return {};
    }
    return taken;
}

const Symbol* choose_overload(std::span<const Symbol* const> overloads, const List<Argument*>* arguments,
                              Callable callable) {
    const Symbol* best = nullptr;
    const Symbol* any = nullptr;
    int best_fit = -1;
    const List<Argument*> none;
    for (const Symbol* each : overloads) {
        const Routine* routine = as<Routine>(each->declared);
        if (routine == nullptr) {
            if (any == nullptr) any = each;
            continue;
        }
        const bool procedure = routine->what == Routine::What::procedure;
        if (callable != Callable::any && procedure != (callable == Callable::procedures)) continue;
        if (any == nullptr) any = each;
        const int fit = fitness(*routine, arguments == nullptr ? none : *arguments);
        if (fit > best_fit) {
            best = each;
            best_fit = fit;
        }
    }
    if (best != nullptr) return best;
    if (any == nullptr && !overloads.empty() && callable != Callable::any)
        return choose_overload(overloads, arguments, Callable::any);
    return any;
}

bool is_collection_method(Text name) {
    constexpr std::string_view kMethods[] = {"count", "delete", "exists", "extend", "first",
                                             "last",  "limit",  "next",   "prior",  "trim"};
    return std::ranges::binary_search(kMethods, name);
}

const TypeOf* type_behind(const Name& name, const Catalog& catalog) {
    if (name.binding == nullptr || name.binding->symbol == nullptr) return nullptr;
    const TypeOf* type = name.binding->symbol->type;
    for (std::uint32_t i = name.binding->consumed; i < name.parts.size() && type != nullptr; ++i) {
        const Text part = name.parts[i].name;
        const TypeOf* next = field_of(type, part);
        if (next == nullptr && type->is_collection()) next = collection_method_type(*type, part);
        if (next == nullptr) {
            const std::span<const Symbol* const> methods = catalog.find_methods(*type, part);
            if (!methods.empty()) next = methods.front()->type;
        }
        type = next;
    }
    return type;
}

CallMeaning meaning_of(const Name& name) {
    if (name.binding == nullptr || name.binding->symbol == nullptr) return CallMeaning::unknown;
    const Symbol& symbol = *name.binding->symbol;
    if (name.binding->consumed < name.parts.size())
        return meaning_of_member(type_at(name, 1), name.parts.back().name);
    switch (symbol.what) {
        case Symbol::What::function:
        case Symbol::What::procedure: return CallMeaning::routine;
        case Symbol::What::method: return CallMeaning::method;
        case Symbol::What::type: return CallMeaning::constructor;
        case Symbol::What::built_in:
        case Symbol::What::pseudo: return CallMeaning::built_in;
        case Symbol::What::cursor: return CallMeaning::cursor;
        default: break;
    }
    const bool element = is_value(symbol.what) && symbol.type != nullptr && symbol.type->is_collection();
    return element ? CallMeaning::element : CallMeaning::unknown;
}

CallMeaning meaning_of(const Call& call) {
    if (const Name* name = as<Name>(call.callee); name != nullptr) {
        const CallMeaning meaning = meaning_of(*name);
        // f(1) of a method that is called by its own type's name is a constructor of that type.
        if (meaning == CallMeaning::method && name->binding->symbol->declared != nullptr) {
            const Routine* routine = as<Routine>(name->binding->symbol->declared);
            if (routine != nullptr && routine->what == Routine::What::constructor)
                return CallMeaning::constructor;
        }
        return meaning;
    }
    if (const Field* field = as<Field>(call.callee); field != nullptr)
        return meaning_of_member(field->base == nullptr ? nullptr : field->base->type, field->field.name);
    if (call.callee != nullptr && call.callee->type != nullptr && call.callee->type->is_collection())
        return CallMeaning::element;
    return CallMeaning::unknown;
}

}  // namespace landfall::convert
