// The report as one HTML page.
#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "engines/convert/report/reports.hpp"

namespace landfall::convert {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ok:#2e7d4f;--simple:#4c7fb8;--medium:#c98a1b;--complex:#b83a3a;--line:#d8dbe0;--soft:#f5f6f8}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;color:#1d2430;max-width:1200px;margin:0 auto;padding:2rem 1.5rem}
h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}p.sub{color:#5a6472;margin:0}
.cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1.2rem 0}
.card{border:1px solid var(--line);border-radius:8px;padding:.7rem 1rem;min-width:9rem}
.card b{display:block;font-size:1.5rem}.card span{color:#5a6472}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}thead th{background:var(--soft)}
.tag{display:inline-block;border-radius:4px;padding:0 .45rem;color:#fff;font-size:.82rem}
.info{background:#78828f}.simple{background:var(--simple)}.medium{background:var(--medium)}
.complex{background:var(--complex)}
article{border:1px solid var(--line);border-radius:8px;margin:.8rem 0;padding:.7rem 1rem;break-inside:avoid}
article h3{font-size:1rem;margin:0 0 .3rem}article p{margin:.2rem 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.8rem;margin-top:.5rem}
pre{background:var(--soft);padding:.6rem;margin:0;overflow:auto;font-size:.82rem;white-space:pre-wrap;
overflow-wrap:anywhere;border-radius:6px}
.legend span{margin-right:1rem}.legend i{display:inline-block;width:.8em;height:.8em;margin-right:.35em}
a{color:#23588f}@media(max-width:700px){.pair{grid-template-columns:1fr}}
@media print{body{max-width:none;padding:0;font-size:11px}pre{font-size:9px}
a{color:inherit;text-decoration:none}}
)";

constexpr std::array<std::string_view, 4> kColors{"#2e7d4f", "#4c7fb8", "#c98a1b", "#b83a3a"};
constexpr std::array<std::string_view, 4> kParts{"automatic", "simple", "medium", "complex"};

/// How many bytes of `text` are one character of UTF-8 from `at` on; 0: none.
std::size_t character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
    };
    const unsigned first = byte(at);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xC2 && first < 0xE0   ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(at + i) & 0xC0U) != 0x80U) return 0;
    const unsigned second = byte(at + 1);
    const bool odd = (first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90);
    return odd ? 0 : size;
}

class Page {
public:
    Page& raw(std::string_view markup) {
        bytes_.append(markup);
        return *this;
    }
    Page& text(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t size = character_at(text, at);
            const char c = text[at];
            const bool is_control = size == 1 && ((c >= 0 && c < 32 && c != '\n' && c != '\t') || c == 127);
            if (size == 0 || is_control)
                bytes_.append("\xEF\xBF\xBD");
            else if (c == '<')
                bytes_.append("&lt;");
            else if (c == '>')
                bytes_.append("&gt;");
            else if (c == '&')
                bytes_.append("&amp;");
            else if (c == '"')
                bytes_.append("&quot;");
            else if (c == '\'')
                bytes_.append("&#39;");
            else
                bytes_.append(text.substr(at, size));
            at += std::max<std::size_t>(size, 1);
        }
        return *this;
    }
    Page& number(std::size_t number) { return raw(std::to_string(number)); }
    Page& decimal(double number, int digits = 1) {
        std::array<char, 64> text{};
        const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, number);
        return raw({text.data(), static_cast<std::size_t>(size)});
    }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

std::array<std::size_t, 4> parts_of(const ObjectCounts& counts) {
    return {counts.automatic, counts.simple, counts.medium, counts.complex};
}

/// A bar of four colours, as wide as `width`.
void bar(Page& page, const ObjectCounts& counts, double width, double height) {
    page.raw("<svg role=\"img\" width=\"").decimal(width, 0).raw("\" height=\"").decimal(height, 0);
    page.raw("\" viewBox=\"0 0 ").decimal(width, 0).raw(" ").decimal(height, 0).raw("\"><title>");
    const auto parts = parts_of(counts);
    for (std::size_t i = 0; i < parts.size(); ++i)
        page.raw(i == 0 ? "" : ", ").number(parts[i]).raw(" ").raw(kParts[i]);
    page.raw("</title>");
    double at = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] == 0) continue;
        const double share = width * static_cast<double>(parts[i]) / static_cast<double>(counts.objects);
        page.raw("<rect x=\"")
            .decimal(at, 2)
            .raw("\" y=\"0\" width=\"")
            .decimal(share, 2)
            .raw("\" height=\"");
        page.decimal(height, 0).raw("\" fill=\"").raw(kColors[i]).raw("\"/>");
        at += share;
    }
    page.raw("</svg>");
}

void card(Page& page, std::string_view label, const std::string& value) {
    page.raw("<div class=\"card\"><b>").text(value).raw("</b><span>").text(label).raw("</span></div>");
}

std::string share(std::size_t part, std::size_t of) {
    if (of == 0) return "–";
    return std::to_string(part * 100 / of) + " %";
}

std::string hours(double value) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.1f h", value);
    return {text.data(), static_cast<std::size_t>(size)};
}

void summary(Page& page, const Conversion& conversion, const Assessment& assessment) {
    page.raw("<h2 id=\"summary\">Summary</h2><div class=\"cards\">");
    card(page, "objects", std::to_string(assessment.all.objects));
    card(page, "lines", std::to_string(conversion.lines));
    card(page, "converted automatically", share(assessment.all.automatic, assessment.all.objects));
    card(page, "of storage objects", share(assessment.storage.automatic, assessment.storage.objects));
    card(page, "of code objects", share(assessment.code.automatic, assessment.code.objects));
    card(page, "findings", std::to_string(conversion.findings.size()));
    card(page, "effort", hours(assessment.hours_to_learn + assessment.hours_of_occurrences));
    page.raw("</div><p class=\"legend\">");
    for (std::size_t i = 0; i < kParts.size(); ++i)
        page.raw("<span><i style=\"background:").raw(kColors[i]).raw("\"></i>").raw(kParts[i]).raw("</span>");
    page.raw("</p><p>Storage objects<br>");
    bar(page, assessment.storage, 600, 22);
    page.raw("</p><p>Code objects<br>");
    bar(page, assessment.code, 600, 22);
    page.raw("</p>");
}

void kinds(Page& page, const Assessment& assessment) {
    page.raw(
        "<h2 id=\"objects\">Objects by schema and kind</h2><table><thead><tr><th>Schema</th><th>Kind</th>"
        "<th class=\"n\">Objects</th><th class=\"n\">Automatic</th><th class=\"n\">Simple</th>"
        "<th class=\"n\">Medium</th><th class=\"n\">Complex</th><th class=\"n\">Lines</th><th "
        "class=\"n\">Hours</th>"
        "<th></th></tr></thead><tbody>");
    for (const KindRow& row : assessment.kinds) {
        page.raw("<tr><td>").text(row.schema).raw("</td><td>").text(row.kind).raw("</td><td class=\"n\">");
        page.number(row.counts.objects);
        for (const std::size_t part : parts_of(row.counts)) page.raw("</td><td class=\"n\">").number(part);
        page.raw("</td><td class=\"n\">")
            .number(row.counts.lines)
            .raw("</td><td class=\"n\">")
            .decimal(row.hours);
        page.raw("</td><td>");
        bar(page, row.counts, 120, 12);
        page.raw("</td></tr>");
    }
    page.raw("</tbody></table>");
}

void codes(Page& page, const Assessment& assessment) {
    page.raw(
        "<h2 id=\"items\">Action items and "
        "effort</h2><table><thead><tr><th>Schema</th><th>Item</th><th>Subject</th>"
        "<th>What to do</th><th class=\"n\">Occurrences</th><th class=\"n\">Learn, h</th><th "
        "class=\"n\">Each, h</th>"
        "<th class=\"n\">Together, h</th></tr></thead><tbody>");
    for (const CodeRow& row : assessment.codes) {
        const ActionCode* code = find_action_code(row.code);
        page.raw("<tr><td>")
            .text(row.schema)
            .raw("</td><td><a href=\"#item-")
            .number(static_cast<std::size_t>(row.code));
        page.raw("\">").number(static_cast<std::size_t>(row.code)).raw("</a></td><td>");
        page.text(code == nullptr ? "" : code->subject)
            .raw("</td><td>")
            .text(code == nullptr ? "" : code->advice);
        page.raw("</td><td class=\"n\">").number(row.occurrences).raw("</td><td class=\"n\">");
        page.decimal(row.hours_to_learn).raw("</td><td class=\"n\">").decimal(row.hours_each);
        page.raw("</td><td class=\"n\">");
        page.decimal(row.hours_to_learn + row.hours_each * static_cast<double>(row.occurrences))
            .raw("</td></tr>");
    }
    page.raw("</tbody></table><p>Learning is counted once for all schemas: ")
        .decimal(assessment.hours_to_learn);
    page.raw(" h to learn and ").decimal(assessment.hours_of_occurrences).raw(" h for the occurrences.</p>");
}

/// The first finding of a number is what the table of numbers links to.
enum class Anchor : std::uint8_t { own, of_code };

void finding(Page& page, const Conversion& conversion, std::size_t index, Anchor anchor) {
    const PlacedFinding& placed = conversion.findings[index];
    const ActionCode* code = find_action_code(placed.finding.code);
    const auto number = static_cast<std::size_t>(placed.finding.code);
    if (anchor == Anchor::of_code) page.raw("<div id=\"item-").number(number).raw("\"></div>");
    page.raw("<article id=\"f")
        .number(index)
        .raw("\"><h3><a href=\"#f")
        .number(index)
        .raw("\">SCT ")
        .number(number);
    page.raw("</a> <span class=\"tag ").raw(name_of(placed.finding.complexity)).raw("\">");
    page.raw(name_of(placed.finding.complexity)).raw("</span> ").text(code == nullptr ? "" : code->subject);
    page.raw("</h3>");
    if (!placed.finding.detail.empty()) page.raw("<p>").text(placed.finding.detail).raw("</p>");
    if (code != nullptr) page.raw("<p>").text(code->advice).raw("</p>");
    page.raw("<p class=\"sub\">").text(placed.source.file).raw(":").number(placed.source.line).raw(":");
    page.number(placed.source.column);
    if (placed.object < conversion.objects.size()) {
        const Object& object = conversion.objects[placed.object];
        page.raw(" · ").text(object.kind).raw(" ").text(object.schema).raw(object.schema.empty() ? "" : ".");
        page.text(object.name);
    }
    page.raw("</p><div class=\"pair\"><pre>").text(placed.source_text).raw("</pre><pre>");
    page.text(target_excerpt(conversion, placed)).raw("</pre></div></article>");
}

}  // namespace

std::string html_report(const Conversion& conversion, const ReportLabels& labels) {
    const Assessment assessment = assess(conversion);
    Page page;
    page.raw(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    page.text(labels.title)
        .raw("</title><style>")
        .raw(kStyle)
        .raw("</style></head><body><h1>")
        .text(labels.title);
    page.raw("</h1><p class=\"sub\">").text(labels.source).raw(" → ").text(labels.target);
    if (!labels.database.empty()) page.raw(" · ").text(labels.database);
    if (!labels.server.empty()) page.raw(" · ").text(labels.server);
    page.raw("</p>");
    summary(page, conversion, assessment);
    kinds(page, assessment);
    codes(page, assessment);
    page.raw("<h2 id=\"findings\">Findings</h2>");
    if (assessment.findings.empty()) page.raw("<p>None.</p>");
    std::set<int> seen;
    for (const std::size_t i : assessment.findings) {
        const bool is_first = seen.insert(conversion.findings[i].finding.code).second;
        finding(page, conversion, i, is_first ? Anchor::of_code : Anchor::own);
    }
    page.raw("</body></html>\n");
    return page.take();
}

}  // namespace landfall::convert
