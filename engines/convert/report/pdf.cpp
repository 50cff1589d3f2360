// The report as PDF, by libharu with the standard fonts.
#include <hpdf.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "engines/convert/report/reports.hpp"

namespace landfall::convert {
namespace {

constexpr float kLeft = 50, kRight = 545, kTop = 790, kBottom = 55;
constexpr std::size_t kExcerptLines = 14;

/// Characters of Windows-1252 that are not Latin-1, by their byte.
constexpr std::array<std::pair<std::uint32_t, unsigned char>, 12> kWindows{{{0x20AC, 0x80},
                                                                            {0x2026, 0x85},
                                                                            {0x2018, 0x91},
                                                                            {0x2019, 0x92},
                                                                            {0x201C, 0x93},
                                                                            {0x201D, 0x94},
                                                                            {0x2022, 0x95},
                                                                            {0x2013, 0x96},
                                                                            {0x2014, 0x97},
                                                                            {0x2122, 0x99},
                                                                            {0x0160, 0x8A},
                                                                            {0x0161, 0x9A}}};

char windows_1252(std::uint32_t character) {
    if (character < 0x80) return character < 32 || character == 127 ? ' ' : static_cast<char>(character);
    if (character >= 0xA0 && character <= 0xFF) return static_cast<char>(character);
    for (const auto& [from, byte] : kWindows)
        if (from == character) return static_cast<char>(byte);
    return '?';
}

std::string for_fonts(std::string_view utf8) {
    std::string made;
    for (std::size_t at = 0; at < utf8.size();) {
        const auto first = static_cast<unsigned char>(utf8[at]);
        const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        std::uint32_t character = size == 1 ? first : first & (0xFFU >> (size + 1));
        for (std::size_t i = 1; i < size && at + i < utf8.size(); ++i)
            character = (character << 6U) | (static_cast<unsigned char>(utf8[at + i]) & 0x3FU);
        made.push_back(windows_1252(character));
        at += size;
    }
    return made;
}

struct FreeDocument {
    void operator()(HPDF_Doc document) const { HPDF_Free(document); }
};
using Document = std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, FreeDocument>;

/// Lines from the top of a page to its bottom, then on the next page.
class Writer {
public:
    explicit Writer(HPDF_Doc document) : document_{document} {
        text_font_ = HPDF_GetFont(document, "Helvetica", "WinAnsiEncoding");
        bold_font_ = HPDF_GetFont(document, "Helvetica-Bold", "WinAnsiEncoding");
        code_font_ = HPDF_GetFont(document, "Courier", "WinAnsiEncoding");
    }

    void title(std::string_view text) { wrapped(text, bold_font_, 18); }
    void heading(std::string_view text) {
        space(10);
        need(40);
        wrapped(text, bold_font_, 13);
        space(3);
    }
    void strong(std::string_view text) {
        need(36);
        wrapped(text, bold_font_, 10);
    }
    void text(std::string_view text) { wrapped(text, text_font_, 9.5F); }
    void code(std::string_view text) {
        std::size_t lines = 0;
        while (!text.empty() && lines++ < kExcerptLines) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            wrapped(text.substr(0, end), code_font_, 7.5F);
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }
    void space(float height) { y_ -= height; }
    /// Cells at these places; numbers stand right of their place's end.
    void row(const std::vector<std::string>& cells, const std::vector<float>& at, bool is_head) {
        need(14);
        const HPDF_Font font = is_head ? bold_font_ : text_font_;
        y_ -= 12;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const float room = (i + 1 < at.size() ? at[i + 1] : kRight) - at[i] - 4;
            std::string cell = for_fonts(cells[i]);
            HPDF_Page_SetFontAndSize(page_, font, 8.5F);
            const HPDF_UINT fits = HPDF_Page_MeasureText(page_, cell.c_str(), room, HPDF_FALSE, nullptr);
            cell.resize(std::min<std::size_t>(fits, cell.size()));
            line(cell, font, 8.5F, at[i]);
        }
    }
    /// Four colours in one bar.
    void bar(const ObjectCounts& counts) {
        need(20);
        y_ -= 16;
        constexpr std::array<std::array<float, 3>, 4> kColors{
            {{0.18F, 0.49F, 0.31F}, {0.30F, 0.50F, 0.72F}, {0.79F, 0.54F, 0.11F}, {0.72F, 0.23F, 0.23F}}};
        const std::array<std::size_t, 4> parts{counts.automatic, counts.simple, counts.medium,
                                               counts.complex};
        float x = kLeft;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parts[i] == 0) continue;
            const float width =
                (kRight - kLeft) * static_cast<float>(parts[i]) / static_cast<float>(counts.objects);
            HPDF_Page_SetRGBFill(page_, kColors[i][0], kColors[i][1], kColors[i][2]);
            HPDF_Page_Rectangle(page_, x, y_, width, 12);
            HPDF_Page_Fill(page_);
            x += width;
        }
        HPDF_Page_SetRGBFill(page_, 0, 0, 0);
        y_ -= 6;
    }

private:
    void need(float height) {
        if (page_ != nullptr && y_ - height >= kBottom) return;
        page_ = HPDF_AddPage(document_);
        HPDF_Page_SetSize(page_, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
        y_ = kTop;
        line(std::to_string(++number_), text_font_, 8, kRight - 20, 30);
    }
    void line(const std::string& text, HPDF_Font font, float size, float x, float y = -1) {
        HPDF_Page_SetFontAndSize(page_, font, size);
        HPDF_Page_BeginText(page_);
        HPDF_Page_TextOut(page_, x, y < 0 ? y_ : y, text.c_str());
        HPDF_Page_EndText(page_);
    }
    /// A word that is wider than the page is cut.
    void wrapped(std::string_view utf8, HPDF_Font font, float size) {
        std::string text = for_fonts(utf8);
        do {
            need(size * 1.3F);
            HPDF_Page_SetFontAndSize(page_, font, size);
            HPDF_UINT fits = HPDF_Page_MeasureText(page_, text.c_str(), kRight - kLeft, HPDF_TRUE, nullptr);
            if (fits == 0)
                fits = HPDF_Page_MeasureText(page_, text.c_str(), kRight - kLeft, HPDF_FALSE, nullptr);
            const std::size_t taken = std::clamp<std::size_t>(fits, 1, std::max<std::size_t>(text.size(), 1));
            y_ -= size * 1.3F;
            line(text.substr(0, taken), font, size, kLeft);
            text.erase(0, taken);
        } while (!text.empty());
    }

    HPDF_Doc document_;
    HPDF_Page page_ = nullptr;
    HPDF_Font text_font_ = nullptr, bold_font_ = nullptr, code_font_ = nullptr;
    float y_ = 0;
    unsigned number_ = 0;
};

std::string hours(double value) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.1f", value);
    return {text.data(), static_cast<std::size_t>(size)};
}

void tables(Writer& writer, const Assessment& assessment) {
    writer.heading("Objects by schema and kind");
    const std::vector<float> at{50, 140, 250, 300, 350, 395, 440, 495};
    writer.row({"Schema", "Kind", "Objects", "Automatic", "Simple", "Medium", "Complex", "Hours"}, at, true);
    for (const KindRow& row : assessment.kinds)
        writer.row({row.schema, row.kind, std::to_string(row.counts.objects),
                    std::to_string(row.counts.automatic), std::to_string(row.counts.simple),
                    std::to_string(row.counts.medium), std::to_string(row.counts.complex), hours(row.hours)},
                   at, false);
    writer.heading("Action items and effort");
    const std::vector<float> columns{50, 130, 165, 420, 465, 505};
    writer.row({"Schema", "Item", "Subject", "Found", "Learn, h", "Each, h"}, columns, true);
    for (const CodeRow& row : assessment.codes) {
        const ActionCode* code = find_action_code(row.code);
        writer.row({row.schema, std::to_string(row.code), std::string{code == nullptr ? "" : code->subject},
                    std::to_string(row.occurrences), hours(row.hours_to_learn), hours(row.hours_each)},
                   columns, false);
    }
}

void findings(Writer& writer, const Conversion& conversion, const Assessment& assessment) {
    writer.heading("Findings");
    std::size_t told = 0;
    for (const std::size_t i : assessment.findings) {
        if (told++ == kPdfFindingsMax) break;
        const PlacedFinding& placed = conversion.findings[i];
        const ActionCode* code = find_action_code(placed.finding.code);
        writer.space(6);
        writer.strong("SCT " + std::to_string(placed.finding.code) + " (" +
                      std::string{name_of(placed.finding.complexity)} + ") " +
                      std::string{code == nullptr ? "" : code->subject});
        writer.text(placed.source.file + ":" + std::to_string(placed.source.line) + ":" +
                    std::to_string(placed.source.column) +
                    (placed.finding.detail.empty() ? "" : " - " + placed.finding.detail));
        if (code != nullptr) writer.text(code->advice);
        writer.code(placed.source_text);
        const std::string target = target_excerpt(conversion, placed);
        if (!target.empty()) writer.text("becomes");
        writer.code(target);
    }
    if (assessment.findings.empty()) writer.text("None.");
    if (assessment.findings.size() > kPdfFindingsMax)
        writer.text(std::to_string(assessment.findings.size() - kPdfFindingsMax) +
                    " more findings are in the CSV and HTML reports.");
}

Error error_of(HPDF_Doc document) {
    const HPDF_STATUS status = HPDF_GetError(document);
    return {status == HPDF_FAILD_TO_ALLOC_MEM ? Errc::exhausted : Errc::io,
            "writing a PDF: libharu's error " + std::to_string(status)};
}

}  // namespace

Result<std::string> pdf_report(const Conversion& conversion, const ReportLabels& labels) {
    const Document document{HPDF_New(nullptr, nullptr)};
    if (!document) return Error{Errc::exhausted, "writing a PDF: no memory"};
    HPDF_SetCompressionMode(document.get(), HPDF_COMP_ALL);
    const Assessment assessment = assess(conversion);
    Writer writer{document.get()};
    writer.title(labels.title);
    writer.text(labels.source + " to " + labels.target +
                (labels.database.empty() ? "" : ", " + labels.database));
    writer.heading("Summary");
    writer.text(std::to_string(assessment.all.objects) + " objects, " + std::to_string(conversion.lines) +
                " lines, " + std::to_string(conversion.findings.size()) +
                " findings. Converted automatically: " + std::to_string(assessment.all.automatic) +
                ". Effort: " + hours(assessment.hours_to_learn) + " h to learn, " +
                hours(assessment.hours_of_occurrences) + " h for the occurrences.");
    writer.text("Storage objects (automatic, simple, medium, complex):");
    writer.bar(assessment.storage);
    writer.text("Code objects:");
    writer.bar(assessment.code);
    tables(writer, assessment);
    findings(writer, conversion, assessment);
    if (HPDF_GetError(document.get()) != HPDF_OK) return error_of(document.get());
    if (HPDF_SaveToStream(document.get()) != HPDF_OK) return error_of(document.get());
    std::string bytes(HPDF_GetStreamSize(document.get()), '\0');
    auto size = static_cast<HPDF_UINT32>(bytes.size());
    HPDF_ReadFromStream(document.get(), reinterpret_cast<HPDF_BYTE*>(bytes.data()), &size);
    bytes.resize(size);
    return bytes;
}

}  // namespace landfall::convert
