#include "engines/convert/postgres/placement.hpp"

#include <algorithm>
#include <numeric>

#include "engines/convert/syntax/walk.hpp"

namespace landfall::convert {
namespace {

constexpr std::uint32_t kNone = 0;

bool holds(Span span, std::uint32_t place) { return span.begin <= place && place < span.end; }

bool is_branch(const Node& node) { return node.kind == Kind::if_branch || node.kind == Kind::when_exception; }

}  // namespace

Placement::Role Placement::role_of(const Node& node) {
    switch (node.kind) {
        case Kind::select_item:
        case Kind::set_item:
        case Kind::parameter:
        case Kind::with: return Role::item;
        case Kind::select:
        case Kind::query: return Role::hoist;
        case Kind::column:
        case Kind::constraint:
        case Kind::when_exception:
        case Kind::if_branch: return Role::line;
        case Kind::routine:
        case Kind::table_change:
        case Kind::timing_section: return Role::none;
        default: break;
    }
    const bool is_code = node.kind <= Kind::spliced_code;  // declarations and statements of code come first
    const bool is_statement = node.kind == Kind::create_table || node.kind >= Kind::alter_table;
    return is_code || is_statement ? Role::line : Role::none;
}

/// What is within these stands before them.
bool Placement::is_leaf(const Node& node) {
    switch (node.kind) {
        case Kind::select_item:
        case Kind::set_item:
        case Kind::parameter:
        case Kind::column:
        case Kind::constraint:
        case Kind::table_change:
        case Kind::variable:
        case Kind::raw_code:
        case Kind::raw_statement:
        case Kind::raw_declaration: return true;
        default: return false;
    }
}

Placement::Placement(const PrintRequest& request) : request_{request} {
    statement_of_comment_.resize(request.comments.count);
    statement_of_finding_.resize(request.findings.size());
    if (request.statements.empty() || (request.comments.count == 0 && request.findings.empty())) return;
    anchors_.push_back({});
    for (std::uint32_t i = 0; i < request.statements.size(); ++i) collect(*request.statements[i], i);
    nest_statements();
    sort_children();
    for (std::uint32_t i = 0; i < request.comments.count; ++i) place_comment(request.comments.first + i);
    for (std::uint32_t i = 0; i < request.findings.size(); ++i) place_finding(i);
}

void Placement::collect(const Node& statement, std::uint32_t index) {
    struct Pending {
        Node* node;
        std::uint32_t parent;
    };
    std::vector<Pending> pending{{const_cast<Node*>(&statement), kNone}};
    while (!pending.empty()) {
        const auto [node, around] = pending.back();
        pending.pop_back();
        std::uint32_t parent = around;
        const bool is_root = node == &statement;
        const Role role = is_root ? Role::line : role_of(*node);
        if (role != Role::none && (node->span.end > node->span.begin || is_root)) {
            parent = static_cast<std::uint32_t>(anchors_.size());
            anchors_.push_back(
                {.node = node, .span = node->span, .role = role, .parent = around, .statement = index});
        }
        if (is_leaf(*node)) continue;
        for_each_child(*node, [&pending, parent](Node*& child) { pending.push_back({child, parent}); });
    }
}

/// A member of a package stands within the package's span: it is looked at before the package's own schema.
void Placement::nest_statements() {
    std::vector<std::uint32_t> roots;
    for (std::uint32_t i = 1; i < anchors_.size(); ++i)
        if (anchors_[i].parent == kNone) roots.push_back(i);
    std::stable_sort(roots.begin(), roots.end(), [this](std::uint32_t a, std::uint32_t b) {
        const Span left = anchors_[a].span, right = anchors_[b].span;
        return left.begin != right.begin ? left.begin < right.begin : left.end > right.end;
    });
    std::vector<std::uint32_t> open;
    for (const std::uint32_t root : roots) {
        const Span span = anchors_[root].span;
        while (!open.empty() &&
               (anchors_[open.back()].span.end < span.end || anchors_[open.back()].span == span ||
                anchors_[open.back()].span.end <= span.begin))
            open.pop_back();
        if (!open.empty()) anchors_[root].parent = open.back();
        open.push_back(root);
    }
}

void Placement::sort_children() {
    sorted_.resize(anchors_.size() - 1);
    std::iota(sorted_.begin(), sorted_.end(), 1U);
    std::sort(sorted_.begin(), sorted_.end(), [this](std::uint32_t a, std::uint32_t b) {
        const Anchor& left = anchors_[a];
        const Anchor& right = anchors_[b];
        if (left.parent != right.parent) return left.parent < right.parent;
        return left.span.begin != right.span.begin ? left.span.begin < right.span.begin : a < b;
    });
    first_child_.assign(anchors_.size() + 1, static_cast<std::uint32_t>(sorted_.size()));
    for (std::uint32_t i = static_cast<std::uint32_t>(sorted_.size()); i-- > 0;)
        first_child_[anchors_[sorted_[i]].parent] = i;
    for (std::size_t i = anchors_.size(); i-- > 0;)
        first_child_[i] = std::min(first_child_[i], first_child_[i + 1]);
}

std::span<const std::uint32_t> Placement::children_of(std::uint32_t anchor) const {
    const std::uint32_t begin = first_child_[anchor], end = first_child_[anchor + 1];
    return std::span{sorted_}.subspan(begin, end - begin);
}

Placement::Around Placement::around(std::uint32_t place) const { return descend(kNone, place, 0); }

Placement::Around Placement::descend(std::uint32_t from, std::uint32_t place, std::uint32_t depth) const {
    Around best{.holder = from, .depth = depth};
    const std::span<const std::uint32_t> children = children_of(from);
    const auto behind = std::upper_bound(
        children.begin(), children.end(), place,
        [this](std::uint32_t offset, std::uint32_t child) { return offset < anchors_[child].span.begin; });
    if (behind != children.end()) best.next = *behind;
    if (behind == children.begin()) return best;
    // Statements that were made of one stand in one span; the one that has something nearer is meant.
    const std::uint32_t begin = anchors_[*(behind - 1)].span.begin;
    Around deepest;
    for (auto child = behind; child != children.begin() && anchors_[*(child - 1)].span.begin == begin;
         --child) {
        if (!holds(anchors_[*(child - 1)].span, place)) continue;
        const Around within = descend(*(child - 1), place, depth + 1);
        if (within.depth >= deepest.depth) deepest = within;
    }
    if (deepest.depth != 0) return deepest;
    best.previous = *(behind - 1);
    return best;
}

/// The nearest anchor of at least that role, from `anchor` outwards; kNone: there is none.
std::uint32_t Placement::climb(std::uint32_t anchor, Role least) const {
    while (anchor != kNone && anchors_[anchor].role < least) anchor = anchors_[anchor].parent;
    return anchor;
}

bool Placement::in_one_line(std::uint32_t begin, std::uint32_t end) const {
    if (begin > end || end > request_.script.text.size()) return false;
    return request_.script.text.find('\n', begin) >= end;
}

/// Nothing but blanks and comments of the request.
bool Placement::only_comments(std::uint32_t begin, std::uint32_t end) const {
    const std::vector<Comment>& comments = request_.script.comments;
    auto next = std::lower_bound(comments.begin(), comments.end(), begin,
                                 [](const Comment& c, std::uint32_t at) { return c.span.begin < at; });
    while (true) {
        const std::uint32_t until = next == comments.end() ? end : std::min(end, next->span.begin);
        const std::size_t word = request_.script.text.find_first_not_of(" \t\r\n", begin);
        if (word < until) return false;
        if (until == end) return true;
        begin = next->span.end;
        ++next;
    }
}

/// What stands last in a branch, since a branch has no line of its own to end.
std::uint32_t Placement::last_within(std::uint32_t anchor) const {
    while (anchor != kNone && is_branch(*anchors_[anchor].node) && !children_of(anchor).empty())
        anchor = children_of(anchor).back();
    return anchor;
}

void Placement::place_comment(std::uint32_t comment) {
    const Comment& about = request_.script.comments[comment];
    Around at = around(about.span.begin);
    at.previous = last_within(at.previous);
    if (at.next != kNone && is_branch(*anchors_[at.next].node)) {
        const std::uint32_t begin = anchors_[at.next].span.begin;
        const bool is_within = only_comments(about.span.end, begin);
        const bool has_head = anchors_[at.next].node->kind == Kind::when_exception;
        if (is_within && !has_head && !children_of(at.next).empty())
            at.next = children_of(at.next).front();
        else if (!is_within && at.previous != kNone)
            at.next = kNone;
    }
    const auto attach = [&](std::uint32_t anchor, std::vector<std::uint32_t> Attached::*list) {
        if (anchor == kNone) anchor = 1;  // the first statement
        (attached_[anchors_[anchor].node].*list).push_back(comment);
        statement_of_comment_[comment - request_.comments.first] = anchors_[anchor].statement;
    };
    if (!about.owns_line && !about.switched_off && at.previous != kNone &&
        anchors_[at.previous].role >= Role::item &&
        in_one_line(anchors_[at.previous].span.end, about.span.begin))
        return attach(at.previous, &Attached::trailing);
    if (at.next != kNone) return attach(climb(at.next, Role::item), &Attached::before);
    if (at.previous != kNone && anchors_[at.holder].role != Role::hoist &&
        anchors_[at.previous].role >= Role::item)
        return attach(at.previous, &Attached::after);
    attach(climb(at.holder, Role::item), &Attached::before);
}

void Placement::place_finding(std::uint32_t finding) {
    const Around at = around(request_.findings[finding].begin);
    std::uint32_t anchor = climb(at.holder, Role::line);
    if (anchor == kNone) anchor = climb(at.next, Role::line);
    if (anchor == kNone) anchor = climb(at.previous, Role::line);
    if (anchor == kNone) anchor = 1;
    attached_[anchors_[anchor].node].findings.push_back(finding);
    statement_of_finding_[finding] = anchors_[anchor].statement;
}

}  // namespace landfall::convert
