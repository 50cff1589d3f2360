// Where the comments and findings of a statement are printed: beside which node (printer.hpp, invariants 2,
// 3).
//
// Threads: pure.
#pragma once

#include <unordered_map>

#include "engines/convert/postgres/printer.hpp"

namespace landfall::convert {

/// Indexes into Script::comments and PrintRequest::findings, in the order of the script.
struct Attached {
    std::vector<std::uint32_t> before, trailing, after;  ///< comments: above, in the last line, below
    std::vector<std::uint32_t> findings;                 ///< above, behind the comments
};

class Placement {
public:
    explicit Placement(const PrintRequest& request);

    /// What stands at a node; nullptr: nothing.
    [[nodiscard]] const Attached* of(const Node& node) const {
        const auto found = attached_.find(&node);
        return found == attached_.end() ? nullptr : &found->second;
    }
    /// The statement of the request that a comment of it, or a finding, belongs to; 0 where there is none.
    [[nodiscard]] std::uint32_t statement_of_comment(std::uint32_t comment) const {
        return statement_of_comment_[comment - request_.comments.first];
    }
    [[nodiscard]] std::uint32_t statement_of_finding(std::uint32_t finding) const {
        return statement_of_finding_[finding];
    }

private:
    enum class Role : std::uint8_t { none, hoist, item, line };
    struct Anchor {
        const Node* node = nullptr;
        Span span;
        Role role = Role::none;
        std::uint32_t parent = 0, statement = 0;
    };
    /// Around a place: the innermost anchor that holds it, and the nearest of its children on either side.
    struct Around {
        std::uint32_t holder = 0, depth = 0;
        std::uint32_t previous = 0, next = 0;
    };

    static Role role_of(const Node& node);
    static bool is_leaf(const Node& node);
    void collect(const Node& statement, std::uint32_t index);
    void nest_statements();
    void sort_children();
    [[nodiscard]] std::span<const std::uint32_t> children_of(std::uint32_t anchor) const;
    [[nodiscard]] Around around(std::uint32_t place) const;
    [[nodiscard]] Around descend(std::uint32_t from, std::uint32_t place, std::uint32_t depth) const;
    [[nodiscard]] std::uint32_t climb(std::uint32_t anchor, Role least) const;
    [[nodiscard]] bool only_comments(std::uint32_t begin, std::uint32_t end) const;
    [[nodiscard]] std::uint32_t last_within(std::uint32_t anchor) const;
    [[nodiscard]] bool in_one_line(std::uint32_t begin, std::uint32_t end) const;
    void place_comment(std::uint32_t comment);
    void place_finding(std::uint32_t finding);

    PrintRequest request_;
    std::vector<Anchor> anchors_;  // [0] is around everything
    std::vector<std::uint32_t> sorted_;
    std::vector<std::uint32_t> first_child_;
    std::vector<std::uint32_t> statement_of_comment_, statement_of_finding_;
    std::unordered_map<const Node*, Attached> attached_;
};

}  // namespace landfall::convert
