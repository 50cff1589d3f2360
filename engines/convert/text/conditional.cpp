#include "engines/convert/text/conditional.hpp"

#include <algorithm>
#include <charconv>

#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

constexpr int kUnknownCondition = 9008;
constexpr int kErrorDirective = 9009;
constexpr int kUnended = 9007;

/// The value of a condition's part: text of a number or a word, TRUE, FALSE, NULL; nothing where it is not
/// known.
using Value = std::optional<std::string>;

Value undecided(const Value& left, const Value& right) {
    return left && right ? Value{"NULL"} : std::nullopt;
}

Value truth(bool value) { return value ? "TRUE" : "FALSE"; }

/// Conditions are OR of AND of NOT of comparisons of names, literals, $$inquiries.
class Condition {
public:
    Condition(std::string_view text, const std::vector<Token>& tokens,
              const std::map<std::string, std::string>& known)
        : text_{text}, tokens_{tokens}, known_{known} {}

    Value value() {
        Value result = any();
        return at_ == tokens_.size() ? result : std::nullopt;
    }

private:
    static constexpr unsigned kDepthMax = 100;

    [[nodiscard]] std::string here() const {
        return at_ < tokens_.size() ? in_upper_case(tokens_[at_].span.of(text_)) : "";
    }
    bool accept(std::string_view word) {
        if (here() != word) return false;
        ++at_;
        return true;
    }
    Value any() {
        Value left = all();
        while (accept("OR")) {
            const Value right = all();
            if (left == "TRUE" || right == "TRUE")
                left = "TRUE";
            else if (left != "FALSE" || right != "FALSE")
                left = undecided(left, right);
        }
        return left;
    }
    Value all() {
        Value left = negation();
        while (accept("AND")) {
            const Value right = negation();
            if (left == "FALSE" || right == "FALSE")
                left = "FALSE";
            else if (left != "TRUE" || right != "TRUE")
                left = undecided(left, right);
        }
        return left;
    }
    Value negation() {
        if (++depth_ > kDepthMax) return std::nullopt;
        Value result;
        if (accept("NOT")) {
            result = negation();
            if (result && result != "NULL") result = truth(*result != "TRUE");
        } else {
            result = comparison();
        }
        --depth_;
        return result;
    }
    Value comparison() {
        const Value left = operand();
        if (accept("IS")) {
            const bool negated = accept("NOT");
            if (!accept("NULL")) return std::nullopt;
            return truth((!left || *left == "NULL") != negated);
        }
        constexpr std::string_view kOperators[] = {"=", "<>", "!=", "^=", "~=", "<=", ">=", "<", ">"};
        const auto* const found = std::find(std::begin(kOperators), std::end(kOperators), here());
        if (found == std::end(kOperators)) return left;
        ++at_;
        const Value right = operand();
        if (!left || !right) return std::nullopt;
        if (*left == "NULL" || *right == "NULL") return "NULL";
        return compared(*left, *found, *right);
    }
    static Value compared(const std::string& left, std::string_view op, const std::string& right) {
        double a = 0, b = 0;
        const bool numbers = std::from_chars(left.data(), left.data() + left.size(), a).ec == std::errc{} &&
                             std::from_chars(right.data(), right.data() + right.size(), b).ec == std::errc{};
        const int order = numbers ? (a < b ? -1 : a > b ? 1 : 0) : left.compare(right);
        if (op == "=") return truth(order == 0);
        if (op == "<") return truth(order < 0);
        if (op == ">") return truth(order > 0);
        if (op == "<=") return truth(order <= 0);
        if (op == ">=") return truth(order >= 0);
        return truth(order != 0);
    }
    Value operand() {
        if (accept("(")) {
            const Value inner = any();
            return accept(")") ? inner : std::nullopt;
        }
        std::string name = here();
        if (name.empty()) return std::nullopt;
        ++at_;
        if (name == "TRUE" || name == "FALSE" || name == "NULL" || (name[0] >= '0' && name[0] <= '9'))
            return name;
        if (name.front() == '\'') return name.substr(1, name.size() - 2);
        while (accept(".")) {
            name += "." + here();
            if (at_ < tokens_.size()) ++at_;
        }
        return named(name);
    }
    /// A version that PostgreSQL converts from: 19c, the oldest that Oracle still keeps.
    [[nodiscard]] Value named(std::string name) const {
        const bool inquiry = name.starts_with("$$");
        if (inquiry) name.erase(0, 2);
        if (const auto given = known_.find(name); given != known_.end()) return in_upper_case(given->second);
        if (inquiry) return "NULL";  // as Oracle takes one that nobody defines
        constexpr std::string_view kVersion = "DBMS_DB_VERSION.";
        if (!name.starts_with(kVersion)) return std::nullopt;
        const std::string rest = name.substr(kVersion.size());
        if (rest == "VERSION") return "19";
        if (rest == "RELEASE") return "0";
        if (rest.starts_with("VER_LE_")) {
            int version = 0;
            std::from_chars(rest.data() + 7, rest.data() + rest.size(), version);
            return truth(19 <= version);
        }
        return std::nullopt;
    }

    std::string_view text_;
    const std::vector<Token>& tokens_;
    const std::map<std::string, std::string>& known_;
    std::size_t at_ = 0;
    unsigned depth_ = 0;
};

}  // namespace

bool Conditional::live() const {
    return std::all_of(open_.begin(), open_.end(), [](const Choice& c) { return c.phase == Phase::taken; });
}

void Conditional::close_gap(std::vector<Comment>& comments) {
    if (!gap_) return;
    // Comments within it are part of it; those behind it stay.
    const auto first = std::lower_bound(
        comments.begin(), comments.end(), gap_->begin,
        [](const Comment& comment, std::uint32_t begin) { return comment.span.begin < begin; });
    const auto last = std::find_if(
        first, comments.end(), [this](const Comment& comment) { return comment.span.begin >= gap_->end; });
    const auto place = comments.erase(first, last);
    comments.insert(place, {.span = *gap_, .owns_line = false, .switched_off = true});
    gap_.reset();
}

/// Once a condition: scripts repeat theirs.
void Conditional::tell_unknown(std::vector<Finding>& findings) {
    const Choice& choice = open_.back();
    const bool empty = choice.condition.empty();
    const std::uint32_t begin = empty ? choice.begin : choice.condition.front().span.begin;
    const std::uint32_t end = empty ? choice.begin : choice.condition.back().span.end;
    std::string condition = script_.text.substr(begin, end - begin);
    if (!told_.insert(in_upper_case(condition)).second) return;
    findings.push_back({.code = kUnknownCondition,
                        .complexity = Complexity::simple,
                        .begin = begin,
                        .end = end,
                        .detail = std::move(condition)});
}

void Conditional::decide(std::vector<Finding>& findings) {
    Choice& choice = open_.back();
    bool value = false;
    if (choice.reachable && !choice.chosen) {
        const Value decided = Condition{script_.text, choice.condition, settings_.conditions}.value();
        if (!decided || decided == "NULL") tell_unknown(findings);
        value = decided == "TRUE";
    }
    choice.phase = value ? Phase::taken : Phase::skipped;
    choice.chosen = choice.chosen || value;
    choice.condition.clear();
}

void Conditional::directive(std::string_view name, const Token& token, std::vector<Finding>& findings) {
    if (name == "$IF") {
        open_.push_back({.reachable = live(), .begin = token.span.begin});
    } else if (name == "$ERROR") {
        if (live())
            findings.push_back({.code = kErrorDirective,
                                .complexity = Complexity::medium,
                                .begin = token.span.begin,
                                .end = token.span.end,
                                .detail = "$ERROR"});
        open_.push_back({.phase = Phase::error, .reachable = false, .begin = token.span.begin});
    } else if (!open_.empty()) {
        Choice& choice = open_.back();
        if (name == "$THEN" && choice.phase == Phase::condition) {
            decide(findings);
        } else if (name == "$ELSIF") {
            choice.phase = Phase::condition;
            choice.begin = token.span.begin;
        } else if (name == "$ELSE") {
            choice.phase = choice.reachable && !choice.chosen ? Phase::taken : Phase::skipped;
            choice.chosen = true;
        } else if (name == "$END") {
            open_.pop_back();
        }
    }
}

bool Conditional::takes(const Token& token, std::vector<Comment>& comments, std::vector<Finding>& findings) {
    const bool is_directive = token.kind == TokenKind::directive;
    if (open_.empty() && !is_directive) return true;
    const std::string name = is_directive ? in_upper_case(token.span.of(script_.text)) : std::string{};
    const bool inquiry = name.starts_with("$$");
    if (!is_directive || inquiry) {
        if (live()) {
            close_gap(comments);
            return true;
        }
        if (open_.back().phase == Phase::condition) open_.back().condition.push_back(token);
    } else {
        directive(name, token, findings);
    }
    if (!gap_) gap_ = token.span;
    gap_->end = token.span.end;
    return false;
}

void Conditional::finish(std::vector<Comment>& comments, std::vector<Finding>& findings) {
    close_gap(comments);
    for (const Choice& choice : open_)
        findings.push_back({.code = kUnended,
                            .complexity = Complexity::medium,
                            .begin = choice.begin,
                            .end = choice.begin + 1,
                            .detail = "$IF without its $END"});
    open_.clear();
}

}  // namespace landfall::convert
