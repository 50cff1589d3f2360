// Indexes, sequences, views, synonyms, comments, grants, and statements that have no counterpart.
#include <algorithm>

#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/lower/types.hpp"

namespace landfall::convert {
namespace {

constexpr int kReadOnlyView = 5075, kMaterializedView = 5094, kBitmap = 5206, kDomainIndex = 5208,
              kSynonym = 5352;
constexpr int kPrivileges = 9032, kNoCounterpart = 9033, kIndexOfKey = 9034;

bool is_constant(const Expr* value) { return as<Literal>(value) != nullptr; }

void lower_index(Statement*& statement, CreateIndex& index, LowerContext& context) {
    const auto drop = [&](int code, Complexity complexity, std::string_view why) {
        context.add_finding(code, complexity, index.span, why);
        statement = nullptr;
    };
    if (index.made_by_key)
        return drop(kIndexOfKey, Complexity::info, "the key on these columns makes the index");
    if (!index.join_from.empty()) return drop(kBitmap, Complexity::complex, "an index over a join");
    if (!index.domain_type.empty()) return drop(kDomainIndex, Complexity::complex, index.domain_type);
    if (index.bitmap) context.add_finding(kBitmap, Complexity::info, index.span, "the index is a B-tree");
    // (c, 0) makes Oracle keep rows where c is NULL, which PostgreSQL does by itself.
    List<KeyColumn*> columns;
    for (KeyColumn* column : index.columns)
        if (!is_constant(column->value)) context.tree.add(columns, column);
    if (!columns.empty()) index.columns = columns;
    index.bitmap = index.reverse = index.local = index.invisible = index.unusable = false;
}

/// The limits of NUMBER are wider than those of bigint: such a sequence has none.
void lower_sequence(CreateSequence& sequence) {
    SequenceOptions& options = *sequence.options;
    constexpr std::size_t kDigitsMax = 18;
    const auto too_long = [](Text digits) {
        return digits.size() > kDigitsMax + (digits.starts_with('-') ? 1U : 0U);
    };
    if (too_long(options.maximum)) options.maximum = {};
    if (too_long(options.minimum)) options.minimum = {};
    if (options.no_cache) options.cache = {};
    options.ordered = false;
}

void lower_view(CreateView& view, LowerContext& context) {
    view.force = view.editioning = false;
    view.replace = !view.materialized;
    if (!view.constraints.empty())
        context.add_finding(kNoCounterpart, Complexity::info, view.span, "constraints of a view");
    view.constraints.clear();
    if (view.query->restriction.starts_with("READ ONLY")) {
        context.add_finding(kReadOnlyView, Complexity::info, view.span, "the view may be writable");
        view.query->restriction = {};
    }
    if (view.materialized && !view.refresh.empty())
        context.add_finding(kMaterializedView, Complexity::simple, view.span,
                            "it is refreshed by REFRESH MATERIALIZED VIEW, when you say so");
}

/// A synonym of a relation is a view of it: the rows, and changes as far as a view takes them.
void lower_synonym(Statement*& statement, const CreateSynonym& synonym, LowerContext& context) {
    const bool itself = synonym.target->parts.size() == synonym.object->parts.size() &&
                        synonym.target->parts.back().name == synonym.object->parts.back().name;
    if (itself) {
        context.add_finding(kSynonym, Complexity::info, synonym.span, "the name is found without a synonym");
        statement = nullptr;
        return;
    }
    if (!synonym.target->link.empty()) {
        context.add_finding(kSynonym, Complexity::complex, synonym.span, "the target is in another database");
        statement = nullptr;
        return;
    }
    context.add_finding(kSynonym, Complexity::info, synonym.span,
                        "a view stands for the synonym; it can stand for a relation only");
    SplicedStatement* made = context.tree.make<SplicedStatement>(synonym.span);
    made->pieces = context.tree.list<Text>({"CREATE OR REPLACE VIEW ", " AS SELECT * FROM ", ""});
    made->operands = context.tree.list<Node*>({synonym.object, synonym.target});
    statement = made;
}

/// Rows of types, and domains over arrays. Methods are lowered with their bodies.
void lower_type(Statement*& statement, CreateType& type, LowerContext& context) {
    const auto lower = [&](DataType* one) {
        if (one != nullptr)
            static_cast<void>(lower_builtin_type(*one, TypeUse::column, context.settings, context.tree));
    };
    if (type.what == CreateType::What::incomplete) {
        context.add_finding(kNoCounterpart, Complexity::info, type.span,
                            "a type that is completed elsewhere");
        statement = nullptr;
        return;
    }
    for (Variable* attribute : type.attributes) lower(attribute->type);
    lower(type.element);
}

void lower_comment(Statement*& statement, CommentOn& comment, LowerContext& context) {
    for (const Text known : {"TABLE", "COLUMN", "MATERIALIZED VIEW"})
        if (comment.what == known) return;
    context.add_finding(kNoCounterpart, Complexity::info, comment.span, comment.what);
    statement = nullptr;
}

bool is_known_privilege(Text privilege) {
    for (const Text known : {"SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "TRIGGER"})
        if (privilege.starts_with(known)) return true;
    return privilege == "ALL" || privilege == "ALL PRIVILEGES";
}

/// Roles are of the whole server, and may not be there: a grant to one that is not is passed over.
void lower_grant(Statement*& statement, Grant& grant, LowerContext& context) {
    List<Text> kept;
    for (Text privilege : grant.privileges) {
        if (privilege == "READ") privilege = "SELECT";
        if (is_known_privilege(privilege)) context.tree.add(kept, privilege);
    }
    const bool relation = grant.object != nullptr && grant.object_kind.empty();
    if (!relation || kept.size() < grant.privileges.size())
        context.add_finding(kPrivileges, Complexity::simple, grant.span,
                            relation ? "privileges that PostgreSQL does not have, or not on relations"
                                     : "roles and rights of the system are to be given by hand");
    statement = nullptr;
    if (!relation || kept.empty()) return;
    for (const Identifier& grantee : grant.grantees) {
        Grant* single = clone_of(context.tree, &grant);
        single->privileges = context.tree.copy(kept);
        single->grantees = context.tree.list<Identifier>({grantee});
        if (grantee.name == "public") {
            context.after.push_back(single);
            continue;
        }
        const Make make{context.tree, grant.span};
        SplicedStatement* guarded = context.tree.make<SplicedStatement>(grant.span);
        guarded->pieces = context.tree.list<Text>(
            {"DO $grant$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = ", ") THEN ",
             " END IF; END $grant$"});
        guarded->operands = context.tree.list<Node*>({make.text(grantee.name), single});
        context.after.push_back(guarded);
    }
}

}  // namespace

void lower_definitions(Statement*& statement, LowerContext& context) {
    const auto drop = [&](Complexity complexity, std::string_view what) {
        context.add_finding(kNoCounterpart, complexity, statement->span, what);
        statement = nullptr;
    };
    if (auto* index = as<CreateIndex>(statement)) return lower_index(statement, *index, context);
    if (auto* sequence = as<CreateSequence>(statement)) return lower_sequence(*sequence);
    if (auto* view = as<CreateView>(statement)) return lower_view(*view, context);
    if (auto* synonym = as<CreateSynonym>(statement)) return lower_synonym(statement, *synonym, context);
    if (auto* type = as<CreateType>(statement)) return lower_type(statement, *type, context);
    if (auto* comment = as<CommentOn>(statement)) return lower_comment(statement, *comment, context);
    if (auto* grant = as<Grant>(statement)) return lower_grant(statement, *grant, context);
    if (const auto* dropped = as<Drop>(statement)) return drop(Complexity::info, dropped->what);
    if (const auto* other = as<OtherStatement>(statement)) {
        const bool session =
            other->what == "ALTER SESSION" || other->what == "SET" || other->what == "EXPLAIN";
        return drop(session ? Complexity::info : Complexity::medium, other->what);
    }
    if (const auto* sql = as<ScriptSql>(statement)) {
        if (as<Query>(sql->sql) != nullptr) return drop(Complexity::info, "a query of the script");
        if (as<TransactionStatement>(sql->sql) != nullptr)
            return drop(Complexity::info, "the end of a transaction: each statement is one");
    }
}

}  // namespace landfall::convert
