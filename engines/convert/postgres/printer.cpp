#include "engines/convert/postgres/printer.hpp"

#include <algorithm>
#include <limits>

#include "engines/convert/postgres/tree_printer.hpp"

namespace landfall::convert {

CommentRange comments_of(const Script& script, std::size_t statement) {
    const auto first_from = [&script](std::uint32_t offset) {
        const auto found = std::lower_bound(
            script.comments.begin(), script.comments.end(), offset,
            [](const Comment& comment, std::uint32_t at) { return comment.span.begin < at; });
        return static_cast<std::uint32_t>(found - script.comments.begin());
    };
    /// Behind a statement, in its last line.
    const auto end_of = [&](std::size_t of) {
        std::uint32_t at = first_from(script.statements[of].span.end);
        const std::size_t line_end = script.text.find('\n', script.statements[of].span.end);
        while (at < script.comments.size() && script.comments[at].span.begin < line_end &&
               !script.comments[at].owns_line)
            ++at;
        return at;
    };
    const std::uint32_t first = statement == 0 ? 0 : end_of(statement - 1);
    const bool is_last = statement + 1 == script.statements.size();
    const auto end = is_last ? static_cast<std::uint32_t>(script.comments.size()) : end_of(statement);
    return {.first = first, .count = end - std::min(first, end)};
}

Printed print(const PrintRequest& request) { return TreePrinter{request}.print({}); }

std::string print_inline(const Node& node) {
    const Script nothing;
    const PrintRequest request{.statements = {}, .script = nothing, .comments = {}, .findings = {}};
    return TreePrinter{request, std::numeric_limits<std::uint32_t>::max()}.print_inline(node);
}

}  // namespace landfall::convert
