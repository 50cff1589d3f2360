#include "engines/convert/passing_code.hpp"

namespace landfall::convert {

std::set<Text> synonym_targets(std::span<Statement* const> statements) {
    std::set<Text> names;
    for (const Statement* each : statements) {
        const auto* synonym = as<CreateSynonym>(static_cast<const Node*>(each));
        if (synonym != nullptr && synonym->target != nullptr && !synonym->target->parts.empty())
            names.insert(synonym->target->parts.back().name);
    }
    return names;
}

bool is_passing(const Statement& statement, const std::set<Text>& synonym_targets) {
    const Node* node = &statement;
    if (as<AnonymousBlock>(node) != nullptr || as<ScriptSql>(node) != nullptr) return true;
    const auto* create = as<CreateRoutine>(node);
    return create != nullptr && create->object != nullptr && !create->object->parts.empty() &&
           create->routine != nullptr && create->routine->body != nullptr &&
           !synonym_targets.contains(create->object->parts.back().name);
}

PassingCode::PassingCode(Statement& statement, Tree& lasting) : statement_{statement} {
    const auto* create = as<CreateRoutine>(static_cast<const Node*>(&statement));
    if (create == nullptr) return;
    routine_ = create->routine;
    Routine routine = *create->routine;
    routine.body = nullptr;
    CreateRoutine head = *create;
    head.routine = &routine;
    head_ = clone_of(lasting, &head);
}

PassingCode::~PassingCode() {
    Node* node = &statement_;
    if (auto* create = as<CreateRoutine>(node)) {
        *routine_ = *head_->routine;
        *create = *head_;
        create->routine = routine_;
    } else if (auto* script = as<AnonymousBlock>(node)) {
        script->block = nullptr;
    } else if (auto* sql = as<ScriptSql>(node)) {
        sql->sql = nullptr;
    }
}

}  // namespace landfall::convert
