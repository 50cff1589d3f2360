#include "services/dms/model_tree.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engines/convert/text/letter_case.hpp"

namespace landfall::dms {
namespace {

constexpr std::string_view kNoSchema = "public";

/// A name as the source shows it: of Oracle's the converter has folded what was not quoted to small letters.
std::string shown(std::string_view name, Dialect dialect) {
    if (dialect != Dialect::oracle) return std::string{name};
    const bool folded = convert::in_lower_case(name) == name;
    return folded ? convert::in_upper_case(name) : std::string{name};
}

/// By what a model is found while the tree is made: the names as the converter has them.
struct ModelKey {
    std::string schema, category, name;
    auto operator<=>(const ModelKey&) const = default;
};

class TreeMaker {
public:
    TreeMaker(const convert::Conversion& conversion, const convert::Settings& settings)
        : conversion_{conversion}, settings_{settings} {}

    std::map<ModelKey, std::vector<std::size_t>> make() {
        const auto& objects = conversion_.objects;
        for (const convert::Object& object : objects)
            if (object.kind == "table") tables_.emplace(statement_of(object), own_key(object));
        for (std::size_t i = 0; i < objects.size(); ++i) {
            if (category_of_kind(objects[i].kind).empty()) continue;
            const auto table = tables_.find(statement_of(objects[i]));
            add(table != tables_.end() ? table->second : own_key(objects[i]), i);
        }
        for (std::size_t i = 0; i < objects.size(); ++i)
            if (category_of_kind(objects[i].kind).empty()) add(owner_of(objects[i]), i);
        return std::move(models_);
    }

private:
    std::string schema_of(const convert::Object& object) const {
        if (!object.schema.empty()) return object.schema;
        return settings_.default_schema.empty() ? std::string{kNoSchema} : settings_.default_schema;
    }
    /// What has no name is known by its place.
    static std::string name_of(const convert::Object& object) {
        if (!object.name.empty()) return object.name;
        return object.source.file + ":" + std::to_string(object.source.line);
    }
    /// Where its statement begins.
    using Statement = std::tuple<std::string_view, std::uint32_t, std::uint32_t>;
    static Statement statement_of(const convert::Object& object) {
        return {object.source.file, object.source.line, object.source.column};
    }
    ModelKey own_key(const convert::Object& object) const {
        return {schema_of(object), std::string{category_of_kind(object.kind)}, name_of(object)};
    }
    ModelKey owner_of(const convert::Object& object) const {
        if (object.kind == "schema") return {object.name, {}, {}};
        const std::string schema = schema_of(object);
        for (const std::string_view category : {"Tables", "Views", "Materialized views", "Procedures",
                                                "Functions", "Packages", "Sequences", "Types", "Synonyms"}) {
            ModelKey key{schema, std::string{category}, object.name};
            if (models_.contains(key)) return key;
        }
        return {schema, "Other objects", name_of(object)};
    }
    void add(ModelKey key, std::size_t index) {
        models_[{key.schema, {}, {}}];
        models_[std::move(key)].push_back(index);
    }

    const convert::Conversion& conversion_;
    const convert::Settings& settings_;
    std::map<Statement, ModelKey> tables_;
    std::map<ModelKey, std::vector<std::size_t>> models_;
};

convert::Conversion converted(const ScriptFiles& files, Dialect dialect, convert::Settings settings) {
    using Server = convert::MysqlSettings::Server;
    if (dialect == Dialect::oracle)
        return convert::convert_oracle(roots_of(files), settings, loader_of(files));
    settings.mysql.server = dialect == Dialect::mariadb ? Server::mariadb : Server::mysql;
    return convert::convert_mysql(roots_of(files), settings, loader_of(files));
}

/// Is it what the rule names, or does it stand below that?
bool stands_below(const Place& place, const SelectionRule& rule) { return Selection{{rule}}.covers(place); }

}  // namespace

std::optional<Dialect> dialect_of(std::string_view engine) {
    if (engine == "oracle") return Dialect::oracle;
    if (engine == "mariadb") return Dialect::mariadb;
    if (engine == "mysql" || engine == "aurora") return Dialect::mysql;
    return std::nullopt;
}

ModelTree make_tree(ScriptFiles files, Dialect dialect, const convert::Settings& settings,
                    const ServerNames& servers) {
    ModelTree tree{.files = std::move(files)};
    tree.conversion = converted(tree.files, dialect, settings);
    for (auto& [key, objects] : TreeMaker{tree.conversion, settings}.make()) {
        std::sort(objects.begin(), objects.end());
        tree.models.push_back(
            {.source = {servers.source, shown(key.schema, dialect), key.category, shown(key.name, dialect)},
             .target = {servers.target, key.schema, key.category, key.name},
             .objects = std::move(objects)});
    }
    return tree;
}

bool Loaded::covers(const Model& model) const {
    return std::any_of(selections.begin(), selections.end(),
                       [&](const Selection& selection) { return selection.covers(model.source); });
}

std::vector<Child> children_of(const std::vector<const Model*>& there, Origin origin,
                               const SelectionRule& rule, std::string_view server) {
    const Place& parent = rule.place;
    const bool of_server = parent.schema.empty() && !rule.schemas;
    if (of_server) {
        if (there.empty()) return {};
        return {{"Schemas", selection_of(Place{.server = std::string{server}}, Below::schemas)}};
    }
    std::vector<Child> children;
    std::set<std::string> names;
    for (const Model* model : there) {
        Place place = model->at(origin);
        if (!stands_below(place, rule)) continue;
        std::string name;
        if (rule.schemas) {
            name = place.schema;
            place.category.clear();
            place.object.clear();
        } else if (parent.category.empty()) {
            name = place.category;
            place.object.clear();
        } else if (parent.object.empty()) {
            name = place.object;
        }
        if (name.empty() || !names.insert(name).second) continue;
        children.push_back({std::move(name), selection_of(place)});
    }
    return children;
}

bool exists(const std::vector<const Model*>& there, Origin origin, const SelectionRule& rule) {
    return std::any_of(there.begin(), there.end(),
                       [&](const Model* model) { return stands_below(model->at(origin), rule); });
}

const Model* model_at(const std::vector<const Model*>& there, Origin origin, const SelectionRule& rule) {
    const Place& wanted = rule.place;
    if (wanted.schema.empty() || (!wanted.category.empty() && wanted.object.empty())) return nullptr;
    for (const Model* model : there) {
        const Place& place = model->at(origin);
        if (stands_below(place, rule) && place.object.empty() == wanted.object.empty()) return model;
    }
    return nullptr;
}

std::string definition_of(const ModelTree& tree, const Model& model, Origin origin) {
    std::string text;
    std::set<std::pair<std::string_view, std::uint32_t>> seen;
    for (const std::size_t index : model.objects) {
        const convert::Object& object = tree.conversion.objects[index];
        if (origin == Origin::target) {
            text += object.sql;
            continue;
        }
        if (object.source.file.empty() || !seen.insert({object.source.file, object.source.line}).second)
            continue;
        text += lines_of(tree.files, object.source.file, object.source.line, object.source_lines);
        if (!text.empty() && text.back() != '\n') text += '\n';
    }
    return text;
}

convert::Conversion part_of(const ModelTree& tree, const std::vector<const Model*>& models) {
    const convert::Conversion& whole = tree.conversion;
    std::vector<bool> wanted(whole.objects.size(), false);
    std::set<std::string_view> schemas;
    for (const Model* model : models) {
        schemas.insert(model->target.schema);
        for (const std::size_t index : model->objects) wanted[index] = true;
    }
    convert::Conversion part;
    part.runtime_pack = whole.runtime_pack;
    std::vector<std::size_t> moved(whole.objects.size(), whole.objects.size());
    for (std::size_t i = 0; i < whole.objects.size(); ++i) {
        const convert::Object& object = whole.objects[i];
        if (!wanted[i] && (object.kind != "schema" || !schemas.contains(object.name))) continue;
        moved[i] = part.objects.size();
        part.objects.push_back(object);
        part.lines += object.source_lines;
    }
    for (const convert::PlacedFinding& finding : whole.findings) {
        if (finding.object >= moved.size() || moved[finding.object] == whole.objects.size()) continue;
        part.findings.push_back(finding);
        part.findings.back().object = moved[finding.object];
    }
    using Outcome = convert::Object::Outcome;
    for (const convert::Object& object : part.objects)
        ++(object.outcome == Outcome::emitted   ? part.emitted
           : object.outcome == Outcome::dropped ? part.dropped
                                                : part.raw);
    part.statements = part.objects.size();
    return part;
}

}  // namespace landfall::dms
