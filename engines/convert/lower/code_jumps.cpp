#include "engines/convert/lower/code_jumps.hpp"

#include <string>

#include "engines/convert/lower/make.hpp"

namespace landfall::convert {
namespace {

using Body = List<CodeStatement*>;

/// Of one routine: each looks at all its statements and may nest them once more.
constexpr unsigned kLabelsMax = 100;

bool is_goto(const Node& node) {
    const auto* jump = as<Jump>(&node);
    return jump != nullptr && jump->what == Jump::What::goto_;
}

bool goes_to(CodeStatement& statement, Text label) {
    bool found = false;
    walk(statement, [&](Node& node) {
        found = found || (is_goto(node) && static_cast<const Jump&>(node).label.name == label);
        return !found && node.kind != Kind::routine;
    });
    return found;
}

void turn(CodeStatement& statement, Text label, Jump::What into, Text target) {
    walk(statement, [&](Node& node) {
        if (!is_goto(node) || static_cast<Jump&>(node).label.name != label) return node.kind != Kind::routine;
        auto& jump = static_cast<Jump&>(node);
        jump.what = into;
        jump.label.name = target;
        return false;
    });
}

/// EXIT or CONTINUE without a label, of a loop around the statement.
bool leaves_loop_around(CodeStatement& statement) {
    bool found = false;
    walk(statement, [&](Node& node) {
        const auto* jump = as<Jump>(&node);
        found = found || (jump != nullptr && jump->what != Jump::What::goto_ && jump->label.empty());
        return !found && node.kind != Kind::loop && node.kind != Kind::routine;
    });
    return found;
}

class Jumps {
public:
    explicit Jumps(Tree& tree) : tree_{tree} {}

    void of_block(Block& block) {
        block.body = structured(block.body);
        for (WhenException* each : block.handlers) each->body = structured(each->body);
    }

private:
    void of_statement(CodeStatement& statement) {
        Node* node = &statement;
        if (auto* block = as<Block>(node)) of_block(*block);
        if (auto* loop = as<Loop>(node)) loop->body = structured(loop->body);
        if (auto* choice = as<If>(node))
            for (IfBranch* each : choice->branches) each->body = structured(each->body);
        if (auto* cases = as<CaseStatement>(node))
            for (IfBranch* each : cases->branches) each->body = structured(each->body);
    }

    Body structured(const Body& list) {
        Body made = list;
        for (CodeStatement* each : made) of_statement(*each);
        for (std::uint32_t at = 0; at < made.size(); ++at) {
            const List<Identifier> labels = made[at]->labels;
            for (const Identifier& label : labels) {
                if (left_ == 0) return made;
                --left_;
                backward(made, at, label.name);
                at = forward(made, at, label.name);
            }
        }
        return made;
    }

    /// The statements before `at` from the first that goes there: a block. Where the labelled one stands now.
    std::uint32_t forward(Body& list, std::uint32_t at, Text label) {
        std::uint32_t first = 0;
        while (first < at && !goes_to(*list[first], label)) ++first;
        if (first == at) return at;
        const Text target = tree_.keep(std::string{label} + "$out");
        auto* block = tree_.make<Block>(list[first]->span);
        Body made;
        for (std::uint32_t i = 0; i < first; ++i) tree_.add(made, list[i]);
        for (std::uint32_t i = first; i < at; ++i) {
            turn(*list[i], label, Jump::What::exit, target);
            tree_.add(block->body, list[i]);
        }
        tree_.add(block->labels, {.name = target, .span = block->span});
        tree_.add(made, static_cast<CodeStatement*>(block));
        forget(*list[at], label);
        for (std::uint32_t i = at; i < list.size(); ++i) tree_.add(made, list[i]);
        list = made;
        return first + 1;
    }

    /// The statements from `at` to the last that goes back there: a loop.
    void backward(Body& list, std::uint32_t at, Text label) {
        std::uint32_t last = list.size();
        while (last > at && !goes_to(*list[last - 1], label)) --last;
        if (last == at) return;
        for (std::uint32_t i = at; i < last; ++i)
            if (leaves_loop_around(*list[i])) return;
        const Text target = tree_.keep(std::string{label} + "$again");
        auto* loop = tree_.make<Loop>(list[at]->span);
        Body made;
        for (std::uint32_t i = 0; i < at; ++i) tree_.add(made, list[i]);
        forget(*list[at], label);
        for (std::uint32_t i = at; i < last; ++i) {
            turn(*list[i], label, Jump::What::continue_, target);
            tree_.add(loop->body, list[i]);
        }
        auto* leave = tree_.make<Jump>(loop->span);
        leave->label = {.name = target, .span = loop->span};
        tree_.add(loop->body, static_cast<CodeStatement*>(leave));
        tree_.add(loop->labels, {.name = target, .span = loop->span});
        tree_.add(made, static_cast<CodeStatement*>(loop));
        for (std::uint32_t i = last; i < list.size(); ++i) tree_.add(made, list[i]);
        list = made;
    }

    /// Loops and blocks keep their labels: EXIT may name them.
    void forget(CodeStatement& statement, Text label) {
        if (statement.kind == Kind::block || statement.kind == Kind::loop) return;
        List<Identifier> kept;
        for (const Identifier& each : statement.labels)
            if (each.name != label) tree_.add(kept, each);
        statement.labels = kept;
    }

    unsigned left_ = kLabelsMax;
    Tree& tree_;
};

}  // namespace

void structure_jumps(Block& body, Tree& tree) {
    bool any = false;
    walk(body, [&any](Node& node) {
        any = any || is_goto(node);
        return !any;
    });
    if (any) Jumps{tree}.of_block(body);
}

}  // namespace landfall::convert
