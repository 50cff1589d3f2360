#include "engines/dbmove/files/csv_writer.hpp"

namespace landfall::dbmove::files {
namespace {

char unescaped(char letter) {
    switch (letter) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        default: return letter;
    }
}

}  // namespace

ValueKind kind_of(std::string_view type) {
    if (type == "boolean") return ValueKind::boolean;
    return type == "bytea" ? ValueKind::bytes : ValueKind::text;
}

CsvWriter::CsvWriter(const CsvStyle& style) : style_{style}, special_{"\"\r\n"} {
    if (!style_.delimiter.empty()) special_ += style_.delimiter.front();
    if (!style_.row_delimiter.empty()) special_ += style_.row_delimiter.front();
}

void CsvWriter::separate() {
    if (!first_) line_ += style_.delimiter;
    first_ = false;
}

void CsvWriter::add_null() { add_word(style_.null); }

void CsvWriter::add_word(std::string_view word) {
    separate();
    line_ += word;
}

bool CsvWriter::needs_quotes(std::string_view text) const {
    return text == style_.null || text.find_first_of(special_) != std::string_view::npos;
}

void CsvWriter::add(std::string_view text, ValueKind kind) {
    if (kind == ValueKind::boolean) text = text == "t" ? "true" : "false";
    if (kind == ValueKind::bytes) text.remove_prefix(text.starts_with("\\x") ? 2 : 0);
    separate();
    if (!needs_quotes(text)) {
        line_ += text;
        return;
    }
    line_ += '"';
    for (const char c : text) {
        if (c == '"' && style_.quotes == CsvStyle::Quotes::doubled) line_ += '"';
        line_ += c;
    }
    line_ += '"';
}

bool read_copy_line(std::string_view line, Row& out) {
    out.clear();
    if (!line.ends_with('\n')) return false;
    line.remove_suffix(1);
    for (;;) {
        const std::size_t end = line.find('\t');
        std::string_view cell = line.substr(0, end);
        if (cell == "\\N") {
            out.add_null();
        } else {
            std::string& value = out.value_in_making();
            for (std::size_t at; (at = cell.find('\\')) != std::string_view::npos;) {
                if (at + 1 == cell.size()) return false;
                value += cell.substr(0, at);
                value += unescaped(cell[at + 1]);
                cell.remove_prefix(at + 2);
            }
            value += cell;
            out.end_value();
        }
        if (end == std::string_view::npos) return true;
        line.remove_prefix(end + 1);
    }
}

}  // namespace landfall::dbmove::files
