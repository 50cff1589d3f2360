#include "engines/dbmove/postgres/comparison.hpp"

#include <algorithm>
#include <compare>

namespace landfall::dbmove::postgres {
namespace {

constexpr std::string_view kNull = "\\N";
constexpr std::size_t kStopEvery = 1024;

/// What COPY's text form escapes, as it was. Source: PostgreSQL's documentation of COPY, "Text Format".
std::string unescaped(std::string_view field) {
    constexpr std::string_view kEscapes = "bfnrtv", kMeanings = "\b\f\n\r\t\v";
    std::string text;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\' || i + 1 == field.size()) {
            text.push_back(field[i]);
            continue;
        }
        const std::size_t which = kEscapes.find(field[++i]);
        text.push_back(which == std::string_view::npos ? field[i] : kMeanings[which]);
    }
    return text;
}

/// Both are printed integers without leading zeros.
std::strong_ordering order_of_integers(std::string_view a, std::string_view b) {
    const bool a_below = a.starts_with('-'), b_below = b.starts_with('-');
    if (a_below != b_below) return a_below ? std::strong_ordering::less : std::strong_ordering::greater;
    const auto by_size = a.size() <=> b.size();
    const auto order = by_size != 0 ? by_size : a.compare(b) <=> 0;
    return a_below ? 0 <=> order : order;
}

}  // namespace

/// The rows of one server, the next one at hand.
class Comparison::Side {
public:
    Side(RowReader& reader, const std::vector<const Column*>& key) : reader_{reader}, key_{key} {}

    Status next() {
        const std::optional<Session::Bytes> piece = TRY(reader_.next_row());
        there_ = piece.has_value();
        line_ = there_ ? std::string_view{piece->data(), piece->size()} : std::string_view{};
        fields_.clear();
        std::string_view rest = line_.substr(0, line_.find('\n'));
        for (std::size_t i = 0; there_ && i < key_.size(); ++i) {
            const std::size_t end = std::min(rest.find('\t'), rest.size());
            fields_.push_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return {};
    }
    [[nodiscard]] bool there() const { return there_; }
    [[nodiscard]] bool same_as(const Side& other) const { return line_ == other.line_; }

    [[nodiscard]] std::strong_ordering order(const Side& other) const {
        for (std::size_t i = 0; i < key_.size(); ++i) {
            const std::string_view a = fields_[i], b = other.fields_[i];
            if (a == b) continue;
            // NULLs come last.
            if (a == kNull || b == kNull)
                return a == kNull ? std::strong_ordering::greater : std::strong_ordering::less;
            const auto order =
                key_[i]->ordered ? order_of_integers(a, b) : unescaped(a).compare(unescaped(b)) <=> 0;
            if (order != 0) return order;
        }
        return std::strong_ordering::equal;
    }
    [[nodiscard]] Mismatch mismatch(Mismatch::Kind kind) const {
        Mismatch made{.kind = kind};
        for (const std::string_view field : fields_)
            made.key.push_back(field == kNull ? std::nullopt : std::optional{unescaped(field)});
        return made;
    }

private:
    RowReader& reader_;
    const std::vector<const Column*>& key_;
    std::string_view line_;
    std::vector<std::string_view> fields_;
    bool there_ = false;
};

Result<Compared> Comparison::run(const std::atomic<bool>& stop, std::atomic<std::uint64_t>& rows) {
    Compared made;
    Side source{source_, key_}, target{target_, key_};
    TRY(source_.begin_rows(table_));
    TRY(target_.begin_rows(table_));
    TRY(source.next());
    TRY(target.next());
    const auto differs = [&](const Side& side, Mismatch::Kind kind) {
        if (made.mismatches.size() == kMismatchesKept)
            ++made.more;
        else
            made.mismatches.push_back(side.mismatch(kind));
    };
    while (source.there() || target.there()) {
        if (++made.rows % kStopEvery == 0 && stop) return Error{Errc::cancelled, "stopped"};
        ++rows;
        const auto order = !target.there()   ? std::strong_ordering::less
                           : !source.there() ? std::strong_ordering::greater
                                             : source.order(target);
        if (order < 0)
            differs(source, Mismatch::Kind::not_at_target);
        else if (order > 0)
            differs(target, Mismatch::Kind::not_at_source);
        else if (!source.same_as(target))
            differs(source, Mismatch::Kind::differs);
        if (order <= 0) TRY(source.next());
        if (order >= 0) TRY(target.next());
    }
    return made;
}

/// What one server prints in another way than the other may be the same to the type.
Result<bool> Comparison::same(const std::optional<Values>& source, const std::optional<Values>& target) {
    if (source == target) return true;
    if (!source || !target) return false;
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
        const auto &a = (*source)[i], &b = (*target)[i];
        if (a == b) continue;
        if (!a || !b) return false;
        const std::string& type = table_.columns[i].type;
        const Answer answer = TRY(target_.session().ask("SELECT ($1::" + type + ")::text", {*a}));
        if (answer.text(0, 0) != *b) return false;
    }
    return true;
}

Result<std::vector<Mismatch>> Comparison::again(const std::vector<Mismatch>& mismatches) {
    if (table_.key.empty()) {
        const std::atomic<bool> never = false;
        std::atomic<std::uint64_t> rows = 0;
        return TRY(run(never, rows)).mismatches;
    }
    std::vector<Mismatch> still;
    for (const Mismatch& mismatch : mismatches) {
        const auto source = TRY(source_.row_at(table_, mismatch.key));
        const auto target = TRY(target_.row_at(table_, mismatch.key));
        if (TRY(same(source, target))) continue;
        Mismatch now = mismatch;
        now.lasting = mismatch.source_row.has_value() && *mismatch.source_row == source;
        now.source_row = source;
        now.kind = !source   ? Mismatch::Kind::not_at_source
                   : !target ? Mismatch::Kind::not_at_target
                             : Mismatch::Kind::differs;
        still.push_back(std::move(now));
    }
    return still;
}

std::string Comparison::shown(const Mismatch& mismatch) const {
    std::string text = table_.name.shown();
    for (std::size_t i = 0; i < key_.size(); ++i) {
        text += (i == 0 ? " where " : ", ") + key_[i]->name + " = ";
        text += mismatch.key[i] ? "'" + mismatch.key[i]->substr(0, 200) + "'" : "NULL";
    }
    switch (mismatch.kind) {
        case Mismatch::Kind::differs: return text + " differs";
        case Mismatch::Kind::not_at_source: return text + " is not at the source";
        case Mismatch::Kind::not_at_target: return text + " is not on the target";
    }
    return text;
}

}  // namespace landfall::dbmove::postgres
