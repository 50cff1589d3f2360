// What a catalog keeps beside its entries, and how types are completed while it is declared. Internal to
// meaning/.
#pragma once

#include <map>
#include <unordered_set>

#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {

/// How far an entry is while the catalog is being declared.
enum class Progress : std::uint8_t { untouched, running, done };

struct Catalog::Store {
    Tree arena;
    Settings settings;
    std::vector<std::unique_ptr<Entry>> entries;
    std::unordered_map<Text, std::vector<Entry*>> by_name;
    std::unordered_set<Text> schemas;
    std::unordered_map<const Statement*, Text> schema_of;
    std::unordered_map<const Statement*, Entry*> entry_of;
    std::unordered_map<const Routine*, const Routine*> definition_of, declaration_of;
    std::unordered_map<const Symbol*, int> numbers;
    /// Members and columns by their nodes; `owner` is the entry that holds them.
    struct Member {
        Symbol* symbol = nullptr;
        Entry* owner = nullptr;
    };
    std::unordered_map<const Node*, Member> members;
    std::unordered_map<const TypeOf*, const Entry*> entry_of_type;
    struct NamedConstraint {
        const Entry* table = nullptr;
        const Constraint* constraint = nullptr;
    };
    std::map<std::pair<Text, Text>, NamedConstraint> constraints;

    bool has_methods = false;
    bool declaring = false;
    struct Completing {
        Entry* entry = nullptr;
        Progress progress = Progress::untouched;
    };
    std::unordered_map<const Entry*, Completing> progress;
    std::unordered_set<const Symbol*> running;
};

}  // namespace landfall::convert
