// Cursors: OPEN, FETCH and the attributes, which PL/pgSQL keeps for the last statement only.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {
namespace {

std::string plain_name(const Expr* cursor) {
    if (const auto* name = as<Name>(cursor))
        return name->parts.empty() ? "" : std::string{name->parts.back().name};
    if (const auto* bind = as<BindVariable>(cursor)) return std::string{bind->name.name};
    return "cursor";
}

}  // namespace

/// c$found, c$rowcount: declared with the routine, set where the cursor is fetched.
Name* CodeLowering::cursor_variable(const Expr* cursor, std::string_view what, Span at) {
    return make(at).name({make(at).keep(plain_name(cursor) + "$" + std::string{what})});
}

void CodeLowering::note_fetch(const Expr* cursor, Body& out, Span at) {
    const std::string name = plain_name(cursor);
    if (cursor_attributes_.contains(name + "%found"))
        tree().add(out, make(at).assign(cursor_variable(cursor, "found", at), make(at).name({"found"})));
    if (cursor_attributes_.contains(name + "%rowcount"))
        tree().add(out, make(at).code("@ := @ + FOUND::integer", {cursor_variable(cursor, "rowcount", at),
                                                                  cursor_variable(cursor, "rowcount", at)}));
}

/// A cursor's parameters have no defaults in PL/pgSQL: who opens it gives them.
void CodeLowering::give_defaults(Text cursor, List<Argument*>& given) {
    const auto known = cursor_defaults_.find(cursor);
    const bool named =
        std::any_of(given.begin(), given.end(), [](const Argument* each) { return !each->name.empty(); });
    if (known == cursor_defaults_.end() || named) return;
    for (std::uint32_t i = given.size(); i < known->second.size(); ++i) {
        if (known->second[i] == nullptr) return;
        auto* argument = tree().make<Argument>(known->second[i]->span);
        argument->value = clone_of(tree(), known->second[i]);
        tree().add(given, argument);
    }
}

/// A cursor of a package that the routine has declared anew is named alone.
Expr* CodeLowering::adopted(Expr* cursor) {
    const auto* name = as<Name>(cursor);
    if (name == nullptr || name->parts.size() < 2 || local(name->parts[0].name) != nullptr) return cursor;
    const Text last = name->parts.back().name;
    return local(last) == nullptr ? cursor : make(name->span).name({last});
}

void CodeLowering::open(OpenCursor& each, Body& out) {
    for (Argument* argument : each.arguments) value(argument->value);
    value(each.query);
    value(each.text);
    for (Expr*& binding : each.bindings) value(binding);
    if (each.text != nullptr) (void)known_text(each.text, each.span, each.bindings.size());
    const auto* name = as<Name>(each.cursor);
    if (name != nullptr && (name->parts.size() > 1 || local(name->parts[0].name) == nullptr) &&
        each.query == nullptr && each.text == nullptr) {
        const PackageUnit* package = name->parts.size() > 1 ? index_.package(name->parts[0].name) : package_;
        const auto* declared =
            package == nullptr ? nullptr : as<Cursor>(package->member(name->parts.back().name));
        if (declared != nullptr && declared->query != nullptr) adopt_cursor(*declared, *package);
        each.cursor = make(each.span).name({name->parts.back().name});
    }
    const std::string cursor_name = plain_name(each.cursor);
    const bool bound = each.query == nullptr && each.text == nullptr;
    if (bound) give_defaults(cursor_name, each.arguments);
    Text held_name;
    if (!bound) {
        const PackageUnit* package = package_of_root(each.cursor, held_name);
        if (package != nullptr) {
            const Text held = temporary("cursor", make(each.span).type("refcursor"));
            Expr* target = each.cursor;
            each.cursor = make(each.span).name({held});
            tree().add(out, &each);
            assign(target, make(each.span).name({held}), each.span, out);
            return;
        }
        each.cursor = lvalue(each.cursor);
    }
    tree().add(out, &each);
    if (cursor_attributes_.contains(cursor_name + "%found"))
        tree().add(out, make(each.span).assign(cursor_variable(each.cursor, "found", each.span),
                                               make(each.span).null()));
    if (cursor_attributes_.contains(cursor_name + "%rowcount"))
        tree().add(out, make(each.span).assign(cursor_variable(each.cursor, "rowcount", each.span),
                                               make(each.span).number("0")));
}

/// A cursor of a package is declared anew in the routine that opens it.
void CodeLowering::adopt_cursor(const Cursor& declared, const PackageUnit& package) {
    if (local(declared.name.name) != nullptr) return;
    Cursor* copy = clone_of(tree(), &declared);
    const PackageUnit* own = std::exchange(package_, &package);
    cursor(*copy);
    package_ = own;
    tree().add(temporaries_declared_, copy);
}

void CodeLowering::fetch(Fetch& each, Body& out) {
    if (auto* name = as<Name>(each.cursor);
        name != nullptr && name->parts.size() > 1 && local(name->parts[0].name) == nullptr)
        each.cursor = make(each.span).name({name->parts.back().name});
    value(each.cursor);
    if (each.bulk_collect) return fetch_bulk(each, out);
    Body after;
    into_targets(each.into, after);
    tree().add(out, &each);
    note_fetch(each.cursor, out, each.span);
    for (CodeStatement* statement : after) tree().add(out, statement);
}

/// FETCH c BULK COLLECT INTO a, b LIMIT n: a loop of single fetches.
void CodeLowering::fetch_bulk(Fetch& each, Body& out) {
    const Make build = make(each.span);
    auto* loop = tree().make<Loop>(each.span);
    value(each.limit);
    if (each.limit != nullptr) {
        loop->what = Loop::What::numeric;
        loop->variable = {.name = build.keep("fetched$" + std::to_string(++temporaries_)), .span = each.span};
        loop->low = build.number("1");
        loop->high = each.limit;
    }
    auto* one = tree().make<Fetch>(each.span);
    one->cursor = each.cursor;
    tree().add(loop->body, one);
    tree().add(loop->body, build.code("EXIT WHEN NOT FOUND", {}));
    for (Expr* target : each.into) {
        const Shape shape = shape_of_value(target);
        DataType* element = shape.element == nullptr ? build.type("record") : clone_of(tree(), shape.element);
        const Text held = temporary("row", element);
        tree().add(one->into, build.name({held}));
        assign(clone_of(tree(), target), build.splice("'{}'", {}), each.span, out);
        Expr* read = clone_of(tree(), target);
        value(read);
        Expr* more =
            shape.what == Shape::What::map
                ? static_cast<Expr*>(build.splice("jsonb_set(@, ARRAY[((SELECT count(*) FROM "
                                                  "jsonb_object_keys(@)) + 1)::text], to_jsonb(@))",
                                                  {read, clone_of(tree(), read), build.name({held})}))
                : build.splice("@ || @", {read, build.name({held})});
        assign(clone_of(tree(), target), more, each.span, loop->body);
    }
    note_fetch(each.cursor, loop->body, each.span);
    tree().add(out, loop);
    if (cursor_attributes_.contains(plain_name(each.cursor) + "%found"))
        tree().add(out,
                   build.assign(cursor_variable(each.cursor, "found", each.span), build.name({"found"})));
}

Node* CodeLowering::attribute_value(Attribute& attribute) {
    const Make build = make(attribute.span);
    const Text what = attribute.attribute.name;
    const auto* base = as<Name>(attribute.base);
    if (base != nullptr && base->parts.size() == 1 && base->parts[0].name == "sql") {
        if (what == "rowcount") return build.name({"sql$rowcount"});
        if (what == "found") return build.splice("(sql$rowcount > 0)", {});
        if (what == "notfound") return build.splice("(sql$rowcount = 0)", {});
        if (what == "isopen") return build.splice("false", {});
        if (what == "bulk_rowcount") return build.name({"sql$bulk_rowcount"});
        if (what == "bulk_exceptions") return build.name({"sql$bulk_exceptions"});
        return &attribute;
    }
    if (what == "found") return cursor_variable(attribute.base, "found", attribute.span);
    if (what == "notfound")
        return build.splice("(NOT @)", {cursor_variable(attribute.base, "found", attribute.span)});
    if (what == "rowcount") return cursor_variable(attribute.base, "rowcount", attribute.span);
    if (what == "isopen") {
        value(attribute.base);
        return build.splice("EXISTS (SELECT FROM pg_cursors AS p WHERE p.name = (@)::text)",
                            {attribute.base});
    }
    return &attribute;
}

}  // namespace landfall::convert
