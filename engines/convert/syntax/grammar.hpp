// The grammar of Oracle's SQL and PL/SQL: recursive descent, one method a construct, its implementation in
// one file a part of the language. Internal to syntax/.
//
// Habits of its methods: each begins at the first token of its construct and ends behind the last; on a token
// that does not fit it calls cursor().fail and answers what it has (never nullptr where the caller needs a
// node: make one); spans are set; a method that descends takes a Depth first.
#pragma once

#include "engines/convert/syntax/parser.hpp"
#include "engines/convert/syntax/token_cursor.hpp"

namespace landfall::convert {

class Grammar {
public:
    Grammar(const Script& script, const StatementText& statement, Tree& tree, std::vector<Finding>& findings)
        : script_{script},
          cursor_{script, statement},
          tree_{tree},
          findings_{findings},
          whole_end_{statement.span.end} {}

    /// The whole statement; a RawStatement where it does not parse. (parser.cpp)
    Statement* statement();

    // --- names and types (names.cpp) ---
    Identifier identifier();  ///< a word, quoted or not; folded (tree.hpp, invariant 4)
    Name* name();             ///< a.b.c[@link]
    DataType* data_type();
    [[nodiscard]] bool at_identifier(std::size_t ahead = 0) const;
    Text text_of_string();  ///< the content of a string token, quotes and q'' undone

    // --- expressions (expressions.cpp, calls.cpp) ---
    Expr* expression();           ///< conditions too: OR down to a primary
    Expr* additive();             ///< without comparisons: what stands in BETWEEN, ranges, defaults
    Expr* primary();              ///< an operand with its postfixes: a.b(c).d(e)%ROWCOUNT
    List<Expr*> expressions();    ///< a, b, c
    List<Argument*> arguments();  ///< (a, n => b), the parentheses taken; an empty list for ()

    // --- queries and changes of rows (queries.cpp, sources.cpp, changes.cpp) ---
    [[nodiscard]] bool at_query() const;  ///< SELECT, WITH, or ( before those
    Query* query();
    TableRef* table_ref();  ///< with its joins
    List<TableRef*> table_refs();
    List<OrderItem*> order_items();
    SelectItem* select_item();
    Identifier alias();                        ///< [AS] name, or none; knows the words that may not be one
    [[nodiscard]] bool at_row_change() const;  ///< INSERT, UPDATE, DELETE, MERGE
    Node* row_change();

    // --- shared by the files of names, expressions and queries ---
    Expr* operation(unsigned weakest);  ///< operators of that strength and more (expressions.cpp)
    List<Argument*> argument_list();    ///< arguments() without the parentheses; *, too (calls.cpp)
    Text interval_fields();             ///< YEAR(2) TO MONTH, in upper case
    Window* window();                   ///< behind OVER, or behind WINDOW w AS: from ( on
    Subquery* subquery_behind_parenthesis(std::uint32_t begin);  ///< from SELECT or WITH to the ) of it
    /// Where the only item is a query in parentheses and a set operation, an order … follows: the item
    /// becomes the query that it begins. Spares the decision at (( what begins there.
    bool continue_as_query(List<Expr*>& items);
    Query* query_from(QueryBody* first);  ///< what may follow a first part: UNION …, ORDER BY …, FOR UPDATE …
    Returning* returning();               ///< [RETURNING …], nullptr: none
    Text hint();                          ///< of the comment right behind the token that was taken last
    /// A built-in with a syntax of its own, from its ( on; `begun`: with these arguments read already.
    Spliced* spliced_call(const Name& built_in, const List<Argument*>& begun);
    [[nodiscard]] static bool has_own_syntax(const TokenCursor& cursor, const Token& word);

    // --- definitions of data (tables.cpp, columns.cpp, partitions.cpp, definitions.cpp) ---
    Statement* create_table();  ///< each from CREATE on
    Statement* alter_table();
    Statement* create_index();
    Statement* create_sequence();  ///< and ALTER SEQUENCE
    Statement* create_view();      ///< and materialized views
    Statement* create_synonym();
    Statement* comment_on();
    Statement* grant();  ///< and REVOKE
    Statement* drop();
    Statement* other_statement();
    SequenceOptions* sequence_options();

    // --- code (declarations.cpp, routines.cpp, units.cpp, statements.cpp, cursors.cpp) ---
    Statement* create_routine();  ///< each from CREATE on
    Statement* create_package();  ///< and PACKAGE BODY
    Statement* create_type();     ///< and TYPE BODY
    Statement* create_trigger();
    Statement* anonymous_block();
    List<Declaration*> declarations();  ///< up to BEGIN, END or the end of a package
    Routine* routine();                 ///< from FUNCTION, PROCEDURE, MEMBER … on
    List<Parameter*> parameters();
    Block* block();  ///< from DECLARE or BEGIN on, to its END label, without the semicolon
    List<CodeStatement*> code_statements();  ///< up to END, ELSE, ELSIF, WHEN, EXCEPTION
    CodeStatement* code_statement();

    [[nodiscard]] TokenCursor& cursor() { return cursor_; }
    [[nodiscard]] Tree& tree() { return tree_; }

    /// Guards a descent: `while deep` nothing is parsed any more, the cursor has failed.
    class Depth {
    public:
        explicit Depth(Grammar& grammar) : grammar_{grammar} {
            if (++grammar_.depth_ > kNestingMax) grammar_.cursor_.fail("less nesting");
        }
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;
        ~Depth() { --grammar_.depth_; }

    private:
        Grammar& grammar_;
    };

private:
    // Each part adds what it needs of private methods here, under a line that names its file.

    // parser.cpp
    [[nodiscard]] std::size_t kind_behind_create() const;
    Statement* created();
    Statement* script_sql();
    Statement* whole_statement();
    RawStatement* raw_statement(const Token* first, Span whole);
    // definitions.cpp
    void skip_rest();
    void skip_one();
    Text signed_number();
    bool sequence_option(SequenceOptions& options);
    KeyColumn* key_column();
    List<KeyColumn*> key_columns();
    void index_attribute(CreateIndex& index);
    void view_columns(CreateView& view);
    [[nodiscard]] bool at_query_behind_as() const;
    Text privilege();
    bool index_in_parentheses_ = false;
    // columns.cpp
    [[nodiscard]] bool at_constraint() const;
    void references(Constraint& made);
    void using_index(Constraint& made);
    bool constraint_state(Constraint& made);
    Constraint* constraint();
    void generated(Column& made);
    bool column_option(Column& made);
    Column* column();
    // tables.cpp
    void table_item(CreateTable& made);
    void table_words(CreateTable& made);
    void table_clause(CreateTable& made);
    TableChange* table_change(TableChange::What what);
    void add_items(AlterTable& made, TableChange::What of_columns);
    void modify(AlterTable& made);
    void drop_item(AlterTable& made);
    void rename_item(AlterTable& made);
    void enable_item(AlterTable& made, bool enable);
    void constraint_of_change(TableChange& change);
    // partitions.cpp
    List<Partition*> partition_list();
    Partition* partition();
    void partition_method(Partitioning& made);
    Partitioning* partitioning();
    // declarations.cpp
    Declaration* declaration();
    Declaration* bare_declaration();
    Variable* variable(const Identifier& name, std::uint32_t begin);
    TypeDeclaration* type_declaration();
    TypeDeclaration* subtype_declaration();
    [[nodiscard]] bool at_collection() const;
    void collection(TypeDeclaration& made);
    Cursor* cursor_declaration();
    Pragma* pragma();
    Text upper(std::string_view text);
    // routines.cpp
    [[nodiscard]] bool at_routine() const;
    [[nodiscard]] bool at_method_modifier() const;
    void method_modifiers(Routine& routine);
    void rest_of_routine(Routine& routine);
    bool routine_clause(Routine& routine);
    Parameter* parameter();
    void skip_parentheses();
    Text rest_of_declaration();
    // statements.cpp
    Block* body();
    List<WhenException*> handlers();
    List<Identifier> labels();
    [[nodiscard]] bool at_keyword(Word word) const;
    CodeStatement* bare_statement();
    CodeStatement* assignment_or_call();
    IfBranch* branch(Expr* condition);
    If* if_statement();
    CaseStatement* case_statement();
    Loop* loop();
    void loop_over(Loop& made);
    Jump* jump();
    Return* return_statement();
    Return* pipe_row();
    // cursors.cpp
    CodeStatement* cursor_statement();
    List<Expr*> targets();
    List<Expr*> into_targets(bool& bulk_collect);
    ExecuteImmediate* execute_immediate();
    OpenCursor* open_cursor();
    Fetch* fetch();
    ForAll* for_all();
    CodeStatement* sql_statement();
    [[nodiscard]] bool at_call_of_change() const;
    TransactionStatement* transaction_statement();
    // units.cpp
    bool create_words();
    void skip_if_not_exists();
    void type_definition(CreateType& made);
    void object_type(CreateType& made);
    void object_part(CreateType& made);
    Statement* type_body(bool replace, std::uint32_t begin);
    void trigger_timing(CreateTrigger& made);
    void trigger_events(CreateTrigger& made);
    void trigger_scope(CreateTrigger& made);
    bool trigger_clause(CreateTrigger& made);
    [[nodiscard]] bool at_timing_section() const;
    void compound_trigger(CreateTrigger& made);
    void timing_words(TimingSection& section);
    Block* timing_block();
    // recovery.cpp
    void tell_raw_code();
    void skip_token();
    void skip_nested();
    void skip_statement();
    void skip_declaration();
    void skip_routine();
    std::uint64_t skipped_ = 0;
    // expressions.cpp
    Expr* prefixed();
    Expr* unary(UnaryOp op, unsigned strength);
    void rise();
    // calls.cpp
    Expr* argument_value();
    // queries.cpp
    QueryBody* query_term();
    Select* select();
    void finish_query(Query& query);
    // sources.cpp, changes.cpp
    void nested_right(Join& join);
    TableRef* changed_table();
    Node* insert();
    void insert_into(Insert& insert);
    MultiInsert* multi_insert(std::uint32_t begin);
    List<SetItem*> set_items();
    Expr* where_of_change(Name*& current_of);
    Update* update();
    Delete* delete_();
    void merge_update(Merge& merge);
    void merge_insert(Merge& merge);
    Merge* merge();
    Text log_errors();

    const Script& script_;
    TokenCursor cursor_;
    Tree& tree_;
    std::vector<Finding>& findings_;
    const std::uint32_t whole_end_;
    unsigned depth_ = 0;
    unsigned height_ = 0;  ///< at least that of the tallest expression since the present one began
};

}  // namespace landfall::convert
