// The templates of TreePrinter, for its own files.
#pragma once

#include "engines/convert/postgres/identifiers.hpp"
#include "engines/convert/postgres/tree_printer.hpp"

namespace landfall::convert {

template <class Body>
TreePrinter::Kept TreePrinter::item(const Node& node, Body&& body) {
    const Node* const outer = std::exchange(refused_, nullptr);
    const Start begin = start();
    if (refused_nodes_.contains(&node)) {
        refuse(node);
    } else {
        comments_before(node, Which::all);
        noted_.push_back(&node);
        const std::size_t noted = noted_.size() - 1;
        note(NoteKind::first, noted);
        body();
        note(NoteKind::last, noted);
    }
    const Node* const refused = std::exchange(refused_, outer);
    if (refused == nullptr) return Kept::code;
    go_back(begin);
    as_comment(node, *refused);
    return Kept::comment;
}

template <class T, class Body>
void TreePrinter::items(const List<T*>& nodes, std::string_view separator, Body&& body) {
    for (const T* node : nodes) {
        if (node != nodes.front()) out_.blank();
        comments_before(*node, Which::all);
        body(*node);
        if (node != nodes.back()) say(separator);
        comments_behind(*node);
    }
}

template <class Body>
void TreePrinter::dollar_quoted(Body&& body) {
    const std::size_t before = out_.slot();
    out_.new_line();
    const Layout::Mark begin = out_.mark();
    body();
    const std::string tag = dollar_tag(out_.said_since(begin));
    out_.fill(before, tag);
    out_.new_line();
    const std::size_t behind = out_.slot();
    out_.fill(behind, tag);
}

}  // namespace landfall::convert
