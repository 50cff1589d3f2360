// AWS's three CSV files.
#include <array>
#include <cstdio>
#include <map>

#include "engines/convert/report/reports.hpp"

namespace landfall::convert {
namespace {

class Csv {
public:
    Csv& field(std::string_view text) {
        if (!first_) bytes_.push_back(',');
        first_ = false;
        bytes_.push_back('"');
        for (const char c : text) {
            if (c == '"') bytes_.push_back('"');
            bytes_.push_back(c);
        }
        bytes_.push_back('"');
        return *this;
    }
    Csv& field(std::size_t number) { return field(std::to_string(number)); }
    Csv& hours(double hours) {
        std::array<char, 32> text{};
        const int size = std::snprintf(text.data(), text.size(), "%.2f", hours);
        return field(std::string_view{text.data(), static_cast<std::size_t>(size)});
    }
    void end() {
        bytes_.append("\r\n");
        first_ = true;
    }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
    bool first_ = true;
};

/// table -> Tables, package body -> Package bodies: the folders of the tree.
std::string folder(std::string_view kind) {
    std::string name{kind};
    if (name.empty()) return "Other";
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
    if (name.ends_with("x")) return name + "es";
    if (name.ends_with("y")) return name.substr(0, name.size() - 1) + "ies";
    return name + "s";
}

std::string_view complexity_word(Complexity complexity) {
    switch (complexity) {
        case Complexity::info: return "Info";
        case Complexity::simple: return "Simple";
        case Complexity::medium: return "Medium";
        case Complexity::complex: return "Complex";
    }
    return {};
}

void counts(Csv& csv, std::string_view category, const ObjectCounts& counts) {
    csv.field(category).field(counts.objects).field(counts.automatic).field(counts.simple);
    csv.field(counts.medium).field(counts.complex).field(counts.lines).end();
}

std::string summary(const Conversion& conversion, const Assessment& assessment, const ReportLabels& labels) {
    Csv csv;
    for (const char* column :
         {"Category", "Number of objects", "Objects automatically converted", "Objects with simple actions",
          "Objects with medium-complexity actions", "Objects with complex actions", "Total lines of code"})
        csv.field(column);
    csv.end();
    std::map<std::string, ObjectCounts> by_kind;
    for (const KindRow& row : assessment.kinds) by_kind[folder(row.kind)].add(row.counts);
    for (const auto& [kind, of] : by_kind) counts(csv, kind, of);
    csv.field("SQL_syntax_elements_number").field(conversion.statements).end();
    csv.field("Storage_objects_count").field(assessment.storage.objects).end();
    csv.field("Code_objects_count").field(assessment.code.objects).end();
    csv.field("Source version").field(labels.source).end();
    return csv.take();
}

void occurrence(Csv& csv, const Conversion& conversion, const PlacedFinding& placed,
                const ReportLabels& labels) {
    const bool has_object = placed.object < conversion.objects.size();
    const Object none;
    const Object& object = has_object ? conversion.objects[placed.object] : none;
    const ActionCode* code = find_action_code(placed.finding.code);
    const std::string schema = object.schema.empty() ? "" : "." + object.schema;
    const std::string path =
        has_object ? "Schemas" + schema + "." + folder(object.kind) + "." + object.name : placed.source.file;
    csv.field(folder(object.kind)).field(path).field(std::to_string(placed.finding.code));
    csv.field(code == nullptr ? "" : code->subject).field(code == nullptr ? "" : code->group);
    csv.field(placed.finding.detail).field("").field(code == nullptr ? "" : code->advice).field("No");
    csv.field(complexity_word(placed.finding.complexity)).field(std::to_string(placed.source.line));
    csv.field(std::to_string(placed.source.column)).field(placed.source_text);
    csv.field(target_excerpt(conversion, placed))
        .field(labels.server)
        .field(labels.database)
        .field(object.schema);
    csv.end();
}

std::string occurrences(const Conversion& conversion, const Assessment& assessment,
                        const ReportLabels& labels) {
    Csv csv;
    for (const char* column :
         {"Category", "Occurrence", "Action item", "Subject", "Group", "Description",
          "Documentation references", "Recommended action", "Filtered", "Estimated complexity", "Line",
          "Position", "Source", "Target", "Server IP address and port", "Database name", "Schema name"})
        csv.field(column);
    csv.end();
    for (const std::size_t i : assessment.findings)
        occurrence(csv, conversion, conversion.findings[i], labels);
    return csv.take();
}

std::string action_items(const Assessment& assessment) {
    Csv csv;
    for (const char* column :
         {"Schema", "Action item", "Number of occurrences", "Learning curve efforts",
          "Efforts to convert an occurrence", "Action item description", "Recommended action"})
        csv.field(column);
    csv.end();
    for (const CodeRow& row : assessment.codes) {
        const ActionCode* code = find_action_code(row.code);
        csv.field(row.schema)
            .field(std::to_string(row.code))
            .field(row.occurrences)
            .hours(row.hours_to_learn);
        csv.hours(row.hours_each)
            .field(code == nullptr ? "" : code->subject)
            .field(code == nullptr ? "" : code->advice);
        csv.end();
    }
    return csv.take();
}

}  // namespace

CsvReports csv_reports(const Conversion& conversion, const ReportLabels& labels) {
    const Assessment assessment = assess(conversion);
    return {.summary = summary(conversion, assessment, labels),
            .occurrences = occurrences(conversion, assessment, labels),
            .action_items = action_items(assessment)};
}

}  // namespace landfall::convert
