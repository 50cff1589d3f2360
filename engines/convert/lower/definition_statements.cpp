// Indexes, sequences, views, synonyms, comments, grants, and statements that have no counterpart.
#include <algorithm>

#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/lower/synonyms.hpp"
#include "engines/convert/lower/types.hpp"
#include "engines/convert/meaning/catalog.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

constexpr int kReadOnlyView = 5075, kMaterializedView = 5094, kBitmap = 5206, kDomainIndex = 5208;
constexpr int kPrivileges = 9032, kNoCounterpart = 9033, kIndexOfKey = 9034;

bool is_constant(const Expr* value) { return as<Literal>(value) != nullptr; }

/// Oracle Text: CTXSYS.CONTEXT, CTXCAT, SEARCH INDEX.
bool is_text_index(const CreateIndex& index) {
    const std::string type = in_lower_case(index.domain_type);
    const bool known =
        type == "ctxsys.context" || type == "context" || type == "ctxsys.ctxcat" || type == "ctxcat";
    return known && index.columns.size() == 1;
}

void lower_text_index(CreateIndex& index, LowerContext& context) {
    context.add_finding(kDomainIndex, Complexity::complex, index.span,
                        "words are indexed by to_tsvector('simple', …); CONTAINS (…) becomes @@ of that");
    KeyColumn& column = *index.columns[0];
    column.value = Make{context.tree, column.span}.splice("to_tsvector('simple', (@)::text)", {column.value});
    index.method = "gin";
    index.domain_type = {};
}

void lower_index(Statement*& statement, CreateIndex& index, LowerContext& context) {
    const auto drop = [&](int code, Complexity complexity, std::string_view why) {
        context.add_finding(code, complexity, index.span, why);
        statement = nullptr;
    };
    if (index.made_by_key)
        return drop(kIndexOfKey, Complexity::info, "the key on these columns makes the index");
    if (!index.join_from.empty()) return drop(kBitmap, Complexity::complex, "an index over a join");
    if (is_text_index(index)) return lower_text_index(index, context);
    if (!index.domain_type.empty()) return drop(kDomainIndex, Complexity::complex, index.domain_type);
    if (index.bitmap) context.add_finding(kBitmap, Complexity::info, index.span, "the index is a B-tree");
    // (c, 0) makes Oracle keep rows where c is NULL, which PostgreSQL does by itself.
    List<KeyColumn*> columns;
    for (KeyColumn* column : index.columns)
        if (!is_constant(column->value)) context.tree.add(columns, column);
    if (!columns.empty()) index.columns = columns;
    index.bitmap = index.reverse = index.local = index.invisible = index.unusable = false;
}

/// Digits beyond bigint's become its limit.
Text clipped(Text digits) {
    constexpr Text kMaximum = "9223372036854775807", kMinimum = "-9223372036854775808";
    const bool negative = digits.starts_with('-');
    const Text limit = negative ? kMinimum : kMaximum;
    if (digits.size() < limit.size()) return digits;
    return digits.size() > limit.size() || digits > limit ? limit : digits;
}

/// NUMBER is wider than bigint. Limits that no sequence reaches are left out; a value to begin with, or a
/// step, that bigint lacks is told.
void lower_sequence(const CreateSequence& sequence, LowerContext& context) {
    SequenceOptions& options = *sequence.options;
    if (clipped(options.maximum) != options.maximum) options.maximum = {};
    if (clipped(options.minimum) != options.minimum) options.minimum = {};
    for (Text* value : {&options.start, &options.increment, &options.restart}) {
        const Text within = clipped(*value);
        if (within == *value) continue;
        context.add_finding(kNoCounterpart, Complexity::medium, sequence.span,
                            std::string{*value} + " is beyond bigint: the sequence has its limit");
        *value = within;
    }
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

/// The relation that a comment is about; nullptr: not in the scripts.
const Entry* commented(const CommentOn& comment, const LowerContext& context) {
    if (comment.object == nullptr) return nullptr;
    Name relation;
    relation.parts = comment.object->parts;
    if (comment.what == "COLUMN" && !relation.parts.empty()) relation.parts.pop_back();
    return context.catalog.find_relation({}, relation);
}

void lower_comment(Statement*& statement, CommentOn& comment, LowerContext& context) {
    const auto drop = [&](std::string_view why) {
        context.add_finding(kNoCounterpart, Complexity::info, comment.span, why);
        statement = nullptr;
    };
    if (comment.what != "TABLE" && comment.what != "COLUMN" && comment.what != "MATERIALIZED VIEW")
        return drop(comment.what);
    const Entry* entry = commented(comment, context);
    if (entry == nullptr) return;
    const auto* view = as<CreateView>(entry->declared);
    if (comment.what == "TABLE" && view != nullptr)
        comment.what = view->materialized ? "MATERIALIZED VIEW" : "VIEW";
    const Relation* relation = entry->relation.get();
    const bool lacks = comment.what == "COLUMN" && relation != nullptr && relation->columns_known &&
                       relation->find(comment.object->parts.back().name) == nullptr;
    if (lacks) drop("a comment on a column that its relation does not have");
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

/// ALTER SESSION SET NLS_DATE_FORMAT = 'x': a setting of the pack; nullptr: another setting, or several.
Statement* session_format(const OtherStatement& other, LowerContext& context) {
    const std::string text{other.span.of(context.script.text)};
    const std::string words = in_lower_case(text);
    for (const std::string_view name : {"nls_date_format", "nls_timestamp_format"}) {
        const std::size_t at = words.find(name);
        const std::size_t open =
            at == std::string::npos ? at : words.find_first_not_of(" =", at + name.size());
        if (open == std::string::npos || words[open] != '\'') continue;
        const std::size_t close = words.find('\'', open + 1);
        if (close == std::string::npos || words.find('=', close) != std::string::npos) return nullptr;
        auto* made = context.tree.make<SplicedStatement>(other.span);
        const std::string set = "SET oracle_ext." + std::string{name} + " = ";
        made->pieces =
            context.tree.list<Text>({context.tree.keep(set + text.substr(open, close + 1 - open))});
        return made;
    }
    return nullptr;
}

}  // namespace

void lower_definitions(Statement*& statement, LowerContext& context) {
    const auto drop = [&](Complexity complexity, std::string_view what) {
        context.add_finding(kNoCounterpart, complexity, statement->span, what);
        statement = nullptr;
    };
    if (auto* index = as<CreateIndex>(statement)) return lower_index(statement, *index, context);
    if (auto* sequence = as<CreateSequence>(statement)) return lower_sequence(*sequence, context);
    if (auto* view = as<CreateView>(statement)) return lower_view(*view, context);
    if (const auto* synonym = as<CreateSynonym>(statement))
        return lower_synonym(statement, *synonym, context);
    if (auto* type = as<CreateType>(statement)) return lower_type(statement, *type, context);
    if (auto* comment = as<CommentOn>(statement)) return lower_comment(statement, *comment, context);
    if (auto* grant = as<Grant>(statement)) return lower_grant(statement, *grant, context);
    const bool dynamic = context.place == LowerContext::Place::dynamic_text;
    if (const auto* dropped = as<Drop>(statement); dropped != nullptr && !dynamic)
        return drop(Complexity::info, dropped->what);
    if (const auto* other = as<OtherStatement>(statement)) {
        Statement* format = other->what == "ALTER SESSION" ? session_format(*other, context) : nullptr;
        if (format != nullptr) {
            statement = format;
            return;
        }
        const bool session =
            other->what == "ALTER SESSION" || other->what == "SET" || other->what == "EXPLAIN";
        return drop(session ? Complexity::info : Complexity::medium, other->what);
    }
    if (const auto* sql = as<ScriptSql>(statement)) {
        if (as<Query>(sql->sql) != nullptr && !dynamic)
            return drop(Complexity::info, "a query of the script");
        if (as<TransactionStatement>(sql->sql) != nullptr)
            return drop(Complexity::info, "the end of a transaction: each statement is one");
    }
}

}  // namespace landfall::convert
