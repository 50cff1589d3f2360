#include <algorithm>
#include <array>
#include <tuple>

#include "wire/protocols/rest.hpp"
#include "wire/protocols/text.hpp"

namespace landfall::wire {
namespace {

/// "a=b" in a raw query string; literal keys of models need no decoding.
struct RawQuery {
    std::string_view text;

    [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const {
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::string_view pair = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            const std::size_t equals = pair.find('=');
            if (pair.substr(0, equals) == key)
                return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        }
        return std::nullopt;
    }
};

/// How well an operation fits, better = greater; compared in the order of the members.
struct Fit {
    std::array<int, 8> segments{};  ///< 3 literal, 2 label, 1 greedy
    int literals = 0;
    bool complete = true;  ///< no required query or header member is missing
    int required = 0;
    bool current = true;  ///< not deprecated

    [[nodiscard]] auto key() const { return std::tie(segments, literals, complete, required, current); }
};

bool match_path(const Operation& op, std::string_view path, Fit& fit) {
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    std::size_t n = 0;
    for (const Segment& segment : op.path) {
        if (path.empty()) return false;
        if (n < fit.segments.size()) fit.segments[n] = 3 - static_cast<int>(segment.type);
        ++n;
        if (segment.type == Segment::Type::greedy) return true;
        const std::string_view piece = path.substr(0, path.find('/'));
        if (piece.empty() || (segment.type == Segment::Type::literal && piece != segment.text)) return false;
        path.remove_prefix(std::min(path.size(), piece.size() + 1));
    }
    return path.empty();
}

bool match_query(const Operation& op, RawQuery query, Fit& fit) {
    for (const QueryLiteral& literal : op.query) {
        if (literal.key == "x-id") continue;
        const auto sent = query.find(literal.key);
        if (!sent || (literal.has_value && *sent != literal.value)) return false;
        ++fit.literals;
    }
    return true;
}

void weigh_required(const Model& model, const Operation& op, const RequestHead& head, RawQuery query,
                    Fit& fit) {
    const Structure* input = model.input_of(op);
    if (input == nullptr) return;
    for (const Member& member : input->members) {
        if (!member.required) continue;
        if (member.location != Location::query && member.location != Location::header) continue;
        const bool there = member.location == Location::query ? query.find(member.in_name).has_value()
                                                              : head.header(member.in_name).has_value();
        fit.required += there ? 1 : 0;
        fit.complete = fit.complete && there;
    }
}

}  // namespace

const Operation* route_rest(const Model& model, const RequestHead& head) {
    const RawQuery query{head.query};
    const Operation* best = nullptr;
    Fit best_fit;
    for (const Operation& op : model.operations) {
        Fit fit{.current = !op.deprecated};
        if (op.method != head.method || !match_path(op, head.path, fit) || !match_query(op, query, fit))
            continue;
        weigh_required(model, op, head, query, fit);
        if (best != nullptr && fit.key() <= best_fit.key()) continue;
        best = &op;
        best_fit = fit;
    }
    return best;
}

}  // namespace landfall::wire
