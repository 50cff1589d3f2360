// What Oracle's functions take: a text where a number or a moment is wanted is converted, NULL has the wanted
// type.
#include <algorithm>
#include <array>

#include "engines/convert/lower/expressions.hpp"

namespace landfall::convert {
namespace {

/// n: a number; d: a DATE; s: a TIMESTAMP; t: a text, or what the pack takes in its place; a: anything.
struct Takes {
    std::string_view name;
    std::string_view kinds;  ///< a letter a parameter
};

/// Sorted.
constexpr std::array kTakes{Takes{"add_months", "dn"},
                            Takes{"bitand", "nn"},
                            Takes{"from_tz", "st"},
                            Takes{"instr", "ttnn"},
                            Takes{"instrb", "ttnn"},
                            Takes{"last_day", "d"},
                            Takes{"lpad", "tnt"},
                            Takes{"mod", "nn"},
                            Takes{"months_between", "dd"},
                            Takes{"new_time", "dtt"},
                            Takes{"next_day", "da"},
                            Takes{"numtodsinterval", "nt"},
                            Takes{"numtoyminterval", "nt"},
                            Takes{"regexp_count", "ttnt"},
                            Takes{"regexp_instr", "ttnnntn"},
                            Takes{"regexp_replace", "tttnnt"},
                            Takes{"regexp_substr", "ttnntn"},
                            Takes{"remainder", "nn"},
                            Takes{"rpad", "tnt"},
                            Takes{"substr", "tnn"},
                            Takes{"substrb", "tnn"}};

std::string_view kinds_of(Text name) {
    const auto* at = std::lower_bound(kTakes.begin(), kTakes.end(), name,
                                      [](const Takes& each, Text wanted) { return each.name < wanted; });
    return at != kTakes.end() && at->name == name ? at->kinds : std::string_view{};
}

bool is_null(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && literal->what == Literal::What::null;
}

std::string_view type_of_null(char kind) {
    return kind == 'n' ? "numeric" : kind == 'd' || kind == 's' ? "timestamp" : "text";
}

std::string_view from_text(char kind) {
    return kind == 'n' ? "to_number" : kind == 'd' ? "to_date" : kind == 's' ? "to_timestamp" : "";
}

Expr* fitting(Expr* value, char kind, Tree& tree) {
    const Build build{tree, value->span};
    if (is_null(value)) return build.cast(value, type_of_null(kind));
    const std::string_view converts = is_text(family_of(value)) ? from_text(kind) : std::string_view{};
    return converts.empty() ? value : build.pack(converts, {value});
}

}  // namespace

void fit_arguments(Call& call, Text name, Tree& tree) {
    const std::string_view kinds = kinds_of(name);
    for (std::uint32_t i = 0; i < call.arguments.size(); ++i) {
        Expr*& value = call.arguments[i]->value;
        value = fitting(value, i < kinds.size() ? kinds[i] : 't', tree);
    }
}

}  // namespace landfall::convert
