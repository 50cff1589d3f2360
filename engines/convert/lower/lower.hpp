// Lowering: one bound statement of Oracle's becomes the statements of PostgreSQL that stand for it.
//
// Invariants
//   1. Passes run in the order of kPasses (lower.cpp); each sees what those before it left. A pass looks at
//      every statement and leaves alone what it is not about.
//   2. Passes work on bound trees but take no harm where a binding or a type is missing (nullptr: an unknown
//      name): then they leave the construct as it is. A finding is added where the meaning is known to
//      differ.
//   3. What a pass cannot convert is said by add_finding, and is either kept so that the object still loads,
//      or becomes a RawCode or RawStatement, which is printed as a comment. Nothing is dropped in silence.
//   4. After the last pass no node of a kind that says "lowered" is left.
// Threads: one tree, one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/convert/converter.hpp"
#include "engines/convert/syntax/walk.hpp"
#include "engines/convert/text/script.hpp"

namespace landfall::convert {

class Catalog;    // meaning/catalog.hpp
class CodeIndex;  // code_index.hpp

struct LowerContext;
/// A text of dynamic SQL that is known, in PostgreSQL's words; nothing: it stays as it is; empty: nothing of
/// it is left to execute. Findings of the text are added at the span.
using ConvertText = std::function<std::optional<std::string>(Text text, Span at, LowerContext& around)>;

/// Names that stand in a text of dynamic SQL for a part that is put in at run time, a number behind each; the
/// second where the part is a type.
inline constexpr std::string_view kDynamicPart = "lf_part_", kDynamicType = "lf_type_";

struct LowerContext {
    Tree& tree;
    const Script& script;
    const Catalog& catalog;
    const Settings& settings;
    std::vector<Finding>& findings;
    const CodeIndex* units =
        nullptr;  ///< of all statements of all scripts; nullptr: units are lowered each alone
    const ConvertText* dynamic = nullptr;  ///< nullptr: texts of dynamic SQL are kept
    enum class Place : std::uint8_t { script, dynamic_text };
    Place place = Place::script;
    /// What the present statement also becomes, before and behind itself: a pass adds to them, later passes
    /// see those statements as they see the first (a trigger's function, the members of a package).
    std::vector<Statement*> before{}, after{};

    void add_finding(int code, Complexity complexity, Span at, std::string_view detail) {
        findings.push_back({.code = code,
                            .complexity = complexity,
                            .begin = at.begin,
                            .end = at.end,
                            .detail = std::string{detail}});
    }
};

/// A pass may replace the statement; nullptr: it is dropped (with a finding, or because others stand for it).
using Pass = void (*)(Statement*& statement, LowerContext& context);

/// Everything that `statement` becomes, in the order in which it loads; empty where it is dropped.
[[nodiscard]] std::vector<Statement*> lower(Statement* statement, LowerContext& context);

}  // namespace landfall::convert
