// Statements of a script: what is in sight where each begins.
#include "engines/convert/meaning/base_types.hpp"
#include "engines/convert/meaning/bind_walk.hpp"
#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

void bind(Statement& statement, const Catalog& catalog, Tree& tree, std::vector<Finding>&) {
    const Entry* entry = catalog.entry_of(statement);
    const bool owns = entry != nullptr && entry->members != nullptr;
    Binder binder{catalog, tree, catalog.schema_of(statement), owns ? entry : nullptr};
    binder.statement(statement);
}

void Binder::statement(Statement& statement) {
    Node& node = statement;
    switch (node.kind) {
        case Kind::create_table: table_parts(static_cast<CreateTable&>(node)); break;
        case Kind::alter_table: alter_table(static_cast<AlterTable&>(node)); break;
        case Kind::create_index: index(static_cast<CreateIndex&>(node)); break;
        case Kind::create_view:
            if (static_cast<CreateView&>(node).query != nullptr) query(*static_cast<CreateView&>(node).query);
            break;
        case Kind::create_synonym:
            if (static_cast<CreateSynonym&>(node).target != nullptr)
                relation_name(*static_cast<CreateSynonym&>(node).target);
            break;
        case Kind::create_routine:
            if (static_cast<CreateRoutine&>(node).routine != nullptr)
                routine(*static_cast<CreateRoutine&>(node).routine);
            break;
        case Kind::create_package: package(static_cast<CreatePackage&>(node)); break;
        case Kind::create_type: type_definition(static_cast<CreateType&>(node)); break;
        case Kind::create_type_body:
            for (Routine* each : static_cast<CreateTypeBody&>(node).methods) routine(*each);
            break;
        case Kind::create_trigger: trigger(static_cast<CreateTrigger&>(node)); break;
        case Kind::anonymous_block:
            if (static_cast<AnonymousBlock&>(node).block != nullptr)
                block(*static_cast<AnonymousBlock&>(node).block);
            break;
        case Kind::script_sql:
            if (static_cast<ScriptSql&>(node).sql != nullptr) sql(*static_cast<ScriptSql&>(node).sql);
            break;
        default: break;
    }
}

void Binder::any(Node& node) {
    switch (node.kind) {
        case Kind::data_type: resolve(static_cast<DataType*>(&node)); break;
        case Kind::query: query(static_cast<Query&>(node)); break;
        case Kind::literal:
        case Kind::name:
        case Kind::field:
        case Kind::attribute:
        case Kind::star:
        case Kind::bind_variable:
        case Kind::outer_mark:
        case Kind::call:
        case Kind::index:
        case Kind::unary:
        case Kind::binary:
        case Kind::quantified:
        case Kind::between:
        case Kind::in:
        case Kind::like:
        case Kind::is_test:
        case Kind::case_:
        case Kind::cast:
        case Kind::subquery:
        case Kind::tuple:
        case Kind::parenthesized:
        case Kind::at_time_zone:
        case Kind::spliced: expression(static_cast<Expr*>(&node)); break;
        default: any_children(node); break;
    }
}

void Binder::any_children(Node& node) {
    for_each_child(node, [this](Node*& child) { any(*child); });
}

void Binder::constraint(Constraint& constraint) {
    for (KeyColumn* column : constraint.columns) expression(column->value);
    expression(constraint.condition);
    if (constraint.references != nullptr) relation_name(*constraint.references);
}

void Binder::columns_of_table(const List<Column*>& columns) {
    for (Column* column : columns) {
        resolve(column->type);
        expression(column->default_value);
        expression(column->generated);
        expression(column->on_update);
        for (Constraint* each : column->constraints) constraint(*each);
    }
}

void Binder::partitioning(Partitioning& partitioning) {
    expressions(partitioning.columns);
    expression(partitioning.interval);
    if (partitioning.sub != nullptr) this->partitioning(*partitioning.sub);
}

void Binder::table_parts(CreateTable& table) {
    Source self;
    const Entry* entry = catalog_.entry_of(table);
    if (entry != nullptr && entry->relation != nullptr) {
        self.out = columns_of(*entry);
        self.alias = entry->symbol.name;
        self.schema = entry->symbol.schema;
    }
    queries_.emplace_back().sources.push_back(std::move(self));
    columns_of_table(table.columns);
    for (Constraint* each : table.constraints) constraint(*each);
    if (table.partitioning != nullptr) partitioning(*table.partitioning);
    queries_.pop_back();
    if (table.as_query != nullptr) query(*table.as_query);
}

void Binder::alter_table(AlterTable& alter) {
    Source self;
    self.out.known = false;
    if (alter.object != nullptr) {
        relation_name(*alter.object);
        const Entry* entry = catalog_.find_relation(schema_, *alter.object);
        if (entry != nullptr) self.out = columns_of(*entry);
        if (!alter.object->parts.empty()) self.alias = alter.object->parts.back().name;
    }
    queries_.emplace_back().sources.push_back(std::move(self));
    for (TableChange* change : alter.changes) {
        if (change->column != nullptr) columns_of_table(tree_.list<Column*>({change->column}));
        if (change->constraint != nullptr) constraint(*change->constraint);
    }
    queries_.pop_back();
}

void Binder::index(CreateIndex& index) {
    Source self;
    self.out.known = false;
    if (index.table != nullptr) {
        relation_name(*index.table);
        const Entry* entry = catalog_.find_relation(schema_, *index.table);
        if (entry != nullptr) self.out = columns_of(*entry);
        if (!index.table->parts.empty()) self.alias = index.table->parts.back().name;
    }
    queries_.emplace_back().sources.push_back(std::move(self));
    for (TableRef* ref : index.join_from) source(ref, false);
    for (KeyColumn* column : index.columns) expression(column->value);
    expression(index.where);
    queries_.pop_back();
}

void Binder::package(CreatePackage& package) {
    // Its members are of the catalog: only what they lean on is bound here.
    for (Declaration* each : package.declarations) {
        Node* node = each;
        if (auto* variable = as<Variable>(node); variable != nullptr) {
            resolve(variable->type);
            expression(variable->value);
        } else if (auto* made = as<Cursor>(node); made != nullptr) {
            Symbol unused;
            cursor(*made, &unused);
        } else if (auto* type = as<TypeDeclaration>(node); type != nullptr) {
            for (Variable* field : type->fields) {
                resolve(field->type);
                expression(field->value);
            }
            resolve(type->element);
            resolve(type->index_by);
            expression(type->limit);
        } else if (auto* pragma = as<Pragma>(node); pragma != nullptr) {
            this->pragma(*pragma);
        }
    }
    for (Declaration* each : package.declarations) {
        if (auto* made = as<Routine>(static_cast<Node*>(each)); made != nullptr) routine(*made);
    }
    blocks_.enter();
    statements(package.initialization);
    handlers(package.handlers);
    blocks_.leave();
}

void Binder::type_definition(CreateType& type) {
    for (Variable* attribute : type.attributes) resolve(attribute->type);
    for (Routine* method : type.methods) routine(*method);
    resolve(type.element);
    expression(type.limit);
    if (type.supertype != nullptr) relation_name(*type.supertype);
}

void Binder::trigger_rows(const CreateTrigger& trigger) {
    if (!trigger.new_name.empty()) trigger_new_ = trigger.new_name.name;
    if (!trigger.old_name.empty()) trigger_old_ = trigger.old_name.name;
    if (!trigger.parent_name.empty()) trigger_parent_ = trigger.parent_name.name;
    const Entry* entry = trigger.table == nullptr ? nullptr : catalog_.find_relation(schema_, *trigger.table);
    trigger_row_ = entry == nullptr ? nullptr : entry->relation->row;
}

void Binder::trigger(CreateTrigger& trigger) {
    trigger_rows(trigger);
    if (trigger.table != nullptr) relation_name(*trigger.table);
    if (trigger.when != nullptr) {
        blocks_.enter();
        for (const Text row : {trigger_new_, trigger_old_, trigger_parent_}) {
            Identifier name;
            name.name = row;
            declare(Symbol::What::loop_record, name, trigger_row_, &trigger);
        }
        expression(trigger.when);
        blocks_.leave();
    }
    blocks_.enter();
    declarations(trigger.declarations);
    if (trigger.body != nullptr) block(*trigger.body);
    for (TimingSection* section : trigger.sections) {
        if (section->body != nullptr) block(*section->body);
    }
    if (auto* made = as<Call>(static_cast<Node*>(trigger.call)); made != nullptr) {
        arguments(made->arguments);
        if (auto* callee = as<Name>(static_cast<Node*>(made->callee)); callee != nullptr)
            name(*callee, Want::procedure, &made->arguments);
    }
    blocks_.leave();
}

}  // namespace landfall::convert
