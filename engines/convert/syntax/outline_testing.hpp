// For tests: a tree told as an outline, operators before operands: (add a (multiply b c)). What an outline
// has no word for is left out; it is for claims about shapes.
#pragma once

#include <array>
#include <string>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert::testing {

class Outline {
public:
    static std::string of(const Node* node) {
        Outline outline;
        if (node != nullptr) outline.tell(*const_cast<Node*>(node));  // the walk is for changing passes, too
        return outline.text_;
    }

private:
    static std::string_view word_of(BinaryOp op) {
        static constexpr std::array<std::string_view, 32> kWords{"or",
                                                                 "and",
                                                                 "=",
                                                                 "<>",
                                                                 "<",
                                                                 "<=",
                                                                 ">",
                                                                 ">=",
                                                                 "+",
                                                                 "-",
                                                                 "*",
                                                                 "/",
                                                                 "mod",
                                                                 "**",
                                                                 "||",
                                                                 "multiset-union",
                                                                 "multiset-union-distinct",
                                                                 "multiset-intersect",
                                                                 "multiset-except",
                                                                 "multiset-intersect-distinct",
                                                                 "multiset-except-distinct",
                                                                 "member-of",
                                                                 "submultiset-of",
                                                                 "is-distinct",
                                                                 "is-not-distinct",
                                                                 "xor",
                                                                 "div",
                                                                 "<=>",
                                                                 "&",
                                                                 "|",
                                                                 "regexp"};
        return kWords[static_cast<std::size_t>(op)];
    }
    static std::string_view word_of(UnaryOp op) {
        static constexpr std::array<std::string_view, 6> kWords{"minus", "plus", "not", "prior", "root", "~"};
        return kWords[static_cast<std::size_t>(op)];
    }

    void open(std::string_view word) {
        if (!text_.empty() && text_.back() != '(') text_.push_back(' ');
        text_.append("(").append(word);
    }
    void atom(std::string_view word) {
        if (!text_.empty() && text_.back() != '(') text_.push_back(' ');
        text_.append(word);
    }
    void children(Node& node) {
        for_each_child(node, [this](Node*& child) { tell(*child); });
    }
    void group(std::string_view word, Node& node) {
        open(word);
        children(node);
        text_.append(")");
    }
    static std::string dotted(const List<Identifier>& parts) {
        std::string text;
        for (const Identifier& part : parts) text.append(text.empty() ? "" : ".").append(part.name);
        return text;
    }

    void tell(Node& node) {
        if (const auto* name = as<Name>(&node)) {
            atom(dotted(name->parts) + (name->link.empty() ? "" : "@" + std::string{name->link.name}));
        } else if (const auto* literal = as<Literal>(&node)) {
            tell_literal(*literal);
        } else if (const auto* binary = as<Binary>(&node)) {
            group(word_of(binary->op), node);
        } else if (const auto* unary = as<Unary>(&node)) {
            group(word_of(unary->op), node);
        } else if (const auto* bind = as<BindVariable>(&node)) {
            atom(":" + std::string{bind->name.name});
        } else if (const auto* spliced = as<Spliced>(&node)) {
            tell_spliced(*spliced);
        } else if (const auto* type = as<DataType>(&node)) {
            tell_type(*type);
        } else {
            tell_more(node);
        }
    }
    void tell_literal(const Literal& literal) {
        using What = Literal::What;
        if (literal.what == What::number) return atom(literal.text);
        if (literal.what == What::null) return atom("NULL");
        if (literal.what == What::default_) return atom("DEFAULT");
        if (literal.what == What::boolean_true) return atom("TRUE");
        if (literal.what == What::boolean_false) return atom("FALSE");
        std::string text = "'" + std::string{literal.text} + "'";
        if (literal.what == What::date) text.insert(0, "date");
        if (literal.what == What::timestamp) text.insert(0, "timestamp");
        if (literal.what == What::interval) text = "interval" + text + std::string{literal.fields};
        atom(text);
    }
    void tell_spliced(const Spliced& spliced) {
        std::string text = "<";
        for (std::uint32_t i = 0; i < spliced.pieces.size(); ++i) {
            text.append(spliced.pieces[i]);
            if (i < spliced.operands.size()) text.append(of(spliced.operands[i]));
        }
        atom(text + ">");
    }
    void tell_type(const DataType& type) {
        std::string text = dotted(type.name->parts);
        if (type.reference) text.insert(0, "ref:");
        if (!type.arguments.empty()) {
            text.append("[");
            for (const Text argument : type.arguments) text.append(argument).append(",");
            text.back() = ']';
        }
        if (type.unit == DataType::LengthUnit::character) text.append("char");
        if (type.unit == DataType::LengthUnit::byte) text.append("byte");
        if (type.zone == DataType::Zone::with) text.append("+tz");
        if (type.zone == DataType::Zone::with_local) text.append("+ltz");
        if (type.anchor == DataType::Anchor::type) text.append("%type");
        if (type.anchor == DataType::Anchor::rowtype) text.append("%rowtype");
        if (!type.interval_fields.empty()) text.append(" ").append(type.interval_fields);
        atom(text);
    }
    void tell_more(Node& node) {
        if (const auto* field = as<Field>(&node)) return group("." + std::string{field->field.name}, node);
        if (const auto* attribute = as<Attribute>(&node)) {
            return group("%" + std::string{attribute->attribute.name}, node);
        }
        if (const auto* argument = as<Argument>(&node)) {
            if (argument->name.empty()) return children(node);
            return group(std::string{argument->name.name} + "=>", node);
        }
        if (const auto* call = as<Call>(&node)) return tell_call(*call, node);
        if (const auto* item = as<SelectItem>(&node)) {
            return item->alias.empty() ? children(node) : group("as " + std::string{item->alias.name}, node);
        }
        if (const auto* join = as<Join>(&node)) {
            static constexpr std::array<std::string_view, 7> kWhats{
                "join", "left", "right", "full", "cross", "cross-apply", "outer-apply"};
            return group(kWhats[static_cast<std::size_t>(join->what)], node);
        }
        if (const auto* set = as<SetOperation>(&node)) {
            static constexpr std::array<std::string_view, 6> kWhats{
                "union", "union-all", "intersect", "intersect-all", "minus", "minus-all"};
            return group(kWhats[static_cast<std::size_t>(set->what)], node);
        }
        tell_rest(node);
    }
    void tell_call(const Call& call, Node& node) {
        std::string word = call.made_new ? "new" : "call";
        if (call.distinct) word.append("-distinct");
        if (!call.keep_order.empty()) word.append(call.keep_first ? "-keep-first" : "-keep-last");
        if (call.nulls == Call::Nulls::ignore) word.append("-ignore-nulls");
        group(word, node);
    }
    template <class T>
    static std::string aliased(std::string word, Node& node) {
        const Identifier& alias = static_cast<T&>(node).alias;
        return alias.empty() ? word : word + ":" + std::string{alias.name};
    }
    void tell_rest(Node& node) {
        switch (node.kind) {
            case Kind::table_name: return group(aliased<TableName>("table", node), node);
            case Kind::derived_table: return group(aliased<DerivedTable>("derived", node), node);
            case Kind::table_function: return group(aliased<TableFunction>("rows", node), node);
            case Kind::pivot:
                return group(aliased<Pivot>(static_cast<Pivot&>(node).unpivot ? "unpivot" : "pivot", node),
                             node);
            case Kind::star:
                return static_cast<Star&>(node).qualifier == nullptr ? atom("*") : group("*", node);
            case Kind::in: return group(static_cast<In&>(node).negated ? "not-in" : "in", node);
            case Kind::like: return group(static_cast<Like&>(node).negated ? "not-like" : "like", node);
            case Kind::between:
                return group(static_cast<Between&>(node).negated ? "not-between" : "between", node);
            case Kind::is_test: return group(static_cast<IsTest&>(node).negated ? "is-not" : "is", node);
            case Kind::order_item:
                return group(static_cast<OrderItem&>(node).descending ? "desc" : "asc", node);
            default: return group(kind_word(node.kind), node);
        }
    }
    static std::string_view kind_word(Kind kind) {
        switch (kind) {
            case Kind::outer_mark: return "(+)";
            case Kind::quantified: return "quantified";
            case Kind::case_: return "case";
            case Kind::when: return "when";
            case Kind::cast: return "cast";
            case Kind::subquery: return "subquery";
            case Kind::tuple: return "tuple";
            case Kind::parenthesized: return "paren";
            case Kind::at_time_zone: return "at-zone";
            case Kind::window: return "over";
            case Kind::select: return "select";
            case Kind::values: return "values";
            case Kind::with: return "with";
            case Kind::query: return "query";
            case Kind::returning: return "returning";
            case Kind::insert: return "insert";
            case Kind::insert_branch: return "branch";
            case Kind::multi_insert: return "insert-all";
            case Kind::set_item: return "set";
            case Kind::update: return "update";
            case Kind::delete_: return "delete";
            case Kind::merge: return "merge";
            default: return "node";
        }
    }

    std::string text_;
};

inline std::string outline(const Node* node) { return Outline::of(node); }

}  // namespace landfall::convert::testing
