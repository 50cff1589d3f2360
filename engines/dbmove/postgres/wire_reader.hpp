// Reads PostgreSQL's big-endian integers and strings, and never past the end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace landfall::dbmove::postgres {

/// After the first read past the end everything is zero or empty and good() is false.
class WireReader {
public:
    explicit WireReader(std::span<const char> bytes) : bytes_{bytes} {}
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    std::string_view bytes(std::size_t length) {
        if (!take(length)) return {};
        return {bytes_.data() + at_ - length, length};
    }
    /// Ends with a zero byte, which is not part of it.
    std::string_view text() {
        const std::string_view rest{bytes_.data() + at_, bytes_.size() - at_};
        const std::size_t end = rest.find('\0');
        if (end == std::string_view::npos) {
            fail();
            return {};
        }
        at_ += end + 1;
        return rest.substr(0, end);
    }

private:
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (const char c : bytes(size)) value = value << 8U | static_cast<unsigned char>(c);
        return value;
    }
    bool take(std::size_t length) {
        if (!good_ || bytes_.size() - at_ < length) {
            fail();
            return false;
        }
        at_ += length;
        return true;
    }
    void fail() {
        good_ = false;
        at_ = bytes_.size();
    }

    std::span<const char> bytes_;
    std::size_t at_ = 0;
    bool good_ = true;
};

}  // namespace landfall::dbmove::postgres
