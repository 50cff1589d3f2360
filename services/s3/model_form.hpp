// PostForm: an upload by an HTML form (multipart/form-data), read once from the front: fields up to the file,
// then the file as a stream. Nothing of AWS in it but the limit of what stands before the file.
//
// Invariants
//   1. Before the file at most kFormHeadMax bytes are held, of the file at most one piece and a delimiter.
//   2. How the body is cut into reads never shows.
//   3. The file's end is told only after its delimiter was seen; what stands behind it is read and dropped.
// One thread at a time; blocks where its body does. Sources: RFC 7578; RFC 2046 §5.1.1.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/s3/model_fault.hpp"
#include "services/s3/ports.hpp"

namespace landfall::s3 {

inline constexpr std::size_t kFormHeadMax = 20'480;

/// By names in lower case; the first of a name counts.
using FormFields = std::map<std::string, std::string, std::less<>>;
/// Empty where there is none.
[[nodiscard]] std::string_view field_of(const FormFields& fields, std::string_view name);

class PostForm final : public ByteStream {
public:
    /// `content_type` is the request's. PreconditionFailed where it is none of a form; MalformedPOSTRequest
    /// where it names no boundary, or none of 1 to 70 characters.
    static Answer<std::string> boundary_of(std::string_view content_type);
    PostForm(ByteStream& body, const std::string& boundary);

    /// Reads up to the file's first byte. MalformedPOSTRequest, MaxPostPreDataLengthExceededError,
    /// InvalidArgument (no file), RequestTimeout …
    Answer<FormFields> read_fields();
    /// The file's bytes. invalid: the form ends inside the file, or its body is not what was signed.
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override;
    /// As the browser called the file, without the path that old ones sent: what ${filename} stands for.
    [[nodiscard]] const std::string& file_name() const { return file_name_; }

private:
    [[nodiscard]] Answer<bool> fill();
    [[nodiscard]] Answer<std::string> take_until(std::string_view mark);
    [[nodiscard]] Answer<bool> another_part();
    [[nodiscard]] Status drain();
    [[nodiscard]] Result<bool> read_more();

    ByteStream& body_;
    const std::string delimiter_;  ///< CRLF, two hyphens, boundary
    std::string buffer_;
    std::vector<std::byte> piece_;
    std::size_t head_bytes_ = 0;
    std::string file_name_;
    bool ended_ = false;       ///< the body
    bool file_ended_ = false;  ///< the file in it
};

}  // namespace landfall::s3
