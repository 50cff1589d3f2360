#include "services/s3/model_form.hpp"

#include <algorithm>
#include <optional>

namespace landfall::s3 {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kBoundaryMax = 70;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::string lowered(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

Fault malformed() { return Fault{Code::malformed_post_request}; }

/// What stands in the quotes that `rest` begins with; moves `rest` behind them. A backslash escapes a quote
/// alone: old browsers sent paths of Windows as they are.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '"') ++i;
        value += rest[i];
    }
    return std::nullopt;
}

/// `name` of `form-data; name="key"; filename="a.txt"`, or of a content type.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    while (true) {
        const std::size_t semicolon = header.find(';');
        if (semicolon == std::string_view::npos) return std::nullopt;
        header.remove_prefix(semicolon + 1);
        const std::size_t equals = header.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const bool wanted = lowered(trimmed(header.substr(0, equals))) == name;
        header = trimmed(header.substr(equals + 1));
        std::optional<std::string> value;
        if (header.starts_with('"')) {
            value = take_quoted(header);
            if (!value) return std::nullopt;
        } else {
            value = trimmed(header.substr(0, header.find(';')));
        }
        if (wanted) return value;
    }
}

std::string_view header_in(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && lowered(trimmed(line.substr(0, colon))) == name)
            return trimmed(line.substr(colon + 1));
    }
    return {};
}

}  // namespace

std::string_view field_of(const FormFields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string_view{} : std::string_view{found->second};
}

Answer<std::string> PostForm::boundary_of(std::string_view content_type) {
    const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
    if (lowered(type) != "multipart/form-data") {
        return Fault{Code::precondition_failed}.with(
            "Condition", "Bucket POST must be of the enclosure-type multipart/form-data");
    }
    auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax) return malformed();
    return *std::move(boundary);
}

// The first delimiter may stand at the very front, where no line ends before it.
PostForm::PostForm(ByteStream& body, const std::string& boundary)
    : body_{body}, delimiter_{"\r\n--" + boundary}, buffer_{"\r\n"} {}

/// False: there is nothing more.
Result<bool> PostForm::read_more() {
    if (ended_) return false;
    // Read beside the buffer: a client that sends byte by byte must not cost a piece of zeroes each.
    piece_.resize(kPiece);
    const auto read = body_.read(piece_);
    if (!read.ok()) return read.error();
    buffer_ += text_of(ByteSpan{piece_}.first(*read));
    ended_ = *read == 0;
    return !ended_;
}

/// The same for what stands before the file, where a failure is answered as such.
Answer<bool> PostForm::fill() {
    const Result<bool> more = read_more();
    if (more.ok()) return *more;
    if (more.is(Errc::timeout) || more.is(Errc::cancelled)) return Fault{Code::request_timeout};
    if (more.is(Errc::invalid)) return Fault{Code::incomplete_body, more.error().message()};
    return Fault{more.error()};
}

/// What stands before the next mark, which is dropped with it.
Answer<std::string> PostForm::take_until(std::string_view mark) {
    std::size_t from = 0;
    while (true) {
        const std::size_t at = buffer_.find(mark, from);
        // Where the mark is not there yet, it may begin in the last bytes that are held.
        const std::size_t before =
            at != std::string::npos ? at : buffer_.size() - std::min(buffer_.size(), mark.size());
        if (head_bytes_ + before > kFormHeadMax) return Fault{Code::max_post_pre_data_length};
        if (at != std::string::npos) {
            std::string taken = buffer_.substr(0, at);
            buffer_.erase(0, at + mark.size());
            head_bytes_ += taken.size() + mark.size();
            return taken;
        }
        from = buffer_.size() < mark.size() ? 0 : buffer_.size() - mark.size() + 1;
        if (!TRY(fill())) return malformed();
    }
}

/// Behind a delimiter: true where a part follows, false at the form's end.
Answer<bool> PostForm::another_part() {
    while (buffer_.size() < 2)
        if (!TRY(fill())) return malformed();
    if (buffer_.starts_with("--")) return false;
    if (buffer_.starts_with("\r\n")) return true;
    return malformed();
}

Answer<FormFields> PostForm::read_fields() {
    FormFields fields;
    (void)TRY(take_until(delimiter_));
    while (TRY(another_part())) {
        const std::string head = TRY(take_until(kEndOfHead));
        const std::string_view disposition = header_in(head, "content-disposition");
        const auto name = parameter(disposition, "name");
        if (!name) return malformed();
        const std::string field = lowered(*name);
        if (field == "file") {
            const std::string path = parameter(disposition, "filename").value_or("");
            file_name_ = path.substr(path.find_last_of("/\\") + 1);
            return fields;
        }
        fields.emplace(field, TRY(take_until(delimiter_)));
    }
    return Fault{Code::invalid_argument, "POST requires exactly one file upload per request."}
        .with("ArgumentName", "file")
        .with("ArgumentValue", "0");
}

Status PostForm::drain() {
    buffer_.clear();
    while (TRY(read_more())) buffer_.clear();
    return {};
}

Result<std::size_t> PostForm::read(MutableByteSpan into) {
    if (file_ended_ || into.empty()) return std::size_t{0};
    while (true) {
        const std::size_t at = buffer_.find(delimiter_);
        // A delimiter may begin in what is held and end in what comes.
        const std::size_t whole =
            buffer_.size() < delimiter_.size() ? 0 : buffer_.size() - delimiter_.size() + 1;
        const std::size_t safe = at != std::string::npos ? at : whole;
        if (safe > 0) {
            const std::size_t n = std::min(safe, into.size());
            std::ranges::copy(std::as_bytes(std::span{buffer_}).first(n), into.begin());
            buffer_.erase(0, n);
            return n;
        }
        if (at == 0) {
            TRY(drain());
            file_ended_ = true;
            return std::size_t{0};
        }
        if (!TRY(read_more())) return Error{Errc::invalid, "The form ends inside its file."};
    }
}

}  // namespace landfall::s3
