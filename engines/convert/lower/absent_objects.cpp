// What a statement leans on and no script makes: relations and types that must be in the database before it
// loads or runs, and the object types that Oracle itself brings, which PostgreSQL lacks.
#include <algorithm>
#include <array>
#include <set>

#include "engines/convert/lower/code_index.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/lower/supplied_packages.hpp"
#include "engines/convert/lower/types.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

constexpr int kSuppliedType = 5028, kAbsent = 9038;

bool is_any_of(Text name, std::initializer_list<Text> these) {
    return std::find(these.begin(), these.end(), name) != these.end();
}

/// Views of the dictionary, and DUAL: the runtime pack has them, or expressions on them are told elsewhere.
bool is_dictionary(const Name& name) {
    const Text last = name.parts.back().name;
    if (name.parts.size() > 1 && is_any_of(name.parts[0].name, {"sys", "public", "oracle_ext"})) return true;
    return last == "dual" || last.starts_with("all_") || last.starts_with("user_") ||
           last.starts_with("dba_") || last.starts_with("v$") || last.starts_with("gv$") ||
           last.starts_with("nls_");
}

/// Geometries, media, URIs, values of any type.
bool is_supplied(const Name& name) {
    const Text last = name.parts.back().name;
    if (name.parts.size() == 2 && is_any_of(name.parts[0].name, {"mdsys", "ordsys", "xdb", "sys", "ctxsys"}))
        return true;
    return name.parts.size() == 1 &&
           (last.starts_with("sdo_") ||
            is_any_of(last, {"ordimage", "ordaudio", "ordvideo", "orddoc", "anytype", "anydataset", "uritype",
                             "httpuritype", "dburitype", "xdburitype", "st_geometry"}));
}

class AbsentObjects {
public:
    AbsentObjects(Statement& statement, LowerContext& context)
        : statement_{statement}, context_{context}, schema_{context.catalog.schema_of(statement)} {}

    void note() {
        note_named();
        walk(statement_, [this](Node& node) {
            if (const auto* with = as<With>(&node)) common_.insert(with->name.name);
            return true;
        });
        walk(statement_, [this](Node& node) {
            if (const auto* table = as<TableName>(&node)) named_relation(*table);
            if (const auto* constraint = as<Constraint>(&node)) relation(constraint->references);
            if (auto* type = as<DataType>(&node)) named_type(*type);
            return true;
        });
    }

private:
    /// What the statement itself is about.
    void note_named() {
        if (const auto* index = as<CreateIndex>(&statement_)) relation(index->table);
        if (const auto* alter = as<AlterTable>(&statement_)) relation(alter->object);
        if (const auto* trigger = as<CreateTrigger>(&statement_)) relation(trigger->table);
        const auto* comment = as<CommentOn>(&statement_);
        if (comment == nullptr || comment->object == nullptr) return;
        Name commented;
        commented.parts = comment->object->parts;
        commented.span = comment->object->span;
        if (comment->what == "COLUMN" && !commented.parts.empty()) commented.parts.pop_back();
        if (comment->what == "TABLE" || comment->what == "COLUMN") relation(&commented);
    }

    /// Views of Oracle's dictionary are the runtime pack's.
    void named_relation(const TableName& table) {
        if (table.name == nullptr || table.name->parts.empty()) return;
        const Text last = table.name->parts.back().name;
        const bool of_sys = table.name->parts.size() == 2 && table.name->parts[0].name == "sys";
        const bool plain = table.name->parts.size() == 1 && !common_.contains(last);
        if ((of_sys || plain) && is_of_pack_dictionary(last) &&
            context_.catalog.find_relation(schema_, *table.name) == nullptr) {
            qualify(*table.name);
            return;
        }
        relation(table.name);
    }
    void qualify(Name& name) {
        Identifier last = name.parts.back();
        name.parts = context_.tree.list<Identifier>({{.name = "oracle_ext", .span = last.span}, last});
    }
    void relation(const Name* name) {
        if (name == nullptr || name->parts.empty() || !name->link.empty() || is_dictionary(*name)) return;
        if (name->parts.size() == 1 && common_.contains(name->parts[0].name)) return;
        if (context_.catalog.find_relation(schema_, *name) == nullptr) tell(*name, "relation");
    }
    void named_type(DataType& type) {
        if (type.lowered || type.name == nullptr || type.name->parts.empty()) return;
        if (type.anchor != DataType::Anchor::none) return anchored(type);
        if (context_.catalog.find(schema_, *type.name) != nullptr) return;
        const std::size_t count = type.name->parts.size();
        const PackageUnit* package = context_.units == nullptr || count < 2
                                         ? nullptr
                                         : context_.units->package(type.name->parts[count - 2].name);
        if (package != nullptr && package->member(type.name->parts[count - 1].name) != nullptr) return;
        DataType* trial = clone_of(context_.tree, &type);
        if (lower_builtin_type(*trial, TypeUse::column, context_.settings, context_.tree)) return;
        if (is_supplied(*type.name) || !supplied_member(*type.name, context_.catalog).empty())
            return replace(type);
        // Code declares types of its own.
        if (is_any_kind(statement_.kind, {Kind::create_table, Kind::alter_table, Kind::create_type}))
            tell(*type.name, "type");
    }
    /// %TYPE of a view of the dictionary.
    void anchored(DataType& type) {
        const bool of_column = type.anchor == DataType::Anchor::type;
        const std::size_t count = type.name->parts.size();
        if (count != (of_column ? 2U : 1U)) return;
        const Text relation = type.name->parts[0].name;
        if (!is_of_pack_dictionary(relation) || context_.catalog.find(schema_, *relation_of(type)) != nullptr)
            return;
        List<Identifier> parts;
        context_.tree.add(parts, {.name = "oracle_ext", .span = type.name->span});
        for (const Identifier& part : type.name->parts) context_.tree.add(parts, part);
        type.name->parts = parts;
        type.lowered = true;
    }
    Name* relation_of(const DataType& type) {
        Name* relation = context_.tree.make<Name>(type.name->span);
        context_.tree.add(relation->parts, type.name->parts[0]);
        return relation;
    }
    static bool is_any_kind(Kind kind, std::initializer_list<Kind> these) {
        return std::find(these.begin(), these.end(), kind) != these.end();
    }
    void replace(DataType& type) {
        context_.add_finding(kSuppliedType, Complexity::complex, type.span,
                             dotted(type.name->parts) + ": text stands for it");
        type.name->parts = context_.tree.list<Identifier>({{.name = "text", .span = type.name->span}});
        type.arguments.clear();
        type.lowered = true;
    }

    void tell(const Name& name, std::string_view what) {
        const std::string text = dotted(name.parts);
        if (told_.insert(text).second)
            context_.add_finding(kAbsent, Complexity::simple, name.span, std::string{what} + " " + text);
    }

    Statement& statement_;
    LowerContext& context_;
    Text schema_;
    std::set<Text> common_;
    std::set<std::string> told_;
};

}  // namespace

void note_absent_objects(Statement*& statement, LowerContext& context) {
    if (!context.catalog.entries().empty()) AbsentObjects{*statement, context}.note();
}

}  // namespace landfall::convert
