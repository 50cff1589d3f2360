#include "engines/dbmove/mysql/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

#include "engines/dbmove/mysql/charset_tables.hpp"

namespace landfall::dbmove::mysql {
namespace {

struct Collations {
    std::uint32_t first, last;
    std::string_view charset;
};
constexpr Collations kCollations[] = {
    {1, 1, "big5"},          {2, 2, "latin2"},      {3, 3, "dec8"},        {4, 4, "cp850"},
    {5, 5, "latin1"},        {6, 6, "hp8"},         {7, 7, "koi8r"},       {8, 8, "latin1"},
    {9, 9, "latin2"},        {10, 10, "swe7"},      {11, 11, "ascii"},     {12, 12, "ujis"},
    {13, 13, "sjis"},        {14, 14, "cp1251"},    {15, 15, "latin1"},    {16, 16, "hebrew"},
    {18, 18, "tis620"},      {19, 19, "euckr"},     {20, 20, "latin7"},    {21, 21, "latin2"},
    {22, 22, "koi8u"},       {23, 23, "cp1251"},    {24, 24, "gb2312"},    {25, 25, "greek"},
    {26, 26, "cp1250"},      {27, 27, "latin2"},    {28, 28, "gbk"},       {29, 29, "cp1257"},
    {30, 30, "latin5"},      {31, 31, "latin1"},    {32, 32, "armscii8"},  {33, 33, "utf8mb3"},
    {34, 34, "cp1250"},      {35, 35, "ucs2"},      {36, 36, "cp866"},     {37, 37, "keybcs2"},
    {38, 38, "macce"},       {39, 39, "macroman"},  {40, 40, "cp852"},     {41, 42, "latin7"},
    {43, 43, "macce"},       {44, 44, "cp1250"},    {45, 46, "utf8mb4"},   {47, 49, "latin1"},
    {50, 52, "cp1251"},      {53, 53, "macroman"},  {54, 55, "utf16"},     {56, 56, "utf16le"},
    {57, 57, "cp1256"},      {58, 59, "cp1257"},    {60, 61, "utf32"},     {62, 62, "utf16le"},
    {63, 63, "binary"},      {64, 64, "armscii8"},  {65, 65, "ascii"},     {66, 66, "cp1250"},
    {67, 67, "cp1256"},      {68, 68, "cp866"},     {69, 69, "dec8"},      {70, 70, "greek"},
    {71, 71, "hebrew"},      {72, 72, "hp8"},       {73, 73, "keybcs2"},   {74, 74, "koi8r"},
    {75, 75, "koi8u"},       {76, 76, "utf8mb3"},   {77, 77, "latin2"},    {78, 78, "latin5"},
    {79, 79, "latin7"},      {80, 80, "cp850"},     {81, 81, "cp852"},     {82, 82, "swe7"},
    {83, 83, "utf8mb3"},     {84, 84, "big5"},      {85, 85, "euckr"},     {86, 86, "gb2312"},
    {87, 87, "gbk"},         {88, 88, "sjis"},      {89, 89, "tis620"},    {90, 90, "ucs2"},
    {91, 91, "ujis"},        {92, 93, "geostd8"},   {94, 94, "latin1"},    {95, 96, "cp932"},
    {97, 98, "eucjpms"},     {99, 99, "cp1250"},    {101, 124, "utf16"},   {128, 151, "ucs2"},
    {159, 159, "ucs2"},      {160, 183, "utf32"},   {192, 223, "utf8mb3"}, {224, 247, "utf8mb4"},
    {248, 250, "gb18030"},   {255, 323, "utf8mb4"}, {576, 578, "utf8mb3"}, {608, 610, "utf8mb4"},
    {640, 642, "ucs2"},      {672, 674, "utf16"},   {736, 738, "utf32"},   {2048, 2303, "utf8mb3"},
    {2304, 2559, "utf8mb4"}, {2560, 2815, "ucs2"},  {2816, 3071, "utf16"}, {3072, 3327, "utf32"},
};
/// MariaDB's collations that do not pad have the number of the one that does plus this.
constexpr std::uint32_t kNoPad = 1024;

struct Named {
    std::string_view charset, iconv;
};
constexpr Named kMultibyte[] = {
    {"gbk", "GBK"},           {"gb2312", "EUC-CN"}, {"big5", "BIG5"},
    {"sjis", "SJIS"},         {"cp932", "CP932"},   {"ujis", "EUC-JP"},
    {"eucjpms", "EUC-JP-MS"}, {"euckr", "UHC"},     {"gb18030", "GB18030"},
};

std::optional<std::string_view> named(std::string_view charset) {
    for (const Named& name : kMultibyte)
        if (name.charset == charset) return name.iconv;
    return std::nullopt;
}

/// Bytes of the character that begins with `bytes`, by its set's own rule.
std::size_t length_of(std::string_view charset, std::string_view bytes) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    std::size_t length = 2;
    if (charset == "sjis" || charset == "cp932")
        length = lead <= 0x80 || (lead >= 0xa0 && lead <= 0xdf) || lead >= 0xfd ? 1 : 2;
    else if (lead < 0x80)
        length = 1;
    else if (charset == "ujis" || charset == "eucjpms")
        length = lead == 0x8f ? 3 : 2;
    else if (charset == "gb18030" && bytes.size() > 1 && bytes[1] >= '0' && bytes[1] <= '9')
        length = 4;
    return std::min(length, bytes.size());
}

/// Place of a character of two bytes in the order of its set: trail bytes are 0x40 to 0x7e and 0xa1 to 0xfe.
std::uint32_t ordinal(std::uint32_t code) {
    const std::uint32_t trail = code & 0xffU;
    return (code >> 8U) * 157 + (trail < 0x80 ? trail - 0x40 : trail - 0xa1 + 63);
}
/// The same where trail bytes are 0xa1 to 0xfe alone.
std::uint32_t ordinal_94(std::uint32_t code) { return (code >> 8U) * 94 + (code & 0xffU); }

}  // namespace

std::string_view charset_of_collation(std::uint32_t collation) {
    for (const std::uint32_t id :
         {collation, collation > kNoPad && collation < 2 * kNoPad ? collation - kNoPad : 0})
        for (const Collations& range : kCollations)
            if (id >= range.first && id <= range.last) return range.charset;
    return {};
}

struct TextDecoder::Converter {
    iconv_t handle;
    explicit Converter(const std::string& from) : handle{iconv_open("UTF-8", from.c_str())} {}
    ~Converter() {
        if (works()) iconv_close(handle);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    [[nodiscard]] bool works() const { return handle != reinterpret_cast<iconv_t>(-1); }
    /// Converts from `in` what it can, takes that off, and appends it.
    void run(std::string_view& in, std::string& out) const {
        char* from = const_cast<char*>(in.data());
        std::size_t from_left = in.size();
        const std::size_t before = out.size();
        std::size_t to_left = in.size() * 4 + 16;
        out.resize(before + to_left);
        char* to = out.data() + before;
        iconv(handle, nullptr, nullptr, nullptr, nullptr);
        iconv(handle, &from, &from_left, &to, &to_left);
        out.resize(out.size() - to_left);
        in.remove_prefix(in.size() - from_left);
    }
};

TextDecoder::TextDecoder(Way way) : way_{way} {}
TextDecoder::TextDecoder(TextDecoder&&) noexcept = default;
TextDecoder& TextDecoder::operator=(TextDecoder&&) noexcept = default;
TextDecoder::~TextDecoder() = default;

Result<TextDecoder> TextDecoder::open(std::string_view charset) {
    if (charset == "binary") return TextDecoder{Way::bytes};
    if (charset == "utf8mb4" || charset == "utf8mb3" || charset == "utf8") return TextDecoder{Way::utf8};
    if (charset == "utf16" || charset == "ucs2") return TextDecoder{Way::utf16_big};
    if (charset == "utf16le") return TextDecoder{Way::utf16_little};
    if (charset == "utf32") return TextDecoder{Way::utf32};
    const HighHalf* high = high_half_of(charset);
    if (high != nullptr || charset == "ascii" || charset == "swe7") {
        TextDecoder decoder{Way::table};
        decoder.fill_table(charset, high);
        return decoder;
    }
    const std::optional<std::string_view> multibyte = named(charset);
    if (!multibyte)
        return Error{Errc::invalid, "the character set " + std::string{charset} + " is not known"};
    TextDecoder decoder{Way::multibyte};
    decoder.charset_ = charset;
    decoder.differences_ = differences_of(charset);
    decoder.converter_ = std::make_unique<Converter>(std::string{*multibyte});
    if (!decoder.converter_->works())
        return Error{Errc::unavailable, "this system's iconv has no " + std::string{*multibyte}};
    return decoder;
}

void TextDecoder::fill_table(std::string_view charset, const HighHalf* high) {
    table_ = std::make_unique<Table>();
    for (unsigned byte = 0; byte < 128; ++byte) (*table_)[byte] = static_cast<char>(byte);
    if (charset == "swe7") {  // national letters in the places of ASCII's signs
        static constexpr std::string_view kPlaces = "@[\\]^`{|}~";
        static constexpr std::string_view kLetters[] = {"É", "Ä", "Ö", "Å", "Ü", "é", "ä", "ö", "å", "ü"};
        for (std::size_t i = 0; i < kPlaces.size(); ++i)
            (*table_)[static_cast<unsigned char>(kPlaces[i])] = kLetters[i];
        (*table_)[0x7f].clear();
    }
    for (std::size_t i = 0; high != nullptr && i < high->points.size(); ++i)
        if (high->points[i] != 0) add(high->points[i], (*table_)[128 + i]);
}

void TextDecoder::replace(std::string& out) {
    out += '?';
    ++replaced_;
}

void TextDecoder::add(std::uint32_t point, std::string& out) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | (point >> shift & 0x3fU)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0U | point >> 6U), tail(0);
    } else if (point >= 0xd800 && point <= 0xdfff) {
        replace(out);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0U | point >> 12U), tail(6), tail(0);
    } else if (point <= 0x10ffff) {
        out += static_cast<char>(0xf0U | point >> 18U), tail(12), tail(6), tail(0);
    } else {
        replace(out);
    }
}

void TextDecoder::decode(std::string_view bytes, std::string& out) {
    switch (way_) {
        case Way::bytes:
        case Way::utf8: out.append(bytes); return;
        case Way::table: decode_table(bytes, out); return;
        case Way::utf16_big:
        case Way::utf16_little:
        case Way::utf32: decode_wide(bytes, out); return;
        case Way::multibyte: decode_multibyte(bytes, out); return;
    }
}

void TextDecoder::decode_table(std::string_view bytes, std::string& out) {
    for (const char c : bytes) {
        const std::string& text = (*table_)[static_cast<unsigned char>(c)];
        if (text.empty())
            replace(out);
        else
            out += text;
    }
}

void TextDecoder::decode_wide(std::string_view bytes, std::string& out) {
    const std::size_t width = way_ == Way::utf32 ? 4 : 2;
    const auto unit = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            const std::size_t from = way_ == Way::utf16_little ? at + width - 1 - i : at + i;
            value = value << 8U | static_cast<unsigned char>(bytes[from]);
        }
        return value;
    };
    std::size_t at = 0;
    for (; at + width <= bytes.size(); at += width) {
        std::uint32_t point = unit(at);
        if (width == 2 && point >= 0xd800 && point < 0xdc00 && at + 4 <= bytes.size()) {
            const std::uint32_t low = unit(at + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                point = 0x10000 + ((point - 0xd800) << 10U) + (low - 0xdc00);
                at += 2;
            }
        }
        add(point, out);
    }
    if (at < bytes.size()) replace(out);
}

const Difference* TextDecoder::difference_of(std::string_view character) const {
    std::uint32_t code = 0;
    for (const char c : character) code = code << 8U | static_cast<unsigned char>(c);
    for (const Difference& difference : differences_)
        if (code >= difference.first && code <= difference.last) return &difference;
    return nullptr;
}

void TextDecoder::decode_multibyte(std::string_view bytes, std::string& out) {
    std::size_t begin = 0;
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::string_view character = bytes.substr(at, length_of(charset_, bytes.substr(at)));
        const Difference* difference = differences_.empty() ? nullptr : difference_of(character);
        if (difference != nullptr) {
            convert(bytes.substr(begin, at - begin), out);
            std::uint32_t code = 0;
            for (const char c : character) code = code << 8U | static_cast<unsigned char>(c);
            const auto place = charset_ == "ujis" ? ordinal_94 : ordinal;
            if (difference->point == 0)
                replace(out);
            else
                add(difference->point + place(code) - place(difference->first), out);
            begin = at + character.size();
        }
        at += character.size();
    }
    convert(bytes.substr(begin), out);
}

void TextDecoder::convert(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        converter_->run(bytes, out);
        if (bytes.empty()) return;
        replace(out);
        bytes.remove_prefix(length_of(charset_, bytes));
    }
}

}  // namespace landfall::dbmove::mysql
