// Objects in SQL: references, views of objects, CAST(MULTISET(…)), constructors outside of code.
//
// A reference (REF t) is the text `relation(key)`, as MAKE_REF gives it: PostgreSQL's rows have no identity.
// A view of objects is a view with a column for each attribute. Objects are rows of composite types, nested
// tables and varrays are arrays.
#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/meaning/binder.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

constexpr int kObjectTable = 5196, kReference = 9039;

class ObjectRows {
public:
    explicit ObjectRows(LowerContext& context) : context_{context} {}

    void lower(Node*& slot) {
        for_each_child(*slot, [this](Node*& child) { lower(child); });
        if (auto* type = as<DataType>(slot)) return reference(*type);
        if (auto* cast = as<Cast>(slot)) slot = collected(*cast);
        if (auto* call = as<Call>(slot)) slot = constructed(*call);
    }

    /// The columns are the attributes, those of supertypes first.
    void view(CreateView& view) {
        const Entry* entry = context_.catalog.find(context_.catalog.schema_of(view), *view.object_type);
        if (entry == nullptr || entry->type == nullptr || entry->type->fields.empty()) return;
        context_.add_finding(
            kObjectTable, Complexity::medium, view.span,
            "a view of objects: its rows have no identity, those of views under it are not in it");
        if (view.columns.empty()) {
            std::vector<Text> names;
            attributes(entry->type, names);
            for (const Text name : names) context_.tree.add(view.columns, {.name = name, .span = view.span});
        }
        view.object_type = nullptr;
        view.object_identifier = nullptr;
    }

private:
    static void attributes(const TypeOf* type, std::vector<Text>& names) {
        if (type->supertype != nullptr) attributes(type->supertype, names);
        for (const FieldOf& each : type->fields) names.push_back(each.name);
    }

    void reference(DataType& type) {
        if (!type.reference) return;
        context_.add_finding(kReference, Complexity::medium, type.span, "REF as text");
        type.reference = false;
        type.lowered = true;
        type.name = Make{context_.tree, type.span}.name({"text"});
    }

    [[nodiscard]] const TypeOf* element_of(const DataType& type) const {
        const Entry* entry = type.name == nullptr ? nullptr : context_.catalog.find(Text{}, *type.name);
        return entry == nullptr || entry->type == nullptr ? nullptr : entry->type->element;
    }

    /// CAST(MULTISET(query) AS t): an array of the rows, each a row of the element's type.
    Node* collected(Cast& cast) {
        auto* query = as<Subquery>(static_cast<Node*>(cast.operand));
        if (query == nullptr || query->what != Subquery::What::multiset) return &cast;
        query->what = Subquery::What::array;
        const TypeOf* element = element_of(*cast.to);
        auto* select = query->query == nullptr ? nullptr : as<Select>(static_cast<Node*>(query->query->body));
        if (element != nullptr && element->family == TypeOf::Family::object && select != nullptr)
            one_row(*select, *element);
        return &cast;
    }
    void one_row(Select& select, const TypeOf& element) {
        const Make make{context_.tree, select.span};
        std::string pattern = "ROW(";
        std::vector<Node*> operands;
        for (SelectItem* each : select.items) {
            pattern += operands.empty() ? "@" : ", @";
            operands.push_back(each->value);
        }
        operands.push_back(make.name({element.schema, element.name}));
        SelectItem* row = context_.tree.make<SelectItem>(select.span);
        row->value = make.splice(context_.tree.keep(pattern + ")::@"), operands);
        select.items = context_.tree.list<SelectItem*>({row});
    }

    /// t(a, b) of a type of the scripts; MAKE_REF(view, key).
    Node* constructed(Call& call) {
        const auto* name = as<Name>(static_cast<Node*>(call.callee));
        if (name == nullptr || name->parts.empty()) return &call;
        if (name->parts.size() == 1 && name->parts[0].name == "make_ref" && call.arguments.size() >= 2)
            return made_reference(call);
        if (meaning_of(call) != CallMeaning::constructor || name->binding->symbol->type == nullptr)
            return &call;
        const TypeOf& type = *name->binding->symbol->type;
        if (type.declared == nullptr || type.declared->kind != Kind::create_type) return &call;
        const bool object = type.family == TypeOf::Family::object;
        std::string pattern = object ? "ROW(" : "ARRAY[";
        std::vector<Node*> operands;
        for (Argument* each : call.arguments) {
            if (!each->name.empty()) return &call;
            pattern += operands.empty() ? "@" : ", @";
            operands.push_back(each->value);
        }
        const Make make{context_.tree, call.span};
        Name* as_type = make.name({type.schema, type.name});
        operands.push_back(as_type);
        return make.splice(context_.tree.keep(pattern + (object ? ")::@" : "]::@")), operands);
    }
    Node* made_reference(Call& call) {
        const Make make{context_.tree, call.span};
        const auto* relation = as<Name>(static_cast<Node*>(call.arguments[0]->value));
        if (relation == nullptr) return &call;
        Call* made = make.call(make.name({"oracle_ext", "make_ref"}), {});
        make.add_argument(*made, make.text(relation->parts.back().name));
        for (std::uint32_t i = 1; i < call.arguments.size(); ++i)
            make.add_argument(*made, make.splice("(@)::text", {call.arguments[i]->value}));
        return made;
    }

    LowerContext& context_;
};

/// Code has values of object types of its own, which code_* lowers.
bool is_code(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_routine:
        case Kind::create_package:
        case Kind::create_trigger:
        case Kind::create_type_body:
        case Kind::anonymous_block: return true;
        default: return false;
    }
}

}  // namespace

void lower_object_rows(Statement*& statement, LowerContext& context) {
    if (is_code(*statement)) return;
    ObjectRows rows{context};
    Node* root = statement;
    for_each_child(*root, [&rows](Node*& child) { rows.lower(child); });
    if (auto* view = as<CreateView>(statement); view != nullptr && view->object_type != nullptr)
        rows.view(*view);
}

}  // namespace landfall::convert
