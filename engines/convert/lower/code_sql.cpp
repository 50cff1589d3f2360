// SQL within code: INTO, BULK COLLECT, row counts, dynamic SQL, FORALL.
#include "engines/convert/lower/code_lowering.hpp"

namespace landfall::convert {
namespace {

Select* first_select(QueryBody* body) {
    while (body != nullptr) {
        if (auto* select = as<Select>(body)) return select;
        if (auto* query = as<Query>(body))
            body = query->body;
        else if (auto* set = as<SetOperation>(body))
            body = set->left;
        else
            return nullptr;
    }
    return nullptr;
}

Returning* returning_of(Node* sql) {
    if (auto* insert = as<Insert>(sql)) return insert->returning;
    if (auto* update = as<Update>(sql)) return update->returning;
    if (auto* removal = as<Delete>(sql)) return removal->returning;
    return nullptr;
}

}  // namespace

/// SQL%ROWCOUNT of the statement before.
void CodeLowering::count_rows(Body& out, Span at) {
    if (counts_rows_) tree().add(out, make(at).code("GET DIAGNOSTICS sql$rowcount = ROW_COUNT", {}));
}

/// What is no plain variable is filled by way of a temporary.
void CodeLowering::into_targets(List<Expr*>& into, Body& after) {
    for (Expr*& target : into) {
        Text package_variable;
        const bool plain = package_of_root(target, package_variable) == nullptr &&
                           target->kind != Kind::call && map_within(target) == nullptr &&
                           !(as<Field>(target) != nullptr && as<Call>(as<Field>(target)->base) != nullptr);
        if (plain) {
            target = lvalue(target);
            continue;
        }
        DataType* kept = clone_of(tree(), source_of(target));
        if (kept == nullptr) kept = make(target->span).type("text");
        type(kept);
        const Text held = temporary("into", kept);
        assign(target, make(target->span).name({held}), target->span, after);
        target = make(target->span).name({held});
    }
}

void CodeLowering::sql_statement(SqlStatement& each, Body& out) {
    Body after;
    if (auto* query = as<Query>(each.sql)) {
        Select* select = first_select(query->body);
        if (select != nullptr && select->bulk_collect) return bulk_collect(each, *query, *select, out);
        List<Expr*> into;
        if (select != nullptr) {
            into = select->into;
            select->into = {};
        }
        value(query);
        into_targets(into, after);
        if (select != nullptr) {
            select->into = into;
            select->strict = !into.empty();
        }
        each.sql = query;
    } else {
        Returning* clause = returning_of(each.sql);
        List<Expr*> into;
        if (clause != nullptr) {
            into = clause->into;
            clause->into = {};
        }
        record_change(each.sql);
        values(each.sql);
        if (clause != nullptr && clause->bulk_collect) {
            clause->into = into;
            take_out(each, 5087, "RETURNING … BULK COLLECT INTO", out);
            return;
        }
        into_targets(into, after);
        if (clause != nullptr) clause->into = into;
    }
    tree().add(out, &each);
    count_rows(out, each.span);
    for (CodeStatement* statement : after) tree().add(out, statement);
}

/// INSERT INTO t VALUES record; UPDATE t SET ROW = record
void CodeLowering::record_change(Node* sql) {
    auto* insert = as<Insert>(sql);
    if (insert == nullptr || insert->record == nullptr || insert->query != nullptr) return;
    value(insert->record);
    auto* select = tree().make<Select>(insert->span);
    auto* item = tree().make<SelectItem>(insert->span);
    item->value = make(insert->span).splice("(@).*", {insert->record});
    tree().add(select->items, item);
    insert->query = tree().make<Query>(insert->span);
    insert->query->body = select;
    insert->record = nullptr;
}

namespace {

std::string numbered_source(bool rows, std::uint32_t columns) {
    if (rows) return " FROM (@) AS q";
    std::string made = " FROM (SELECT row_number() OVER () AS n, s.* FROM (@) AS s (";
    for (std::uint32_t i = 0; i < columns; ++i) made += (i == 0 ? "c" : ", c") + std::to_string(i + 1);
    return made + ")) AS q";
}

}  // namespace

/// SELECT a, b BULK COLLECT INTO x, y: SELECT array_agg(q.c1), array_agg(q.c2) INTO x, y FROM (…) AS q (c1,
/// c2)
void CodeLowering::bulk_collect(SqlStatement& each, Query& query, Select& select, Body& out) {
    const Make build = make(each.span);
    List<Expr*> into = select.into;
    select.into = {};
    select.bulk_collect = false;
    Node* inner = &query;
    values(inner);
    std::string pattern = "SELECT ";
    std::vector<Node*> operands;
    Body after;
    bool stars = false;
    for (const SelectItem* item : select.items) stars = stars || item->value->kind == Kind::star;
    const bool rows = into.size() == 1 && (stars || select.items.size() > 1);
    for (std::uint32_t i = 0; i < into.size(); ++i) {
        const Shape shape = shape_of_value(into[i]);
        const std::string column = rows ? "" : "q.c" + std::to_string(i + 1);
        std::string element = column;
        std::vector<Node*> cast;
        if (rows) {
            element = "q";
            if (shape.element != nullptr) {
                element = "ROW(q.*)::@";
                cast.push_back(clone_of(tree(), shape.element));
            }
        }
        pattern += i == 0 ? "" : ", ";
        if (shape.what == Shape::What::map && rows) {  // q has no other columns than the record's
            pattern += "coalesce(oracle_ext.map_of(array_agg(" + element + ")), '{}')";
        } else if (shape.what == Shape::What::map) {
            pattern += "coalesce(jsonb_object_agg(q.n, to_jsonb(" + element + ")), '{}')";
        } else {
            pattern += "coalesce(array_agg(" + element + "), '{}')";
        }
        operands.insert(operands.end(), cast.begin(), cast.end());
    }
    into_targets(into, after);
    pattern += " INTO ";
    for (std::uint32_t i = 0; i < into.size(); ++i) {
        pattern += i == 0 ? "@" : ", @";
        operands.push_back(into[i]);
    }
    pattern += numbered_source(rows, select.items.size());
    operands.push_back(inner);
    tree().add(out, build.code(pattern, operands));
    if (counts_rows_) {
        const bool map = shape_of_value(into[0]).what == Shape::What::map;
        tree().add(out, build.code(map ? "sql$rowcount := (SELECT count(*) FROM jsonb_object_keys(@))"
                                       : "sql$rowcount := coalesce(cardinality(@), 0)",
                                   {clone_of(tree(), into[0])}));
    }
    for (CodeStatement* statement : after) tree().add(out, statement);
}

// --- dynamic SQL ---

/// :a, :b of a text as $1, $2: at once in literals, when it runs in what is put together.
Expr* CodeLowering::with_numbered_binds(Expr* text, std::uint32_t count) {
    if (count == 0) return text;
    unsigned number = 0;
    if (auto* literal = as<Literal>(text)) {
        std::string made;
        const Text from = literal->text;
        bool quoted = false;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (from[i] == '\'') quoted = !quoted;
            const bool starts = !quoted && from[i] == ':' && i + 1 < from.size() &&
                                (std::isalnum(static_cast<unsigned char>(from[i + 1])) != 0) &&
                                (i == 0 || from[i - 1] != ':');
            if (!starts) {
                made += from[i];
                continue;
            }
            made += "$" + std::to_string(++number);
            while (i + 1 < from.size() &&
                   (std::isalnum(static_cast<unsigned char>(from[i + 1])) != 0 || from[i + 1] == '_'))
                ++i;
        }
        literal->text = make(text->span).keep(made);
        return literal;
    }
    Expr* made = text;
    for (std::uint32_t i = 1; i <= count; ++i)
        made =
            make(text->span)
                .splice("regexp_replace(@, '(?<![:[:alnum:]]):[[:alnum:]_]+', '$" + std::to_string(i) + "')",
                        {made});
    return made;
}

namespace {

/// The parts of a || b || c, as the pass of expressions leaves it.
void parts_of_text(Expr* text, std::vector<Expr*>& parts) {
    while (auto* parentheses = as<Parenthesized>(text)) text = parentheses->inner;
    if (auto* binary = as<Binary>(text); binary != nullptr && binary->op == BinaryOp::concat) {
        parts_of_text(binary->left, parts);
        parts_of_text(binary->right, parts);
        return;
    }
    auto* call = as<Call>(text);
    const auto* callee = call == nullptr ? nullptr : as<Name>(call->callee);
    if (callee != nullptr && callee->parts.size() == 1 && callee->parts[0].name == "concat") {
        for (const Argument* each : call->arguments) parts_of_text(each->value, parts);
        return;
    }
    parts.push_back(text);
}

bool is_text_literal(const Expr* expr) {
    const auto* literal = as<Literal>(expr);
    return literal != nullptr && literal->what == Literal::What::string;
}

}  // namespace

/// A converted text with its parts in their places again; nullptr: a part is lost or stands twice.
Expr* CodeLowering::with_parts(Text text, const std::vector<Expr*>& parts, Span at) {
    const Make build = make(at);
    std::string pattern = "concat(";
    std::vector<Node*> operands;
    std::size_t told = 0;
    std::set<std::size_t> placed;
    const auto tell = [&](Expr* value, std::string_view around) {
        pattern += operands.empty() ? around : ", " + std::string{around};
        operands.push_back(value);
    };
    for (std::size_t i = 0; i < text.size();) {
        const bool type = text.substr(i).starts_with(kDynamicType);
        if (!type && !text.substr(i).starts_with(kDynamicPart)) {
            ++i;
            continue;
        }
        if (i > told) tell(build.text(text.substr(told, i - told)), "@");
        i += kDynamicPart.size();
        std::size_t number = 0;
        for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
            number = number * 10 + static_cast<std::size_t>(text[i] - '0');
        if (number >= parts.size() || !placed.insert(number).second) return nullptr;
        tell(parts[number], type ? "oracle_ext.type_of_text((@)::text)" : "@");
        told = i;
    }
    if (told < text.size()) tell(build.text(text.substr(told)), "@");
    const auto wanted = static_cast<std::size_t>(
        std::count_if(parts.begin(), parts.end(), [](const Expr* each) { return !is_text_literal(each); }));
    return placed.size() == wanted ? build.splice(pattern + ")", operands) : nullptr;
}

/// The text as PostgreSQL's as far as it is known: a literal, or literals with parts between them that are
/// put in at run time as they are. Otherwise with numbered binds. False: nothing of it is left to execute.
bool CodeLowering::known_text(Expr*& text, Span at, std::uint32_t binds) {
    std::vector<Expr*> parts;
    parts_of_text(text, parts);
    std::string known;
    bool whole = true;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        whole = whole && is_text_literal(parts[i]);
        known += is_text_literal(parts[i]) ? std::string{as<Literal>(parts[i])->text}
                                           : std::string{kDynamicPart} + std::to_string(i);
    }
    const bool any = std::any_of(parts.begin(), parts.end(), is_text_literal);
    if (any && context_.dynamic != nullptr) {
        const auto made = (*context_.dynamic)(tree().keep(known), at, context_);
        if (made && whole) {
            text = make(at).text(*made);
            return !made->empty();
        }
        if (Expr* built = made && !made->empty() ? with_parts(tree().keep(*made), parts, at) : nullptr) {
            context_.add_finding(5334, Complexity::simple, at,
                                 "parts of the text are put in at run time: they are not converted");
            text = built;
            return true;
        }
    }
    context_.add_finding(5334, Complexity::medium, at, "the text of dynamic SQL is not converted");
    text = with_numbered_binds(text, binds);
    return true;
}

/// v := 'CREATE …'; EXECUTE IMMEDIATE v: the text that the statement before put into the variable; nullptr:
/// it is not known.
Expr* CodeLowering::text_just_assigned(const Expr* variable, const Body& out) {
    const auto* name = as<Name>(variable);
    if (name == nullptr || name->parts.size() != 1 || out.empty()) return nullptr;
    const auto* assigned = as<Assignment>(static_cast<const Node*>(out[out.size() - 1]));
    const auto* target = assigned == nullptr ? nullptr : as<Name>(static_cast<const Node*>(assigned->target));
    if (target == nullptr || target->parts.size() != 1 || target->parts[0].name != name->parts[0].name)
        return nullptr;
    std::vector<Expr*> parts;
    parts_of_text(assigned->value, parts);
    if (!std::any_of(parts.begin(), parts.end(), is_text_literal)) return nullptr;
    return clone_of(tree(), assigned->value);
}

namespace {

/// '… RETURNING a, b INTO :x, :y': the statement's own INTO names what gets them.
Expr* without_into(Expr* text) {
    std::vector<Expr*> parts;
    parts_of_text(text, parts);
    if (parts.empty() || !is_text_literal(parts.back())) return text;
    auto* last = as<Literal>(parts.back());
    const std::string words = in_lower_case(last->text);
    const std::size_t into = words.rfind(" into ");
    if (into == std::string::npos || words.rfind(" return", into) == std::string::npos) return text;
    last->text = last->text.substr(0, into);
    return text;
}

/// USING OUT of a change of rows is what RETURNING gives; of a call its OUT parameter, which is given as
/// well. False: the text is not known to be either.
bool take_out_binds(ExecuteImmediate& each, const List<Expr*>& targets, Tree& tree) {
    const auto* text = as<Literal>(each.text);
    if (text == nullptr) return false;
    const bool calls = text->text.starts_with("CALL ") || text->text.starts_with("SELECT ");
    const bool changes = text->text.find("RETURNING") != Text::npos;
    if (!calls && !changes) return false;
    List<Expr*> in;
    for (std::uint32_t i = 0; i < each.bindings.size() && i < each.modes.size(); ++i) {
        if (each.modes[i] != Parameter::Mode::in) tree.add(each.into, targets[i]);
        if (calls || each.modes[i] == Parameter::Mode::in) tree.add(in, each.bindings[i]);
    }
    each.bindings = in;
    each.modes = {};
    return true;
}

}  // namespace

void CodeLowering::execute_immediate(ExecuteImmediate& each, Body& out) {
    value(each.text);
    if (Expr* text = text_just_assigned(each.text, out)) each.text = text;
    List<Expr*> targets;
    for (Expr*& binding : each.bindings) {
        tree().add(targets, clone_of(tree(), binding));
        value(binding);
    }
    if (!each.returning_into.empty()) each.text = without_into(each.text);
    const bool gives = std::any_of(each.modes.begin(), each.modes.end(),
                                   [](Parameter::Mode mode) { return mode != Parameter::Mode::in; });
    if (!known_text(each.text, each.span, each.bindings.size())) {
        tree().add(out, tree().make<NullStatement>(each.span));
        return;
    }
    if (gives && !take_out_binds(each, targets, tree()))
        return take_out(each, 5334, "OUT binds of dynamic SQL", out);
    for (Expr* target : each.returning_into) tree().add(each.into, target);
    each.returning_into = {};
    if (each.bulk_collect && each.into.size() == 1) {
        const Shape shape = shape_of_value(each.into[0]);
        each.text = make(each.span).splice("'SELECT coalesce(array_agg(q), ''{}'') FROM (' || @ || ') AS q'",
                                           {each.text});
        if (shape.element != nullptr && shape.element->name->parts.size() == 1 &&
            table_of(*shape.element->name, 1) == nullptr)
            each.text =
                make(each.span).splice("replace(@, 'array_agg(q)', 'array_agg(q.c)') || ' (c)'", {each.text});
        each.bulk_collect = false;
    } else if (each.bulk_collect) {
        return take_out(each, 5087, "BULK COLLECT of dynamic SQL into several collections", out);
    }
    Body after;
    into_targets(each.into, after);
    each.strict = !each.into.empty();
    tree().add(out, &each);
    count_rows(out, each.span);
    for (CodeStatement* statement : after) tree().add(out, statement);
}

// --- FORALL ---

void CodeLowering::for_all(ForAll& each, Body& out) {
    const Make build = make(each.span);
    auto* loop = tree().make<Loop>(each.span);
    loop->labels = each.labels;
    loop->variable = each.variable;
    loop->what = Loop::What::numeric;
    value(each.low);
    value(each.high);
    if (each.over == ForAll::Over::range) {
        loop->low = each.low;
        loop->high = each.high;
    } else {
        const Shape shape = shape_of_value(each.collection);
        value(each.collection);
        loop->what = Loop::What::for_each;
        std::string pattern =
            each.over == ForAll::Over::indices
                ? shape.what == Shape::What::map
                      ? "ARRAY(SELECT key$::integer FROM jsonb_object_keys(@) AS key$ ORDER BY 1)"
                      : "ARRAY(SELECT generate_subscripts(@, 1))"
            : shape.what == Shape::What::map ? "ARRAY(SELECT value$::integer FROM jsonb_each_text(@) AS e "
                                               "(key$, value$) ORDER BY key$::bigint)"
                                             : "@";
        loop->cursor = build.splice(pattern, {each.collection});
        tree().add(temporaries_declared_, build.variable(each.variable.name, build.type("integer"), nullptr));
    }
    locals_.push_back({.name = each.variable.name,
                       .declared = build.variable(each.variable.name, nullptr, nullptr),
                       .routine = depth_ + 1});
    statement(each.statement, loop->body);
    locals_.pop_back();
    if (counts_rows_) {  // SQL%ROWCOUNT is that of all its statements
        const Text sum = temporary("rows", build.type("integer"));
        tree().add(out, build.code("@ := 0", {build.name({sum})}));
        tree().add(loop->body, build.code("@ := @ + sql$rowcount", {build.name({sum}), build.name({sum})}));
        tree().add(loop->body, build.code("sql$rowcount := @", {build.name({sum})}));
    }
    if (!each.save_exceptions) {
        tree().add(out, loop);
        return;
    }
    saving_errors(*loop, each, out);
}

/// SAVE EXCEPTIONS: each row within a block of its own; what failed is told at the end.
void CodeLowering::saving_errors(Loop& loop, const ForAll& each, Body& out) {
    const Make build = make(each.span);
    context_.add_finding(5140, Complexity::info, each.span,
                         "each row of FORALL runs within a block of its own");
    auto* guarded = tree().make<Block>(each.span);
    guarded->body = loop.body;
    auto* handler = tree().make<WhenException>(each.span);
    tree().add(handler->exceptions, build.name({"others"}));
    tree().add(
        handler->body,
        build.code("sql$bulk_exceptions := sql$bulk_exceptions || jsonb_build_object('error_index', @, "
                   "'error_code', - oracle_ext.sqlcode(SQLSTATE))",
                   {build.name({loop.variable.name})}));
    tree().add(guarded->handlers, handler);
    loop.body = {};
    tree().add(loop.body, guarded);
    tree().add(temporaries_declared_,
               build.variable("sql$bulk_exceptions", build.type("jsonb"), build.splice("'[]'", {})));
    tree().add(out, build.code("sql$bulk_exceptions := '[]'", {}));
    tree().add(out, &loop);
    tree().add(
        out,
        build.code("IF jsonb_array_length(sql$bulk_exceptions) > 0 THEN RAISE EXCEPTION USING ERRCODE = '" +
                       state_of_code("24381") + "', MESSAGE = 'ORA-24381: error(s) in array DML'; END IF",
                   {}));
}

}  // namespace landfall::convert
