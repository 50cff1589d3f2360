#include "engines/convert/dynamic_texts.hpp"

#include <algorithm>
#include <map>

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

/// Each :a as $1 by its place in the text: the order of a node's children may be another. In a block of code
/// one name is one value, wherever it stands.
void number_binds(Node*& statement, Tree& tree) {
    std::vector<const BindVariable*> binds;
    walk(*statement, [&binds](Node& node) {
        if (const auto* bind = as<BindVariable>(&node)) binds.push_back(bind);
        return true;
    });
    std::sort(binds.begin(), binds.end(),
              [](const BindVariable* a, const BindVariable* b) { return a->span.begin < b->span.begin; });
    const bool by_name = statement->kind == Kind::anonymous_block;
    std::map<std::uint32_t, std::size_t> numbers;  // by place
    std::map<Text, std::size_t> named;
    for (const BindVariable* each : binds) {
        const std::size_t next = by_name ? named.size() + 1 : numbers.size() + 1;
        numbers[each->span.begin] = by_name ? named.try_emplace(each->name.name, next).first->second : next;
    }
    rewrite(statement, [&](Node* node) -> Node* {
        if (node->kind != Kind::bind_variable) return node;
        return Make{tree, node->span}.splice("$" + std::to_string(numbers[node->span.begin]), {});
    });
}

/// RETURNING a INTO :b: EXECUTE says INTO itself.
void leave_targets(Statement& statement) {
    const auto* script = as<ScriptSql>(static_cast<Node*>(&statement));
    if (script == nullptr) return;
    Returning* clause = nullptr;
    if (auto* insert = as<Insert>(script->sql)) clause = insert->returning;
    if (auto* update = as<Update>(script->sql)) clause = update->returning;
    if (auto* removal = as<Delete>(script->sql)) clause = removal->returning;
    if (clause != nullptr) clause->into.clear();
}

/// A block of one call or of one value put into a bind: DO takes no binds, CALL and SELECT do.
const CodeStatement* only_statement(const Statement& statement) {
    const auto* code = as<AnonymousBlock>(static_cast<const Node*>(&statement));
    if (code == nullptr || code->block == nullptr) return nullptr;
    const Block& block = *code->block;
    if (!block.declarations.empty() || !block.handlers.empty() || block.body.size() != 1) return nullptr;
    const CodeStatement* only = block.body[0];
    return only->kind == Kind::call_statement || only->kind == Kind::assignment ? only : nullptr;
}

/// The block as lowered; nullptr: something else came of it.
Statement* without_block(Statement& block, Tree& tree) {
    const CodeStatement* only = only_statement(block);
    const Make build{tree, block.span};
    if (const auto* call = as<CallStatement>(static_cast<const Node*>(only)))
        return build.statement(call->how == CallStatement::How::call ? "CALL @" : "SELECT @", {call->call});
    const auto* assignment = as<Assignment>(static_cast<const Node*>(only));
    const auto* target =
        assignment == nullptr ? nullptr : as<Spliced>(static_cast<const Node*>(assignment->target));
    if (target == nullptr) return nullptr;
    return build.statement("SELECT @", {assignment->value});
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
        case Kind::anonymous_block: return !has_binds(statement) || only_statement(statement) != nullptr;
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
    const bool takes_binds = statement->kind == Kind::anonymous_block && has_binds(*statement);
    leave_targets(*statement);
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
    std::vector<Statement*> lowered = lower(statement, context);
    if (takes_binds) {
        Statement* plain = lowered.size() == 1 ? without_block(*lowered[0], tree_) : nullptr;
        if (plain == nullptr) return {};
        lowered = {plain};
    }
    std::optional<std::string> made = printed(script, lowered, context);
    if (!made) return {};
    for (Finding& finding : findings) {
        finding.begin = at.begin;
        finding.end = at.end;
        around.findings.push_back(std::move(finding));
    }
    return made;
}

std::optional<std::string> DynamicTexts::printed(const Script& script, const std::vector<Statement*>& made,
                                                 const LowerContext& context) {
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
