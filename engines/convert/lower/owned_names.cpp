// Names of relations and sequences get the schema that their CREATE names, and lose one that it does not.
//
// Oracle looks for a routine's unqualified names in the schema that owns the routine; PostgreSQL looks in
// the search_path of the session that calls it. SET search_path on the routine would say the same, but each
// call would pay for it, and no procedure with it, nor any that it calls, could COMMIT. A name that is
// written out costs callers nothing.
#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

const Name* object_of(const Statement* statement) {
    if (statement == nullptr) return nullptr;
    switch (statement->kind) {
        // A temporary table belongs to the session, whatever schema is written.
        case Kind::create_table: {
            const auto& table = static_cast<const CreateTable&>(*statement);
            return table.temporary ? nullptr : table.object;
        }
        case Kind::create_view: return static_cast<const CreateView&>(*statement).object;
        case Kind::create_sequence: return static_cast<const CreateSequence&>(*statement).object;
        case Kind::create_synonym: return static_cast<const CreateSynonym&>(*statement).object;
        default: return nullptr;
    }
}

/// The schema that the statement which makes it names; empty: it is found without one.
Text written_schema(const Entry& entry) {
    const Name* object = object_of(entry.declared);
    return object == nullptr || object->parts.size() < 2 ? Text{} : object->parts[0].name;
}

class OwnedNames {
public:
    OwnedNames(Statement& statement, LowerContext& context)
        : statement_{statement}, context_{context}, schema_{context.catalog.schema_of(statement)} {}

    void say() {
        if (auto* trigger = as<CreateTrigger>(&statement_); trigger != nullptr && trigger->table != nullptr)
            of_relation(*trigger->table, trigger->table->parts.size());
        walk(statement_, [this](Node& node) {
            if (auto* table = as<TableName>(&node)) of_table(*table);
            if (auto* type = as<DataType>(&node)) of_anchor(*type);
            if (auto* name = as<Name>(&node)) of_sequence(*name);
            if (auto* call = as<Call>(&node))
                if (auto* callee = as<Name>(call->callee)) of_member(*callee);
            return true;
        });
        if (is_code()) return;
        Node* root = &statement_;
        rewrite(root, [this](Node* node) {
            auto* name = as<Name>(node);
            return name == nullptr ? node : without_parentheses(*name);
        });
    }

private:
    static bool is_bound(const Name& name) {
        return name.binding != nullptr && name.binding->symbol != nullptr;
    }

    /// A name of WITH has no binding.
    void of_table(TableName& table) {
        if (table.name != nullptr && is_bound(*table.name))
            of_relation(*table.name, table.name->parts.size());
    }
    void of_sequence(Name& name) {
        if (is_bound(name) && (name.binding->sequence_next || name.binding->sequence_current))
            of_relation(name, name.parts.size() - 1);
    }
    /// t%ROWTYPE, t.c%TYPE; not of variables.
    void of_anchor(DataType& type) {
        if (type.anchor == DataType::Anchor::none || type.name == nullptr || !is_bound(*type.name)) return;
        const Symbol::What what = type.name->binding->symbol->what;
        const bool row = type.anchor == DataType::Anchor::rowtype;
        const bool of_columns = what == Symbol::What::table || what == Symbol::What::view;
        if (row ? of_columns : what == Symbol::What::column)
            of_relation(*type.name, type.name->parts.size() - (row ? 0 : 1));
    }

    /// The passes of code know which routine is meant.
    [[nodiscard]] bool is_code() const {
        switch (statement_.kind) {
            case Kind::create_routine:
            case Kind::create_package:
            case Kind::create_trigger:
            case Kind::create_type_body:
            case Kind::anonymous_block: return true;
            default: return false;
        }
    }
    /// owner.package.member: a package is a schema of its own name.
    void of_member(Name& name) {
        if (is_code() || !is_bound(name) || name.parts.size() != 3) return;
        const Symbol& symbol = *name.binding->symbol;
        if (symbol.package.empty() || name.binding->consumed != 3) return;
        List<Identifier> parts;
        for (std::uint32_t i = 1; i < 3; ++i) context_.tree.add(parts, name.parts[i]);
        name.parts = parts;
    }
    /// A function without arguments in SQL: Oracle needs no parentheses.
    Node* without_parentheses(Name& name) {
        if (!is_bound(name) || !name.binding->called || name.binding->consumed != name.parts.size() ||
            name.binding->symbol->what != Symbol::What::function)
            return &name;
        Call* call = context_.tree.make<Call>(name.span);
        of_member(name);
        call->callee = &name;
        call->type = name.type;
        return call;
    }

    /// The first `count` parts of the name are a relation, its schema among them where it is written.
    void of_relation(Name& name, std::uint32_t count) {
        if (count == 0 || count > 2 || !name.link.empty()) return;
        const Text last = name.parts[count - 1].name;
        const Entry* entry = count == 1 ? found(last) : found_in(name.parts[0].name, last);
        if (entry == nullptr || entry->symbol.name != last) return;
        const Text schema = written_schema(*entry);
        List<Identifier> parts;
        if (!schema.empty()) context_.tree.add(parts, {.name = schema, .span = name.span});
        for (std::uint32_t i = count - 1; i < name.parts.size(); ++i) context_.tree.add(parts, name.parts[i]);
        if (parts.size() == name.parts.size()) return;
        Binding binding;
        if (name.binding != nullptr) binding = *name.binding;
        binding.consumed = static_cast<std::uint8_t>(binding.consumed + parts.size() - name.parts.size());
        if (name.binding != nullptr) name.binding = context_.tree.make_value(binding);
        name.parts = parts;
    }

    /// A synonym of its target's own name is not made.
    static bool stands(const Entry* entry) {
        return entry != nullptr &&
               (entry->symbol.what != Symbol::What::synonym || entry->target_name != entry->symbol.name);
    }
    [[nodiscard]] const Entry* found(Text name) const {
        const Catalog& catalog = context_.catalog;
        for (const Text schema : {schema_, Text{}}) {
            if (const Entry* here = catalog.find_here(schema, name); stands(here)) return here;
        }
        return catalog.find(schema_, name);
    }
    [[nodiscard]] const Entry* found_in(Text schema, Text name) const {
        const Entry* here = context_.catalog.find_here(schema, name);
        return stands(here) ? here : context_.catalog.find_in(schema, name);
    }

    Statement& statement_;
    LowerContext& context_;
    Text schema_;
};

}  // namespace

void lower_owned_names(Statement*& statement, LowerContext& context) {
    if (!context.catalog.entries().empty()) OwnedNames{*statement, context}.say();
}

}  // namespace landfall::convert
