// Indexes, sequences, views, comments, grants, types.
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {
namespace {

/// Longer numbers than bigint holds say "no limit" in Oracle's sequences.
bool fits_bigint(Text digits) {
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    const std::string_view most = negative ? "9223372036854775808" : "9223372036854775807";
    return digits.size() < most.size() || (digits.size() == most.size() && digits <= most);
}

}  // namespace

void TreePrinter::definition(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_index: return create_index(static_cast<const CreateIndex&>(statement));
        case Kind::create_sequence: return create_sequence(static_cast<const CreateSequence&>(statement));
        case Kind::create_view: return create_view(static_cast<const CreateView&>(statement));
        case Kind::comment_on: return comment_on(static_cast<const CommentOn&>(statement));
        case Kind::grant: return grant(static_cast<const Grant&>(statement));
        case Kind::drop: return drop(static_cast<const Drop&>(statement));
        case Kind::create_type: return create_type(static_cast<const CreateType&>(statement));
        default: return refuse(statement);
    }
}

/// An index lives in the schema of its table: its name has none.
void TreePrinter::create_index(const CreateIndex& index) {
    const bool has_form = index.table != nullptr && index.domain_type.empty() && index.join_from.empty() &&
                          !index.full_text && !index.spatial && !index.columns.empty();
    if (!has_form) return refuse(index);
    say(index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    if (index.object != nullptr && !index.object->parts.empty()) {
        identifier(index.object->parts.back().name);
        say(" ");
    }
    say("ON ");
    qualified(*index.table);
    if (!index.method.empty()) {
        say(" USING ");
        say(index.method);
    }
    say(" ");
    out_.open();
    say("(");
    out_.indent();
    out_.cut();
    for (const KeyColumn* column : index.columns) {
        if (column != index.columns.front()) {
            say(",");
            out_.blank();
        }
        index_column(*column);
    }
    out_.outdent();
    out_.cut();
    say(")");
    out_.close();
    clause("WHERE ", index.where);
    say(";");
}

void TreePrinter::index_column(const KeyColumn& column) {
    if (column.value == nullptr || !column.prefix_length.empty()) return refuse(column);
    const auto* call = as<Call>(column.value);
    const auto* name = as<Name>(column.value);
    const bool is_plain_call = call != nullptr && call->over == nullptr && call->filter == nullptr;
    if (name != nullptr && !name->parts.empty()) {
        identifier(name->parts.back().name);
    } else if (is_plain_call || column.value->kind == Kind::parenthesized) {
        expr(column.value);
    } else {
        say("(");
        expr(column.value);
        say(")");
    }
    if (!column.operator_class.empty()) {
        say(" ");
        say(column.operator_class);
    }
    if (column.descending) say(" DESC");
    if (column.nulls == OrderItem::Nulls::first) say(" NULLS FIRST");
    if (column.nulls == OrderItem::Nulls::last) say(" NULLS LAST");
}

void TreePrinter::create_sequence(const CreateSequence& sequence) {
    if (sequence.object == nullptr) return refuse(sequence);
    say(sequence.alter ? "ALTER SEQUENCE " : "CREATE SEQUENCE ");
    qualified(*sequence.object);
    const Layout::Mark begin = out_.mark();
    if (sequence.options != nullptr) {
        out_.open();
        out_.indent();
        out_.blank();
        const Layout::Mark options = out_.mark();
        sequence_options(*sequence.options);
        const bool nothing = out_.says_nothing_since(options);
        out_.outdent();
        out_.close();
        if (nothing) out_.rewind(begin);
        if (nothing && sequence.alter) return refuse(sequence);
    }
    say(";");
}

void TreePrinter::sequence_options(const SequenceOptions& options) {
    bool first = true;
    const auto option = [&](std::string_view word, Text digits) {
        if (!first) out_.blank();
        first = false;
        say(word);
        say(digits);
    };
    if (!options.restart.empty()) option("RESTART WITH ", options.restart);
    if (!options.increment.empty() && options.increment != "1") option("INCREMENT BY ", options.increment);
    if (options.no_minimum) option("NO MINVALUE", {});
    if (!options.minimum.empty() && fits_bigint(options.minimum)) option("MINVALUE ", options.minimum);
    if (options.no_maximum) option("NO MAXVALUE", {});
    if (!options.maximum.empty() && fits_bigint(options.maximum)) option("MAXVALUE ", options.maximum);
    if (!options.start.empty()) option("START WITH ", options.start);
    if (!options.cache.empty() && !options.no_cache && options.cache != "0") option("CACHE ", options.cache);
    if (options.cycle) option("CYCLE", {});
}

void TreePrinter::create_view(const CreateView& view) {
    if (view.object == nullptr || view.query == nullptr || view.object_type != nullptr) return refuse(view);
    if (view.materialized)
        say("CREATE MATERIALIZED VIEW ");
    else
        say(view.replace ? "CREATE OR REPLACE VIEW " : "CREATE VIEW ");
    qualified(*view.object);
    if (!view.columns.empty()) say(" ");
    if (!view.columns.empty()) identifiers(view.columns);
    if (view.security_invoker) say(" WITH (security_invoker = true)");
    say(" AS");
    out_.new_line();
    query(*view.query);
    if (view.materialized && view.build_deferred) {
        out_.new_line();
        say("WITH NO DATA");
    }
    if (!view.materialized && view.query->restriction.starts_with("CHECK OPTION")) {
        out_.new_line();
        say("WITH CHECK OPTION");
    }
    say(";");
}

void TreePrinter::comment_on(const CommentOn& comment) {
    if (comment.object == nullptr) return refuse(comment);
    say("COMMENT ON ");
    say(comment.what);
    say(" ");
    qualified(*comment.object);
    say(" IS ");
    std::string text;
    append_string(text, comment.text);
    say(text);
    say(";");
}

void TreePrinter::grant(const Grant& grant) {
    if (grant.object == nullptr || grant.privileges.empty() || grant.grantees.empty()) return refuse(grant);
    say(grant.revoke ? "REVOKE " : "GRANT ");
    for (const Text& privilege : grant.privileges) {
        if (&privilege != grant.privileges.begin()) say(", ");
        say(privilege);
    }
    say(" ON ");
    if (!grant.object_kind.empty()) {
        say(grant.object_kind);
        say(" ");
    }
    qualified(*grant.object);
    say(grant.revoke ? " FROM " : " TO ");
    for (const Identifier& grantee : grant.grantees) {
        if (&grantee != grant.grantees.begin()) say(", ");
        if (grantee.name == "public" && !grantee.quoted)
            say("PUBLIC");
        else
            identifier(grantee.name);
    }
    if (grant.with_option && !grant.revoke) say(" WITH GRANT OPTION");
    say(";");
}

void TreePrinter::drop(const Drop& drop) {
    const bool has_form = drop.object != nullptr && !drop.what.starts_with("PACKAGE") &&
                          drop.what != "SYNONYM" && drop.what != "PUBLIC SYNONYM" &&
                          drop.what != "TYPE BODY" && drop.what != "TRIGGER";
    if (!has_form) return refuse(drop);
    say("DROP ");
    say(drop.what);
    say(drop.if_exists ? " IF EXISTS " : " ");
    qualified(*drop.object);
    say(drop.cascade ? " CASCADE;" : ";");
}

/// A row of its own, or a domain over an array.
void TreePrinter::create_type(const CreateType& type) {
    if (type.object == nullptr || type.supertype != nullptr) return refuse(type);
    if (type.what == CreateType::What::nested_table || type.what == CreateType::What::varray) {
        if (type.element == nullptr) return refuse(type);
        say("CREATE DOMAIN ");
        qualified(*type.object);
        say(" AS ");
        data_type(*type.element);
        return say("[];");
    }
    if (type.what != CreateType::What::object) return refuse(type);
    say("CREATE TYPE ");
    qualified(*type.object);
    say(" AS (");
    out_.open();
    out_.indent();
    out_.new_line();
    items(type.attributes, ",", [this](const Variable& attribute) {
        if (attribute.type == nullptr) return refuse(attribute);
        identifier(attribute.name.name);
        say(" ");
        data_type(*attribute.type);
    });
    out_.outdent();
    out_.new_line();
    out_.close();
    say(");");
}

}  // namespace landfall::convert
