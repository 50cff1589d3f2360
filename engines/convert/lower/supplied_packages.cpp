#include "engines/convert/lower/supplied_packages.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "engines/convert/lower/build.hpp"
#include "engines/convert/lower/make.hpp"
#include "engines/convert/meaning/built_ins.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

constexpr int kNotOfPack = 9112;

/// The names behind "FUNCTION oracle_ext." in the text of the pack.
std::set<std::string_view> functions_of_pack() {
    constexpr std::string_view kBefore = "FUNCTION oracle_ext.";
    const std::string_view pack = runtime_pack();
    std::set<std::string_view> names;
    for (std::size_t at = pack.find(kBefore); at != std::string_view::npos; at = pack.find(kBefore, at)) {
        at += kBefore.size();
        const std::size_t end = pack.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", at);
        names.insert(pack.substr(at, end - at));
    }
    return names;
}

/// The cast that lets an expression of PostgreSQL's take the value; empty: text is right.
std::string_view cast_of(const Name& name) {
    const std::size_t count = name.parts.size();
    const std::string full =
        std::string{name.parts[count - 2].name} + "." + std::string{name.parts[count - 1].name};
    const BuiltIn* known = find_built_in(full);
    using Family = TypeOf::Family;
    if (known == nullptr || known->rule != ResultRule::fixed) return {};
    switch (known->family) {
        case Family::number:
        case Family::integer: return "::numeric";
        case Family::boolean: return "::boolean";
        case Family::date:
        case Family::timestamp: return "::timestamp";
        case Family::raw:
        case Family::blob: return "::bytea";
        case Family::xml: return "::xml";
        default: return {};
    }
}

Literal* name_of_member(const Name& name, LowerContext& context) {
    const std::string text = dotted(name.parts);
    context.add_finding(kNotOfPack, Complexity::complex, name.span, text);
    return Make{context.tree, name.span}.text(text);
}

/// What CodeLowering makes of them: it knows whether a handler is around.
bool is_of_handlers(std::string_view member) {
    return member == "dbms_utility_format_error_backtrace" || member == "dbms_utility_format_error_stack";
}

/// Packages of the database, and those of APEX, which lives in it.
bool is_supplied_package(std::string_view package) {
    return is_built_in_package(package) || package.starts_with("dbms_") || package.starts_with("utl_") ||
           package.starts_with("apex_") || package.starts_with("wwv_flow") || package.starts_with("htmldb_");
}

bool is_declared_constant(const Name& name) {
    const std::string_view declarations = supplied_declarations();
    const std::size_t count = name.parts.size();
    const std::size_t package =
        declarations.find("PACKAGE " + std::string{name.parts[count - 2].name} + " AS");
    if (package == std::string_view::npos) return false;
    const std::size_t end = declarations.find("\n/\n", package);
    return declarations.substr(package, end - package)
               .find("  " + std::string{name.parts[count - 1].name} + " CONSTANT") != std::string_view::npos;
}

}  // namespace

bool is_of_pack_dictionary(std::string_view relation) {
    if (relation == "v$version" || relation == "v$instance" || relation == "v$session") return true;
    if (relation.starts_with("nls_") && relation.ends_with("_parameters")) return true;
    for (const std::string_view shown : {"user_", "all_", "dba_"}) {
        if (!relation.starts_with(shown)) continue;
        const std::string row = "('" + std::string{relation.substr(shown.size())} + "', $q$";
        return runtime_pack().find(row) != std::string_view::npos;
    }
    return false;
}

bool pack_has(std::string_view function) {
    static const std::set<std::string_view> kFunctions = functions_of_pack();
    return kFunctions.contains(function);
}

std::string supplied_member(const Name& name, const Catalog& catalog) {
    const std::size_t count = name.parts.size();
    if (count < 2 || count > 3 || !name.link.empty()) return {};
    if (count == 3 && name.parts[0].name != "sys" && name.parts[0].name != "public") return {};
    const Text package = name.parts[count - 2].name;
    if (!is_supplied_package(package) || catalog.find_here({}, package) != nullptr ||
        catalog.find({}, package) != nullptr)
        return {};
    return std::string{package} + "_" + std::string{name.parts[count - 1].name};
}

Expr* unsupported_value(const Name& name, LowerContext& context) {
    const std::string pattern = "oracle_ext.unsupported(@)" + std::string{cast_of(name)};
    return Make{context.tree, name.span}.splice(context.tree.keep(pattern), {name_of_member(name, context)});
}

Call* unsupported_call(const Name& name, LowerContext& context) {
    const Make make{context.tree, name.span};
    return make.call(make.name({"oracle_ext", "unsupported"}), {name_of_member(name, context)});
}

Expr* lower_supplied(Expr* value, LowerContext& context) {
    auto* call = as<Call>(value);
    auto* name = as<Name>(call == nullptr ? value : call->callee);
    if (name == nullptr) return value;
    const std::string member = supplied_member(*name, context.catalog);
    if (member.empty() || is_of_handlers(member) || is_declared_constant(*name)) return value;
    if (!pack_has(member)) return unsupported_value(*name, context);
    const Make make{context.tree, name->span};
    Name* function = make.name({"oracle_ext", context.tree.keep(member)});
    if (call == nullptr) return make.call(function, {});
    call->callee = function;
    return call;
}

}  // namespace landfall::convert
