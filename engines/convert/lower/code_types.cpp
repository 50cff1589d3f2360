// Types of code: named, anchored, and the local ones that become types of a schema.
#include "engines/convert/lower/code_lowering.hpp"
#include "engines/convert/lower/types.hpp"

namespace landfall::convert {
namespace {

constexpr int kUnknownType = 9101;
/// Types that stand for types, one within the other: those that come back to themselves have no end.
constexpr unsigned kTypesOpenMax = 64;

class Within {
public:
    explicit Within(unsigned& depth) : depth_{depth} { ++depth_; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;
    ~Within() { --depth_; }

private:
    unsigned& depth_;
};

}  // namespace

/// `slot` becomes PostgreSQL's. In parameters lengths go, since PostgreSQL ignores them.
void CodeLowering::type(DataType*& slot, bool parameter) {
    if (slot == nullptr || slot->lowered || slot->name == nullptr) return;
    if (types_open_ == kTypesOpenMax) {
        context_.add_finding(kUnknownType, Complexity::medium, slot->span,
                             "a type that is made of itself: text");
        slot = Make{tree(), slot->span}.type("text");
        return;
    }
    const Within within{types_open_};
    if (slot->anchor != DataType::Anchor::none) {
        slot = anchored_type(*slot);
        if (parameter && slot->anchor == DataType::Anchor::rowtype) slot->anchor = DataType::Anchor::none;
        return;
    }
    const TypeUse use = parameter ? TypeUse::parameter : TypeUse::variable;
    if (const TypeDeclaration* declared = declared_type(*slot->name)) {
        const auto& parts = slot->name->parts;
        const PackageUnit* owner = parts.size() > 1 ? index_.package(parts[parts.size() - 2].name) : package_;
        const PackageUnit* own = std::exchange(package_, owner);
        slot = type_of_declared(*declared, owner == nullptr ? Text{} : owner->name);
        package_ = own;
        return;
    }
    if (lower_builtin_type(*slot, use, context_.settings, tree())) return;
    const CreateType* created = index_.type(slot->name->parts.back().name);
    if (created != nullptr && slot->name->parts.size() != created->object->parts.size())
        slot->name = clone_of(tree(), created->object);  // with the schema that it is made in
    slot->lowered = true;
}

/// A type of a declaration part in sight, of the own package, or of the package that the name tells.
const TypeDeclaration* CodeLowering::declared_type(const Name& name) {
    const Text last = name.parts.back().name;
    if (name.parts.size() == 1) {
        if (const Local* found = local(last)) {
            if (const auto* declared = as<TypeDeclaration>(static_cast<const Node*>(found->declared)))
                return declared;
        }
        return package_ == nullptr ? nullptr : as<TypeDeclaration>(package_->member(last));
    }
    const PackageUnit* package = index_.package(name.parts[name.parts.size() - 2].name);
    return package == nullptr ? nullptr : as<TypeDeclaration>(package->member(last));
}

DataType* CodeLowering::type_of_declared(const TypeDeclaration& declared, Text package) {
    using What = TypeDeclaration::What;
    const Make build{tree(), declared.span};
    switch (declared.what) {
        case What::ref_cursor: return build.type("refcursor");
        case What::associative: return build.type("jsonb");
        case What::subtype: {
            DataType* base = clone_of(tree(), declared.element);
            type(base);
            return base;
        }
        case What::record: {
            DataType* result = build.type("record");
            const Local* found = local(declared.name.name);
            const bool nested = found != nullptr && found->declared == &declared;
            if (nested && !found->renamed.empty()) package = home();
            const PackageUnit* owner = index_.package(package);
            if (owner != nullptr && owner->supplied) {
                result->name = build.name(
                    {"oracle_ext", build.keep(std::string{package} + "_" + std::string{declared.name.name})});
                return result;
            }
            result->name = build.name(
                {package, nested && !found->renamed.empty() ? found->renamed : declared.name.name});
            return result;
        }
        case What::nested_table:
        case What::varray: {
            DataType* element = element_type(declared.element);
            if (element->dimensions > 0) return build.type("jsonb");
            DataType* result = clone_of(tree(), element);
            result->dimensions = 1;
            if (result->anchor == DataType::Anchor::rowtype) result->anchor = DataType::Anchor::none;
            return result;
        }
    }
    return build.type("text");
}

DataType* CodeLowering::element_type(const DataType* declared) {
    DataType* element = clone_of(tree(), declared);
    if (element == nullptr) return Make{tree(), {}}.type("text");
    type(element);
    if (element->anchor == DataType::Anchor::rowtype) element->anchor = DataType::Anchor::none;
    if (element->anchor == DataType::Anchor::type) {  // of a column that no script declares
        context_.add_finding(kUnknownType, Complexity::medium, element->span,
                             "the column of %TYPE is not known: text");
        return Make{tree(), element->span}.type("text");
    }
    return element;
}

/// What %TYPE and %ROWTYPE stand for, where the scripts declare it; as it was otherwise: tables know.
DataType* CodeLowering::anchored_type(const DataType& anchored) {
    const Make build{tree(), anchored.span};
    const auto& parts = anchored.name->parts;
    const Text last = parts.back().name;
    const Local* found = parts.size() == 1 ? local(last) : nullptr;
    if (found != nullptr && found->declared->kind == Kind::cursor) return build.type("record");
    if (found != nullptr && found->type != nullptr) return clone_of(tree(), found->type);
    const PackageUnit* package = parts.size() == 1 ? package_ : index_.package(parts[parts.size() - 2].name);
    if (package != nullptr) {
        Declaration* member = package->member(last);
        if (as<Cursor>(member) != nullptr) return build.type("record");
        if (const auto* variable = as<Variable>(member)) {
            DataType* declared = clone_of(tree(), variable->type);
            const PackageUnit* own = std::exchange(package_, package);
            type(declared);
            package_ = own;
            return declared;
        }
    }
    const CreateTable* table = parts.size() > 1 ? table_of(*anchored.name, 2) : nullptr;
    if (anchored.anchor == DataType::Anchor::type && table != nullptr) {
        for (const Column* column : table->columns) {
            if (column->name.name != last || column->type == nullptr || column->type->lowered) continue;
            DataType* declared = clone_of(tree(), column->type);
            if (lower_builtin_type(*declared, TypeUse::column, context_.settings, tree())) return declared;
        }
    }
    auto* kept = clone_of(tree(), &anchored);
    kept->lowered = true;
    return kept;
}

Shape CodeLowering::shape_of(const TypeDeclaration& declared) {
    using What = TypeDeclaration::What;
    Shape shape;
    switch (declared.what) {
        case What::record: shape.what = Shape::What::record; break;
        case What::ref_cursor: shape.what = Shape::What::cursor; break;
        case What::subtype: return shape_of(declared.element);
        case What::associative: {
            shape.what = Shape::What::map;
            shape.element = element_type(declared.element);
            shape.of_records = shape_of(declared.element).what == Shape::What::record;
            DataType* key = clone_of(tree(), declared.index_by);
            type(key);
            const Text name = key->name->parts.back().name;
            shape.text_key = name != "integer" && name != "numeric" && name != "bigint";
            break;
        }
        case What::nested_table:
        case What::varray:
            shape.element = element_type(declared.element);
            shape.what = shape.element->dimensions > 0 ? Shape::What::map : Shape::What::array;
            break;
    }
    return shape;
}

/// Of a type as it is declared, before it is lowered.
Shape CodeLowering::shape_of(const DataType* declared) {
    if (declared == nullptr || declared->name == nullptr || declared->name->parts.empty()) return {};
    if (declared->anchor == DataType::Anchor::rowtype) return {.what = Shape::What::record};
    const auto& parts = declared->name->parts;
    if (declared->anchor == DataType::Anchor::type) {
        if (parts.size() == 1) {
            const Local* found = local(parts[0].name);
            return found == nullptr ? Shape{} : found->shape;
        }
        return {};
    }
    if (const TypeDeclaration* found = declared_type(*declared->name)) {
        const PackageUnit* other = parts.size() > 1 ? index_.package(parts[parts.size() - 2].name) : package_;
        const PackageUnit* own = std::exchange(package_, other);
        const Shape shape = shape_of(*found);
        package_ = own;
        return shape;
    }
    if (parts.back().name == "sys_refcursor") return {.what = Shape::What::cursor};
    const CreateType* type = index_.type(parts.back().name);
    if (type == nullptr) return {};
    if (type->what == CreateType::What::object) return {.what = Shape::What::record};
    if (type->element == nullptr) return {};
    return {.what = Shape::What::array, .element = element_type(type->element)};
}

/// TYPE … IS RECORD becomes a type of the schema, before the routine that uses it.
void CodeLowering::hoist_type(TypeDeclaration& declared, Text prefix) {
    if (declared.what != TypeDeclaration::What::record) return;
    const Make build{tree(), declared.span};
    const Text schema = home();
    const Text named =
        build.keep(prefix.empty() ? std::string{declared.name.name}
                                  : std::string{prefix} + "$" + std::string{declared.name.name});
    if (!prefix.empty()) locals_.back().renamed = named;
    emitted.push_back(build.statement("DROP TYPE IF EXISTS @ CASCADE", {build.name({schema, named})}));
    std::string pattern = "CREATE TYPE @ AS (";
    std::vector<Node*> operands{build.name({schema, named})};
    for (const Variable* field : declared.fields) {
        pattern += operands.size() > 1 ? ", @ @" : "@ @";
        operands.push_back(build.name({field->name.name}));
        operands.push_back(element_type(field->type));
    }
    emitted.push_back(build.statement(pattern + ")", operands));
}

}  // namespace landfall::convert
