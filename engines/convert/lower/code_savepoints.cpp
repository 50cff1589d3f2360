// Savepoints as blocks with handlers: entering the handler of a block undoes what the block did.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {
namespace {

using What = TransactionStatement::What;

const TransactionStatement* as_transaction(const CodeStatement* statement, What what) {
    const auto* found = as<TransactionStatement>(static_cast<const Node*>(statement));
    return found != nullptr && found->what == what ? found : nullptr;
}

bool rolls_back_to(const CodeStatement* statement, Text savepoint) {
    const TransactionStatement* found = as_transaction(statement, What::rollback_to);
    return found != nullptr && found->name.name == savepoint;
}

bool is_in(const List<CodeStatement*>& list, Text savepoint) {
    return std::any_of(list.begin(), list.end(),
                       [savepoint](const CodeStatement* each) { return rolls_back_to(each, savepoint); });
}

std::size_t times_within(CodeStatement& statement, Text savepoint) {
    std::size_t times = 0;
    walk(statement, [&](Node& node) {
        if (node.kind == Kind::transaction_statement &&
            rolls_back_to(static_cast<const CodeStatement*>(&node), savepoint))
            ++times;
        return true;
    });
    return times;
}

/// Where the handler of the block that follows rolls back to the savepoint.
Block* block_that_undoes(CodeStatement* next, Text savepoint) {
    auto* block = as<Block>(static_cast<Node*>(next));
    if (block == nullptr) return nullptr;
    const bool undoes = std::any_of(block->handlers.begin(), block->handlers.end(),
                                    [&](const WhenException* each) { return is_in(each->body, savepoint); });
    return undoes ? block : nullptr;
}

/// Does it roll back itself, or as a branch of IF?
bool may_end_region(CodeStatement* statement, Text savepoint) {
    if (rolls_back_to(statement, savepoint)) return true;
    auto* choice = as<If>(static_cast<Node*>(statement));
    return choice != nullptr &&
           std::any_of(choice->branches.begin(), choice->branches.end(),
                       [&](const IfBranch* branch) { return is_in(branch->body, savepoint); });
}

}  // namespace

/// SAVEPOINT s; BEGIN … EXCEPTION … ROLLBACK TO s: the savepoint goes into the block. SAVEPOINT s; a; b; IF c
/// THEN ROLLBACK TO s; d; END IF: a block that raises, whose handler does d.
CodeLowering::Body CodeLowering::with_savepoints(const Body& list) {
    Body made;
    for (std::uint32_t i = 0; i < list.size(); ++i) {
        const TransactionStatement* set = as_transaction(list[i], What::savepoint);
        if (set == nullptr || set->name.name == savepoint_) {
            tree().add(made, list[i]);
            continue;
        }
        const Text name = set->name.name;
        Block* next = i + 1 < list.size() ? block_that_undoes(list[i + 1], name) : nullptr;
        std::size_t times = 0;
        std::uint32_t last = i;
        for (std::uint32_t k = i + 1; k < list.size(); ++k) {
            const std::size_t here = times_within(*list[k], name);
            times += here;
            if (here > 0) last = k;
        }
        if (next != nullptr && last == i + 1) {
            tree().insert(next->body, 0, list[i]);
        } else if (times == 1 && may_end_region(list[last], name)) {
            tree().add(made, savepoint_region(list, i + 1, last));
            i = last;
        } else {
            tree().add(made, list[i]);
        }
    }
    return made;
}

/// The statements of the list from `from`, the last of which rolls back, at `to`.
Block* CodeLowering::savepoint_region(const Body& list, std::uint32_t from, std::uint32_t to) {
    const Span at = list[from - 1]->span;
    const Text savepoint = static_cast<const TransactionStatement*>(list[from - 1])->name.name;
    const Make build = make(at);
    const Text state = build.keep(state_of("savepoint", savepoint));
    auto* made = tree().make<Block>(at);
    made->labels = list[from - 1]->labels;
    auto* handler = tree().make<WhenException>(at);
    tree().add(handler->states, state);
    const auto raise = [&] {
        return build.code("RAISE EXCEPTION USING ERRCODE = @, MESSAGE = 'rollback to savepoint'",
                          {build.text(state)});
    };
    for (std::uint32_t i = from; i < to; ++i) tree().add(made->body, list[i]);
    if (auto* choice = as<If>(static_cast<Node*>(list[to]))) {
        for (IfBranch* branch : choice->branches) {
            Body before;
            bool behind = false;
            for (CodeStatement* each : branch->body) {
                const bool here = rolls_back_to(each, savepoint);
                if (here)
                    tree().add(before, raise());
                else
                    tree().add(behind ? handler->body : before, each);
                behind = behind || here;
            }
            branch->body = before;
        }
        tree().add(made->body, list[to]);
    } else {
        tree().add(made->body, raise());
    }
    if (handler->body.empty()) tree().add(handler->body, tree().make<NullStatement>(at));
    tree().add(made->handlers, handler);
    undoing_.insert(made);
    return made;
}

}  // namespace landfall::convert
