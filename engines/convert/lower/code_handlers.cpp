// Handlers, and what ends a transaction around them.
//
// PL/pgSQL undoes what a block did when its handler is entered, and no block with a handler may hold COMMIT
// or ROLLBACK; Oracle keeps the changes, and lets a block do both. So such a block comes apart: each change
// of rows gets a block of its own with the handlers, down into loops and branches, and COMMIT stands between
// them, in a block around all that has no handlers.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {
namespace {

bool ends_transaction(const Node& node) {
    const auto* transaction = as<TransactionStatement>(&node);
    return transaction != nullptr && (transaction->what == TransactionStatement::What::commit ||
                                      transaction->what == TransactionStatement::What::rollback);
}

template <class Is>
bool holds(Node& node, Is is) {
    bool found = false;
    walk(node, [&](Node& each) {
        found = found || is(each);
        return !found;
    });
    return found;
}

bool changes_by_itself(const Node& node) {
    switch (node.kind) {
        case Kind::insert:
        case Kind::update:
        case Kind::delete_:
        case Kind::merge:
        case Kind::execute_immediate:
        case Kind::multi_insert: return true;
        case Kind::call_statement:
            return static_cast<const CallStatement&>(node).how != CallStatement::How::unsaid;
        default: return false;
    }
}

bool changes_rows(Node& node) { return holds(node, changes_by_itself); }

bool raises_at_end(const WhenException& handler) {
    return !handler.body.empty() && handler.body.back()->kind == Kind::raise;
}

bool rolls_back_to(const CodeStatement& statement, Text savepoint) {
    const auto* transaction = as<TransactionStatement>(static_cast<const Node*>(&statement));
    return transaction != nullptr && transaction->what == TransactionStatement::What::rollback_to &&
           transaction->name.name == savepoint;
}

bool is_savepoint(const CodeStatement& statement) {
    const auto* transaction = as<TransactionStatement>(static_cast<const Node*>(&statement));
    return transaction != nullptr && transaction->what == TransactionStatement::What::savepoint;
}

std::size_t size_of(Node& node) {
    std::size_t nodes = 0;
    walk(node, [&nodes](Node&) {
        ++nodes;
        return true;
    });
    return nodes;
}

/// How many groups a body may come apart into.
std::size_t statements_within(const List<CodeStatement*>& body) {
    std::size_t found = 0;
    for (CodeStatement* statement : body) {
        walk(*statement, [&found](Node& each) {
            found += changes_by_itself(each) || ends_transaction(each) ? 1 : 0;
            return true;
        });
    }
    return found + 1;
}

/// Copies of handlers that a block may get: handlers within handlers would otherwise grow without end.
constexpr std::size_t kCopiedNodesMax = 20'000;

bool is_count_of_rows(const CodeStatement& statement) {
    const auto* spliced = as<SplicedCode>(static_cast<const Node*>(&statement));
    return spliced != nullptr && spliced->pieces[0].starts_with("GET DIAGNOSTICS");
}

/// Asking for it fails at nothing that a handler could be meant for.
bool is_plain(Expr* value) {
    return value == nullptr || !holds(*value, [](const Node& each) {
               return each.kind == Kind::call || each.kind == Kind::query || each.kind == Kind::spliced;
           });
}

}  // namespace

/// The handlers of a block, and the block as they want it.
void CodeLowering::handlers(Block& block) {
    if (block.handlers.empty()) return;
    ++handlers_;
    for (WhenException* each : block.handlers) {
        List<Name*> names;
        std::set<Text> known;
        for (const Name* exception : each->exceptions) {
            const Condition condition = condition_of(*exception);
            for (const Text name : condition.names) {
                if (known.insert(name).second) tree().add(names, make(exception->span).name({name}));
            }
            if (!condition.names.empty()) continue;
            for (const Text state : condition.states) {
                if (known.insert(state).second) tree().add(each->states, state);
            }
        }
        each->exceptions = names;
        each->body = statements(each->body);
    }
    --handlers_;
    const bool swallows = std::any_of(block.handlers.begin(), block.handlers.end(),
                                      [](const WhenException* each) { return !raises_at_end(*each); });
    const bool ends = std::any_of(block.body.begin(), block.body.end(),
                                  [](CodeStatement* each) { return holds(*each, ends_transaction); });
    // An autonomous transaction whose handler rolls back means what PL/pgSQL does by itself.
    const bool keeps = swallows && !(autonomous_ && rolls_back_) && !undoing_.contains(&block);
    if (keeps || ends) keep_changes(block);
    List<CodeStatement*> body;
    for (CodeStatement* each : block.body)
        if (!is_savepoint(*each)) tree().add(body, each);
    block.body = body;
}

/// The savepoint that the handlers of a block roll back to, and that the block begins or sets on its way;
/// empty: none. Entering the handler undoes what came after it.
Text CodeLowering::savepoint_of(const Block& block) {
    for (const CodeStatement* each : block.body) {
        if (!is_savepoint(*each)) continue;
        const Text name = static_cast<const TransactionStatement*>(each)->name.name;
        for (const WhenException* handler : block.handlers) {
            if (std::any_of(handler->body.begin(), handler->body.end(),
                            [name](const CodeStatement* one) { return rolls_back_to(*one, name); }))
                return name;
        }
    }
    return {};
}

/// Handlers of the block that go on without rolling back: in Oracle the changes since the savepoint stay.
void CodeLowering::tell_other_handlers(const Block& block, Text savepoint) {
    for (const WhenException* handler : block.handlers) {
        const bool undoes =
            std::any_of(handler->body.begin(), handler->body.end(),
                        [savepoint](const CodeStatement* each) { return rolls_back_to(*each, savepoint); });
        if (!undoes && !raises_at_end(*handler))
            context_.add_finding(9107, Complexity::medium, handler->span,
                                 "it undoes what was changed since the savepoint");
    }
}

/// BEGIN a; b; EXCEPTION … END as <<kept>> BEGIN BEGIN a; EXCEPTION … EXIT kept; END; BEGIN b; … END; END
void CodeLowering::keep_changes(Block& block) {
    std::uint32_t changes = 0;
    bool apart = false;
    for (CodeStatement* each : block.body) {
        if (is_savepoint(*each)) {  // what comes behind it is meant to be undone
            apart = apart || changes > 0;
            break;
        }
        const bool nests = each->kind == Kind::loop || each->kind == Kind::if_ || each->kind == Kind::block ||
                           each->kind == Kind::case_statement;
        const bool changed = changes_rows(*each);
        changes += changed ? 1 : 0;
        apart = apart || changes > 1 || (nests && changed) || holds(*each, ends_transaction) ||
                (changed && each != block.body.back() && !is_count_of_rows(*block.body.back()));
    }
    if (!apart) {
        for (CodeStatement* each : block.body) leave_transaction(*each);
        return;
    }
    std::size_t copied = 0;
    for (WhenException* each : block.handlers) copied += size_of(*each);
    if (copied * statements_within(block.body) > kCopiedNodesMax) {
        context_.add_finding(9107, Complexity::medium, block.span,
                             "what was changed before an error is undone by the handler");
        for (CodeStatement* each : block.body) leave_transaction(*each);
        return;
    }
    const Make build = make(block.span);
    const Text label = build.keep("kept$" + std::to_string(++temporaries_));
    auto* whole = tree().make<Block>(block.span);
    whole->body = guarded(block.body, block, label);
    tree().add(whole->labels, {.name = label, .span = block.span});
    block.body = {};
    tree().add(block.body, whole);
    block.handlers = {};
}

/// The statements in groups of one change each, with the handlers of `of` around each group.
CodeLowering::Body CodeLowering::guarded(const Body& statements, const Block& of, Text label) {
    Body made, group;
    bool undone = false;  // behind the savepoint that the handlers roll back to
    bool open = false;    // the last one of `made` is a group that ended with a change
    const auto end_group = [&] {
        if (!group.empty()) tree().add(made, guard(group, of, label));
        open = !group.empty();
        group = {};
    };
    for (CodeStatement* each : statements) {
        if (open && group.empty() && is_count_of_rows(*each)) {
            tree().add(static_cast<Block*>(made.back())->body, each);
            continue;
        }
        if (undone) {
            tree().add(group, each);
        } else if (is_savepoint(*each)) {
            end_group();
            undone = true;
        } else if (ends_transaction(*each)) {
            end_group();
            tree().add(made, each);
            open = false;
        } else if (guard_within(*each, of, label)) {
            end_group();
            tree().add(made, each);
            open = false;
        } else {
            tree().add(group, each);
            if (changes_rows(*each)) end_group();
        }
    }
    end_group();
    return made;
}

/// A loop, a branch or a block that holds changes or ends the transaction: the handlers go into it. False: it
/// is none.
bool CodeLowering::guard_within(CodeStatement& each, const Block& of, Text label) {
    if (!changes_rows(each) && !holds(each, ends_transaction)) return false;
    bool plain = true;
    if (auto* loop = as<Loop>(static_cast<Node*>(&each))) {
        plain = is_plain(loop->condition) && is_plain(loop->low) && is_plain(loop->high) &&
                loop->query == nullptr && loop->cursor == nullptr;
        loop->body = guarded(loop->body, of, label);
    } else if (auto* choice = as<If>(static_cast<Node*>(&each))) {
        for (IfBranch* branch : choice->branches) {
            plain = plain && is_plain(branch->condition);
            branch->body = guarded(branch->body, of, label);
        }
    } else if (auto* cases = as<CaseStatement>(static_cast<Node*>(&each))) {
        plain = is_plain(cases->operand);
        for (IfBranch* branch : cases->branches) {
            plain = plain && is_plain(branch->condition);
            branch->body = guarded(branch->body, of, label);
        }
    } else if (auto* block = as<Block>(static_cast<Node*>(&each));
               block != nullptr && block->handlers.empty()) {
        for (const Declaration* declared : block->declarations) {
            const auto* variable = as<Variable>(static_cast<const Node*>(declared));
            plain = plain && (variable == nullptr || is_plain(variable->value));
        }
        block->body = guarded(block->body, of, label);
    } else {
        return false;
    }
    if (!plain)
        context_.add_finding(9115, Complexity::simple, each.span,
                             "an error of what it asks for itself, a query or a condition, is not handled");
    return true;
}

/// BEGIN group; EXCEPTION … EXIT label; END
Block* CodeLowering::guard(const Body& group, const Block& of, Text label) {
    auto* made = tree().make<Block>(of.span);
    made->body = group;
    for (CodeStatement* each : made->body) leave_transaction(*each);
    for (const WhenException* handler : of.handlers) {
        WhenException* copy = clone_of(tree(), handler);
        tree().add(made->handlers, copy);
        if (raises_at_end(*handler)) continue;
        auto* leave = tree().make<Jump>(of.span);
        leave->label = {.name = label, .span = of.span};
        tree().add(copy->body, leave);
    }
    return made;
}

/// COMMIT and ROLLBACK of handlers within: there are blocks with handlers around them now.
void CodeLowering::leave_transaction(Node& statement) {
    Node* root = &statement;
    rewrite(root, [this](Node* node) -> Node* {
        if (!ends_transaction(*node)) return node;
        Body out;
        take_out(*static_cast<CodeStatement*>(node), 5350, "a handler within a block with handlers", out);
        return out.back();
    });
}

}  // namespace landfall::convert
