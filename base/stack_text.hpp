// StackText: a text that is put together to be looked at once, in memory of the stack; what does not fit goes
// to the heap.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <string_view>

namespace landfall {

template <std::size_t Room>
class StackText {
public:
    StackText() { text_.reserve(Room - kSpare); }
    StackText(const StackText&) = delete;
    StackText& operator=(const StackText&) = delete;

    /// To append to.
    [[nodiscard]] std::pmr::string& text() { return text_; }
    [[nodiscard]] std::string_view view() const { return text_; }

private:
    static constexpr std::size_t kSpare = 16;  // the terminator, and what alignment takes
    std::array<std::byte, Room> room_;
    std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
    std::pmr::string text_{&memory_};
};

}  // namespace landfall
