// Any body under any boundary, cut anywhere, gives the same fields and the same file, within its bounds.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "services/s3/model_form.hpp"
#include "services/s3/model_post.hpp"

namespace landfall::s3 {
namespace {

class Cut final : public ByteStream {
public:
    Cut(std::string_view text, std::size_t piece) : text_{text}, piece_{piece} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override {
        const std::size_t n = std::min({into.size(), piece_, text_.size()});
        std::ranges::copy(bytes_of(text_).first(n), into.begin());
        text_.remove_prefix(n);
        return n;
    }

private:
    std::string_view text_;
    std::size_t piece_;
};

struct Seen {
    std::optional<Code> refused;
    FormFields fields;
    std::string file_name;
    std::string file;
    bool whole = false;
    bool operator==(const Seen&) const = default;
};

Seen parse(const std::string& boundary, std::string_view body, std::size_t piece) {
    Cut stream{body, piece};
    PostForm form{stream, boundary};
    Seen seen;
    auto fields = form.read_fields();
    if (!fields.ok()) {
        seen.refused = fields.error().code();
        return seen;
    }
    seen.fields = std::move(fields).value();
    seen.file_name = form.file_name();
    std::size_t held = 0;
    for (const auto& [name, value] : seen.fields) held += name.size() + value.size();
    CHECK(held <= kFormHeadMax);
    std::array<std::byte, 100> buffer;
    while (true) {
        const auto read = form.read(MutableByteSpan{buffer}.first(std::min(piece, buffer.size())));
        if (!read.ok()) break;
        if (*read == 0) {
            seen.whole = true;
            break;
        }
        seen.file += text_of(ByteSpan{buffer}.first(*read));
    }
    // A form that breaks off inside its file gave up some of it, which depends on the cuts; it is refused.
    if (!seen.whole) seen.file.clear();
    CHECK(seen.file.size() <= body.size());
    (void)post_key(seen.fields, seen.file_name);
    (void)post_signature(seen.fields);
    return seen;
}

}  // namespace
}  // namespace landfall::s3

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace landfall::s3;
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    // The first line is the request's Content-Type, or a policy; the rest its body.
    const std::string_view line = all.substr(0, all.find('\n'));
    const std::string_view body = all.substr(std::min(all.size(), line.size() + 1));
    const auto policy = parse_post_policy(line);
    if (policy.ok()) (void)length_range(*policy);
    const auto named = PostForm::boundary_of(line);
    const std::string boundary = named.ok() ? *named : std::string{"b"};
    const Seen whole = parse(boundary, body, std::string::npos);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{61}})
        CHECK(parse(boundary, body, piece) == whole);
    if (policy.ok() && !whole.refused)
        (void)check_post_policy(*policy, {whole.fields, "bucket", landfall::Instant::from_seconds(1)});
    return 0;
}
