// The frame of a print: statements, items that may become comments, comments and findings.
#include "engines/convert/postgres/tree_printer.hpp"

#include <algorithm>

#include "engines/convert/action_codes.hpp"
#include "engines/convert/postgres/item.hpp"

namespace landfall::convert {
namespace {

constexpr std::size_t kDetailMax = 300;

/// Calls `line` with each line of the text, without its line end.
template <class F>
void for_each_line(std::string_view text, F&& line) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view one = text.substr(0, end);
        while (!one.empty() && one.back() == '\r') one.remove_suffix(1);
        line(one);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// A line that PostgreSQL ends where we do: a carriage return would end a comment, too.
std::string in_one_line(std::string_view text) {
    std::string line{text};
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
    return line;
}

/// PostgreSQL nests comments, Oracle does not: nothing within may open or close one.
std::string block_comment(std::string_view text) {
    std::string made = "/*";
    const bool ended = text.size() >= 4 && text.ends_with("*/");
    const std::string_view inner = text.substr(2, text.size() - (ended ? 4 : 2));
    for (std::size_t i = 0; i < inner.size(); ++i) {
        const char c = inner[i] == '\0' || inner[i] == '\r' ? ' ' : inner[i];
        made.push_back(c);
        const char next = i + 1 < inner.size() ? inner[i + 1] : '\0';
        if ((c == '/' && next == '*') || (c == '*' && next == '/')) made.push_back(' ');
    }
    if (made.back() == '/' && made.size() > 2) made.push_back(' ');
    return made.append("*/");
}

std::string_view what_is_refused(const Node& node) {
    switch (node.kind) {
        case Kind::attribute: return "a cursor attribute";
        case Kind::outer_mark: return "(+)";
        case Kind::bind_variable: return "a bind variable";
        case Kind::pivot: return "PIVOT";
        case Kind::multi_insert: return "INSERT of several tables";
        case Kind::for_all: return "FORALL";
        case Kind::jump: return "GOTO";
        case Kind::routine: return "a nested routine";
        case Kind::type_declaration: return "a type within a routine";
        case Kind::create_package: return "a package";
        case Kind::create_type_body: return "the methods of a type";
        case Kind::create_synonym: return "a synonym";
        case Kind::pragma: return "a pragma";
        case Kind::raw_expr: return "an expression that was not understood";
        default: return {};
    }
}

}  // namespace

TreePrinter::TreePrinter(const PrintRequest& request, std::uint32_t width)
    : request_{request},
      placement_{request},
      width_{width},
      out_{width},
      comment_said_(request.comments.count),
      finding_said_(request.findings.size()) {}

Printed TreePrinter::print(const PrintCheck& check) {
    Printed printed;
    for (std::uint32_t i = 0; i < request_.statements.size(); ++i)
        printed.statements.push_back(checked_statement(i, check));
    if (request_.statements.empty()) {
        out_ = Layout{width_};
        left_over(0, true);
        PrintedStatement only{.raw = true};
        Layout::Rendered rendered = out_.render();
        only.text = std::move(rendered.text);
        for (const Layout::NoteLine& line : rendered.notes)
            only.finding_lines.push_back({.finding = line.id / 4, .line = line.line});
        printed.statements.push_back(std::move(only));
    }
    printed.findings = std::move(findings_);
    return printed;
}

PrintedStatement TreePrinter::checked_statement(std::uint32_t index, const PrintCheck& check) {
    while (true) {
        const Start begin = start();
        PrintedStatement printed = statement(index);
        if (!check) return printed;
        std::optional<Refused> refused = check(printed);
        if (!refused) return printed;
        const Node* whole =
            request_.statements[index];  // where a node that is a comment already did not help
        const Node* node = refused_nodes_.contains(refused->node) ? whole : refused->node;
        CHECK(refused_nodes_.emplace(node, std::move(refused->message)).second);
        forget(begin);
    }
}

PrintedStatement TreePrinter::statement(std::uint32_t index) {
    const Statement& about = *request_.statements[index];
    PrintedStatement printed{.statement = &about};
    noted_.clear();
    out_ = Layout{width_};
    derived_tables_ = 0;
    depth_ = 0;
    const Kept kept = item(about, [&] { top_statement(about); });
    comments_behind(about);
    printed.raw = kept == Kept::comment;

    Layout::Rendered body = out_.render();
    out_ = Layout{width_};
    left_over(index, false);
    Layout::Rendered above = out_.render();
    const auto shift = static_cast<std::uint32_t>(std::count(above.text.begin(), above.text.end(), '\n'));
    for (const Layout::NoteLine& line : above.notes)
        printed.finding_lines.push_back({.finding = line.id / 4, .line = line.line});
    printed.nodes.resize(noted_.size());
    for (const Layout::NoteLine& line : body.notes) {
        const std::uint32_t at = line.line + shift;
        switch (static_cast<NoteKind>(line.id % 4)) {
            case NoteKind::first: printed.nodes[line.id / 4] = {noted_[line.id / 4], at, at}; break;
            case NoteKind::last: printed.nodes[line.id / 4].last = at; break;
            case NoteKind::finding: printed.finding_lines.push_back({.finding = line.id / 4, .line = at});
        }
    }
    printed.text = std::move(above.text);
    printed.text.append(body.text);
    return printed;
}

/// Comments and findings of a statement whose own place was not printed; with `all` those of every statement.
void TreePrinter::left_over(std::uint32_t index, bool all) {
    for (std::uint32_t i = 0; i < request_.comments.count; ++i) {
        const std::uint32_t comment = request_.comments.first + i;
        if (all || placement_.statement_of_comment(comment) == index) comment_line(comment);
    }
    for (std::uint32_t i = 0; i < request_.findings.size(); ++i)
        if (all || placement_.statement_of_finding(i) == index) finding_line(i);
}

std::string TreePrinter::print_inline(const Node& about) {
    const Node* const outer = std::exchange(refused_, nullptr);
    node(about);
    if (std::exchange(refused_, outer) != nullptr) return {};
    Layout::Rendered rendered = out_.render();
    while (!rendered.text.empty() && rendered.text.back() == '\n') rendered.text.pop_back();
    return std::move(rendered.text);
}

TreePrinter::Start TreePrinter::start() const {
    return {.mark = out_.mark(),
            .comments = comments_said_.size(),
            .findings = findings_said_.size(),
            .notes = noted_.size(),
            .added = findings_.size()};
}

void TreePrinter::go_back(const Start& start) {
    out_.rewind(start.mark);
    noted_.resize(start.notes);
    forget(start);
}

void TreePrinter::forget(const Start& start) {
    findings_.resize(start.added);
    for (; comments_said_.size() > start.comments; comments_said_.pop_back())
        comment_said_[comments_said_.back() - request_.comments.first] = false;
    for (; findings_said_.size() > start.findings; findings_said_.pop_back())
        finding_said_[findings_said_.back()] = false;
}

bool TreePrinter::take_comment(std::uint32_t index) {
    const std::uint32_t at = index - request_.comments.first;
    if (comment_said_[at]) return false;
    comment_said_[at] = true;
    comments_said_.push_back(index);
    return true;
}

bool TreePrinter::take_finding(std::uint32_t index) {
    if (finding_said_[index]) return false;
    finding_said_[index] = true;
    findings_said_.push_back(index);
    return true;
}

void TreePrinter::comments_before(const Node& node, Which which) {
    const Attached* attached = placement_.of(node);
    if (attached == nullptr) return;
    for (const std::uint32_t comment : attached->before) {
        const std::uint32_t at = request_.script.comments[comment].span.begin;
        const bool is_within = node.span.begin <= at && at < node.span.end;
        if (which == Which::all || !is_within) comment_line(comment);
    }
    for (const std::uint32_t finding : attached->findings) finding_line(finding);
}

void TreePrinter::comments_behind(const Node& node) {
    const Attached* attached = placement_.of(node);
    if (attached == nullptr) return;
    for (const std::uint32_t comment : attached->trailing)
        if (take_comment(comment)) out_.trail(comment_text(comment));
    for (const std::uint32_t comment : attached->after) comment_line(comment);
}

/// A comment on lines of its own.
void TreePrinter::comment_line(std::uint32_t index) {
    if (!take_comment(index)) return;
    out_.new_line();
    const Comment& comment = request_.script.comments[index];
    if (comment.switched_off)
        lines_as_comment(comment.span.of(request_.script.text));
    else
        say(comment_text(index));
    out_.new_line();
}

void TreePrinter::lines_as_comment(std::string_view text) {
    out_.new_line();
    for_each_line(text, [this](std::string_view line) {
        say(line.empty() ? "--" : "-- " + in_one_line(line));
        out_.new_line();
    });
}

std::string TreePrinter::comment_text(std::uint32_t index) const {
    const std::string_view text = request_.script.comments[index].span.of(request_.script.text);
    if (text.starts_with("/*")) return block_comment(text);
    return text.starts_with("--") ? in_one_line(text) : "-- " + in_one_line(text);
}

void TreePrinter::finding_line(std::uint32_t index) {
    if (!take_finding(index)) return;
    out_.new_line();
    note(NoteKind::finding, index);
    finding_text(request_.findings[index]);
    out_.new_line();
}

void TreePrinter::finding_text(const Finding& finding) {
    say("-- [SCT " + std::to_string(finding.code) + " ");
    say(name_of(finding.complexity));
    say("] ");
    const ActionCode* code = find_action_code(finding.code);
    if (code != nullptr) say(code->subject);
    if (code != nullptr && !finding.detail.empty()) say(": ");
    std::string detail = in_one_line(finding.detail);
    if (detail.size() > kDetailMax) {
        std::size_t end = kDetailMax;
        while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xC0U) == 0x80U) --end;
        detail.resize(end);
    }
    say(detail);
}

/// The place of a node that is refused: what stood before it, why, and its source.
void TreePrinter::as_comment(const Node& node, const Node& refused) {
    comments_before(node, Which::outside);
    const bool is_raw =
        node.kind == Kind::raw_code || node.kind == Kind::raw_statement || node.kind == Kind::raw_declaration;
    const auto by_check = refused_nodes_.find(&node);
    if (!is_raw) {  // those have the parser's finding already
        const bool checked = by_check != refused_nodes_.end();
        findings_.push_back({.code = checked ? 9002 : 9020,
                             .complexity = Complexity::complex,
                             .begin = node.span.begin,
                             .end = node.span.end,
                             .detail = checked ? by_check->second : std::string{what_is_refused(refused)}});
        out_.new_line();
        note(NoteKind::finding, request_.findings.size() + findings_.size() - 1);
        finding_text(findings_.back());
    }
    source_as_comment(node);
}

void TreePrinter::source_as_comment(const Node& node) {
    std::string_view text = node.span.of(request_.script.text);
    if (const auto* raw = as<RawCode>(&node)) text = raw->text;
    if (const auto* raw = as<RawStatement>(&node)) text = raw->text;
    if (const auto* raw = as<RawDeclaration>(&node)) text = raw->text;
    lines_as_comment(text);
    const std::vector<Comment>& comments = request_.script.comments;
    const auto first = comments.begin() + request_.comments.first;
    const auto last = first + request_.comments.count;
    auto comment = std::lower_bound(first, last, node.span.begin,
                                    [](const Comment& c, std::uint32_t at) { return c.span.begin < at; });
    for (; comment != last && comment->span.end <= node.span.end; ++comment)
        (void)take_comment(static_cast<std::uint32_t>(comment - comments.begin()));
}

}  // namespace landfall::convert
