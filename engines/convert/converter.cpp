#include "engines/convert/converter.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <set>
#include <unordered_set>

#include "base/result.hpp"
#include "engines/convert/dynamic_texts.hpp"
#include "engines/convert/load_order.hpp"
#include "engines/convert/lower/code_index.hpp"
#include "engines/convert/lower/definitions_together.hpp"
#include "engines/convert/lower/lower.hpp"
#include "engines/convert/lower/mysql.hpp"
#include "engines/convert/lower/supplied_packages.hpp"
#include "engines/convert/meaning/binder.hpp"
#include "engines/convert/meaning/catalog.hpp"
#include "engines/convert/passing_code.hpp"
#include "engines/convert/postgres/identifiers.hpp"
#include "engines/convert/postgres/validate.hpp"
#include "engines/convert/syntax/parser.hpp"
#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/mysql_script.hpp"

namespace landfall::convert {
namespace {

constexpr std::size_t kSourceTextMax = 2000;
constexpr int kNothingCame = 9033, kSuperseded = 9036, kLoadCircle = 9041;

/// A statement of a script with what is known of it before it is lowered.
struct Source {
    const Script* script = nullptr;
    std::size_t number = 0;  ///< of the script
    std::size_t index = 0;   ///< of the statement in its script
    Statement* statement = nullptr;
    std::string kind, schema, name;
};

const Name* object_of(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_table: return static_cast<const CreateTable&>(statement).object;
        case Kind::alter_table: return static_cast<const AlterTable&>(statement).object;
        case Kind::create_index: return static_cast<const CreateIndex&>(statement).object;
        case Kind::create_sequence: return static_cast<const CreateSequence&>(statement).object;
        case Kind::create_view: return static_cast<const CreateView&>(statement).object;
        case Kind::create_synonym: return static_cast<const CreateSynonym&>(statement).object;
        case Kind::comment_on: return static_cast<const CommentOn&>(statement).object;
        case Kind::grant: return static_cast<const Grant&>(statement).object;
        case Kind::drop: return static_cast<const Drop&>(statement).object;
        case Kind::create_routine: return static_cast<const CreateRoutine&>(statement).object;
        case Kind::create_package: return static_cast<const CreatePackage&>(statement).object;
        case Kind::create_type: return static_cast<const CreateType&>(statement).object;
        case Kind::create_type_body: return static_cast<const CreateTypeBody&>(statement).object;
        case Kind::create_trigger: return static_cast<const CreateTrigger&>(statement).object;
        case Kind::other_statement: return static_cast<const OtherStatement&>(statement).object;
        case Kind::raw_statement: return static_cast<const RawStatement&>(statement).object;
        default: return nullptr;
    }
}

std::string kind_of(const Statement& statement) {
    switch (statement.kind) {
        case Kind::create_table: return "table";
        case Kind::alter_table: return "constraint";
        case Kind::create_index: return "index";
        case Kind::create_sequence: return "sequence";
        case Kind::create_view:
            return static_cast<const CreateView&>(statement).materialized ? "materialized view" : "view";
        case Kind::create_synonym: return "synonym";
        case Kind::comment_on: return "comment";
        case Kind::grant: return "grant";
        case Kind::drop: return "drop";
        case Kind::create_routine:
            return static_cast<const CreateRoutine&>(statement).routine->what == Routine::What::function
                       ? "function"
                       : "procedure";
        case Kind::create_package:
            return static_cast<const CreatePackage&>(statement).body ? "package body" : "package";
        case Kind::create_type: return "type";
        case Kind::create_type_body: return "type body";
        case Kind::create_trigger: return "trigger";
        case Kind::raw_statement: {
            const std::string what = in_lower_case(static_cast<const RawStatement&>(statement).what);
            return what.starts_with("create ") ? what.substr(7) : "script";
        }
        default: return "script";
    }
}

/// One conversion: everything that lives as long as its trees. What differs by the source's dialect is
/// virtual; what stands here is Oracle's.
class Run {
public:
    Run(const Settings& settings, const IncludeLoader& load) : settings_{settings}, load_{load} {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    virtual ~Run() = default;

    Conversion run(const std::vector<Input>& inputs) {
        for (const Input& input : inputs) parse(input);
        relate();
        synonym_targets_ = synonym_targets(statements());
        for (const Source& source : sources_) convert(source);
        order();
        CHECK(result_.emitted + result_.dropped + result_.raw == result_.statements);
        return std::move(result_);
    }

protected:
    [[nodiscard]] virtual Script read(const Input& input) {
        return read_script(input.bytes, input.name, settings_.script, load_);
    }
    [[nodiscard]] virtual Parsed parse(const Script& script) { return parse_oracle(script, tree_); }
    /// What the statements need of each other, before any is lowered.
    virtual void relate() {
        const std::vector<Statement*> statements = this->statements();
        superseded_ = superseded_definitions(statements);
        std::vector<Statement*> standing;
        std::copy_if(statements.begin(), statements.end(), std::back_inserter(standing),
                     [this](const Statement* each) { return !superseded_.contains(each); });
        relate_definitions(standing, tree_);
        declare();
        units_ = std::make_unique<CodeIndex>(statements, tree_);
        supplied_ = read_script(std::string{supplied_declarations()}, "oracle", {}, nullptr);
        units_->add_supplied(parse_oracle(supplied_, tree_).statements, tree_);
    }
    [[nodiscard]] virtual std::vector<Statement*> lowered(const Source& source, LowerContext& context) {
        landfall::convert::bind(*source.statement, catalog_, context.tree, context.findings);
        return superseded_.contains(source.statement) ? std::vector<Statement*>{}
                                                      : lower(source.statement, context);
    }
    [[nodiscard]] std::vector<Statement*> statements() const {
        std::vector<Statement*> all;
        for (const Source& source : sources_) all.push_back(source.statement);
        return all;
    }
    static void name(Source& source) {
        const Name* object = object_of(*source.statement);
        if (object == nullptr || object->parts.empty()) return;
        source.name = object->parts.back().name;
        source.schema = object->parts.size() > 1 ? object->parts.front().name : Text{};
    }

    const Settings& settings_;
    const IncludeLoader& load_;
    Tree tree_;
    std::deque<Script> scripts_;  ///< trees hold views of their texts
    std::vector<Source> sources_;
    std::set<const Statement*> superseded_;

private:
    void parse(const Input& input) {
        scripts_.push_back(read(input));
        const Script& script = scripts_.back();
        Parsed parsed = parse(script);
        std::vector<Token>{}.swap(scripts_.back().tokens);  // the trees hold what is needed of them
        CHECK(parsed.statements.size() == script.statements.size());
        std::vector<Finding>& findings = told_.emplace_back(Told{std::move(parsed.findings)}).findings;
        findings.insert(findings.end(), script.findings.begin(), script.findings.end());
        std::stable_sort(findings.begin(), findings.end(),
                         [](const Finding& a, const Finding& b) { return a.begin < b.begin; });
        for (const InputFile& file : script.files) result_.lines += file.line_starts.size();
        result_.statements += script.statements.size();
        for (std::size_t i = 0; i < parsed.statements.size(); ++i) add(script, i, parsed.statements[i]);
        parsed_.push_back(std::move(parsed.statements));
    }
    void add(const Script& script, std::size_t index, Statement* statement) {
        Source source{.script = &script,
                      .number = scripts_.size() - 1,
                      .index = index,
                      .statement = statement,
                      .kind = kind_of(*statement)};
        name(source);
        sources_.push_back(std::move(source));
    }
    void declare() {
        std::vector<DeclaredScript> declared;
        for (std::size_t i = 0; i < scripts_.size(); ++i)
            declared.push_back({.script = &scripts_[i], .statements = &parsed_[i]});
        catalog_.declare(declared, settings_);
    }

    /// The findings of the source's text, those between two statements with the second.
    std::vector<Finding> findings_of(const Source& source) {
        Told& told = told_[source.number];
        const Script& script = scripts_[source.number];
        const bool last = source.index + 1 == script.statements.size();
        const std::uint32_t end = script.statements[source.index].span.end;
        std::vector<Finding> mine;
        for (; told.next < told.findings.size() && (last || told.findings[told.next].begin <= end);
             ++told.next)
            mine.push_back(told.findings[told.next]);
        return mine;
    }

    void convert(const Source& source) {
        if (!is_passing(*source.statement, synonym_targets_)) return convert(source, tree_);
        PassingCode code{*source.statement, tree_};
        const std::size_t first = items_.size();
        convert(source, code.tree());
        for (std::size_t i = first; i < items_.size(); ++i) keep_names(items_[i]);
    }
    /// Names of code that goes outlive it.
    void keep_names(LoadItem& item) {
        for (std::vector<LoadName>* names : {&item.makes, &item.needs}) {
            for (LoadName& each : *names) {
                each.schema = *names_.emplace(each.schema).first;
                each.name = *names_.emplace(each.name).first;
            }
        }
    }
    /// `tree`: of what the statement becomes.
    void convert(const Source& source, Tree& tree) {
        std::vector<Finding> findings = findings_of(source);
        LowerContext context{.tree = tree,
                             .script = *source.script,
                             .catalog = catalog_,
                             .settings = settings_,
                             .findings = findings,
                             .units = units_.get(),
                             .dynamic = &convert_text_};
        const bool was_raw = as<RawStatement>(source.statement) != nullptr;
        if (superseded_.contains(source.statement))
            context.add_finding(kSuperseded, Complexity::simple, source.statement->span,
                                "it stands already, or is made anew later");
        const std::vector<Statement*> made = lowered(source, context);
        if (made.empty() && findings.empty())
            context.add_finding(kNothingCame, Complexity::info, source.statement->span, source.kind);
        const CommentRange comments = comments_of(*source.script, source.index);
        Printed printed = print_checked(
            {.statements = made, .script = *source.script, .comments = comments, .findings = findings});
        CHECK(printed.statements.size() == std::max<std::size_t>(made.size(), 1));
        std::move(printed.findings.begin(), printed.findings.end(), std::back_inserter(findings));
        emit(source, made, printed, findings, was_raw);
    }

    void emit(const Source& source, const std::vector<Statement*>& made, const Printed& printed,
              const std::vector<Finding>& findings, bool was_raw) {
        const bool code =
            std::any_of(printed.statements.begin(), printed.statements.end(),
                        [](const PrintedStatement& each) { return each.statement != nullptr && !each.raw; });
        const bool none = std::all_of(printed.statements.begin(), printed.statements.end(),
                                      [](const PrintedStatement& each) { return each.statement == nullptr; });
        const Object::Outcome outcome = code && !was_raw ? Object::Outcome::emitted
                                        : none           ? Object::Outcome::dropped
                                                         : Object::Outcome::raw;
        ++(outcome == Object::Outcome::emitted   ? result_.emitted
           : outcome == Object::Outcome::dropped ? result_.dropped
                                                 : result_.raw);
        std::vector<bool> told(findings.size(), false);
        std::size_t object = 0;
        for (std::size_t i = 0; i < printed.statements.size(); ++i) {
            const PrintedStatement& each = printed.statements[i];
            object = place(source, each, outcome);
            if (each.statement != nullptr && !each.raw) note_names(*made[i], items_.back());
            const std::uint32_t above = lines_above_;
            for (const FindingLine& line : each.finding_lines) {
                if (line.finding >= findings.size() || told[line.finding]) continue;
                told[line.finding] = true;
                tell(source, findings[line.finding], object, above + line.line);
            }
        }
        for (std::size_t i = 0; i < findings.size(); ++i)
            if (!told[i]) tell(source, findings[i], object, 0);
    }

    /// The object that holds the statement: statements of one source and one stage are one.
    std::size_t place(const Source& source, const PrintedStatement& printed, Object::Outcome outcome) {
        const LoadStage stage =
            printed.statement == nullptr ? LoadStage::blocks : load_stage(*printed.statement);
        const bool goes_on =
            !stages_.empty() && stages_.back().source == &source && stages_.back().stage == stage;
        if (!goes_on) {
            stages_.push_back({.source = &source, .stage = stage, .object = result_.objects.size()});
            items_.push_back({.stage = stage, .schema = source.schema, .makes = {}, .needs = {}});
            const StatementText& text = source.script->statements[source.index];
            Object object{
                .kind = source.kind, .schema = source.schema, .name = source.name, .outcome = outcome};
            name_part(object, stage);
            object.source = source.script->origin_of(text.span.begin);
            const std::string_view whole = text.span.of(source.script->text);
            object.source_lines =
                static_cast<std::uint32_t>(std::count(whole.begin(), whole.end(), '\n') + 1);
            result_.objects.push_back(std::move(object));
        }
        lines_above_ = stages_.back().lines;
        stages_.back().lines +=
            static_cast<std::uint32_t>(std::count(printed.text.begin(), printed.text.end(), '\n'));
        result_.objects.back().sql += printed.text;
        return result_.objects.size() - 1;
    }
    /// What else a table becomes is an object of its own kind.
    static void name_part(Object& object, LoadStage stage) {
        if (stage == LoadStage::foreign_keys) object.kind = "foreign key";
        if (object.kind != "table") return;
        if (stage == LoadStage::types) object.kind = "type";
        if (stage == LoadStage::keys) object.kind = "key";
        if (stage == LoadStage::indexes) object.kind = "index";
        if (stage == LoadStage::routines || stage == LoadStage::triggers) object.kind = "trigger";
        if (stage == LoadStage::comments) object.kind = "comment";
    }
    void tell(const Source& source, const Finding& finding, std::size_t object, std::uint32_t line) {
        const Script& script = *source.script;
        const std::size_t begin = std::min<std::size_t>(finding.begin, script.text.size());
        const std::size_t end = std::clamp<std::size_t>(finding.end, begin, script.text.size());
        const std::size_t line_begin = begin == 0 ? 0 : script.text.rfind('\n', begin - 1) + 1;
        const std::size_t line_end = std::min(script.text.find('\n', end), script.text.size());
        result_.findings.push_back(
            {.finding = finding,
             .source = script.origin_of(finding.begin),
             .source_text = script.text.substr(line_begin, std::min(line_end - line_begin, kSourceTextMax)),
             .target_line = line,
             .object = object});
    }

    /// The place of the last statement of the scripts that changes rows; that of none: behind all.
    [[nodiscard]] std::size_t last_rows(const std::vector<std::size_t>& places) const {
        for (std::size_t i = places.size(); i > 0; --i)
            if (items_[places[i - 1]].stage == LoadStage::rows) return i - 1;
        return places.size();
    }
    /// A materialized view that a routine needs is made before there are rows: it is filled again behind
    /// them.
    [[nodiscard]] std::vector<Object> refreshed_views(const std::vector<std::size_t>& places) const {
        std::vector<Object> made;
        const std::size_t last = last_rows(places);
        for (std::size_t i = 0; last < places.size() && i < last; ++i) {
            const Object& view = result_.objects[stages_[places[i]].object];
            const auto* source =
                as<CreateView>(static_cast<const Node*>(stages_[places[i]].source->statement));
            const bool waits = source != nullptr && source->materialized &&
                               items_[places[i]].stage == LoadStage::views &&
                               view.outcome == Object::Outcome::emitted;
            if (!waits || view.sql.find("CREATE MATERIALIZED VIEW") == std::string::npos) continue;
            const std::string owner = view.schema.empty() ? "" : quote_identifier(view.schema) + ".";
            Object refresh;
            refresh.kind = "refresh";
            refresh.schema = view.schema;
            refresh.name = view.name;
            refresh.outcome = Object::Outcome::emitted;
            refresh.sql = "REFRESH MATERIALIZED VIEW " + owner + quote_identifier(view.name) + ";\n";
            made.push_back(std::move(refresh));
        }
        return made;
    }
    /// By stages, but what is needed comes first; each item is an object.
    void order() {
        const LoadOrder order = load_order(items_);
        for (const auto& [item, needed] : order.broken)
            tell(*stages_[item].source,
                 {.code = kLoadCircle,
                  .complexity = Complexity::medium,
                  .begin = stages_[item].source->statement->span.begin,
                  .end = stages_[item].source->statement->span.end,
                  .detail = "it needs " + stages_[needed].source->name + ", which needs it"},
                 stages_[item].object, 0);
        std::vector<std::size_t> places = order.items;
        std::vector<Object> ordered;
        std::vector<std::size_t> moved(places.size());
        std::vector<Object> refreshed = refreshed_views(places);
        const std::size_t last = last_rows(places);
        for (std::size_t i = 0; i < places.size(); ++i) {
            moved[stages_[places[i]].object] = ordered.size();
            ordered.push_back(std::move(result_.objects[stages_[places[i]].object]));
            if (i == last) std::move(refreshed.begin(), refreshed.end(), std::back_inserter(ordered));
        }
        result_.objects = std::move(ordered);
        for (PlacedFinding& finding : result_.findings) finding.object = moved[finding.object];
        add_schemas();
    }
    /// Owners are schemas, which no statement of Oracle's makes: they come before everything.
    void add_schemas() {
        std::set<std::string> owners;
        for (const Object& object : result_.objects)
            if (object.outcome == Object::Outcome::emitted && has_owner(object)) owners.insert(object.schema);
        std::vector<Object> schemas;
        for (const std::string& owner : owners)
            schemas.push_back({.kind = "schema",
                               .schema = owner,
                               .name = owner,
                               .sql = "CREATE SCHEMA IF NOT EXISTS " + quote_identifier(owner) + ";\n"});
        result_.objects.insert(result_.objects.begin(), std::make_move_iterator(schemas.begin()),
                               std::make_move_iterator(schemas.end()));
        for (PlacedFinding& finding : result_.findings) finding.object += schemas.size();
        add_search_paths(owners);
    }
    static bool has_owner(const Object& object) {
        return !object.schema.empty() && object.kind != "comment" && object.kind != "grant";
    }
    /// As Oracle looks for names without a schema: among the object's owner's, then what no owner is said of.
    /// Those of other owners come last, for scripts that say it only sometimes.
    void add_search_paths(const std::set<std::string>& owners) {
        if (owners.empty()) return;
        for (Object& object : result_.objects) {
            const std::string first = has_owner(object) ? object.schema : std::string{};
            std::string path = first.empty() ? "public" : quote_identifier(first) + ", public";
            for (const std::string& owner : owners)
                if (owner != first) path += ", " + quote_identifier(owner);
            object.search_path = std::move(path);
        }
    }

    /// What reading and parsing a script found, and how much of it was given to its statements.
    struct Told {
        std::vector<Finding> findings;
        std::size_t next = 0;
    };
    struct Stage {
        const Source* source = nullptr;
        LoadStage stage = LoadStage::blocks;
        std::size_t object = 0;
        std::uint32_t lines = 0;  ///< of its text so far
    };

    std::deque<std::vector<Statement*>> parsed_;
    std::deque<Told> told_;
    Catalog catalog_;
    Script supplied_;  ///< what Oracle brings, as declarations
    std::unique_ptr<CodeIndex> units_;
    DynamicTexts dynamic_{tree_, catalog_, settings_};
    ConvertText convert_text_ = [this](Text text, Span at, LowerContext& around) {
        return dynamic_.converted(text, at, around);
    };
    std::vector<Stage> stages_;
    std::vector<LoadItem> items_;  ///< of each stage
    std::set<Text> synonym_targets_;
    std::unordered_set<std::string> names_;  ///< of items whose code has gone
    std::uint32_t lines_above_ = 0;
    Conversion result_;
};

/// Scripts of MySQL or MariaDB.
class MysqlRun final : public Run {
public:
    using Run::Run;

protected:
    [[nodiscard]] Script read(const Input& input) override {
        return read_mysql_script(input.bytes, input.name, settings_.script, settings_.mysql, load_);
    }
    [[nodiscard]] Parsed parse(const Script& script) override {
        return parse_mysql(script, tree_, settings_.mysql);
    }
    void relate() override {
        std::vector<MysqlStatement> statements;
        for (const Source& source : sources_)
            statements.push_back({source.statement, source.script, source.index});
        schema_ = relate_mysql(
            statements, tree_, settings_.mysql,
            [this](std::size_t number, Finding finding) { related_.emplace(number, std::move(finding)); });
        std::vector<Statement*> standing;
        for (Source& source : sources_) {
            name(source);
            if (!schema_.folded.contains(source.statement)) standing.push_back(source.statement);
        }
        superseded_ = superseded_definitions(standing);
    }
    [[nodiscard]] std::vector<Statement*> lowered(const Source& source, LowerContext& context) override {
        const auto number = static_cast<std::size_t>(&source - sources_.data());
        const auto [first, last] = related_.equal_range(number);
        for (auto each = first; each != last; ++each) context.findings.push_back(each->second);
        return superseded_.contains(source.statement) ? std::vector<Statement*>{}
                                                      : lower_mysql(source.statement, context, schema_);
    }

private:
    MysqlSchema schema_;
    std::multimap<std::size_t, Finding> related_;
};

}  // namespace

Conversion convert_mysql(const std::vector<Input>& inputs, const Settings& settings,
                         const IncludeLoader& load) {
    return MysqlRun{settings, load}.run(inputs);
}

Conversion convert_oracle(const std::vector<Input>& inputs, const Settings& settings,
                          const IncludeLoader& load) {
    Conversion made = Run{settings, load}.run(inputs);
    made.runtime_pack = runtime_pack();
    return made;
}

}  // namespace landfall::convert
