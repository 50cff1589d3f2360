#include "engines/dbmove/mysql/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

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
constexpr Named kOneByte[] = {
    {"ascii", "ASCII"},         {"latin1", "CP1252"},
    {"latin2", "ISO-8859-2"},   {"latin5", "ISO-8859-9"},
    {"latin7", "ISO-8859-13"},  {"greek", "ISO-8859-7"},
    {"hebrew", "ISO-8859-8"},   {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},       {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},       {"cp850", "CP850"},
    {"cp852", "CP852"},         {"cp866", "CP866"},
    {"koi8r", "KOI8-R"},        {"koi8u", "KOI8-U"},
    {"tis620", "TIS-620"},      {"armscii8", "ARMSCII-8"},
    {"geostd8", "GEORGIAN-PS"}, {"dec8", "DEC-MCS"},
    {"hp8", "HP-ROMAN8"},       {"macce", "MAC-CENTRALEUROPE"},
    {"macroman", "MACINTOSH"},  {"swe7", "SEN_850200_B"},
    {"keybcs2", "CP852"},
};
constexpr Named kMultibyte[] = {
    {"gbk", "GBK"},           {"gb2312", "EUC-CN"}, {"big5", "BIG5"},
    {"sjis", "SJIS"},         {"cp932", "CP932"},   {"ujis", "EUC-JP"},
    {"eucjpms", "EUC-JP-MS"}, {"euckr", "UHC"},     {"gb18030", "GB18030"},
};

std::optional<std::string_view> named(std::span<const Named> names, std::string_view charset) {
    for (const Named& name : names)
        if (name.charset == charset) return name.iconv;
    return std::nullopt;
}

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
    const std::optional<std::string_view> single = named(kOneByte, charset);
    const std::optional<std::string_view> multibyte = named(kMultibyte, charset);
    if (!single && !multibyte)
        return Error{Errc::invalid, "the character set " + std::string{charset} + " is not known"};
    TextDecoder decoder{single ? Way::table : Way::multibyte};
    decoder.charset_ = charset;
    decoder.converter_ = std::make_unique<Converter>(std::string{single ? *single : *multibyte});
    if (!decoder.converter_->works())
        return Error{Errc::unavailable,
                     "this system's iconv has no " + std::string{single ? *single : *multibyte}};
    if (!single) return decoder;
    decoder.table_ = std::make_unique<Table>();
    for (unsigned byte = 0; byte < 256; ++byte) {
        const char text = static_cast<char>(byte);
        std::string_view in{&text, 1};
        decoder.converter_->run(in, (*decoder.table_)[byte]);
    }
    decoder.converter_.reset();
    if (charset == "latin1")  // the five bytes without a character in cp1252 stay control characters
        for (const unsigned byte : {0x81U, 0x8dU, 0x8fU, 0x90U, 0x9dU}) {
            (*decoder.table_)[byte].clear();
            decoder.add(byte, (*decoder.table_)[byte]);
        }
    return decoder;
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

void TextDecoder::decode_multibyte(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        converter_->run(bytes, out);
        if (bytes.empty()) return;
        replace(out);
        const auto lead = static_cast<unsigned char>(bytes.front());
        const std::size_t size = lead < 0x80                                                 ? 1
                                 : lead == 0x8f && charset_ != "sjis" && charset_ != "cp932" ? 3
                                                                                             : 2;
        bytes.remove_prefix(std::min(size, bytes.size()));
    }
}

}  // namespace landfall::dbmove::mysql
