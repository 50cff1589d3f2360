#include "base/plain_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace landfall {
namespace {

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

TEST(PlainText, a_byte_that_is_not_plain_is_never_skipped_wherever_it_stands) {
    for (std::size_t size = 1; size < 40; ++size)
        for (std::size_t place = 0; place < size; ++place)
            for (int c = 0; c < 256; ++c) {
                std::string text(size, 'x');
                text[place] = static_cast<char>(c);
                const std::size_t length = plain_length(text);
                if (is_plain(static_cast<unsigned char>(c)))
                    ASSERT_EQ(length, size / 8 * 8) << c;
                else
                    ASSERT_EQ(length, std::min(place, size) / 8 * 8) << c;
            }
}

TEST(PlainText, neighbours_of_every_value_do_not_hide_what_is_not_plain) {
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; ++b) {
            std::string text = "........";
            text[2] = static_cast<char>(a);
            text[3] = static_cast<char>(b);
            const bool plain =
                is_plain(static_cast<unsigned char>(a)) && is_plain(static_cast<unsigned char>(b));
            ASSERT_EQ(plain_length(text), plain ? 8U : 0U) << a << ' ' << b;
        }
}

}  // namespace
}  // namespace landfall
