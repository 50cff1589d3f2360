// Methods of object types become routines: m of type t is t$m, whose first parameter is self.
//
// A type UNDER another holds the attributes of both; its methods are found by the type that is declared where
// they are called (PostgreSQL knows no dispatch by what a variable holds at run time): finding 5577.
// A constructor of the user's own is t$t, which answers the new object.
#include <unordered_set>

#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/meaning/binder.hpp"

namespace landfall::convert {
namespace {

constexpr int kInheritance = 5577;

[[nodiscard]] Text method_name(Tree& tree, Text type, Text method) {
    return tree.keep(std::string{type} + "$" + std::string{method});
}

/// Rewrites what a statement says of methods, attributes and constructors.
class Methods {
public:
    Methods(LowerContext& context, const Entry* owner) : context_{context}, owner_{owner} {}

    Node* rewritten(Node* node) {
        if (auto* name = as<Name>(node); name != nullptr) return of_name(*name);
        if (auto* field = as<Field>(node); field != nullptr) return of_field(*field);
        if (auto* call = as<Call>(node); call != nullptr) return of_call(*call);
        return node;
    }

private:
    [[nodiscard]] Make make(Span at) const { return Make{context_.tree, at}; }

    [[nodiscard]] Call* called(const Symbol& method, Expr* self, const Expr& replaced) {
        const Make build = make(replaced.span);
        Name* callee = build.name({schema_of(method.schema, method.package),
                                   method_name(context_.tree, method.package, method.name)});
        Call* call = build.call(callee, {});
        if (self != nullptr) build.add_argument(*call, self);
        call->type = method.type;
        made_.insert(call);
        return call;
    }

    /// The schema that the CREATE of a type names; empty: none.
    [[nodiscard]] Text schema_of(Text schema, Text type) const {
        const Entry* entry = context_.catalog.find_here(schema, type);
        const auto* created = entry == nullptr ? nullptr : as<CreateType>(entry->declared);
        return created == nullptr || created->object->parts.size() < 2 ? Text{}
                                                                       : created->object->parts[0].name;
    }

    [[nodiscard]] static bool takes_self(const Symbol& method) {
        const auto* routine = as<Routine>(method.declared);
        return routine != nullptr && routine->member != Routine::Member::static_ &&
               routine->what != Routine::What::constructor;
    }

    /// The method of that name of what `base` is; nullptr: none.
    [[nodiscard]] const Symbol* method_of(const TypeOf* base, Text name) const {
        if (base == nullptr || base->family != TypeOf::Family::object) return nullptr;
        const auto found = context_.catalog.find_methods(*base, name);
        return found.empty() ? nullptr : found.front();
    }

    void warn_of_inheritance(const TypeOf* base, const Symbol& method, Span at) {
        if (base != nullptr && base->name != method.package)
            context_.add_finding(kInheritance, Complexity::complex, at, method.name);
    }

    Node* of_name(Name& name) {
        if (name.binding == nullptr || name.binding->symbol == nullptr || name.parts.empty()) return &name;
        const Symbol& symbol = *name.binding->symbol;
        if (symbol.what == Symbol::What::method && name.binding->consumed == name.parts.size()) {
            Expr* self = takes_self(symbol) ? make(name.span).name({"self"}) : nullptr;
            return called(symbol, self, name);
        }
        if (owner_ != nullptr && symbol.what == Symbol::What::variable && symbol.routine == nullptr &&
            name.binding->consumed == 1 && is_attribute(symbol)) {
            return of_attribute(name);
        }
        if (name.binding->consumed >= name.parts.size()) return &name;
        return of_path(name);
    }

    /// a → self.a
    Node* of_attribute(Name& name) {
        context_.tree.insert(name.parts, 0, {.name = "self", .span = name.span});
        Symbol self;
        self.what = Symbol::What::parameter;
        self.name = "self";
        self.type = owner_->type;
        Binding binding;
        binding.symbol = context_.tree.make_value(self);
        binding.consumed = 1;
        name.binding = context_.tree.make_value(binding);
        return name.parts.size() > 2 ? of_path(name) : &name;
    }

    [[nodiscard]] bool is_attribute(const Symbol& symbol) const {
        return symbol.declared != nullptr && context_.catalog.symbol_of(*symbol.declared) == &symbol &&
               symbol.package == owner_->symbol.name && owner_->type != nullptr;
    }

    /// o.a.m: the parts before the last are the object.
    Node* of_path(Name& name) {
        Name* base = clone_of(context_.tree, &name);
        base->parts.clear();
        for (std::uint32_t i = 0; i + 1 < name.parts.size(); ++i)
            context_.tree.add(base->parts, name.parts[i]);
        if (base->parts.size() < name.binding->consumed) return &name;
        const TypeOf* type = type_behind(*base, context_.catalog);
        const Symbol* method = method_of(type, name.parts.back().name);
        if (method == nullptr) return &name;
        base->type = type;
        warn_of_inheritance(type, *method, name.span);
        return called(*method, base, name);
    }

    Node* of_field(Field& field) {
        const Symbol* method =
            method_of(field.base == nullptr ? nullptr : field.base->type, field.field.name);
        if (method == nullptr || !takes_self(*method)) return &field;
        warn_of_inheritance(field.base->type, *method, field.span);
        return called(*method, field.base, field);
    }

    Node* of_call(Call& call) {
        if (auto* callee = as<Call>(static_cast<Node*>(call.callee));
            callee != nullptr && made_.contains(callee)) {
            for (Argument* each : call.arguments) context_.tree.add(callee->arguments, each);
            return callee;
        }
        if (meaning_of(call) != CallMeaning::constructor) return &call;
        auto* name = as<Name>(static_cast<Node*>(call.callee));
        if (name == nullptr || name->binding->symbol->type == nullptr) return &call;
        const TypeOf& type = *name->binding->symbol->type;
        for (const Symbol* each : context_.catalog.find_methods(type, type.name)) {
            const auto* routine = as<Routine>(each->declared);
            if (routine == nullptr || routine->what != Routine::What::constructor) continue;
            const bool none = routine->parameters.empty() && call.arguments.empty();
            if (!none && match_arguments(*routine, call.arguments).empty()) continue;
            const Text constructor = method_name(context_.tree, type.name, type.name);
            name->parts = make(name->span).name({schema_of(each->schema, type.name), constructor})->parts;
            name->binding = nullptr;
            return &call;
        }
        return &call;
    }

    LowerContext& context_;
    const Entry* owner_;
    std::unordered_set<const Node*> made_;
};

[[nodiscard]] Parameter* self_parameter(const CreateTypeBody& body, const Routine& method, Tree& tree) {
    auto* self = tree.make<Parameter>(method.span);
    self->name = {.name = "self", .span = method.span};
    self->type = tree.make<DataType>(method.span);
    self->type->name = clone_of(tree, body.object);
    const bool changes = method.what == Routine::What::procedure;
    self->mode = changes ? Parameter::Mode::in_out : Parameter::Mode::in;
    return self;
}

/// CONSTRUCTOR FUNCTION t(…) RETURN SELF AS RESULT: self is a variable, and what RETURN answers.
void answer_self(const CreateTypeBody& body, Routine& method, Tree& tree) {
    const Make build{tree, method.span};
    method.what = Routine::What::function;
    DataType* of = self_parameter(body, method, tree)->type;
    method.returns = of;
    if (method.body == nullptr) return;
    tree.insert(method.body->declarations, 0, build.variable("self", clone_of(tree, of), nullptr));
    method.body->has_declare = true;
    walk(*method.body, [&](Node& node) {
        if (auto* answer = as<Return>(&node); answer != nullptr && answer->value == nullptr)
            answer->value = build.name({"self"});
        return node.kind != Kind::routine;
    });
}

void methods_of(CreateTypeBody& body, LowerContext& context) {
    Tree& tree = context.tree;
    for (Routine* method : body.methods) {
        List<Parameter*> parameters;
        for (Parameter* each : method->parameters) {
            if (each->name.name != "self") tree.add(parameters, each);
        }
        const bool constructor = method->what == Routine::What::constructor;
        if (constructor) {
            answer_self(body, *method, tree);
        } else if (method->member != Routine::Member::static_) {
            tree.insert(parameters, 0, self_parameter(body, *method, tree));
        }
        method->parameters = parameters;
        const Text name = method_name(tree, body.object->parts.back().name, method->name.name);
        method->name.name = name;
        method->member = Routine::Member::none;
        auto* made = tree.make<CreateRoutine>(method->span);
        made->object = clone_of(tree, body.object);
        made->object->parts.back().name = name;
        made->replace = true;
        made->routine = method;
        context.after.push_back(made);
    }
}

/// The attributes of those above it become its own.
void flatten(CreateType& type, LowerContext& context) {
    if (type.supertype == nullptr) return;
    const Entry* entry = context.catalog.entry_of(type);
    if (entry == nullptr || entry->type == nullptr || entry->type->supertype == nullptr) return;
    List<Variable*> attributes;
    std::vector<const CreateType*> above;
    for (const TypeOf* up = entry->type->supertype; up != nullptr; up = up->supertype) {
        if (const auto* declared = as<CreateType>(up->declared); declared != nullptr)
            above.insert(above.begin(), declared);
    }
    for (const CreateType* each : above) {
        // A type that was flattened before has those above it already.
        if (each->supertype == nullptr) attributes.clear();
        for (const Variable* attribute : each->attributes)
            context.tree.add(attributes, clone_of(context.tree, attribute));
    }
    for (Variable* attribute : type.attributes) context.tree.add(attributes, attribute);
    type.attributes = attributes;
    type.supertype = nullptr;
    context.add_finding(kInheritance, Complexity::complex, type.span, type.object->parts.back().name);
}

}  // namespace

void lower_methods(Statement*& statement, LowerContext& context) {
    auto* body = as<CreateTypeBody>(static_cast<Node*>(statement));
    if (auto* type = as<CreateType>(static_cast<Node*>(statement)); type != nullptr) flatten(*type, context);
    if (!context.catalog.has_methods()) return;
    Methods methods{context, body == nullptr ? nullptr : context.catalog.entry_of(*body)};
    Node* root = statement;
    rewrite(root, [&methods](Node* node) { return methods.rewritten(node); });
    if (body == nullptr) return;
    methods_of(*body, context);
    statement = nullptr;
}

}  // namespace landfall::convert
