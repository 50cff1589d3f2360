// What the units of all scripts declare, by name: which package has which members, which routine has which
// parameters, which table has which columns. Read from the trees alone.
//
// Invariants
//   1. The index holds pointers into the trees, which live as long as it; types and values that passes
//      rewrite in place are asked for through clones that were made when the index was made.
//   2. Names are as trees spell them (tree.hpp, invariant 4); schemas of packages, types and views are not
//      told apart.
// Threads: immutable once made.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {

struct PackageUnit {
    Text name;
    const CreatePackage* specification = nullptr;
    const CreatePackage* body = nullptr;
    bool supplied = false;                      ///< Oracle's own: its functions are the runtime pack's
    std::multimap<Text, Declaration*> members;  ///< clones; of the specification, then of the body
    /// Variables, and constants whose value is no plain expression: what a session keeps.
    [[nodiscard]] bool has_state() const;
    [[nodiscard]] Declaration* member(Text wanted) const;
    [[nodiscard]] const Routine* routine(Text wanted) const;
    [[nodiscard]] std::vector<const Routine*> routines(Text name) const;
    /// The declaration in the unit itself that a member is a clone of: its values are lowered with the unit.
    [[nodiscard]] const Declaration* original(const Declaration& member) const;
};

class CodeIndex {
public:
    CodeIndex() = default;
    CodeIndex(const std::vector<Statement*>& statements, Tree& tree);

    /// Declarations of Oracle's own packages; those that a script declares itself are kept.
    void add_supplied(const std::vector<Statement*>& statements, Tree& tree);

    [[nodiscard]] const PackageUnit* package(Text name) const;
    /// Of a schema: that of `owner`, else one that no schema is said of, else any.
    [[nodiscard]] const Routine* routine(Text owner, Text name) const;
    /// The schema that the CREATE of such a routine names; empty: none.
    [[nodiscard]] Text schema_of(const Routine& routine) const;
    [[nodiscard]] const CreateType* type(Text name) const;
    [[nodiscard]] const CreateTable* table(Text owner, Text name) const;
    [[nodiscard]] bool has_view(Text name) const { return views_.contains(name); }

private:
    void add_package(const CreatePackage& unit, Tree& tree);
    void add_synonym(const CreateSynonym& synonym);

    std::map<Text, PackageUnit> packages_;
    std::map<Text, Text> package_synonyms_;
    template <class T>
    using Owned = std::multimap<Text, std::pair<Text, const T*>>;  ///< by name: schema as written, thing
    Owned<Routine> routines_;
    std::map<Text, const CreateType*> types_;
    Owned<CreateTable> tables_;
    std::map<Text, const CreateView*> views_;
};

/// Whether both are one routine: its declaration and its definition, as far as heads tell.
[[nodiscard]] bool same_head(const Routine& a, const Routine& b);

/// A constant that is written out wherever it is named: made of literals, operators and such constants only.
[[nodiscard]] bool is_plain_constant(const Declaration& declaration);

}  // namespace landfall::convert
