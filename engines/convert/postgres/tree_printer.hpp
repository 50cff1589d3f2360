// One run of the printer over the statements of a request. Its methods are in the files named over them.
//
// How it refuses: a method that cannot print a node calls refuse(); it and its callers go on, and the nearest
// enclosing item() throws away what was said and writes the source as a comment.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>

#include "engines/convert/postgres/layout.hpp"
#include "engines/convert/postgres/placement.hpp"
#include "engines/convert/postgres/printer.hpp"

namespace landfall::convert {

/// How tightly operators bind, loosest first (PostgreSQL's documentation, 4.1.6).
enum class Binds : std::uint8_t {
    nothing,
    or_,
    and_,
    not_,
    is,
    comparison,
    range,  ///< BETWEEN, IN, LIKE
    other,  ///< ||, ~, & …
    add,
    multiply,
    power,
    time_zone,
    collate,
    minus,
    subscript,
    cast,
    primary
};

/// A node that may only come out as a comment, and why.
struct Refused {
    const Node* node = nullptr;
    std::string message;
};
using PrintCheck = std::function<std::optional<Refused>(const PrintedStatement&)>;

class TreePrinter {
public:
    explicit TreePrinter(const PrintRequest& request, std::uint32_t width = kLineWidth);

    /// `check` is asked for each statement, and again when what it refused is a comment.
    [[nodiscard]] Printed print(const PrintCheck& check);
    [[nodiscard]] std::string print_inline(const Node& node);

    /// Deeper nesting of queries is refused.
    static constexpr std::uint32_t kQueryDepthMax = 4000;

private:
    // tree_printer.cpp
    enum class Kept : std::uint8_t { code, comment };
    enum class NoteKind : std::uint8_t { first, last, finding };
    PrintedStatement statement(std::uint32_t index);
    PrintedStatement checked_statement(std::uint32_t index, const PrintCheck& check);
    void top_statement(const Statement& statement);
    void left_over(std::uint32_t index, bool all);
    /// Prints what `body` says, with the comments and findings of the node around it; a node that is refused
    /// becomes a comment.
    template <class Body>
    Kept item(const Node& node, Body&& body);
    /// A list with the comments of its members; a member that is refused refuses what is around the list.
    template <class T, class Body>
    void items(const List<T*>& nodes, std::string_view separator, Body&& body);
    void refuse(const Node& node) {
        if (refused_ == nullptr) refused_ = &node;
    }
    struct Start {
        Layout::Mark mark;
        std::size_t comments = 0, findings = 0, notes = 0, added = 0;
    };
    [[nodiscard]] Start start() const;
    void go_back(const Start& start);
    void forget(const Start& start);
    void note(NoteKind kind, std::size_t index) {
        out_.note(static_cast<std::uint32_t>(index * 4 + static_cast<std::size_t>(kind)));
    }
    /// All of the node, or but those that stand within it.
    enum class Which : std::uint8_t { all, outside };
    void comments_before(const Node& node, Which which);
    void comments_behind(const Node& node);
    void comment_line(std::uint32_t index);
    void finding_line(std::uint32_t index);
    void finding_text(const Finding& finding);
    void as_comment(const Node& node, const Node& refused);
    void source_as_comment(const Node& node);
    void lines_as_comment(std::string_view text);
    [[nodiscard]] std::string comment_text(std::uint32_t index) const;
    [[nodiscard]] bool take_comment(std::uint32_t index);
    [[nodiscard]] bool take_finding(std::uint32_t index);
    void say(std::string_view text) { out_.text(text); }

    // print_names.cpp
    void identifier(std::string_view name);
    void identifiers(const List<Identifier>& names);
    void qualified(const Name& name);
    void value_name(const Name& name);
    void callee(const Expr& callee);
    void data_type(const DataType& type);
    void literal(const Literal& literal);
    void interval_fields(Text fields);

    // print_expressions.cpp
    void expr(const Expr* expression, Binds least = Binds::nothing);
    void bare(const Expr& expression);
    void bare_operator(const Expr& expression);
    [[nodiscard]] static Binds binds(const Expr& expression);
    void binary(const Binary& chain);
    void unary(const Unary& operation);
    void in_list(const In& test);
    void like(const Like& test);
    void is_test(const IsTest& test);
    void quantified(const Quantified& test);
    void tuple(const Tuple& tuple);
    void case_(const Case& chosen);
    void call(const Call& call);
    void call_options(const Call& call);
    void field(const Field& field);
    void path_base(const Expr& base);
    void subquery(const Subquery& subquery);
    void spliced(const List<Text>& pieces, const List<Node*>& operands);
    void expressions(const List<Expr*>& list, Binds least = Binds::nothing);
    void arguments(const List<Argument*>& list);
    void order_items(const List<OrderItem*>& list);
    void window(const Window& window);
    void node(const Node& node);

    // print_queries.cpp
    void query(const Query& query);
    void in_parentheses(const Query& query);
    void withs(const List<With*>& withs, bool recursive);
    void query_body(const QueryBody& body);
    void set_operation(const SetOperation& operation);
    void set_operand(const QueryBody& operand, const SetOperation& of, bool right);
    void select(const Select& select);
    void select_items(const List<SelectItem*>& items);
    void values(const Values& values);
    void row(const Tuple& row);
    void limits(const Query& query);
    void into(const List<Expr*>& targets, bool strict);
    void clause(std::string_view word, const Expr* condition);
    void from_list(std::string_view word, const List<TableRef*>& list);
    void table_ref(const TableRef& ref);
    void table_name(const TableName& table);
    void table_function(const TableFunction& table);
    void join(const Join& join);
    void join_word(const Join& join);
    void join_condition(const Join& join);
    void alias(const TableRef& ref);

    // print_changes.cpp
    void row_change(const Node& change);
    void insert(const Insert& insert);
    void update(const Update& update);
    void delete_(const Delete& removal);
    void merge(const Merge& merge);
    void merge_insert(const Merge& merge);
    void set_items(const List<SetItem*>& sets, const TableRef* of);
    void set_target(const Expr& target, const TableRef* of);
    void returning(const Returning* returning);
    void where(const Expr* condition, const Name* current_of);

    // print_tables.cpp
    void create_table(const CreateTable& table);
    void table_elements(const CreateTable& table);
    Kept table_column(const Column& column);
    void column_of_type(const Column& column);
    void column(const Column& column);
    void column_value(const Column& column);
    void default_value(const Expr& value);
    void constraint(const Constraint& constraint);
    void references(const Constraint& constraint);
    void ref_action(std::string_view on, RefAction action);
    void key_columns(const List<KeyColumn*>& columns);
    void partitioning(const Partitioning& partitioning);
    void bounds(const Partition& bounds);
    void alter_table(const AlterTable& alter);
    void table_change(const TableChange& change);
    void modify_column(const Column& column);

    // print_definitions.cpp
    void definition(const Statement& statement);
    void create_index(const CreateIndex& index);
    void index_column(const KeyColumn& column);
    void create_sequence(const CreateSequence& sequence);
    void sequence_options(const SequenceOptions& options);
    void create_view(const CreateView& view);
    void comment_on(const CommentOn& comment);
    void grant(const Grant& grant);
    void drop(const Drop& drop);
    void create_type(const CreateType& type);

    // print_units.cpp
    void block_unit(const Block& body);
    void create_routine(const CreateRoutine& routine);
    void routine_result(const CreateRoutine& routine);
    void parameters(const List<Parameter*>& parameters);
    void create_trigger(const CreateTrigger& trigger);
    template <class Body>
    void dollar_quoted(Body&& body);

    // print_code.cpp
    void block(const Block& block);
    void condition_name(const Name& name);
    void declarations(const List<Declaration*>& declarations);
    void declaration(const Declaration& declaration);
    void code(const List<CodeStatement*>& statements);
    void code_statement(const CodeStatement& statement);
    void labels(const List<Identifier>& labels);
    void if_(const If& branches);
    void case_statement(const CaseStatement& choice);
    void loop(const Loop& loop);
    void loop_head(const Loop& loop);
    void raise(const Raise& raise);
    void jump(const Jump& jump);
    void return_(const Return& statement);
    void sql_code(const CodeStatement& statement);
    void call_statement(const CallStatement& call);
    void transaction(const TransactionStatement& statement);

    // print_cursors.cpp
    void execute_immediate(const ExecuteImmediate& execute);
    void using_(const List<Expr*>& bindings);
    void open_cursor(const OpenCursor& open);
    void fetch(const Fetch& fetch);

    const PrintRequest& request_;
    std::unordered_map<const Node*, std::string>
        refused_nodes_;  // by whom they are refused is a check's message
    const Placement placement_;
    const std::uint32_t width_;
    Layout out_;
    const Node* refused_ = nullptr;  // the first of the item that is being printed
    std::vector<bool> comment_said_, finding_said_;
    std::vector<std::uint32_t> comments_said_, findings_said_;  // in their order
    std::vector<const Node*> noted_;                            // of Layout's notes
    std::vector<Finding> findings_;                             // added
    std::uint32_t depth_ = 0;
    std::uint32_t derived_tables_ = 0;  // that had no alias
};

}  // namespace landfall::convert
