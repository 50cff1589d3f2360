// Tables of MySQL: columns, keys, automatic numbers, comments, what changes by itself.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

Text last_of(const Name* name) {
    return name == nullptr || name->parts.empty() ? Text{} : name->parts.back().name;
}

bool ends_with(Text text, std::string_view suffix) { return in_lower_case(text).ends_with(suffix); }

/// Do texts of that collation differ by case?
bool tells_case(Text collation) {
    return ends_with(collation, "_bin") || ends_with(collation, "_cs") ||
           in_lower_case(collation) == "binary";
}

/// json_valid(`column`), which MariaDB puts behind each column of type JSON.
bool is_json_check(const Constraint& constraint, Text column) {
    if (constraint.what != Constraint::What::check) return false;
    const auto* call = as<Call>(constraint.condition);
    return call != nullptr && last_of(as<Name>(call->callee)) == "json_valid" &&
           call->arguments.size() == 1 &&
           (column.empty() || last_of(as<Name>(call->arguments[0]->value)) == column);
}

class TableLowering {
public:
    TableLowering(CreateTable& table, LowerContext& context, const MysqlSchema& schema)
        : table_{table}, context_{context}, settings_{context.settings.mysql}, schema_{schema} {}

    void lower() {
        for (Column* column : table_.columns) lower_column(*column);
        if (json_texts_) tell(kJsonText, Complexity::info, table_.span, "texts of JSON are values of jsonb");
        constraints();
        indexes();
        collation();
        comments();
        moments();
        options();
        if (table_.like != nullptr)
            tell(kExpression, Complexity::complex, table_.span, "LIKE an unknown table");
        table_.comment = table_.engine = table_.auto_increment = table_.character_set = table_.collation = {};
        table_.dropped.clear();
    }
    Statement* like() {
        if (table_.like == nullptr || !table_.columns.empty()) return &table_;
        return Make{context_.tree, table_.span}.statement("CREATE TABLE @ (LIKE @ INCLUDING ALL)",
                                                          {table_.object, table_.like});
    }

private:
    void tell(int code, Complexity complexity, Span at, std::string_view detail) {
        context_.add_finding(code, complexity, at, detail);
    }
    [[nodiscard]] Make make() const { return {context_.tree, table_.span}; }
    [[nodiscard]] Name* table_name() const { return clone_of(context_.tree, table_.object); }

    /// Quoted: no name of a column is CURRENT_DATE here.
    [[nodiscard]] Name* column_name(const Column& column) const {
        Name* name = make().name({column.name.name});
        name->parts[0].quoted = true;
        return name;
    }

    // --- columns ---
    void lower_column(Column& column) {
        if (column.type == nullptr) return;
        const bool ci =
            !tells_case(column.type->collation.empty() ? table_.collation : column.type->collation);
        json_column(column);
        const Text source = last_of(column.type->name);
        const MysqlFamily family = lower_mysql_column_type(column, context_, schema_);
        if (source == "enum") enum_type(column);
        if (family == MysqlFamily::text && ci) collate(column);
        lower_mysql_default(column, family, context_);
        if (column.auto_increment) automatic(column);
        if (column.invisible) {
            tell(kInvisible, Complexity::medium, column.span, "the column is seen by SELECT * and INSERT");
            column.invisible = false;
        }
        if (column.on_update != nullptr) changes_.push_back(&column);
        if (!column.comment.empty()) comment_on_column(column);
        column.comment = {};
        column.on_update = nullptr;
    }
    void json_column(Column& column) {
        const Text type = last_of(column.type->name);
        if (type != "longtext") return;
        List<Constraint*> kept;
        for (Constraint* each : column.constraints) {
            if (is_json_check(*each, column.name.name)) {
                column.type->name = make().name({"json"});
                json_texts_ = settings_.json == MysqlSettings::Json::jsonb;
            } else {
                context_.tree.add(kept, each);
            }
        }
        column.constraints = kept;
    }
    void enum_type(Column& column) {
        const auto named = schema_.enum_types.find(&column);
        if (settings_.enums != MysqlSettings::Enums::type || named == schema_.enum_types.end()) return;
        Name* type = make().name({named->second});
        if (table_.object->parts.size() > 1) context_.tree.insert(type->parts, 0, table_.object->parts[0]);
        column.type->name = type;
        std::string pattern = "CREATE TYPE @ AS ENUM (";
        std::vector<Node*> operands{clone_of(context_.tree, type)};
        for (const Text label : labels_of(column)) {
            pattern += operands.size() > 1 ? ", @" : "@";
            operands.push_back(make().text(label));
        }
        context_.before.push_back(make().statement(pattern + ")", operands));
    }
    /// Their labels are gone with the type of MySQL: the schema's copy has them.
    [[nodiscard]] const List<Text>& labels_of(const Column& column) const { return labels_.at(&column); }
    void collate(Column& column) {
        told_case_ = true;
        if (settings_.collations == MysqlSettings::Collations::icu) column.type->collation = "mysql_ci";
        if (settings_.collations != MysqlSettings::Collations::citext) return;
        const List<Text> length = column.type->arguments;
        column.type->name = make().name({"citext"});
        column.type->arguments.clear();
        if (length.empty()) return;
        Constraint* check = context_.tree.make<Constraint>(column.span);
        check->what = Constraint::What::check;
        check->condition = fill_condition(context_.tree, column.span, "char_length($1) <= $2",
                                          {make().name({column.name.name}), make().number(length[0])});
        context_.tree.add(column.constraints, check);
    }
    void automatic(Column& column) {
        column.default_value = nullptr;
        const bool integer = last_of(column.type->name) == "smallint" ||
                             last_of(column.type->name) == "integer" ||
                             last_of(column.type->name) == "bigint";
        if (!integer) {
            column.type->name = make().name({"bigint"});
            column.type->arguments.clear();
        }
        SequenceOptions* options = context_.tree.make<SequenceOptions>(column.span);
        if (table_.auto_increment != "0" && table_.auto_increment != "1")
            options->start = table_.auto_increment;
        column.identity_options = options;
        if (schema_.with_rows.contains(&table_)) go_on_behind_rows(column);
        const bool said = std::any_of(column.constraints.begin(), column.constraints.end(),
                                      [](const auto* each) { return each->what == Constraint::What::null; });
        if (said) tell(kAutoIncrement, Complexity::simple, column.span, "the column does not take NULL");
        tell(kAutoIncrement, Complexity::info, column.span,
             "a NULL or 0 that is said is not replaced by the next number");
    }

    /// Rows that say their number leave the sequence where it was.
    void go_on_behind_rows(const Column& column) {
        std::string whole;
        for (const Identifier& part : table_.object->parts)
            whole.append(whole.empty() ? "" : ".").append("\"").append(part.name).append("\"");
        context_.after.push_back(make().statement(
            "SELECT setval(pg_get_serial_sequence(@, @), greatest(max(@), 1), max(@) IS NOT NULL) FROM @",
            {make().text(whole), make().text(column.name.name), column_name(column), column_name(column),
             table_name()}));
    }

    // --- constraints and indexes ---
    void constraints() {
        List<Constraint*> kept;
        for (Constraint* each : table_.constraints) {
            if (is_json_check(*each, {})) {
                tell(kJsonText, Complexity::simple, each->span, "a check of JSON is not kept");
                continue;
            }
            if (schema_.without_key.contains(each)) continue;
            if (each->what == Constraint::What::primary_key) primary_key(*each);
            each->on_delete = action(*each, each->on_delete);
            each->on_update = action(*each, each->on_update);
            context_.tree.add(kept, each);
        }
        table_.constraints = kept;
    }
    /// The name of a primary key is PRIMARY, whatever was said.
    void primary_key(Constraint& key) {
        key.name = {};
        for (KeyColumn* part : key.columns) {
            if (part->prefix_length.empty() && !part->descending) continue;
            if (!part->prefix_length.empty())
                tell(kPrefix, Complexity::medium, part->span,
                     "the key is of whole values, not of their begin");
            part->prefix_length = {};
            part->descending = false;
        }
    }
    /// RESTRICT and NO ACTION are one in MySQL: looked at when the row goes.
    RefAction action(const Constraint& key, RefAction action) {
        if (action != RefAction::set_default) return action == RefAction::restrict ? RefAction::none : action;
        tell(kReference, Complexity::info, key.span, "SET DEFAULT works, where InnoDB refuses it");
        return action;
    }
    static bool is_plain(const CreateIndex& index) {
        return std::all_of(index.columns.begin(), index.columns.end(), [](const KeyColumn* part) {
            return part->prefix_length.empty() && !part->descending && as<Name>(part->value) != nullptr;
        });
    }
    void indexes() {
        for (Node* node : table_.indexes) {
            auto* index = as<CreateIndex>(node);
            if (index == nullptr) continue;
            if (index->unique && is_plain(*index) && !index->full_text) {
                Constraint* unique = context_.tree.make<Constraint>(index->span);
                unique->what = Constraint::What::unique;
                if (index->object != nullptr) unique->name = index->object->parts.back();
                unique->columns = index->columns;
                context_.tree.add(table_.constraints, unique);
                continue;
            }
            index->table = table_name();
            if (Statement* made = lower_mysql_index(*index, &table_, context_))
                context_.after.push_back(made);
        }
        table_.indexes.clear();
    }

    // --- what stands beside the table ---
    void collation() {
        if (!told_case_) return;
        using Collations = MysqlSettings::Collations;
        if (settings_.collations == Collations::told) {
            tell(kCollation, Complexity::simple, table_.span,
                 "texts are compared with regard to case and accents, and spaces at their end");
        } else if (settings_.collations == Collations::citext) {
            context_.before.push_back(make().statement("CREATE EXTENSION IF NOT EXISTS citext", {}));
        } else {
            context_.before.push_back(make().statement(
                "CREATE COLLATION IF NOT EXISTS mysql_ci (provider = icu, locale = 'und-u-ks-level2', "
                "deterministic = false)",
                {}));
        }
    }
    void comment(std::string_view what, Name* object, Text text) {
        CommentOn* made = context_.tree.make<CommentOn>(table_.span);
        made->what = context_.tree.keep(what);
        made->object = object;
        made->text = text;
        context_.after.push_back(made);
    }
    void comment_on_column(const Column& column) {
        Name* name = table_name();
        context_.tree.add(name->parts, column.name);
        comment("COLUMN", name, column.comment);
    }
    void comments() {
        if (!table_.comment.empty()) comment("TABLE", table_name(), table_.comment);
    }
    /// ON UPDATE CURRENT_TIMESTAMP: where the row changes and the column was not given another value.
    void moments() {
        if (changes_.empty()) return;
        Name* function = table_name();
        function->parts.back().name =
            context_.tree.keep(std::string{function->parts.back().name}.substr(0, 52) + "_on_update");
        std::string pattern =
            "CREATE OR REPLACE FUNCTION @() RETURNS trigger LANGUAGE plpgsql AS $on_update$\nBEGIN\n"
            "    IF NEW IS DISTINCT FROM OLD THEN\n";
        std::vector<Node*> operands{function};
        for (const Column* column : changes_) {
            pattern +=
                "        IF NEW.@ IS NOT DISTINCT FROM OLD.@ THEN\n            NEW.@ := CURRENT_TIMESTAMP;\n"
                "        END IF;\n";
            for (int i = 0; i < 3; ++i) operands.push_back(column_name(*column));
        }
        context_.after.push_back(
            make().statement(pattern + "    END IF;\n    RETURN NEW;\nEND;\n$on_update$", operands));
        SplicedStatement* trigger = context_.tree.make<SplicedStatement>(table_.span);
        trigger->pieces = context_.tree.list<Text>(
            {"CREATE TRIGGER on_update BEFORE UPDATE ON ", " FOR EACH ROW EXECUTE FUNCTION ", "()"});
        trigger->operands = context_.tree.list<Node*>({table_name(), clone_of(context_.tree, function)});
        context_.after.push_back(trigger);
        tell(kOnUpdate, Complexity::info, table_.span,
             "a trigger sets the time, also where an UPDATE gives the column its old value");
    }
    void options() {
        std::string told;
        if (!table_.engine.empty() && in_lower_case(table_.engine) != "innodb")
            told = "ENGINE=" + std::string{table_.engine};
        for (const Text each : table_.dropped) told.append(told.empty() ? "" : " ").append(each);
        if (!told.empty()) tell(kOptions, Complexity::info, table_.span, told);
    }

public:
    /// Before types are lowered.
    void note_labels() {
        for (const Column* column : table_.columns)
            if (column->type != nullptr) labels_[column] = column->type->labels;
    }

private:
    CreateTable& table_;
    LowerContext& context_;
    const MysqlSettings& settings_;
    const MysqlSchema& schema_;
    std::map<const Column*, List<Text>> labels_;
    std::vector<const Column*> changes_;
    bool json_texts_ = false;
    bool told_case_ = false;
};

/// A change of a table that no script makes: what PostgreSQL says alike.
class ChangeLowering {
public:
    ChangeLowering(AlterTable& alter, LowerContext& context, const MysqlSchema& schema)
        : alter_{alter}, context_{context}, schema_{schema} {}

    void lower() {
        List<TableChange*> kept;
        for (TableChange* change : alter_.changes)
            if (keep(*change)) context_.tree.add(kept, change);
        alter_.changes = kept;
    }

private:
    using What = TableChange::What;

    void rename(TableChange& change, const Identifier& to) {
        TableChange* renamed = context_.tree.make<TableChange>(change.span);
        renamed->what = What::rename_column;
        renamed->old_name = change.old_name;
        renamed->new_name = to;
        AlterTable* made = context_.tree.make<AlterTable>(change.span);
        made->object = clone_of(context_.tree, alter_.object);
        made->changes = context_.tree.list<TableChange*>({renamed});
        context_.before.push_back(made);
    }
    void type(TableChange& change) {
        Column& column = *change.column;
        const MysqlFamily family = lower_mysql_column_type(column, context_, schema_);
        lower_mysql_default(column, family, context_);
        if (change.what != What::change_column) return;
        if (column.name.name != change.old_name.name) rename(change, column.name);
        change.what = What::modify_column;
        List<Constraint*> nulls;
        for (Constraint* each : column.constraints)
            if (each->what == Constraint::What::not_null || each->what == Constraint::What::null)
                context_.tree.add(nulls, each);
        column.constraints = nulls;
        if (column.auto_increment)
            context_.add_finding(kAutoIncrement, Complexity::medium, change.span,
                                 "AUTO_INCREMENT is not added");
        column.auto_increment = false;
    }
    bool keep(TableChange& change) {
        if (change.column != nullptr && change.what != What::change_default) type(change);
        switch (change.what) {
            case What::add_index:
                if (auto* index = as<CreateIndex>(change.index)) {
                    index->table = clone_of(context_.tree, alter_.object);
                    if (Statement* made = lower_mysql_index(*index, nullptr, context_))
                        context_.after.push_back(made);
                }
                return false;
            case What::add_constraint:
                if (change.constraint->what == Constraint::What::primary_key) change.constraint->name = {};
                return true;
            case What::add_column:
            case What::modify_column:
            case What::drop_column:
            case What::drop_constraint:
            case What::rename_column:
            case What::rename_table: return true;
            default:
                context_.add_finding(kOptions, Complexity::medium, change.span,
                                     "a change of a table that the scripts do not make");
                return false;
        }
    }

    AlterTable& alter_;
    LowerContext& context_;
    const MysqlSchema& schema_;
};

/// What a pass of the tables puts before and behind the statement that another pass changes, too.
void with_oracles_pass(Statement*& statement, LowerContext& context) {
    const std::vector<Statement*> before = std::move(context.before), after = std::move(context.after);
    context.before.clear();
    context.after.clear();
    lower_tables(statement, context);
    context.before.insert(context.before.begin(), before.begin(), before.end());
    context.after.insert(context.after.end(), after.begin(), after.end());
}

}  // namespace

void lower_mysql_tables(Statement*& statement, LowerContext& context, const MysqlSchema& schema) {
    if (auto* table = as<CreateTable>(statement)) {
        TableLowering lowering{*table, context, schema};
        lowering.note_labels();
        lowering.lower();
        statement = lowering.like();
        if (statement == table) with_oracles_pass(statement, context);
    } else if (auto* alter = as<AlterTable>(statement)) {
        ChangeLowering{*alter, context, schema}.lower();
        with_oracles_pass(statement, context);
    } else if (auto* index = as<CreateIndex>(statement)) {
        statement = lower_mysql_index(*index, nullptr, context);
    }
}

}  // namespace landfall::convert
