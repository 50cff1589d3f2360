#include "engines/convert/dynamic_texts.hpp"

#include <algorithm>

#include "engines/convert/lower/make.hpp"
#include "engines/convert/meaning/binder.hpp"
#include "engines/convert/postgres/validate.hpp"
#include "engines/convert/syntax/parser.hpp"

namespace landfall::convert {
namespace {

bool has_binds(Node& statement) {
    bool found = false;
    walk(statement, [&found](Node& node) {
        found = found || node.kind == Kind::bind_variable;
        return !found;
    });
    return found;
}

/// Each :a as $1 by its place in the text: the order of a node's children may be another.
void number_binds(Node*& statement, Tree& tree) {
    std::vector<std::uint32_t> places;
    walk(*statement, [&places](Node& node) {
        if (node.kind == Kind::bind_variable) places.push_back(node.span.begin);
        return true;
    });
    std::sort(places.begin(), places.end());
    rewrite(statement, [&](Node* node) -> Node* {
        if (node->kind != Kind::bind_variable) return node;
        const auto at = std::lower_bound(places.begin(), places.end(), node->span.begin);
        return Make{tree, node->span}.splice("$" + std::to_string(at - places.begin() + 1), {});
    });
}

/// What is converted as it would be in a script: what else a text may hold stays as it is.
bool is_convertible(Statement& statement) {
    switch (statement.kind) {
        case Kind::create_table:
        case Kind::alter_table:
        case Kind::create_index:
        case Kind::create_sequence:
        case Kind::create_view:
        case Kind::comment_on:
        case Kind::grant:
        case Kind::drop:
        case Kind::create_routine:
        case Kind::create_trigger: return true;
        case Kind::anonymous_block: return !has_binds(statement);
        case Kind::script_sql:
            return static_cast<const ScriptSql&>(statement).sql->kind != Kind::transaction_statement;
        case Kind::other_statement:
            return static_cast<const OtherStatement&>(statement).what == "ALTER SESSION";
        default: return false;
    }
}

/// A part put in at run time where a type stands is a type of Oracle's.
void name_types(Node& statement, Tree& tree) {
    walk(statement, [&tree](Node& node) {
        auto* type = as<DataType>(&node);
        if (type == nullptr || type->name == nullptr || type->name->parts.size() != 1) return true;
        Text& name = type->name->parts[0].name;
        if (name.starts_with(kDynamicPart))
            name = tree.keep(std::string{kDynamicType} + std::string{name.substr(kDynamicPart.size())});
        return true;
    });
}

}  // namespace

std::optional<std::string> DynamicTexts::converted(Text text, Span at, LowerContext& around) {
    // What SQL*Plus would replace or run is no part of a text that the server gets.
    if (text.find('&') != Text::npos) return {};
    scripts_.push_back(read_script(text, "dynamic", {}, nullptr));
    const Script& script = scripts_.back();
    if (script.statements.size() != 1 || !script.findings.empty()) return {};
    const Parsed parsed = parse_oracle(script, tree_);
    if (!parsed.findings.empty() || parsed.statements.size() != 1) return {};
    Node* root = parsed.statements[0];
    auto* statement = parsed.statements[0];
    if (!is_convertible(*statement)) return {};
    number_binds(root, tree_);
    name_types(*root, tree_);
    std::vector<Finding> findings;
    landfall::convert::bind(*statement, catalog_, tree_, findings);
    LowerContext context{.tree = tree_,
                         .script = script,
                         .catalog = catalog_,
                         .settings = settings_,
                         .findings = findings,
                         .units = around.units,
                         .dynamic = nullptr,
                         .place = LowerContext::Place::dynamic_text};
    std::optional<std::string> made = printed(script, *statement, context);
    if (!made) return {};
    for (Finding& finding : findings) {
        finding.begin = at.begin;
        finding.end = at.end;
        around.findings.push_back(std::move(finding));
    }
    return made;
}

std::optional<std::string> DynamicTexts::printed(const Script& script, Statement& statement,
                                                 LowerContext& context) {
    const std::vector<Statement*> made = lower(&statement, context);
    if (made.empty())
        return context.findings.empty() ? std::nullopt : std::optional<std::string>{std::string{}};
    const Printed result = print_checked(
        {.statements = made, .script = script, .comments = comments_of(script, 0), .findings = {}});
    if (!result.findings.empty()) return {};
    std::string text;
    for (const PrintedStatement& each : result.statements) {
        if (each.raw || each.statement == nullptr) return {};
        text += each.text;
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == ';')) text.pop_back();
    return text;
}

}  // namespace landfall::convert
