#include "engines/convert/report/reports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace landfall::convert {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Object object(std::string kind, std::string name, Object::Outcome outcome = Object::Outcome::emitted) {
    return {.kind = std::move(kind),
            .schema = "hr",
            .name = std::move(name),
            .source = {.file = "hr.sql", .line = 1, .column = 1},
            .source_lines = 10,
            .sql = "CREATE TABLE t (\n    a integer\n);\n",
            .outcome = outcome};
}

PlacedFinding finding(int code, Complexity complexity, std::size_t of) {
    return {.finding = {.code = code, .complexity = complexity, .detail = "detail"},
            .source = {.file = "hr.sql", .line = 3, .column = 7},
            .source_text = "a number -- \"quoted\",\n<script>alert('x')</script>",
            .target_line = 2,
            .object = of};
}

Conversion sample() {
    Conversion made;
    made.objects = {object("table", "t"), object("table", "u"), object("function", "f"),
                    object("package body", "p", Object::Outcome::raw), object("index", "i")};
    made.findings = {finding(5103, Complexity::info, 0), finding(5554, Complexity::simple, 1),
                     finding(5340, Complexity::medium, 2), finding(5340, Complexity::complex, 2)};
    made.statements = 5;
    made.lines = 50;
    return made;
}

std::size_t lines_of(const std::string& csv) {
    std::size_t lines = 0;
    for (std::size_t at = csv.find("\r\n"); at != std::string::npos; at = csv.find("\r\n", at + 2)) ++lines;
    return lines;
}

TEST(Assessment, every_object_is_counted_once_by_its_most_complex_finding) {
    const Assessment made = assess(sample());
    EXPECT_EQ(made.all.objects, 5U);
    EXPECT_EQ(made.all.automatic, 2U);  // a finding of info is none
    EXPECT_EQ(made.all.simple, 1U);
    EXPECT_EQ(made.all.medium, 0U);
    EXPECT_EQ(made.all.complex, 2U);  // what is raw is complex
    EXPECT_EQ(made.storage.objects + made.code.objects, made.all.objects);
    for (const KindRow& row : made.kinds)
        EXPECT_EQ(row.counts.automatic + row.counts.simple + row.counts.medium + row.counts.complex,
                  row.counts.objects);
}

TEST(Assessment, hours_are_learning_once_and_each_occurrence) {
    const Assessment made = assess(sample());
    const ActionCode& column = *find_action_code(5554);
    const ActionCode& function = *find_action_code(5340);
    EXPECT_DOUBLE_EQ(made.hours_to_learn, column.hours_to_learn + function.hours_to_learn);
    EXPECT_DOUBLE_EQ(made.hours_of_occurrences, column.hours_each + 2 * function.hours_each);
    double of_kinds = 0;
    for (const KindRow& row : made.kinds) of_kinds += row.hours;
    EXPECT_DOUBLE_EQ(of_kinds, made.hours_of_occurrences);
}

TEST(Assessment, the_most_complex_findings_come_first) {
    EXPECT_THAT(assess(sample()).findings, ::testing::ElementsAre(3, 2, 1, 0));
}

TEST(ActionCodes, are_in_order_and_each_says_what_to_do) {
    int last = 0;
    for (const ActionCode& code : action_codes()) {
        EXPECT_GT(code.number, last);
        last = code.number;
        EXPECT_FALSE(code.subject.empty() || code.advice.empty() || code.group.empty()) << code.number;
        EXPECT_EQ(find_action_code(code.number), &code);
    }
    EXPECT_EQ(find_action_code(1), nullptr);
}

TEST(CsvReports, have_the_columns_of_AWS) {
    const CsvReports made = csv_reports(sample(), {.server = "10.0.0.1:1521", .database = "ORCL"});
    EXPECT_THAT(
        made.summary,
        StartsWith("\"Category\",\"Number of objects\",\"Objects automatically converted\",\"Objects with "
                   "simple actions\",\"Objects with medium-complexity actions\",\"Objects with complex "
                   "actions\",\"Total lines of code\"\r\n"));
    EXPECT_THAT(made.summary, HasSubstr("\"Tables\",\"2\",\"1\",\"1\",\"0\",\"0\",\"20\"\r\n"));
    EXPECT_THAT(made.summary,
                HasSubstr("\"Storage_objects_count\",\"3\"\r\n\"Code_objects_count\",\"2\"\r\n"));
    EXPECT_THAT(
        made.occurrences,
        StartsWith("\"Category\",\"Occurrence\",\"Action item\",\"Subject\",\"Group\",\"Description\","
                   "\"Documentation references\",\"Recommended action\",\"Filtered\",\"Estimated "
                   "complexity\",\"Line\",\"Position\",\"Source\",\"Target\",\"Server IP address and "
                   "port\",\"Database name\",\"Schema name\"\r\n"));
    EXPECT_THAT(made.occurrences, HasSubstr("\"Functions\",\"Schemas.hr.Functions.f\",\"5340\","));
    EXPECT_THAT(made.occurrences, HasSubstr("\"Complex\",\"3\",\"7\",\"a number -- \"\"quoted\"\",\n"));
    EXPECT_THAT(made.occurrences, HasSubstr("\"10.0.0.1:1521\",\"ORCL\",\"hr\"\r\n"));
    EXPECT_THAT(made.action_items,
                StartsWith("\"Schema\",\"Action item\",\"Number of occurrences\",\"Learning curve efforts\","
                           "\"Efforts to convert an occurrence\",\"Action item description\",\"Recommended "
                           "action\"\r\n"));
    EXPECT_THAT(made.action_items, HasSubstr("\"hr\",\"5340\",\"2\",\"0.50\",\"1.00\","));
    EXPECT_EQ(lines_of(made.occurrences), 5U);
    EXPECT_EQ(lines_of(made.action_items), 4U);
}

TEST(HtmlReport, shows_whatever_the_scripts_held_as_text) {
    Conversion hostile = sample();
    hostile.objects[0].name = "</td><script>alert(1)</script>";
    hostile.objects[0].kind = "\"><img src=x onerror=alert(2)>";
    hostile.findings[0].finding.detail = "<b>&amp;'\"";
    hostile.findings[0].source_text = std::string{"a\x01\xFF\xC0\x80\xED\xA0\x80z"} + '\0';
    hostile.findings[0].source.file = "</style><script>";
    const std::string page = html_report(hostile, {.title = "<script>", .database = "<i>"});
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<b>&amp;'")));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;amp;&#39;&quot;"));
    EXPECT_EQ(page.find('\x01'), std::string::npos);
    EXPECT_EQ(page.find('\xFF'), std::string::npos);
    EXPECT_EQ(page.find('\0'), std::string::npos);
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(HtmlReport, has_its_parts_and_its_links_have_targets) {
    const std::string page = html_report(sample(), {});
    for (const char* part :
         {"id=\"summary\"", "id=\"objects\"", "id=\"items\"", "id=\"findings\"", "<svg", "</html>"})
        EXPECT_THAT(page, HasSubstr(part));
    for (const char* elsewhere : {"http:", "https:", "src=", "url(", "@import"})
        EXPECT_THAT(page, Not(HasSubstr(elsewhere)));
    for (std::size_t at = page.find("href=\"#"); at != std::string::npos;
         at = page.find("href=\"#", at + 1)) {
        const std::size_t begin = at + 7;
        const std::string target = page.substr(begin, page.find('"', begin) - begin);
        EXPECT_THAT(page, HasSubstr("id=\"" + target + "\"")) << target;
    }
    EXPECT_EQ(page, html_report(sample(), {}));
}

TEST(HtmlReport, of_nothing_is_a_page) {
    EXPECT_THAT(html_report({}, {}), HasSubstr("None."));
    EXPECT_EQ(lines_of(csv_reports({}, {}).occurrences), 1U);
    EXPECT_TRUE(pdf_report({}, {}).ok());
}

/// What pdftotext reads of the file.
std::string text_of_pdf(const std::string& pdf) {
    const std::string path = ::testing::TempDir() + "reports_test_" + std::to_string(::getpid());
    std::string in = path + ".pdf", out = path + ".txt", program = "pdftotext", layout = "-layout";
    std::ofstream{in, std::ios::binary} << pdf;
    const std::array<char*, 5> arguments{program.data(), layout.data(), in.data(), out.data(), nullptr};
    ::pid_t child = 0;
    int status = -1;
    if (::posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) == 0)
        ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    std::ifstream file{out};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::remove(in.c_str());
    std::remove(out.c_str());
    return text;
}

TEST(PdfReport, is_read_by_others_and_holds_the_same_numbers) {
    Conversion long_one = sample();
    for (int i = 0; i < 100; ++i) long_one.findings.push_back(finding(5103, Complexity::info, 0));
    long_one.findings.back().finding.detail = "größe 漢 " + std::string(400, 'x');
    const Result<std::string> pdf = pdf_report(long_one, {.title = "Report of the schema hr"});
    ASSERT_TRUE(pdf.ok());
    EXPECT_THAT(pdf.value(), StartsWith("%PDF-"));
    const std::string text = text_of_pdf(pdf.value());
    EXPECT_THAT(text, HasSubstr("Report of the schema hr"));
    EXPECT_THAT(text, HasSubstr("5 objects, 50 lines, 104 findings"));
    EXPECT_THAT(text, HasSubstr("SCT 5340 (complex)"));
    EXPECT_THAT(text, HasSubstr("größe ?"));
    EXPECT_THAT(text, HasSubstr("package body"));
}

}  // namespace
}  // namespace landfall::convert
