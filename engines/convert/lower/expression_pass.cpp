// The pass over all expressions of a statement: operands first, then the rules of expressions.hpp.
#include <algorithm>

#include "engines/convert/lower/expressions.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/lower/supplied_packages.hpp"
#include "engines/convert/lower/types.hpp"
#include "engines/convert/meaning/binding.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

/// The type of what a pass puts in the place of an expression of Oracle's: who asks for it later sees the
/// function of the pack only.
const TypeOf* type_of(Family family, Tree& tree) {
    if (family == Family::unknown) return nullptr;
    TypeOf type;
    type.family = family;
    return tree.make_value(type);
}

bool is_aggregate_syntax(const Call& call) {
    return call.over != nullptr || !call.keep_order.empty() || !call.within_group.empty() ||
           call.nulls != Call::Nulls::unsaid || call.from_last;
}

/// Names stand for values only below these; elsewhere they are what a statement is about (a table, a
/// cursor), and the slot can hold nothing but a Name.
bool holds_values(const Node& parent) {
    switch (parent.kind) {
        case Kind::star:
        case Kind::data_type: return false;
        case Kind::variable:
        case Kind::parameter:
        case Kind::assignment:
        case Kind::if_branch:
        case Kind::loop:
        case Kind::jump:
        case Kind::return_:
        case Kind::execute_immediate:
        case Kind::open_cursor:
        case Kind::fetch:
        case Kind::for_all:
        case Kind::case_statement:
        case Kind::order_item:
        case Kind::window:
        case Kind::table_function:
        case Kind::select_item:
        case Kind::select:
        case Kind::set_item:
        case Kind::merge:
        case Kind::key_column:
        case Kind::column:
        case Kind::partition: return true;
        default: return parent.kind >= Kind::field && parent.kind <= Kind::spliced;
    }
}

class ExpressionPass {
public:
    ExpressionPass(LowerContext& context, Purity purity, Text schema)
        : context_{context}, purity_{purity}, schema_{schema} {}

    void lower(Node*& slot) {
        if (slot->kind == Kind::data_type) return;
        if (auto* binary = as<Binary>(slot); binary != nullptr && binary->op == BinaryOp::concat) {
            slot = concat(binary);
            return;
        }
        if (auto* call = as<Call>(slot)) return lower_parts(call, slot);
        const auto* routine = as<Routine>(slot);
        const Family outer = result_;
        if (routine != nullptr) result_ = family_of_type(routine->returns);
        lower_children(*slot);
        result_ = outer;
        store(*slot);
        slot = changed(slot);
    }

private:
    static Family family_of_type(const DataType* type) {
        return type == nullptr || type->type == nullptr ? Family::unknown : type->type->family;
    }

    /// What assigns a value to a place of a known type.
    void store(Node& node) {
        Tree& tree = context_.tree;
        if (auto* assignment = as<Assignment>(&node))
            assignment->value = as_stored(assignment->value, family_of(assignment->target), tree);
        else if (auto* variable = as<Variable>(&node))
            variable->value = as_stored(variable->value, family_of_type(variable->type), tree);
        else if (auto* answer = as<Return>(&node))
            answer->value = as_stored(answer->value, result_, tree);
        else if (auto* set = as<SetItem>(&node); set != nullptr && set->targets.size() == 1)
            set->value = as_stored(set->value, family_of(set->targets[0]), tree);
        else if (auto* select = as<Select>(&node))
            store_selected(*select);
        else if (auto* insert = as<Insert>(&node))
            store_values(*insert, schema_, context_);
    }
    /// SELECT a, b INTO v, w
    void store_selected(Select& select) {
        if (select.bulk_collect || select.into.size() != select.items.size()) return;
        for (std::uint32_t i = 0; i < select.into.size(); ++i)
            select.items[i]->value =
                as_stored(select.items[i]->value, family_of(select.into[i]), context_.tree);
    }

    void lower_children(Node& parent) {
        const bool values = holds_values(parent);
        const bool statement = parent.kind == Kind::call_statement;
        for_each_child(parent, [&](Node*& child) {
            if (child->kind == Kind::name && !values) return;
            if (statement && child->kind == Kind::call) return lower_arguments(*as<Call>(child));
            if (statement && child->kind == Kind::name) return;  // a procedure without arguments
            lower(child);
        });
    }

    /// Of a procedure: what is called is no value.
    void lower_arguments(Call& call) {
        Expr* callee = std::exchange(call.callee, nullptr);
        lower_children(call);
        if (callee != nullptr && callee->kind != Kind::name) lower_children(*callee);
        call.callee = callee;
    }

    /// A name that is called is no value by itself.
    void lower_parts(Call* call, Node*& slot) {
        const Family family = family_of(call);
        Expr* callee = call->callee;
        if (as<Name>(callee) == nullptr && callee != nullptr) {
            Node* node = callee;
            lower(node);
            callee = static_cast<Expr*>(node);
        }
        call->callee = nullptr;
        lower_children(*call);
        call->callee = callee;
        if (Expr* made = xml_method(*call)) {
            slot = made;
            return;
        }
        if (const auto* method = as<Field>(callee); method != nullptr && call->arguments.empty()) {
            const Text name = method->field.name;  // of an XML value
            if (name == "getclobval" || name == "getstringval") {
                slot = typed(Build{context_.tree, call->span}.cast(method->base, "text"), Family::clob);
                return;
            }
        }
        Expr* made = lower_aggregate(call, context_);
        if (made == call && !is_aggregate_syntax(*call)) made = lower_call(call, context_);
        slot = typed(made, family);
    }

    /// x.extract('/a'), f(x).getStringVal(): a function of the pack; nullptr: no XML value, or none it has.
    Expr* xml_method(Call& call) {
        Expr* self = nullptr;
        Text method;
        if (auto* name = as<Name>(call.callee); name != nullptr && name->parts.size() > 1) {
            const Binding* bound = name->binding;
            if (bound == nullptr || bound->symbol == nullptr || bound->consumed + 1U != name->parts.size() ||
                bound->symbol->type == nullptr || bound->symbol->type->family != Family::xml)
                return nullptr;
            Name* base = context_.tree.make<Name>(name->span);
            for (std::uint32_t i = 0; i + 1 < name->parts.size(); ++i)
                context_.tree.add(base->parts, name->parts[i]);
            base->binding = bound;
            self = base;
            method = name->parts.back().name;
        } else if (auto* field = as<Field>(call.callee); field != nullptr) {
            if (family_of(field->base) != Family::xml) return nullptr;
            self = field->base;
            method = field->field.name;
        }
        const Text function = context_.tree.keep("xmltype_" + std::string{method});
        if (self == nullptr || !pack_has(function)) return nullptr;
        const Build build{context_.tree, call.span};
        Call* made = build.pack(function, {self});
        for (Argument* each : call.arguments) context_.tree.add(made->arguments, each);
        return typed(made, method == "extract"                                  ? Family::xml
                           : method == "existsnode" || method == "getnumberval" ? Family::number
                                                                                : Family::clob);
    }

    Expr* typed(Expr* made, Family family) {
        if (made->type == nullptr) made->type = type_of(family, context_.tree);
        return made;
    }

    void operands_of(Expr* expr, List<Expr*>& into) {
        if (auto* binary = as<Binary>(expr); binary != nullptr && binary->op == BinaryOp::concat) {
            operands_of(binary->left, into);
            operands_of(binary->right, into);
            return;
        }
        Node* node = expr;
        lower(node);
        context_.tree.add(into, static_cast<Expr*>(node));
    }

    Expr* concat(Binary* chain) {
        List<Expr*> operands;
        operands_of(chain, operands);
        return typed(lower_concat(operands, chain->span, purity_, context_), Family::varchar);
    }

    Node* changed(Node* node) {
        switch (node->kind) {
            case Kind::name: {
                if (Node* attribute = attribute_of_column(*as<Name>(node))) return attribute;
                const Family family = family_of(static_cast<Expr*>(node));
                return typed(lower_name(as<Name>(node), context_), family);
            }
            case Kind::binary: {
                const Family family = family_of(static_cast<Expr*>(node));
                return typed(lower_binary(as<Binary>(node), context_), family);
            }
            case Kind::literal: {
                const Family family = family_of(static_cast<Expr*>(node));
                return typed(lower_literal(as<Literal>(node), context_), family);
            }
            case Kind::is_test: return lower_test(as<IsTest>(node), context_);
            case Kind::like: return like(as<Like>(node));
            case Kind::spliced: return spliced(as<Spliced>(node));
            case Kind::cast: return cast(as<Cast>(node));
            default: return node;
        }
    }

    /// t.who.age, where who is a column of an object type: PostgreSQL wants parentheses. nullptr: something
    /// else.
    Node* attribute_of_column(const Name& name) {
        const Binding* bound = name.binding;
        if (bound == nullptr || bound->symbol == nullptr || bound->symbol->what != Symbol::What::column)
            return nullptr;
        const TypeOf* type = bound->symbol->type;
        if (type == nullptr || type->family != Family::object || bound->consumed >= name.parts.size())
            return nullptr;
        const Text next = name.parts[bound->consumed].name;
        const bool has = std::any_of(type->fields.begin(), type->fields.end(),
                                     [next](const FieldOf& field) { return field.name == next; });
        if (!has) return nullptr;
        Name* column = context_.tree.make<Name>(name.span);
        for (std::uint32_t i = 0; i < bound->consumed; ++i) context_.tree.add(column->parts, name.parts[i]);
        auto* inner = context_.tree.make<Parenthesized>(name.span);
        inner->inner = column;
        Expr* value = inner;
        for (std::uint32_t i = bound->consumed; i < name.parts.size(); ++i) {
            auto* field = context_.tree.make<Field>(name.span);
            field->base = value;
            field->field = name.parts[i];
            value = field;
        }
        value->type = name.type;
        return value;
    }

    Node* like(Like* like) {
        const Family family = family_of(like->operand);
        if (is_number(family) || is_moment(family)) {
            like->operand = Build{context_.tree, like->operand->span}.pack("to_char", {like->operand});
        }
        return like;
    }

    /// VARCHAR2(n BYTE) cuts a text to n bytes, PostgreSQL's varchar to n characters.
    Node* cast(Cast* cast) {
        DataType& to = *cast->to;
        const bool by_bytes = to.unit == DataType::LengthUnit::byte && to.arguments.size() == 1;
        if (by_bytes && family_of(cast->operand) == Family::varchar) {
            const Build build{context_.tree, cast->span};
            cast->operand =
                build.pack("substrb", {cast->operand, build.number("1"), build.number(to.arguments[0])});
        }
        types(to);
        return cast;
    }

    void types(DataType& type) {
        static_cast<void>(lower_builtin_type(type, TypeUse::variable, context_.settings, context_.tree));
    }

    /// TRIM(…) may be empty, which is NULL; national texts are texts; an element's name is said to be one.
    Node* spliced(Spliced* node) {
        for (Node* operand : node->operands) {
            if (auto* type = as<DataType>(operand)) types(*type);
        }
        const Build build{context_.tree, node->span};
        if (node->name == "EXTRACT") extract_of_utc(*node, build);
        if (node->name == "TRIM")
            return typed(build.call("nullif", {node, build.string("")}), Family::varchar);
        const bool translated = node->name == "TRANSLATE" && node->operands.size() == 1;
        if (translated) return typed(static_cast<Expr*>(node->operands[0]), Family::varchar);
        const Text element = "XMLELEMENT(";
        if (node->name == "XMLELEMENT" && node->pieces[0].starts_with(element) &&
            !node->pieces[0].starts_with("XMLELEMENT(NAME ") &&
            !node->pieces[0].starts_with("XMLELEMENT(EVALNAME")) {
            const std::string rest{node->pieces[0].substr(element.size())};
            node->pieces[0] = context_.tree.keep("XMLELEMENT(NAME " + rest);
        }
        return node;
    }

    /// Of a moment with a zone Oracle extracts what a clock in Greenwich shows.
    static void extract_of_utc(Spliced& node, const Build& build) {
        if (node.operands.size() != 1 || node.pieces[0].starts_with("EXTRACT(TIMEZONE")) return;
        auto* moment = static_cast<Expr*>(node.operands[0]);
        if (family_of(moment) != Family::timestamp_tz) return;
        node.operands[0] = build.spliced({"(", " AT TIME ZONE 'UTC')"}, {moment});
    }

    LowerContext& context_;
    Purity purity_;
    Text schema_;
    Family result_ = Family::unknown;  ///< of the function around
};

}  // namespace

void lower_expressions(Statement*& statement, LowerContext& context) {
    const bool immutable = statement->kind == Kind::create_table || statement->kind == Kind::alter_table ||
                           statement->kind == Kind::create_index;
    Node* root = statement;
    ExpressionPass{context, immutable ? Purity::immutable : Purity::any,
                   context.catalog.schema_of(*statement)}
        .lower(root);
    statement = static_cast<Statement*>(root);
}

}  // namespace landfall::convert
