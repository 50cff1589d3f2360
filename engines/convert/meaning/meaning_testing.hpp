// For tests of meaning: a script declared and bound, and its names and expressions found by their text.
#pragma once

#include <string>
#include <vector>

#include "engines/convert/meaning/binder.hpp"
#include "engines/convert/syntax/parser.hpp"
#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert::testing {

struct Bound {
    Script script;
    Tree tree;
    std::vector<Statement*> statements;
    std::vector<Finding> findings;
    Catalog catalog;
    Settings settings;

    explicit Bound(const std::string& text)
        : script{read_script(
              text, "test.sql", {},
              [](const std::string&, const std::string&) -> std::optional<IncludedFile> { return {}; })} {
        Parsed parsed = parse_oracle(script, tree);
        statements = parsed.statements;
        findings = parsed.findings;
        const DeclaredScript one{&script, &statements};
        catalog.declare({&one, 1}, settings);
        for (Statement* each : statements) convert::bind(*each, catalog, tree, findings);
    }
    /// The last node of that type whose source is `text`, without regard to what else there is.
    template <class T>
    [[nodiscard]] const T* last(std::string_view text) const {
        const T* found = nullptr;
        for (Statement* each : statements) {
            walk(*each, [&](Node& node) {
                const T* one = as<T>(&node);
                if (one != nullptr && one->span.of(script.text) == text) found = one;
                return true;
            });
        }
        return found;
    }
    [[nodiscard]] const Symbol* symbol(std::string_view name) const {
        const Name* found = last<Name>(name);
        return found == nullptr || found->binding == nullptr ? nullptr : found->binding->symbol;
    }
    /// The family of the last expression of that text; unknown: no type.
    template <class T = Name>
    [[nodiscard]] TypeOf::Family family(std::string_view text) const {
        const T* found = last<T>(text);
        return found == nullptr || found->type == nullptr ? TypeOf::Family::unknown : found->type->family;
    }
};

}  // namespace landfall::convert::testing
