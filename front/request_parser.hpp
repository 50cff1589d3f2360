// RequestParser: the bytes of one HTTP/1.x request, in any pieces, become a head and body pieces. Pure: no
// sockets, no clock.
//
// Invariants
//   1. The head is parsed only when all of it lies in one buffer, so its views point into that buffer and
//      stay valid for as long as the buffer does.
//   2. What two parsers could read differently is refused, never guessed: Content-Length with
//      Transfer-Encoding, two Content-Lengths, any coding but "chunked", a folded line, a bare LF, a blank
//      before a colon (RFC 9112 §2.2, §5.1, §5.2, §6.1, §6.3).
//   3. After a refusal the parser takes no more bytes; the connection must close.
//   4. Memory is bounded by kFieldsMax fields and the caller's buffer.
//
// Thread-compatible: one thread at a time. Does not touch disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/named_text.hpp"
#include "base/units.hpp"
#include "front/body_framing.hpp"

namespace landfall::front {

inline constexpr Bytes kHeadMax = 64_KiB;
inline constexpr std::size_t kFieldsMax = 100;

using Field = NamedText;

/// Why a request is refused before anybody sees it.
struct Refusal {
    int status;  ///< 400, 413, 431, 501 or 505
    std::string_view reason;
};

/// Views point into the buffer that parse_head() was given.
struct RequestHead {
    std::string_view method;
    std::string_view target;  ///< as sent: undecoded, with its query
    std::span<const Field> fields;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool http_1_1 = false;
    bool keep_alive = false;
    bool expects_continue = false;

    /// The first field of that name, in any case. nullopt where there is none.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// ASCII, any case.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

class RequestParser {
public:
    RequestParser();
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Ready for the next request; keeps its memory.
    void reset();

    struct HeadStep {
        enum class Kind : std::uint8_t { need_more, complete, refused } kind;
        std::size_t consumed = 0;  ///< bytes of the head, leading empty line included, when complete
        Refusal refusal{};
    };
    /// `received` is everything since the request's first byte; call again with more at its end (the buffer
    /// may have moved meanwhile).
    [[nodiscard]] HeadStep parse_head(std::string_view received);
    /// After `complete`, until reset().
    [[nodiscard]] const RequestHead& head() const { return head_; }

    struct BodyStep {
        using Kind = BodyFraming::Step::Kind;
        Kind kind;
        std::size_t consumed = 0;  ///< also to be skipped on need_more
        std::string_view piece{};  ///< a view of `available`
        Refusal refusal{};
    };
    /// After the head: the next piece of the body in `available`, which starts where the last step's
    /// `consumed` ended. `end` is reported once, and may come with consumed == 0 and an empty `available`.
    [[nodiscard]] BodyStep parse_body(std::string_view available);
    [[nodiscard]] bool body_ended() const { return framing_.ended(); }

private:
    class Machine;
    HeadStep scan_lines(std::string_view received);
    HeadStep accept_head(std::string_view received, std::size_t start, std::size_t end);
    std::optional<Refusal> check_head();

    std::unique_ptr<Machine> machine_;
    RequestHead head_;
    std::size_t scanned_ = 0;     ///< bytes of the head whose lines are known to be well ended
    std::size_t line_start_ = 0;  ///< where the unfinished line begins
    std::size_t head_start_ = 0;  ///< after the empty line that may precede a request
    BodyFraming framing_;
};

}  // namespace landfall::front
