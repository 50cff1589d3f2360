// Lays text out in lines: a document of words, places where a line may break, and groups of them. A group
// stands in one line where it fits, otherwise all of its own breaks (not those of groups within it) become
// line ends.
//
// Cost: linear in the document. Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::convert {

class Layout {
public:
    explicit Layout(std::uint32_t width) : width_{width} {}

    /// Text that holds a line end breaks the groups around it and is never indented again.
    void text(std::string_view text);
    void blank() { add(Piece::What::blank); }    ///< a blank, or a line end
    void cut() { add(Piece::What::cut); }        ///< nothing, or a line end
    void new_line() { add(Piece::What::line); }  ///< a line end
    void open() { add(Piece::What::open); }
    void close() { add(Piece::What::close); }
    void indent() { add(Piece::What::indent); }
    void outdent() { add(Piece::What::outdent); }
    /// A comment at the end of the present line: whatever comes next begins a new one.
    void trail(std::string_view comment);

    /// A place whose text is said later; until then nothing stands there.
    [[nodiscard]] std::size_t slot();
    void fill(std::size_t slot, std::string_view text) { pieces_[slot].at = keep(text); }

    /// `id` comes back from render() with the line in which it was said.
    void note(std::uint32_t id);

    struct Mark {
        std::size_t pieces = 0, bytes = 0;
    };
    [[nodiscard]] Mark mark() const { return {.pieces = pieces_.size(), .bytes = bytes_.size()}; }
    /// Forgets what was said since.
    void rewind(const Mark& mark);
    /// What was said since, without its breaks (slots left out).
    [[nodiscard]] std::string_view said_since(const Mark& mark) const {
        return std::string_view{bytes_}.substr(mark.bytes);
    }
    [[nodiscard]] bool says_nothing_since(const Mark& mark) const { return bytes_.size() == mark.bytes; }

    struct NoteLine {
        std::uint32_t id = 0, line = 0;
    };
    struct Rendered {
        std::string text;
        std::vector<NoteLine> notes;  ///< lines count from 1, in order
    };
    [[nodiscard]] Rendered render() const;

private:
    struct Piece {
        enum class What : std::uint8_t {
            text,
            trail,
            blank,
            cut,
            line,
            open,
            close,
            indent,
            outdent,
            slot,
            note
        };
        What what = What::text;
        std::uint32_t at = 0, size = 0;  // text: of bytes_; slot: index of kept_; note: id
    };
    struct Measures {
        std::vector<std::uint64_t> group;  // width of the group that a piece opens
        std::vector<std::uint64_t> tail;   // of the text from a piece to the next possible break
    };
    class Renderer;

    void add(Piece::What what) { pieces_.push_back({.what = what}); }
    std::uint32_t keep(std::string_view text);
    [[nodiscard]] std::string_view text_of(const Piece& piece) const;
    [[nodiscard]] std::uint64_t width_of(const Piece& piece) const;
    [[nodiscard]] Measures measure() const;

    std::uint32_t width_;
    std::vector<Piece> pieces_;
    std::string bytes_;
    std::vector<std::string> kept_{std::string{}};
};

}  // namespace landfall::convert
