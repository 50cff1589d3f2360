// The grammar of MySQL's and MariaDB's SQL: recursive descent into the same tree as Oracle's (grammar.hpp).
// Internal to syntax/.
//
// Habits of its methods are those of Grammar: each begins at the first token of its construct and ends behind
// the last; on a token that does not fit it calls cursor_.fail and answers what it has. Names are folded, cut
// to PostgreSQL's 63 bytes and kept as the settings say (tree.hpp, invariant 4). What the tree has no kind
// for is a Spliced with a name of MySQL's ("INTERVAL", "COLLATE", "HEX" …): lower/mysql_* knows them.
#pragma once

#include "engines/convert/mysql_settings.hpp"
#include "engines/convert/syntax/parser.hpp"
#include "engines/convert/syntax/token_cursor.hpp"

namespace landfall::convert {

class MysqlGrammar {
public:
    MysqlGrammar(const Script& script, const StatementText& statement, Tree& tree,
                 std::vector<Finding>& findings, const MysqlSettings& settings, SqlMode mode)
        : cursor_{script, statement},
          tree_{tree},
          findings_{findings},
          settings_{settings},
          mode_{mode},
          whole_end_{statement.span.end} {}

    /// The whole statement; a RawStatement where it does not parse. (mysql_parser.cpp)
    Statement* statement();

    /// Guards a descent, as of Grammar.
    class Depth {
    public:
        explicit Depth(MysqlGrammar& grammar) : grammar_{grammar} {
            if (++grammar_.depth_ > kNestingMax) grammar_.cursor_.fail("less nesting");
        }
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;
        ~Depth() { --grammar_.depth_; }

    private:
        MysqlGrammar& grammar_;
    };

private:
    // --- mysql_names.cpp ---
    [[nodiscard]] bool at_identifier(std::size_t ahead = 0) const;
    Identifier identifier();
    Identifier any_word();  ///< reserved or not: what may follow a dot
    Identifier alias();     ///< [AS] name or 'name'; none
    Name* name();
    Text folded(std::string_view name, Span at);
    [[nodiscard]] bool at_string() const { return cursor_.look().kind == TokenKind::string; }
    Text string();  ///< the content of one string, or of several side by side
    void append_string(std::string& text, std::string_view token) const;
    Text upper(std::string_view text);
    Text number();  ///< digits of a number token
    [[nodiscard]] Name* name_of(std::string_view word, Span at);
    List<Identifier> identifiers();  ///< (a, b)

    // --- mysql_types.cpp ---
    DataType* data_type();
    DataType* cast_type();
    void type_arguments(DataType& type);
    void type_options(DataType& type);
    Name* type_name();
    Text charset_name();

    // --- mysql_expressions.cpp ---
    static constexpr unsigned kAboveComparison = 6;  ///< strength of what stands in BETWEEN, defaults, IN (…)
    Expr* expression();
    Expr* operation(unsigned weakest);
    Expr* unary();
    Expr* predicate(Expr* left);
    Expr* is_test(Expr* left);
    Expr* in_list(Expr* left, bool negated);
    Expr* comparison_right(Expr* left, BinaryOp op);
    Expr* binary(BinaryOp op, Expr* left, Expr* right);
    Spliced* own(std::string_view name, std::uint32_t begin, std::initializer_list<Node*> operands);
    List<Expr*> expressions();
    void rise();

    // --- mysql_calls.cpp ---
    Expr* primary();
    Expr* postfixed(Expr* operand);
    Expr* literal();
    Expr* string_literal();
    Expr* number_literal();
    Expr* word_value();
    Expr* parenthesis();
    Expr* case_expression();
    Expr* interval();
    Expr* cast();
    Expr* convert();
    Expr* match_against();
    Expr* special_call(Name* callee);
    Expr* unit_call(Name* callee, std::uint32_t begin);
    Expr* call(Name* callee);
    Expr* user_variable();
    Window* window();
    Expr* frame_bound();
    void over(Call& made);

    // --- mysql_queries.cpp ---
    [[nodiscard]] bool at_query(std::size_t ahead = 0) const;
    Query* query();
    QueryBody* query_term();
    QueryBody* query_operand();
    Select* select();
    void select_words(Select& made);
    void select_clauses(Select& made);
    Values* values_body();
    void finish_query(Query& made);
    void limit(Query& made);
    void lock(Query& made);
    List<OrderItem*> order_items();
    SelectItem* select_item();
    TableRef* table_ref();
    TableRef* table_factor();
    [[nodiscard]] bool at_derived_table() const;
    TableRef* joined(TableRef* left);
    TableRef* parenthesized_tables();
    void index_hints();
    Subquery* subquery();
    void with_clause(Query& made);

    // --- mysql_changes.cpp ---
    Statement* row_change();
    Insert* insert();
    Update* update();
    Delete* delete_();
    List<SetItem*> set_items();

    // --- mysql_tables.cpp ---
    Statement* create_table();
    void table_elements(CreateTable& made);
    void table_element(CreateTable& made);
    [[nodiscard]] bool at_key_definition() const;
    CreateIndex* key_definition(const Identifier& constraint_name);
    Constraint* table_constraint(const Identifier& name);
    List<KeyColumn*> key_columns();
    KeyColumn* key_column();
    void key_options(CreateIndex* index);
    void references(Constraint& made);
    RefAction reference_action();
    bool table_option(CreateTable& made);
    void table_options(CreateTable& made);
    void drop_option(CreateTable& made, std::uint32_t begin);

    // --- mysql_columns.cpp ---
    Column* column();
    bool column_option(Column& made);
    bool column_constraint_option(Column& made);
    bool column_storage_option(Column& made);
    void column_default(Column& made);
    void generated(Column& made);
    Constraint* column_constraint(Constraint::What what, std::uint32_t begin);
    void column_position(Column& made);

    // --- mysql_partitions.cpp ---
    Partitioning* partitioning();
    void partition_method(Partitioning& made);
    List<Partition*> partition_list();
    Partition* partition();
    void partition_values(Partition& made);
    void partition_options();

    // --- mysql_alter.cpp ---
    Statement* alter_table();
    void alter_item(AlterTable& made);
    void add_item(AlterTable& made);
    void drop_item(AlterTable& made);
    void rename_item(AlterTable& made);
    void alter_item_default(AlterTable& made);
    void partition_item(AlterTable& made);
    bool known_words(AlterTable& made);
    TableChange* change(AlterTable& made, TableChange::What what);
    void skip_item();

    // --- mysql_definitions.cpp ---
    Statement* create_index();
    Statement* create_view(std::uint32_t begin, bool replace);
    Statement* create_database();
    Statement* create_sequence();
    Statement* drop();
    Statement* rename_table();
    Statement* other_statement();
    void definer();

    // --- mysql_triggers.cpp ---
    Statement* create_trigger();
    List<CodeStatement*> code_statements();
    void code_statement(List<CodeStatement*>& made);
    If* if_statement();

    // --- mysql_parser.cpp ---
    Statement* whole_statement();
    Statement* created();
    [[nodiscard]] std::size_t kind_behind_create() const;
    RawStatement* raw_statement(const Token* first, Span whole);
    void skip_parentheses();
    void skip_rest();
    void tell(int code, Complexity complexity, Span at, std::string_view detail);

    TokenCursor cursor_;
    Tree& tree_;
    std::vector<Finding>& findings_;
    const MysqlSettings& settings_;
    const SqlMode mode_;
    const std::uint32_t whole_end_;
    unsigned depth_ = 0;
    unsigned height_ = 0;  ///< of the chain of operators that is being built
};

}  // namespace landfall::convert
