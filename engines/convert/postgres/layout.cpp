#include "engines/convert/postgres/layout.hpp"

#include <algorithm>

namespace landfall::convert {
namespace {

constexpr std::uint64_t kNeverFits = std::uint64_t{1} << 32U;
constexpr std::uint32_t kIndent = 4;

}  // namespace

void Layout::text(std::string_view text) {
    if (text.empty()) return;
    const bool follows = !pieces_.empty() && pieces_.back().what == Piece::What::text &&
                         pieces_.back().at + pieces_.back().size == bytes_.size();
    if (follows)
        pieces_.back().size += static_cast<std::uint32_t>(text.size());
    else
        pieces_.push_back({.what = Piece::What::text,
                           .at = static_cast<std::uint32_t>(bytes_.size()),
                           .size = static_cast<std::uint32_t>(text.size())});
    bytes_.append(text);
}

void Layout::trail(std::string_view comment) {
    pieces_.push_back({.what = Piece::What::trail,
                       .at = static_cast<std::uint32_t>(bytes_.size()),
                       .size = static_cast<std::uint32_t>(comment.size())});
    bytes_.append(comment);
}

std::size_t Layout::slot() {
    add(Piece::What::slot);
    return pieces_.size() - 1;
}

void Layout::note(std::uint32_t id) { pieces_.push_back({.what = Piece::What::note, .at = id}); }

void Layout::rewind(const Mark& mark) {
    pieces_.resize(mark.pieces);
    bytes_.resize(mark.bytes);
    // A text that was made longer since is as long as it was.
    if (!pieces_.empty() && pieces_.back().what == Piece::What::text) {
        Piece& last = pieces_.back();
        last.size = std::min(last.size, static_cast<std::uint32_t>(mark.bytes) - last.at);
    }
}

std::uint32_t Layout::keep(std::string_view text) {
    const auto same = std::find(kept_.begin(), kept_.end(), text);
    if (same != kept_.end()) return static_cast<std::uint32_t>(same - kept_.begin());
    kept_.emplace_back(text);
    return static_cast<std::uint32_t>(kept_.size() - 1);
}

std::string_view Layout::text_of(const Piece& piece) const {
    switch (piece.what) {
        case Piece::What::text:
        case Piece::What::trail: return std::string_view{bytes_}.substr(piece.at, piece.size);
        case Piece::What::slot: return kept_[piece.at];
        default: return {};
    }
}

std::uint64_t Layout::width_of(const Piece& piece) const {
    switch (piece.what) {
        case Piece::What::text:
        case Piece::What::slot: {
            const std::string_view text = text_of(piece);
            return text.find('\n') == std::string_view::npos ? text.size() : kNeverFits;
        }
        case Piece::What::trail:
        case Piece::What::line: return kNeverFits;
        case Piece::What::blank: return 1;
        default: return 0;
    }
}

Layout::Measures Layout::measure() const {
    Measures measures;
    measures.group.resize(pieces_.size());
    measures.tail.resize(pieces_.size() + 1);
    std::uint64_t width = 0;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        if (pieces_[i].what == Piece::What::open) {
            open.push_back(i);
            measures.group[i] = width;
        } else if (pieces_[i].what == Piece::What::close && !open.empty()) {
            measures.group[open.back()] = width - measures.group[open.back()];
            measures.group[i] = open.back();  // for the tail behind the group, below
            open.pop_back();
        }
        width += width_of(pieces_[i]);
    }
    for (std::size_t i = pieces_.size(); i-- > 0;) {
        switch (pieces_[i].what) {
            case Piece::What::blank:
            case Piece::What::cut:
            case Piece::What::line:
            case Piece::What::trail: measures.tail[i] = 0; break;
            case Piece::What::close:
                measures.group[measures.group[i]] += measures.tail[i + 1];
                measures.tail[i] = measures.tail[i + 1];
                break;
            default: measures.tail[i] = measures.tail[i + 1] + width_of(pieces_[i]);
        }
    }
    return measures;
}

/// Writes the pieces, group by group, in one line or broken.
class Layout::Renderer {
public:
    Renderer(const Layout& layout, Rendered& to) : layout_{layout}, measures_{layout.measure()}, to_{to} {}

    void render() {
        for (std::size_t i = 0; i < layout_.pieces_.size(); ++i) piece(i);
        if (column_ != 0) line_end();
    }

private:
    void piece(std::size_t i) {
        const Piece& piece = layout_.pieces_[i];
        switch (piece.what) {
            case Piece::What::text:
            case Piece::What::slot: say(layout_.text_of(piece)); break;
            case Piece::What::trail:
                if (column_ != 0) write(" ");
                say(layout_.text_of(piece));
                must_break_ = true;
                break;
            case Piece::What::blank: is_flat() ? blank() : line_end(); break;
            case Piece::What::cut:
                if (!is_flat()) line_end();
                break;
            case Piece::What::line: line_end(); break;
            case Piece::What::open:
                flat_.push_back(is_flat_group() || here() + measures_.group[i] <= layout_.width_);
                break;
            case Piece::What::close:
                if (!flat_.empty()) flat_.pop_back();
                break;
            case Piece::What::indent: indent_ += kIndent; break;
            case Piece::What::outdent: indent_ -= std::min(indent_, kIndent); break;
            case Piece::What::note: to_.notes.push_back({.id = piece.at, .line = line_}); break;
        }
    }

    [[nodiscard]] bool is_flat_group() const { return !flat_.empty() && flat_.back(); }
    [[nodiscard]] bool is_flat() const { return flat_.empty() || flat_.back(); }
    [[nodiscard]] std::uint64_t here() const { return column_ == 0 ? indent_ : column_; }

    void blank() {
        if (column_ != 0 && !must_break_) pending_blank_ = true;
    }
    void say(std::string_view text) {
        if (text.empty()) return;
        if (must_break_) line_end();
        if (pending_blank_) write(" ");
        pending_blank_ = false;
        if (column_ == 0) {
            to_.text.append(indent_, ' ');
            column_ = indent_;
        }
        write(text);
    }
    void write(std::string_view text) {
        to_.text.append(text);
        const std::size_t last_end = text.rfind('\n');
        if (last_end == std::string_view::npos) {
            column_ += text.size();
            return;
        }
        line_ += static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
        column_ = text.size() - last_end - 1;
    }
    /// Two line ends make one: nobody has to know whether the line is new already.
    void line_end() {
        must_break_ = false;
        pending_blank_ = false;
        if (column_ == 0) return;
        to_.text.push_back('\n');
        column_ = 0;
        ++line_;
    }

    const Layout& layout_;
    const Measures measures_;
    Rendered& to_;
    std::vector<bool> flat_;
    std::uint32_t indent_ = 0, line_ = 1;
    std::uint64_t column_ = 0;
    bool must_break_ = false, pending_blank_ = false;
};

Layout::Rendered Layout::render() const {
    Rendered rendered;
    rendered.text.reserve(bytes_.size() + bytes_.size() / 4 + 16);
    Renderer{*this, rendered}.render();
    return rendered;
}

}  // namespace landfall::convert
