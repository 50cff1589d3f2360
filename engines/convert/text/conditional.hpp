// Conditional compilation: $IF … $THEN … $ELSIF … $ELSE … $END, resolved on tokens before statements are
// found, since each branch may hold a BEGIN.
//
// Invariants
//   1. Tokens of a branch that is not taken are no tokens of the script; each run of them is one Comment that
//      is `switched_off`.
//   2. A condition that nobody can decide is false, with a finding; an inquiry that nobody defines is NULL.
// Source: PL/SQL Language Reference, Conditional Compilation. Threads: one.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engines/convert/finding.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

class Conditional {
public:
    Conditional(const Script& script, const ScriptSettings& settings)
        : script_{script}, settings_{settings} {}

    /// Does the token belong to the script? Directives never do, inquiries ($$name) always.
    bool takes(const Token& token, std::vector<Comment>& comments, std::vector<Finding>& findings);
    /// Is a directive open, so that no statement can end here?
    [[nodiscard]] bool inside() const { return !open_.empty(); }
    /// The script has ended: an open $IF is a finding.
    void finish(std::vector<Comment>& comments, std::vector<Finding>& findings);

private:
    enum class Phase : std::uint8_t { condition, taken, skipped, done, error };
    struct Choice {
        Phase phase = Phase::condition;
        bool reachable = true;  ///< the branch around it is taken
        bool chosen = false;    ///< an earlier branch was taken
        std::uint32_t begin = 0;
        std::vector<Token> condition;
    };

    [[nodiscard]] bool live() const;
    void directive(std::string_view name, const Token& token, std::vector<Finding>& findings);
    void decide(std::vector<Finding>& findings);
    void tell_unknown(std::vector<Finding>& findings);
    void close_gap(std::vector<Comment>& comments);

    const Script& script_;
    const ScriptSettings& settings_;
    std::vector<Choice> open_;
    std::set<std::string> told_;
    std::optional<Span> gap_;  ///< what is being left out
};

}  // namespace landfall::convert
