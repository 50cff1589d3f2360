// Bytes of events for tests, written piece by piece.
#pragma once

#include <string>
#include <string_view>

#include "base/checksum.hpp"
#include "engines/dbmove/mysql/binlog_event.hpp"

namespace landfall::dbmove::mysql {

/// `value` in `width` bytes, the lowest first.
inline std::string little(std::uint64_t value, std::size_t width) {
    std::string text;
    for (std::size_t i = 0; i < width; ++i) text += static_cast<char>(value >> i * 8 & 0xffU);
    return text;
}
inline std::string big(std::uint64_t value, std::size_t width) {
    const std::string text = little(value, width);
    return {text.rbegin(), text.rend()};
}

struct EventParts {
    EventType type{};
    std::string body;
    std::uint32_t server = 101;
    std::uint32_t next = 0;
    std::uint16_t flags = 0;
    EventChecksum checksum = EventChecksum::none;
};
inline std::string bytes_of_event(const EventParts& parts) {
    const std::size_t tail = parts.checksum == EventChecksum::crc32 ? 4 : 0;
    std::string text = little(1'700'000'000, 4) + static_cast<char>(parts.type) + little(parts.server, 4) +
                       little(EventHeader::kSize + parts.body.size() + tail, 4) + little(parts.next, 4) +
                       little(parts.flags, 2) + parts.body;
    if (tail != 0) text += little(Crc32::of(text), 4);
    return text;
}

/// FORMAT_DESCRIPTION of `server`, with as many lengths of headers as tests need.
inline std::string format_event(std::string_view server, EventChecksum checksum) {
    std::string name{server};
    name.resize(50);
    std::string lengths(40, '\0');
    for (const std::size_t rows : {19U, 23U, 24U, 25U}) lengths[rows - 1] = 8;
    std::string text = bytes_of_event({.type = EventType::format_description,
                                       .body = little(4, 2) + name + little(0, 4) + '\x13' + lengths +
                                               static_cast<char>(checksum == EventChecksum::crc32 ? 1 : 0) +
                                               std::string(4, '\0')});
    if (checksum == EventChecksum::crc32)
        text = text.substr(0, text.size() - 4) + little(Crc32::of(text.substr(0, text.size() - 4)), 4);
    return text;
}

}  // namespace landfall::dbmove::mysql
