// Units come apart into statements of PostgreSQL: routines, packages, triggers, blocks.
#include "engines/convert/lower/code_jumps.hpp"
#include "engines/convert/lower/code_lowering.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {

CodeLowering::CodeLowering(LowerContext& context, const CodeIndex& index, const PackageUnit* package)
    : context_{context}, index_{index}, package_{package} {}

namespace {

/// What cursor attributes a routine asks for: "c%found", "sql%rowcount".
std::set<std::string> attributes_in(Node& node) {
    std::set<std::string> found;
    walk(node, [&found](Node& each) {
        const auto* attribute = as<Attribute>(&each);
        if (attribute == nullptr) return true;
        std::string base = "cursor";
        if (const auto* name = as<Name>(attribute->base)) base = std::string{name->parts.back().name};
        if (const auto* bind = as<BindVariable>(attribute->base)) base = std::string{bind->name.name};
        std::string what = in_lower_case(attribute->attribute.name);
        if (what == "notfound") what = "found";
        found.insert(base + "%" + what);
        return true;
    });
    return found;
}

bool has_sql(Node& node) {
    bool found = false;
    walk(node, [&found](Node& each) {
        found = found || each.kind == Kind::select || each.kind == Kind::insert ||
                each.kind == Kind::update || each.kind == Kind::delete_ || each.kind == Kind::merge;
        return !found;
    });
    return found;
}

}  // namespace

/// Declares sql$rowcount and the variables that stand for attributes of cursors.
void CodeLowering::declare_attributes(Block& body) {
    const Make build = make(body.span);
    for (const std::string& each : cursor_attributes_) {
        const auto sign = each.find('%');
        const std::string base = each.substr(0, sign), what = each.substr(sign + 1);
        if (base == "sql" || what == "isopen") continue;
        const Text name = build.keep(base + "$" + what);
        if (what == "found")
            tree().add(body.declarations, build.variable(name, build.type("boolean"), nullptr));
        if (what == "rowcount")
            tree().add(body.declarations, build.variable(name, build.type("integer"), build.number("0")));
    }
    if (counts_rows_)
        tree().add(body.declarations, build.variable("sql$rowcount", build.type("integer"), nullptr));
    body.has_declare = !body.declarations.empty();
}

/// A block with everything that stands in it: a routine's, a trigger's.
void CodeLowering::body(Block& made) {
    structure_jumps(made, tree());
    cursor_attributes_ = attributes_in(made);
    counts_rows_ = cursor_attributes_.contains("sql%rowcount") || cursor_attributes_.contains("sql%found");
    block(made);
    declare_attributes(made);
}

CreateRoutine* CodeLowering::routine(Routine& source, Name* object) {
    auto* made = tree().make<CreateRoutine>(source.span);
    made->object = object;
    made->replace = true;
    made->routine = &source;
    made->language = "plpgsql";
    routine_ = &source;
    path_ = std::string{source.name.name};
    if (source.body != nullptr) made->columns_win = has_sql(*source.body);
    parameters(source.parameters);
    if (source.what == Routine::What::function) result_type(source);
    if (source.deterministic) made->volatility = "IMMUTABLE";
    if (source.body != nullptr) {
        if (package_ != nullptr && package_->body != nullptr && !package_->body->initialization.empty() &&
            source.name.name != "init$" && depth_ == 0) {
            List<CodeStatement*> all;
            const Make build = make(source.span);
            tree().add(all, build.code("PERFORM @()", {build.name({package_->name, "init$"})}));
            for (CodeStatement* each : source.body->body) tree().add(all, each);
            source.body->body = all;
        }
        body(*source.body);
    }
    source.clauses.clear();
    return made;
}

/// RETURN type; of a pipelined function the rows; with OUT parameters one more of them.
void CodeLowering::result_type(Routine& source) {
    const bool has_out = std::any_of(source.parameters.begin(), source.parameters.end(),
                                     [](const Parameter* each) { return each->mode != Parameter::Mode::in; });
    if (source.pipelined) {
        const DataType* element = element_of(source.returns);
        if (element != nullptr) {
            source.returns = element_type(element);
            source.returns->set_of = true;
            source.pipelined = false;
            return;
        }
    }
    type(source.returns, true);
    if (!has_out) return;
    auto* result = tree().make<Parameter>(source.span);
    result_ = "result$";
    result->name = {.name = result_, .span = source.span};
    result->mode = Parameter::Mode::out;
    result->type = source.returns;
    tree().add(source.parameters, result);
    source.returns = nullptr;
}

void CodeLowering::anonymous(Block& made) { body(made); }

/// The attributes' and elements' types; methods stay behind with their finding.
void CodeLowering::object_type(CreateType& made) {
    const auto nested = [this](DataType*& slot) {
        type(slot);
        if (slot != nullptr && slot->anchor == DataType::Anchor::rowtype)
            slot->anchor = DataType::Anchor::none;
    };
    for (Variable* attribute : made.attributes) nested(attribute->type);
    nested(made.element);
}

namespace {

void lower_routine(Statement*& statement, CreateRoutine& source, LowerContext& context,
                   const CodeIndex& index) {
    if (!source.language.empty()) return;
    if (source.routine->body == nullptr) {
        auto* raw = context.tree.make<RawStatement>(source.span);
        raw->text = source.span.of(context.script.text);
        raw->what = source.routine->what == Routine::What::function ? "CREATE FUNCTION" : "CREATE PROCEDURE";
        raw->object = source.object;
        context.add_finding(9108, Complexity::complex, source.span, "a routine in another language");
        statement = raw;
        return;
    }
    CodeLowering lowering{context, index, nullptr};
    lowering.owned_by(*source.object);
    CreateRoutine* made = lowering.routine(*source.routine, source.object);
    made->span = source.span;
    context.before = lowering.emitted;
    statement = made;
}

}  // namespace

void lower_units(Statement*& statement, LowerContext& context) {
    static const CodeIndex kNone;
    const CodeIndex& index = context.units == nullptr ? kNone : *context.units;
    if (auto* routine = as<CreateRoutine>(statement)) {
        lower_routine(statement, *routine, context, index);
    } else if (auto* package = as<CreatePackage>(statement)) {
        CodeLowering lowering{context, index, index.package(package->object->parts.back().name)};
        lowering.owned_by(*package->object);
        lowering.package(*package);
        context.after = lowering.emitted;
        statement = nullptr;
    } else if (auto* trigger = as<CreateTrigger>(statement);
               trigger != nullptr && trigger->function == nullptr) {
        CodeLowering lowering{context, index, nullptr};
        lowering.owned_by(*trigger->object);
        lowering.trigger(*trigger);
        if (lowering.emitted.empty()) return;
        context.after = lowering.emitted;
        statement = nullptr;
    } else if (auto* type = as<CreateType>(statement)) {
        CodeLowering lowering{context, index, nullptr};
        lowering.object_type(*type);
    } else if (auto* type_body = as<CreateTypeBody>(statement)) {
        auto* raw = context.tree.make<RawStatement>(type_body->span);
        raw->text = type_body->span.of(context.script.text);
        raw->what = "CREATE TYPE BODY";
        raw->object = type_body->object;
        context.add_finding(5572, Complexity::complex, type_body->span, "methods of an object type");
        statement = raw;
    } else if (auto* block = as<AnonymousBlock>(statement)) {
        CodeLowering lowering{context, index, nullptr};
        lowering.anonymous(*block->block);
        context.before = lowering.emitted;
    }
}

}  // namespace landfall::convert
