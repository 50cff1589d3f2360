// Any bytes, cut anywhere, are parsed like the same bytes in one piece, within the buffer, without a crash.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "front/request_parser.hpp"

namespace landfall::front {
namespace {

struct Seen {
    int refused = 0;
    std::string head;
    std::string body;
    bool ended = false;
    bool operator==(const Seen&) const = default;
};

/// Feeds `bytes` in pieces of `cut` bytes, as a connection does: what is not consumed is presented again.
Seen parse(std::string_view bytes, std::size_t cut) {
    RequestParser parser;
    Seen seen;
    std::string held;
    std::size_t fed = 0;
    bool in_body = false;
    while (true) {
        if (!in_body) {
            const auto step = parser.parse_head(held);
            if (step.kind == RequestParser::HeadStep::Kind::refused) {
                seen.refused = step.refusal.status;
                return seen;
            }
            if (step.kind == RequestParser::HeadStep::Kind::complete) {
                CHECK(step.consumed <= held.size());
                seen.head = held.substr(0, step.consumed);
                for (const Field& field : parser.head().fields) {
                    CHECK(field.name.data() >= held.data());
                    CHECK(field.value.data() + field.value.size() <= held.data() + held.size());
                }
                held.erase(0, step.consumed);  // the head's views die here; they are not looked at again
                in_body = true;
                continue;
            }
        } else {
            const auto step = parser.parse_body(held);
            CHECK(step.consumed <= held.size());
            seen.body.append(step.piece);
            held.erase(0, step.consumed);
            if (step.kind == RequestParser::BodyStep::Kind::refused) {
                seen.refused = step.refusal.status;
                return seen;
            }
            seen.ended = step.kind == RequestParser::BodyStep::Kind::end;
            if (seen.ended) return seen;
            if (step.kind == RequestParser::BodyStep::Kind::piece) continue;
        }
        if (fed == bytes.size()) return seen;
        const std::size_t n = std::min(cut, bytes.size() - fed);
        held.append(bytes.substr(fed, n));
        fed += n;
    }
}

}  // namespace
}  // namespace landfall::front

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::front;
    if (size == 0 || size > 100'000) return 0;
    const std::string_view all{reinterpret_cast<const char*>(bytes) + 1, size - 1};
    const Seen whole = parse(all, all.size() + 1);
    const Seen cut = parse(all, bytes[0] % 61u + 1);
    // A head may be refused earlier in pieces (its limit looks at what is buffered), never later; a body is
    // the same in any pieces.
    if (!whole.head.empty() && !cut.head.empty()) CHECK(whole == cut);
    return 0;
}
