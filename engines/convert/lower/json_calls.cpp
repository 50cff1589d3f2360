// JSON_VALUE, JSON_TABLE … as functions of the pack and joins. The parser leaves them as words with operands
// between (syntax/spliced_calls.cpp); what is not understood here stays so, and PostgreSQL's parser refuses
// it with a finding.
#include <optional>
#include <set>

#include "engines/convert/lower/make.hpp"
#include "engines/convert/lower/passes.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

constexpr int kJsonClause = 9218;

/// A word or sign of the call, or an operand.
struct Part {
    std::string word;
    Node* operand = nullptr;
};

bool is_sign(char c) { return c == '(' || c == ')' || c == ',' || c == ':'; }

void add_words(Text piece, std::vector<Part>& parts) {
    std::size_t at = 0;
    while (at < piece.size()) {
        const char c = piece[at];
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        if (c == '"') {
            end = std::min(piece.find('"', end), piece.size() - 1) + 1;
        } else if (!is_sign(c)) {
            while (end < piece.size() && piece[end] != ' ' && piece[end] != '\n' && !is_sign(piece[end]))
                ++end;
        }
        parts.push_back({.word = std::string{piece.substr(at, end - at)}});
        at = end;
    }
}

/// The parts behind `NAME(`, without the parenthesis at the end.
std::vector<Part> parts_of(const Spliced& call) {
    std::vector<Part> parts;
    for (std::uint32_t i = 0; i < call.pieces.size(); ++i) {
        add_words(call.pieces[i], parts);
        if (i < call.operands.size()) parts.push_back({.operand = call.operands[i]});
    }
    if (parts.size() > 2 && parts.back().word == ")") parts.pop_back();
    parts.erase(parts.begin(), parts.begin() + std::min<std::ptrdiff_t>(2, std::ssize(parts)));
    return parts;
}

class JsonCalls {
public:
    explicit JsonCalls(LowerContext& context) : context_{context} {}

    Node* rewritten(Node* node) {
        if (auto* table = as<TableFunction>(node)) return of_table(*table);
        auto* call = as<Spliced>(node);
        if (call == nullptr || !call->name.starts_with("JSON_")) return node;
        parts_ = parts_of(*call);
        at_ = 0;
        span_ = call->span;
        findings_.clear();
        Spliced* made = of_call(call->name);
        if (made == nullptr || at_ != parts_.size()) return node;
        for (const std::string_view each : findings_)
            context_.add_finding(kJsonClause, Complexity::medium, span_, each);
        made->type = call->type;
        made_.insert(made);
        return made;
    }

private:
    [[nodiscard]] Make make() const { return Make{context_.tree, span_}; }

    bool at(std::string_view word) const { return at_ < parts_.size() && parts_[at_].word == word; }
    bool take(std::string_view word) {
        if (!at(word)) return false;
        ++at_;
        return true;
    }
    Node* operand() {
        return at_ < parts_.size() && parts_[at_].operand != nullptr ? parts_[at_++].operand : nullptr;
    }

    Spliced* of_call(Text name) {
        if (name == "JSON_VALUE") return value();
        if (name == "JSON_QUERY") return query();
        if (name == "JSON_EXISTS") return exists();
        if (name == "JSON_OBJECT") return object();
        if (name == "JSON_ARRAY") return array();
        if (name == "JSON_ARRAYAGG") return array_of_rows();
        if (name == "JSON_OBJECTAGG") return object_of_rows();
        if (name == "JSON_TABLE") return table();
        return nullptr;
    }

    /// doc [FORMAT JSON], path; false: something else.
    bool source(Node*& document, Node*& path) {
        document = operand();
        format();
        if (document == nullptr || !take(",")) return false;
        path = operand();
        return path != nullptr;
    }
    bool format() {
        if (!take("FORMAT")) return false;
        const auto* name = at_ < parts_.size() ? as<Name>(parts_[at_].operand) : nullptr;
        if (name != nullptr && name->parts.size() == 1 && name->parts[0].name == "json") ++at_;
        return name != nullptr || take("JSON");
    }

    /// NULL | ERROR | DEFAULT x ON EMPTY | ERROR …; the default, if there is one.
    Node* on_errors() {
        Node* otherwise = nullptr;
        unsigned defaults = 0;
        while (at("NULL") || at("ERROR") || at("DEFAULT") || at("TRUE") || at("FALSE") || at("EMPTY")) {
            const bool fails = at("ERROR");
            if (take("DEFAULT")) {
                otherwise = operand();
                ++defaults;
            } else {
                ++at_;
            }
            static_cast<void>(take("ARRAY") || take("OBJECT"));
            if (!take("ON")) return nullptr;
            if (!take("ERROR") && !take("EMPTY")) return nullptr;
            if (fails) findings_.emplace_back("ERROR ON …: NULL comes instead of the error");
        }
        if (defaults == 1)
            findings_.emplace_back("DEFAULT of ON ERROR or ON EMPTY alone is taken for both, and for null");
        return otherwise;
    }

    Spliced* value() {
        Node *document = nullptr, *path = nullptr;
        if (!source(document, path)) return nullptr;
        Node* type = take("RETURNING") ? operand() : nullptr;
        static_cast<void>(take("TRUNCATE"));
        Node* otherwise = on_errors();
        std::string pattern = "oracle_ext.json_value(@, @)";
        std::vector<Node*> operands{document, path};
        if (type != nullptr) {
            pattern = "(" + pattern + ")::@";
            operands.push_back(type);
        }
        if (otherwise != nullptr) {
            pattern = "coalesce(" + pattern + ", @)";
            operands.push_back(otherwise);
        }
        return make().splice(pattern, operands);
    }

    /// [WITH | WITHOUT] [CONDITIONAL | UNCONDITIONAL] [ARRAY] WRAPPER
    std::string wrapper() {
        std::string said = "without";
        if (take("WITH")) {
            said = take("CONDITIONAL") ? "conditional" : "with";
            static_cast<void>(take("UNCONDITIONAL"));
        } else if (!take("WITHOUT")) {
            return said;
        }
        static_cast<void>(take("ARRAY"));
        static_cast<void>(take("WRAPPER"));
        return said;
    }
    Spliced* query() {
        Node *document = nullptr, *path = nullptr;
        if (!source(document, path)) return nullptr;
        if (take("RETURNING")) operand();
        while (take("PRETTY") || take("ASCII") || take("ALLOW") || take("DISALLOW") || take("SCALARS")) {}
        const std::string said = wrapper();
        on_errors();
        findings_.emplace_back("the text of JSON has blanks, and its keys another order");
        return make().splice("oracle_ext.json_query(@, @, '" + said + "')", {document, path});
    }
    Spliced* exists() {
        Node *document = nullptr, *path = nullptr;
        if (!source(document, path)) return nullptr;
        on_errors();
        return make().splice("oracle_ext.json_exists(@, @)", {document, path});
    }

    /// A value as JSON: what is JSON already stays.
    Spliced* item(Node* value, bool known) {
        const bool json = made_.contains(value);
        if (format() || json) return make().splice(known ? "(@)" : "coalesce(@, 'null')", {value});
        const auto* literal = as<Literal>(value);
        const bool text = literal != nullptr &&
                          (literal->what == Literal::What::string || literal->what == Literal::What::null);
        return make().splice(std::string{known ? "oracle_ext.json_known_item" : "oracle_ext.json_item"} +
                                 (text ? "(@::text)" : "(@)"),
                             {value});
    }
    /// Where no ON follows, NULL came as an operand.
    bool null() {
        const auto* literal = at_ < parts_.size() ? as<Literal>(parts_[at_].operand) : nullptr;
        const bool here = literal != nullptr && literal->what == Literal::What::null;
        at_ += here ? 1 : 0;
        return here || take("NULL");
    }
    /// NULL ON NULL, ABSENT ON NULL: true where NULLs are left out.
    bool leaves_out(bool otherwise) {
        if (take("ABSENT")) return take("ON") && null();
        if (!take("NULL")) return otherwise;
        static_cast<void>(take("ON") && null());
        return false;
    }
    void returning() {
        if (take("RETURNING")) operand();
        static_cast<void>(take("STRICT"));
        static_cast<void>(take("WITH") && take("UNIQUE") && take("KEYS"));
    }
    /// What is said behind the members decides about them.
    [[nodiscard]] bool says_absent() const {
        return std::any_of(parts_.begin(), parts_.end(),
                           [](const Part& each) { return each.word == "ABSENT"; });
    }
    [[nodiscard]] bool says_null() const {
        for (std::size_t i = 0; i + 2 < parts_.size(); ++i)
            if (parts_[i].word == "NULL" && parts_[i + 1].word == "ON") return true;
        return false;
    }

    /// [KEY] k VALUE v; nullptr: something else.
    Spliced* member(bool known) {
        static_cast<void>(take("KEY"));
        Node* key = operand();
        if (key == nullptr || (!take("VALUE") && !take("IS") && !take(":"))) return nullptr;
        Node* value = operand();
        if (value == nullptr) return nullptr;
        return make().splice(known ? "oracle_ext.json_known_member(@, @)" : "oracle_ext.json_member(@, @)",
                             {key, item(value, known)});
    }
    Spliced* object() {
        const bool known = says_absent();
        std::string pattern = "('{' || concat_ws(','";
        std::vector<Node*> operands;
        while (at_ < parts_.size() && !at("ABSENT") && !at("NULL") && !at("RETURNING") && !at("STRICT")) {
            Spliced* each = member(known);
            if (each == nullptr) return nullptr;
            operands.push_back(each);
            pattern += ", @";
            if (!take(",")) break;
        }
        leaves_out(known);
        returning();
        return operands.empty() ? nullptr : make().splice(pattern + ") || '}')", operands);
    }
    Spliced* array() {
        const bool known = !says_null();
        std::string pattern = "('[' || concat_ws(','";
        std::vector<Node*> operands;
        while (Node* each = operand()) {
            operands.push_back(item(each, known));
            pattern += ", @";
            if (!take(",")) break;
        }
        leaves_out(known);
        returning();
        return operands.empty() ? nullptr : make().splice(pattern + ") || ']')", operands);
    }
    Spliced* array_of_rows() {
        const bool known = !says_null();
        Node* each = operand();
        if (each == nullptr) return nullptr;
        std::string pattern = "('[' || string_agg(@, ','";
        std::vector<Node*> operands{item(each, known)};
        if (take("ORDER") && take("BY")) {
            pattern += " ORDER BY ";
            do {
                Node* by = operand();
                if (by == nullptr) return nullptr;
                pattern += operands.size() > 1 ? ", @" : "@";
                operands.push_back(by);
                if (take("DESC")) pattern += " DESC";
                static_cast<void>(take("ASC"));
            } while (take(","));
        }
        leaves_out(known);
        returning();
        return make().splice(pattern + ") || ']')", operands);
    }
    Spliced* object_of_rows() {
        const bool known = says_absent();
        Spliced* each = member(known);
        if (each == nullptr) return nullptr;
        leaves_out(known);
        returning();
        return make().splice("('{' || string_agg(@, ',') || '}')", {each});
    }

    // --- JSON_TABLE ---

    /// A query in two halves, whose operands come in the order of the text.
    struct Rows {
        std::string items, from;
        std::vector<Node*> of_items, of_from;
        unsigned sources = 0;
    };

    Spliced* table() {
        Node* document = operand();
        if (document == nullptr) return nullptr;
        format();
        Node* path = take(",") ? operand() : nullptr;
        on_errors();
        Rows rows;
        rows.from = "oracle_ext.json_rows(@, @) WITH ORDINALITY AS json_1 (item, n)";
        rows.of_from = {document, path == nullptr ? make().text("$") : path};
        rows.sources = 1;
        if (!take("COLUMNS") || !columns(rows, "json_1")) return nullptr;
        rows.of_items.insert(rows.of_items.end(), rows.of_from.begin(), rows.of_from.end());
        Spliced* made = make().splice("(SELECT " + rows.items + " FROM " + rows.from + ")", rows.of_items);
        made->name = "JSON_TABLE";
        return made;
    }

    /// (a …, NESTED PATH p COLUMNS (…)): those of one row of `of`.
    bool columns(Rows& rows, const std::string& of) {
        const bool closed = take("(");
        unsigned nested_ones = 0;
        do {
            const bool is_nested = at("NESTED");
            if (is_nested ? !nested(rows, of) : !column(rows, of)) return false;
            if (is_nested && ++nested_ones == 2)
                findings_.emplace_back("rows of several NESTED PATHs are combined with each other");
        } while (take(","));
        return !closed || take(")");
    }
    bool nested(Rows& rows, const std::string& of) {
        ++at_;
        static_cast<void>(take("PATH"));
        Node* path = operand();
        if (path == nullptr || !take("COLUMNS")) return false;
        const std::string name = "json_" + std::to_string(++rows.sources);
        rows.from += " LEFT JOIN LATERAL oracle_ext.json_rows(" + of + ".item, @) WITH ORDINALITY AS " +
                     name + " (item, n) ON true";
        rows.of_from.push_back(path);
        return columns(rows, name);
    }
    bool column(Rows& rows, const std::string& of) {
        if (at_ >= parts_.size() || parts_[at_].word.empty()) return false;
        std::string name = parts_[at_++].word;
        name = name.front() == '"' ? name.substr(1, name.size() - 2) : in_lower_case(name);
        if (!rows.items.empty()) rows.items += ", ";
        Node* called = make().name({context_.tree.keep(name)});
        if (take("FOR")) {
            rows.items += of + ".n AS @";
            rows.of_items.push_back(called);
            return take("ORDINALITY");
        }
        auto* type = static_cast<DataType*>(operand());
        static_cast<void>(take("TRUNCATE"));
        const bool json = format();
        const bool asked = take("EXISTS");
        const std::string said = json ? wrapper() : "";
        Node* path = take("PATH") ? operand() : make().text("$." + name);
        if (path == nullptr) return false;
        Node* otherwise = on_errors();
        return column_value(rows, of, {path, type, otherwise, called},
                            asked  ? "exists"
                            : json ? said
                                   : "value");
    }
    struct ColumnParts {
        Node *path, *type, *otherwise, *called;
    };
    bool column_value(Rows& rows, const std::string& of, const ColumnParts& parts, const std::string& how) {
        std::string value = "oracle_ext.json_value(" + of + ".item, @)";
        if (how == "exists")
            value = "oracle_ext.json_exists(" + of + ".item, @)::integer";
        else if (how != "value")
            value = "oracle_ext.json_query(" + of + ".item, @, '" + how + "')";
        std::vector<Node*> operands{parts.path};
        if (parts.type != nullptr && how == "value") {
            value = "(" + value + ")::@";
            operands.push_back(parts.type);
        }
        if (parts.otherwise != nullptr) {
            value = "coalesce(" + value + ", @)";
            operands.push_back(parts.otherwise);
        }
        rows.items += value + " AS @";
        operands.push_back(parts.called);
        rows.of_items.insert(rows.of_items.end(), operands.begin(), operands.end());
        return true;
    }
    Node* of_table(TableFunction& table) {
        const auto* call = as<Spliced>(static_cast<const Node*>(table.call));
        if (call == nullptr || call->name != "JSON_TABLE" || !made_.contains(call)) return &table;
        table.lateral = true;
        if (table.alias.empty())
            table.alias = {.name = context_.tree.keep("json_table_" + std::to_string(++tables_)),
                           .span = table.span};
        return &table;
    }

    LowerContext& context_;
    std::vector<Part> parts_;
    std::size_t at_ = 0;
    Span span_;
    std::vector<std::string_view> findings_;
    std::set<const Node*> made_;
    unsigned tables_ = 0;
};

}  // namespace

void lower_json(Statement*& statement, LowerContext& context) {
    JsonCalls calls{context};
    Node* root = statement;
    rewrite(root, [&calls](Node* node) { return calls.rewritten(node); });
}

}  // namespace landfall::convert
