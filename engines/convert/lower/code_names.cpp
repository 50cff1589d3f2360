// Names in expressions: what they stand for, and what PL/pgSQL calls it.
#include "engines/convert/lower/code_lowering.hpp"
#include "engines/convert/lower/expression_types.hpp"
#include "engines/convert/lower/supplied_packages.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

bool one_of(Text word, std::initializer_list<Text> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_collection_method(Text name) {
    return one_of(name, {"count", "first", "last", "limit", "exists", "next", "prior"});
}

bool needs_arguments(const Routine& routine) {
    return std::any_of(routine.parameters.begin(), routine.parameters.end(),
                       [](const Parameter* each) { return each->default_value == nullptr; });
}

const Name* without_last(const Name& name, Tree& tree) {
    Name* shorter = tree.make<Name>(name.span);
    for (std::uint32_t i = 0; i + 1 < name.parts.size(); ++i) tree.add(shorter->parts, name.parts[i]);
    return shorter;
}

}  // namespace

const Local* CodeLowering::local(Text name) const {
    for (auto each = locals_.rbegin(); each != locals_.rend(); ++each) {
        if (each->name == name) return &*each;
    }
    return nullptr;
}

/// `type` as it is declared; it is lowered later, in place.
void CodeLowering::declare(Text name, Node* declared, DataType* type) {
    const DataType* source = clone_of(tree(), type);
    locals_.push_back({.name = name,
                       .declared = declared,
                       .type = type,
                       .source = source,
                       .shape = shape_of(source),
                       .routine = depth_});
}

/// The table that a name means without its last `behind` - 1 parts.
const CreateTable* CodeLowering::table_of(const Name& name, std::uint32_t behind) const {
    const std::uint32_t count = name.parts.size();
    if (count < behind) return nullptr;
    return index_.table(count > behind ? name.parts[count - behind - 1].name : owner_,
                        name.parts[count - behind].name);
}

// --- declared types of values ---

const DataType* CodeLowering::field_of(const DataType* of, Text field) {
    if (of == nullptr || of->name == nullptr || of->name->parts.empty()) return nullptr;
    const Text last = of->name->parts.back().name;
    if (of->anchor == DataType::Anchor::rowtype) {
        const CreateTable* table = table_of(*of->name, 1);
        if (table == nullptr) return nullptr;
        for (const Column* column : table->columns) {
            if (column->name.name == field) return column->type;
        }
        return nullptr;
    }
    if (const TypeDeclaration* declared = declared_type(*of->name)) {
        if (declared->what == TypeDeclaration::What::subtype) return field_of(declared->element, field);
        for (const Variable* each : declared->fields) {
            if (each->name.name == field) return each->type;
        }
        return nullptr;
    }
    if (const CreateType* object = index_.type(last)) {
        for (const Variable* each : object->attributes) {
            if (each->name.name == field) return each->type;
        }
    }
    return nullptr;
}

const DataType* CodeLowering::element_of(const DataType* of) {
    if (of == nullptr || of->name == nullptr || of->name->parts.empty()) return nullptr;
    if (const TypeDeclaration* declared = declared_type(*of->name)) return declared->element;
    const CreateType* type = index_.type(of->name->parts.back().name);
    return type == nullptr ? nullptr : type->element;
}

/// nullptr: not known.
const DataType* CodeLowering::source_of(const Expr* value) {
    if (const auto* inner = as<Parenthesized>(value)) return source_of(inner->inner);
    if (const auto* field = as<Field>(value)) return field_of(source_of(field->base), field->field.name);
    if (const auto* call = as<Call>(value)) {
        const Callee callee = callee_of(call->callee, call);
        if (callee.routine != nullptr) return callee.routine->returns;
        return element_of(source_of(call->callee));
    }
    const auto* name = as<Name>(value);
    if (name == nullptr || name->parts.empty()) return nullptr;
    std::uint32_t at = 1;
    const DataType* found = nullptr;
    if (const Local* known = local(name->parts[0].name)) {
        found = known->source;
    } else {
        const PackageUnit* package = package_;
        Text member = name->parts[0].name;
        if (package == nullptr || package->member(member) == nullptr) {
            package = name->parts.size() > 1 ? index_.package(name->parts[0].name) : nullptr;
            if (package == nullptr) return nullptr;
            member = name->parts[1].name;
            at = 2;
        }
        const auto* variable = as<Variable>(package->member(member));
        if (variable == nullptr) return nullptr;
        found = variable->type;
        if (package != package_ && found->name->parts.size() == 1 &&
            package->member(found->name->parts[0].name)) {
            auto* qualified = clone_of(tree(), found);
            qualified->name = make(found->span).name({package->name, found->name->parts[0].name});
            found = qualified;
        }
    }
    for (; at < name->parts.size(); ++at) found = field_of(found, name->parts[at].name);
    return found;
}

// --- rewriting ---

void CodeLowering::values(Node*& node) {
    const auto each_child = [this](Node*& child) { values(child); };
    switch (node->kind) {
        case Kind::name: node = name_value(*as<Name>(node)); return;
        case Kind::call: node = call_value(*as<Call>(node)); return;
        case Kind::field: node = field_value(*as<Field>(node)); return;
        case Kind::attribute: node = attribute_value(*as<Attribute>(node)); return;
        case Kind::table_name:
        case Kind::star: return;
        case Kind::data_type: {
            auto* type_ = as<DataType>(node);
            if (type_->name != nullptr && !type_->lowered && declared_type(*type_->name) != nullptr) {
                type(type_);
                node = type_;
            }
            return;
        }
        case Kind::set_item: value(as<SetItem>(node)->value); return;
        case Kind::select: {
            Body* const before = std::exchange(before_, nullptr);
            frames_.push_back({});
            for (const TableRef* each : as<Select>(node)->from) frames_.back().sources.push_back(each);
            for_each_child(*node, each_child);
            frames_.pop_back();
            before_ = before;
            return;
        }
        case Kind::insert:
        case Kind::update:
        case Kind::delete_:
        case Kind::merge: {
            frames_.push_back({});
            if (const auto* update = as<Update>(node)) frames_.back().sources = {update->table};
            if (const auto* removal = as<Delete>(node)) frames_.back().sources = {removal->table};
            if (const auto* merge = as<Merge>(node)) frames_.back().sources = {merge->into, merge->source};
            for_each_child(*node, each_child);
            frames_.pop_back();
            return;
        }
        default: for_each_child(*node, each_child);
    }
}

/// Does a table of a query around have a column of this name, or a row of this name?
bool CodeLowering::may_be_column(Text name) const {
    const std::function<bool(const TableRef*)> has = [&](const TableRef* source) -> bool {
        if (source == nullptr) return false;
        if (source->alias.name == name) return true;
        if (const auto* join = as<Join>(source)) return has(join->left) || has(join->right);
        if (const auto* pivot = as<Pivot>(source)) return has(pivot->input);
        const auto* table = as<TableName>(source);
        if (table == nullptr || table->name == nullptr || table->name->parts.empty()) return false;
        if (table->name->parts.back().name == name) return true;
        const CreateTable* known = table_of(*table->name, 1);
        return known != nullptr &&
               std::any_of(known->columns.begin(), known->columns.end(),
                           [&](const Column* column) { return column->name.name == name; });
    };
    return std::any_of(frames_.begin(), frames_.end(), [&](const Frame& frame) {
        return std::any_of(frame.sources.begin(), frame.sources.end(), has);
    });
}

/// A variable, a constant or a function without parameters of a package; nullptr: none of these.
Node* CodeLowering::package_value(const PackageUnit& package, Text member, Span at) {
    Declaration* found = package.member(member);
    if (auto* variable = as<Variable>(found)) {
        if (!is_plain_constant(*variable)) {
            return make(at).call(make(at).name({package.name, make(at).keep(std::string{member} + "$get")}),
                                 {});
        }
        const auto* written = as<Variable>(static_cast<const Node*>(package.original(*variable)));
        Expr* value = clone_of(tree(), written->value);
        if (value->kind == Kind::literal) return value;
        auto* parenthesized = tree().make<Parenthesized>(at);
        parenthesized->inner = value;
        return parenthesized;
    }
    const auto* routine = as<Routine>(found);
    if (routine == nullptr || routine->what == Routine::What::procedure || needs_arguments(*routine))
        return nullptr;
    return make(at).call(routine_name(&package, *routine, at), {});
}

/// base.c.d of the parts of a name from `from` on.
Node* CodeLowering::fields(Node* base, const Name& name, std::uint32_t from) {
    Expr* value = static_cast<Expr*>(base);
    if (from < name.parts.size() && value->kind == Kind::call) {
        auto* parenthesized = tree().make<Parenthesized>(name.span);
        parenthesized->inner = value;
        value = parenthesized;
    }
    for (std::uint32_t i = from; i < name.parts.size(); ++i) {
        auto* field = tree().make<Field>(name.span);
        field->base = value;
        field->field = name.parts[i];
        value = field;
    }
    return value;
}

Node* CodeLowering::name_value(Name& name) {
    if (name.parts.empty() ||
        (name.binding != nullptr && (name.binding->sequence_next || name.binding->sequence_current)))
        return &name;
    const Text first = name.parts[0].name;
    if (name.parts.size() > 1 && is_collection_method(name.parts.back().name)) {
        const Name* base = without_last(name, tree());
        const Shape shape = shape_of_value(base);
        if (shape.what == Shape::What::array || shape.what == Shape::What::map) {
            Node* value_ = clone(tree(), *base);
            values(value_);
            return method_value(static_cast<Expr*>(value_), shape, name.parts.back().name, {});
        }
    }
    if (const Local* found = local(first)) {
        Node* value_ = local_value(name, *found);
        return value_ == &name ? nested_fields(name, *found) : value_;
    }
    if (frames_.empty() ? false : may_be_column(first)) return &name;
    if (Node* special = special_value(name)) return special;
    if (routine_ != nullptr && name.parts.size() > 1 && first == routine_->name.name &&
        local(name.parts[1].name) != nullptr) {
        Name* shorter = tree().make<Name>(name.span);
        for (std::uint32_t i = 1; i < name.parts.size(); ++i) tree().add(shorter->parts, name.parts[i]);
        return name_value(*shorter);
    }
    if (package_ != nullptr) {
        if (Node* found = package_value(*package_, first, name.span)) return fields(found, name, 1);
    }
    for (std::uint32_t i = 0; i + 1 < name.parts.size() && i < 2; ++i) {
        const PackageUnit* package = index_.package(name.parts[i].name);
        if (package == nullptr) continue;
        if (Node* found = package_value(*package, name.parts[i + 1].name, name.span))
            return fields(found, name, i + 2);
    }
    const Routine* routine = index_.routine(name.parts.size() > 1 ? first : owner_, name.parts.back().name);
    if (routine != nullptr && routine->what == Routine::What::function && !needs_arguments(*routine) &&
        name.parts.size() <= 2)
        return make(name.span).call(routine_name(nullptr, *routine, name.span), {});
    return &name;
}

/// v.a.b of a record within a record: PL/pgSQL would read a table's column.
Node* CodeLowering::nested_fields(Name& name, const Local& found) {
    const Kind kind = found.declared->kind;
    if (name.parts.size() < 3 || (kind != Kind::variable && kind != Kind::parameter) ||
        (trigger_ != nullptr && found.type == nullptr))
        return &name;
    Name* inner = tree().make<Name>(name.span);
    tree().add(inner->parts, name.parts[0]);
    tree().add(inner->parts, name.parts[1]);
    auto* parenthesized = tree().make<Parenthesized>(name.span);
    parenthesized->inner = inner;
    return fields(parenthesized, name, 2);
}

Node* CodeLowering::local_value(Name& name, const Local& found) {
    if (auto* routine = as<Routine>(found.declared)) {
        if (routine->what == Routine::What::procedure || name.parts.size() > 1) return &name;
        auto* call = make(name.span).call(make(name.span).name({name.parts[0].name}), {});
        return call_value(*call);
    }
    if (!found.renamed.empty() && found.declared->kind != Kind::type_declaration)
        name.parts[0].name = found.renamed;
    return &name;
}

/// SQLCODE, SQLERRM, INSERTING and their kin; nullptr: none of these.
Node* CodeLowering::special_value(Name& name) {
    const Make build = make(name.span);
    const Text first = name.parts[0].name;
    if (trigger_ != nullptr) {
        const Text old_name = trigger_->old_name.empty() ? Text{"old"} : trigger_->old_name.name;
        const Text new_name = trigger_->new_name.empty() ? Text{"new"} : trigger_->new_name.name;
        if (name.parts.size() > 1 && (first == old_name || first == new_name)) {
            name.parts[0].name = first == old_name ? "old" : "new";
            return &name;
        }
        if (name.parts.size() == 1 && first == "inserting") return build.splice("(TG_OP = 'INSERT')", {});
        if (name.parts.size() == 1 && first == "updating") return build.splice("(TG_OP = 'UPDATE')", {});
        if (name.parts.size() == 1 && first == "deleting") return build.splice("(TG_OP = 'DELETE')", {});
    }
    if (Node* stack = error_stack(name)) return stack;
    if (name.parts.size() > 1) return nullptr;
    if (first == "sqlcode") {
        if (handlers_ == 0) return build.number("0");
        return build.splice("oracle_ext.sqlcode(SQLSTATE)", {});
    }
    if (first == "sqlerrm") {
        if (handlers_ == 0) return build.text("ORA-0000: normal, successful completion");
        return build.splice("oracle_ext.sqlerrm(SQLSTATE, SQLERRM)", {});
    }
    return nullptr;
}

/// DBMS_UTILITY.FORMAT_ERROR_STACK and …_BACKTRACE: PL/pgSQL knows the error in its handler only, and the
/// places of the calls by a statement only. nullptr: neither.
Node* CodeLowering::error_stack(const Name& name) {
    const std::string member = supplied_member(name, context_.catalog);
    const bool backtrace = member == "dbms_utility_format_error_backtrace";
    if (!backtrace && member != "dbms_utility_format_error_stack") return nullptr;
    if (handlers_ == 0 || backtrace)
        context_.add_finding(9111, Complexity::simple, name.span,
                             handlers_ == 0 ? "outside of a handler there is no error: NULL"
                                            : "the error's message stands for the places of the calls");
    if (handlers_ == 0) return make(name.span).splice("NULL::text", {});
    return make(name.span).splice("oracle_ext.dbms_utility_format_error_stack(SQLSTATE, SQLERRM)", {});
}

Node* CodeLowering::field_value(Field& field) {
    if (const auto* bind = as<BindVariable>(field.base)) {
        const Text bound = bind->name.name;
        if (trigger_ != nullptr || bound == "new" || bound == "old") {
            const Text old_name =
                trigger_ == nullptr || trigger_->old_name.empty() ? Text{"old"} : trigger_->old_name.name;
            return make(field.span).name({bound == old_name ? "old" : "new", field.field.name});
        }
    }
    if (Node* saved = saved_errors(field)) return saved;
    if (is_collection_method(field.field.name)) {
        const Shape shape = shape_of_value(field.base);
        if (shape.what == Shape::What::array || shape.what == Shape::What::map) {
            value(field.base);
            return method_value(field.base, shape, field.field.name, {});
        }
    }
    value(field.base);
    if (field.base->kind == Kind::call || field.base->kind == Kind::spliced ||
        field.base->kind == Kind::index) {
        auto* parenthesized = tree().make<Parenthesized>(field.span);
        parenthesized->inner = field.base;
        field.base = parenthesized;
    }
    return &field;
}

/// SQL%BULK_EXCEPTIONS.COUNT, SQL%BULK_EXCEPTIONS(i).ERROR_INDEX; nullptr: none of these.
Node* CodeLowering::saved_errors(const Field& field) {
    const auto of_sql = [](const Expr* base) {
        const auto* attribute = as<Attribute>(base);
        return attribute != nullptr && attribute->attribute.name == "bulk_exceptions";
    };
    const Make build = make(field.span);
    if (of_sql(field.base) && field.field.name == "count")
        return build.splice("jsonb_array_length(sql$bulk_exceptions)", {});
    const auto* call = as<Call>(field.base);
    if (call == nullptr || !of_sql(call->callee) || call->arguments.size() != 1) return nullptr;
    value(call->arguments[0]->value);
    return build.splice("((sql$bulk_exceptions -> ((@)::integer - 1)) ->> @)::integer",
                        {call->arguments[0]->value, build.text(field.field.name)});
}

/// Once a unit, and not for the variable of a loop, which runs within the bounds nearly always.
void CodeLowering::tell_of_bounds(const Expr* key) {
    const auto* name = as<Name>(key);
    const Local* found = name != nullptr && name->parts.size() == 1 ? local(name->parts[0].name) : nullptr;
    const auto* counted =
        found == nullptr ? nullptr : as<Variable>(static_cast<const Node*>(found->declared));
    const bool of_loop = counted != nullptr && counted->type == nullptr;
    if (of_loop || key->kind == Kind::literal || told_of_bounds_) return;
    told_of_bounds_ = true;
    context_.add_finding(9043, Complexity::info, key->span, "an element beyond the end is read as NULL");
}

Node* CodeLowering::element_value(Expr* collection, const Shape& shape, Expr* key) {
    const Make build = make(collection->span);
    if (shape.what == Shape::What::array) {
        if (collection->kind == Kind::call) {
            auto* parenthesized = tree().make<Parenthesized>(collection->span);
            parenthesized->inner = collection;
            collection = parenthesized;
        }
        tell_of_bounds(key);
        auto* index = tree().make<Index>(collection->span);
        index->base = collection;
        tree().add(index->subscripts, key);
        return index;
    }
    // What is not there is an error where it is read, and comes into being where a part of it is assigned.
    const auto found = [this](std::string_view function) -> std::string {
        if (makes_elements_) return function == "map_get" ? "(@ -> (@)::text)" : "(@ ->> (@)::text)";
        return "oracle_ext." + std::string{function} + "(@, (@)::text)";
    };
    const Text element = shape.element == nullptr ? Text{} : shape.element->name->parts.back().name;
    if (element == "jsonb") return build.splice(found("map_get"), {collection, key});
    if (shape.element == nullptr || element == "text" ||
        (element == "varchar" && shape.element->dimensions == 0))
        return build.splice(found("map_text"), {collection, key});
    if (shape.element->dimensions > 0)
        return build.splice("ARRAY(SELECT jsonb_array_elements_text(" + found("map_get") + "))::@",
                            {collection, key, clone_of(tree(), shape.element)});
    const bool composite = shape.of_records || shape.element->name->parts.size() > 1 ||
                           index_.table(owner_, element) != nullptr || index_.type(element) != nullptr;
    if (composite)
        return build.splice("jsonb_populate_record(NULL::@, " + found("map_get") + ")",
                            {clone_of(tree(), shape.element), collection, key});
    return build.splice(found("map_text") + "::@", {collection, key, clone_of(tree(), shape.element)});
}

/// How many elements a varray may have; nullptr: any number.
Expr* CodeLowering::limit_of(const Expr* collection) {
    const DataType* source = source_of(collection);
    if (source == nullptr || source->name == nullptr) return nullptr;
    if (const TypeDeclaration* declared = declared_type(*source->name)) return declared->limit;
    const CreateType* created = index_.type(source->name->parts.back().name);
    return created == nullptr ? nullptr : created->limit;
}

Node* CodeLowering::method_value(Expr* base, const Shape& shape, Text method,
                                 const List<Argument*>& arguments) {
    const Make build = make(base->span);
    const auto again = [&] { return clone_of(tree(), base); };
    Expr* first = arguments.empty() ? nullptr : arguments[0]->value;
    if (shape.what == Shape::What::array) {
        if (method == "count") return build.splice("coalesce(cardinality(@), 0)", {base});
        if (method == "first") return build.splice("array_lower(@, 1)", {base});
        if (method == "last") return build.splice("array_upper(@, 1)", {base});
        if (Expr* most = method == "limit" ? limit_of(base) : nullptr) return clone_of(tree(), most);
        if (method == "limit" || first == nullptr) return build.splice("NULL::integer", {});
        if (method == "exists")
            return build.splice("coalesce((@) BETWEEN 1 AND cardinality(@), false)", {first, base});
        if (method == "next")
            return build.splice("CASE WHEN (@) < array_upper(@, 1) THEN (@) + 1 END",
                                {first, base, clone_of(tree(), first)});
        return build.splice("CASE WHEN (@) > array_lower(@, 1) THEN (@) - 1 END",
                            {first, base, clone_of(tree(), first)});
    }
    const std::string key = shape.text_key ? "map$.key$ COLLATE \"C\"" : "map$.key$::bigint";
    if (method == "count")
        return build.splice("(SELECT count(*) FROM jsonb_object_keys(@) AS map$ (key$))", {again()});
    if (method == "first" || method == "last")
        return build.splice("(SELECT " + std::string{method == "first" ? "min" : "max"} + "(" + key +
                                ") FROM jsonb_object_keys(@) AS map$ (key$))",
                            {again()});
    if (first == nullptr) return build.splice("NULL::integer", {});
    if (method == "exists") return build.splice("coalesce(@ ? (@)::text, false)", {again(), first});
    const bool next = method == "next";
    return build.splice("(SELECT " + std::string{next ? "min" : "max"} + "(" + key +
                            ") FROM jsonb_object_keys(@) AS map$ (key$) WHERE " + key +
                            (next ? " > " : " < ") + "(@))",
                        {again(), first});
}

Node* CodeLowering::call_value(Call& call) {
    auto* name = as<Name>(call.callee);
    const auto lower_arguments = [&] {
        for (Argument* each : call.arguments) value(each->value);
    };
    if (name == nullptr || name->parts.empty()) return deep_call_value(call);
    if (call.arguments.empty())
        if (Node* stack = error_stack(*name)) return stack;
    const Text last = name->parts.back().name;
    if (name->parts.size() > 1 && is_collection_method(last)) {
        const Name* base = without_last(*name, tree());
        const Shape shape = shape_of_value(base);
        if (shape.what == Shape::What::array || shape.what == Shape::What::map) {
            lower_arguments();
            Node* collection = clone(tree(), *base);
            values(collection);
            return method_value(static_cast<Expr*>(collection), shape, last, call.arguments);
        }
    }
    const Shape shape = shape_of_value(name);
    if ((shape.what == Shape::What::array || shape.what == Shape::What::map) && call.arguments.size() == 1 &&
        callee_of(name).routine == nullptr) {
        lower_arguments();
        Node* collection = name;
        values(collection);
        return element_value(static_cast<Expr*>(collection), shape, call.arguments[0]->value);
    }
    if (trigger_ != nullptr && name->parts.size() == 1 && last == "updating" && call.arguments.size() == 1)
        return updating(call);
    const Callee callee = callee_of(name, &call);
    if (callee.routine != nullptr) {
        const std::vector<std::pair<Expr*, Text>> targets = given_back(call, callee);
        arguments(call, callee);
        return targets.empty() ? &call : answer_of(call, targets);
    }
    if (Node* constructed = constructor_value(call, *name)) return constructed;
    for_each_child(call, [&](Node*& child) {
        if (child != name) values(child);
    });
    return &call;
}

/// The callee is more than a name: a(1).b.exists(2), a(1).b(2), a(1)(2)
Node* CodeLowering::deep_call_value(Call& call) {
    for (Argument* each : call.arguments) value(each->value);
    const auto* field = as<Field>(call.callee);
    const auto is_collection = [](const Shape& shape) {
        return shape.what == Shape::What::array || shape.what == Shape::What::map;
    };
    if (field != nullptr && is_collection_method(field->field.name)) {
        const Shape shape = shape_of_value(field->base);
        if (is_collection(shape)) {
            Expr* base = clone_of(tree(), field->base);
            value(base);
            return method_value(base, shape, field->field.name, call.arguments);
        }
    }
    const Shape shape = shape_of_value(call.callee);
    value(call.callee);
    if (is_collection(shape) && call.arguments.size() == 1)
        return element_value(call.callee, shape, call.arguments[0]->value);
    return &call;
}

/// UPDATING('C'): Oracle asks whether C is in the SET list, PostgreSQL can only compare.
Node* CodeLowering::updating(Call& call) {
    const auto* column = as<Literal>(call.arguments[0]->value);
    if (column == nullptr || !trigger_->each_row) {
        context_.add_finding(9103, Complexity::medium, call.span,
                             "UPDATING(column) where rows cannot be compared");
        return make(call.span).splice("(TG_OP = 'UPDATE')", {});
    }
    context_.add_finding(9103, Complexity::info, call.span,
                         "UPDATING(column) compares the values before and after");
    const Text name = make(call.span).keep(in_lower_case(column->text));
    return make(call.span).splice("(TG_OP = 'UPDATE' AND @ IS DISTINCT FROM @)",
                                  {make(call.span).name({"new", name}), make(call.span).name({"old", name})});
}

/// t(a, b) of a type that is declared or created; nullptr: no such type.
Node* CodeLowering::constructor_value(Call& call, Name& name) {
    const TypeDeclaration* declared = declared_type(name);
    const CreateType* created = declared == nullptr ? index_.type(name.parts.back().name) : nullptr;
    if (declared == nullptr && created == nullptr) return nullptr;
    for (Argument* each : call.arguments) value(each->value);
    auto* target = tree().make<DataType>(name.span);
    target->name = &name;
    type(target);
    const bool record = declared != nullptr ? declared->what == TypeDeclaration::What::record
                                            : created->what == CreateType::What::object;
    if (declared != nullptr && declared->what == TypeDeclaration::What::associative)
        return make(call.span).splice("'{}'::jsonb", {});
    std::string pattern = record ? "ROW(" : "ARRAY[";
    std::vector<Node*> operands;
    for (Argument* each : call.arguments) {
        pattern += operands.empty() ? "@" : ", @";
        operands.push_back(each->value);
    }
    operands.push_back(target);
    return make(call.span).splice(pattern + (record ? ")::@" : "]::@"), operands);
}

}  // namespace landfall::convert
