#include "front/body_framing.hpp"

#include <algorithm>
#include <cstring>

namespace landfall::front {

namespace {

constexpr std::string_view kBadSize = "a chunk's size line is malformed";
constexpr std::string_view kBadEnd = "a chunk does not end where its size says";
constexpr std::string_view kBadTrailer = "the trailer section of the chunked body is malformed";
constexpr std::string_view kTooLong = "a chunk's size line or trailer is too long";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// What may stand in an extension or in a field's value: RFC 9110 §5.5, without control characters.
bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// RFC 9110 §5.6.2.
bool is_token(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

void BodyFraming::begin_length(std::uint64_t length) {
    left_ = length;
    state_ = length == 0 ? State::ended : State::counted;
}

void BodyFraming::begin_chunked() {
    state_ = State::size_first;
    left_ = line_ = 0;
}

BodyFraming::Step BodyFraming::next(std::string_view available) {
    std::size_t at = 0;
    while (state_ != State::ended) {
        if (at == available.size()) return {Step::Kind::need_more, at};
        if (state_ == State::counted || state_ == State::data) {
            const std::string_view piece =
                available.substr(at, std::min<std::uint64_t>(left_, available.size() - at));
            left_ -= piece.size();
            if (left_ == 0) state_ = state_ == State::data ? State::data_cr : State::ended;
            return {Step::Kind::piece, at + piece.size(), piece};
        }
        if (const std::string_view reason = take(available[at]); !reason.empty())
            return {Step::Kind::refused, at, {}, reason};
        ++at;
    }
    return {Step::Kind::end, at};
}

std::string_view BodyFraming::take(char c) {
    switch (state_) {
        case State::size_first:
        case State::size:
        case State::extension:
        case State::size_lf: return take_size(c);
        case State::data_cr:
            if (c != '\r') return kBadEnd;
            state_ = State::data_lf;
            return {};
        case State::data_lf:
            if (c != '\n') return kBadEnd;
            state_ = State::size_first;
            return {};
        default: return take_trailer(c);
    }
}

std::string_view BodyFraming::take_size(char c) {
    if (state_ == State::size_first) line_ = digits_ = 0;
    if (++line_ > kChunkLineMax.count) return kTooLong;
    if (state_ == State::size_lf) {
        if (c != '\n') return kBadSize;
        state_ = left_ == 0 ? State::trailer_first : State::data;
        line_ = 0;
        return {};
    }
    if (state_ == State::extension) {
        if (c == '\r') state_ = State::size_lf;
        return c == '\r' || is_text(c) ? std::string_view{} : kBadSize;
    }
    const int digit = hex_value(c);
    if (digit >= 0) {
        if (++digits_ > 16) return kBadSize;
        left_ = (digits_ == 1 ? 0 : left_ << 4) | static_cast<std::uint64_t>(digit);
        state_ = State::size;
        return {};
    }
    if (state_ == State::size_first) return kBadSize;
    if (c != '\r' && c != ';') return kBadSize;
    state_ = c == '\r' ? State::size_lf : State::extension;
    return {};
}

std::string_view BodyFraming::take_trailer(char c) {
    if (++line_ > kChunkLineMax.count) return kTooLong;
    switch (state_) {
        case State::trailer_first:
            name_size_ = 0;
            if (c == '\r') {
                state_ = State::last_lf;
                return {};
            }
            state_ = State::trailer_name;
            [[fallthrough]];
        case State::trailer_name:
            if (c == ':') {
                if (name_size_ == 0 || names_framing()) return kBadTrailer;
                state_ = State::trailer_value;
                return {};
            }
            if (!is_token(c)) return kBadTrailer;
            if (name_size_ < name_.size()) name_[name_size_++] = lower(c);
            return {};
        case State::trailer_value:
            if (c == '\r') state_ = State::trailer_lf;
            return c == '\r' || is_text(c) ? std::string_view{} : kBadTrailer;
        case State::trailer_lf:
            state_ = State::trailer_first;
            return c == '\n' ? std::string_view{} : kBadTrailer;
        default: state_ = State::ended; return c == '\n' ? std::string_view{} : kBadTrailer;
    }
}

bool BodyFraming::names_framing() const {
    constexpr std::array<std::string_view, 4> kFraming{"content-length", "transfer-encoding", "host",
                                                       "content-encoding"};
    return std::find(kFraming.begin(), kFraming.end(), std::string_view{name_.data(), name_size_}) !=
           kFraming.end();
}

}  // namespace landfall::front
