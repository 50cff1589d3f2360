// ModelTree: the metadata models of a project, as their clients walk through them: the source's, and what
// they become in the target.
//
//   server ▸ Schemas ▸ schema ▸ Tables, Views, … ▸ object
//
// Invariants
//   1. Each object of the conversion belongs to exactly one model: its own, or that of the table whose
//      statement made it too (indexes and types of MySQL), or of the table, view or routine whose name it has
//      (keys, comments, grants), or its schema's.
//   2. Models are in the order of their names within category and schema.
//   3. Names of the source are shown in capitals where Oracle folds them, names of the target in small
//      letters; objects without a schema are in PUBLIC, and in the target's public.
// Threads: immutable once made.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dms/model_rules.hpp"
#include "services/dms/model_scripts.hpp"

namespace landfall::dms {

enum class Origin : std::uint8_t { source, target };
enum class Dialect : std::uint8_t { oracle, mysql, mariadb };
/// nullopt: scripts of that engine are not converted.
[[nodiscard]] std::optional<Dialect> dialect_of(std::string_view engine);

struct Model {
    Place source;  ///< a schema's has neither category nor object
    Place target;
    std::vector<std::size_t> objects;  ///< indexes into Conversion::objects, in the order of loading
    [[nodiscard]] const Place& at(Origin origin) const { return origin == Origin::source ? source : target; }
};

/// What the tree calls both sides.
struct ServerNames {
    std::string source;
    std::string target;
    auto operator<=>(const ServerNames&) const = default;
};

/// Everything that was read and made of one set of scripts.
struct ModelTree {
    ScriptFiles files;
    convert::Conversion conversion;
    std::vector<Model> models;  ///< those of a schema behind the schema's own
};

[[nodiscard]] ModelTree make_tree(ScriptFiles files, Dialect dialect, const convert::Settings& settings,
                                  const ServerNames& servers);

/// Which models are there: those that every one of these covers, by their places in the source.
struct Loaded {
    std::vector<Selection> selections;
    [[nodiscard]] bool covers(const Model& model) const;
};

/// A child as DescribeMetadataModelChildren shows it.
struct Child {
    std::string name;
    std::string selection;
    bool operator==(const Child&) const = default;
};
/// The children of what the rule names, among the models that are there; empty: none, or a leaf.
[[nodiscard]] std::vector<Child> children_of(const std::vector<const Model*>& there, Origin origin,
                                             const SelectionRule& rule, std::string_view server);
/// Whether anything that is there is at that place or below it.
[[nodiscard]] bool exists(const std::vector<const Model*>& there, Origin origin, const SelectionRule& rule);
/// The one object or schema at that very place; nullptr for servers and categories.
[[nodiscard]] const Model* model_at(const std::vector<const Model*>& there, Origin origin,
                                    const SelectionRule& rule);

/// The text of the scripts that a model was read from, or the SQL that it became.
[[nodiscard]] std::string definition_of(const ModelTree& tree, const Model& model, Origin origin);

/// The part of a conversion that these models are, with the schemas that they need; findings keep to their
/// objects.
[[nodiscard]] convert::Conversion part_of(const ModelTree& tree, const std::vector<const Model*>& models);

}  // namespace landfall::dms
