#include "engines/convert/report/assessment.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "engines/convert/report/reports.hpp"

namespace landfall::convert {
namespace {

constexpr std::size_t kExcerptMax = 2000;
constexpr std::uint32_t kExcerptLines = 12;

void count(ObjectCounts& counts, Complexity complexity, std::size_t lines) {
    ++counts.objects;
    counts.lines += lines;
    switch (complexity) {
        case Complexity::info: ++counts.automatic; break;
        case Complexity::simple: ++counts.simple; break;
        case Complexity::medium: ++counts.medium; break;
        case Complexity::complex: ++counts.complex; break;
    }
}

double hours_each(const Finding& finding) {
    const ActionCode* code = find_action_code(finding.code);
    return code == nullptr || finding.complexity == Complexity::info ? 0 : code->hours_each;
}

std::vector<Complexity> worst_of_objects(const Conversion& conversion) {
    std::vector<Complexity> worst(conversion.objects.size(), Complexity::info);
    for (std::size_t i = 0; i < conversion.objects.size(); ++i)
        if (conversion.objects[i].outcome == Object::Outcome::raw) worst[i] = Complexity::complex;
    for (const PlacedFinding& placed : conversion.findings)
        if (placed.object < worst.size())
            worst[placed.object] = std::max(worst[placed.object], placed.finding.complexity);
    return worst;
}

std::vector<std::size_t> in_order(const Conversion& conversion) {
    std::vector<std::size_t> order(conversion.findings.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto key = [&conversion](std::size_t i) {
        const PlacedFinding& placed = conversion.findings[i];
        return std::tuple{-static_cast<int>(placed.finding.complexity),
                          placed.finding.code,
                          std::string_view{placed.source.file},
                          placed.source.line,
                          placed.source.column,
                          i};
    };
    std::sort(order.begin(), order.end(), [&key](std::size_t a, std::size_t b) { return key(a) < key(b); });
    return order;
}

}  // namespace

void ObjectCounts::add(const ObjectCounts& other) {
    objects += other.objects;
    automatic += other.automatic;
    simple += other.simple;
    medium += other.medium;
    complex += other.complex;
    lines += other.lines;
}

bool is_code_kind(std::string_view kind) {
    for (const std::string_view word :
         {"function", "procedure", "package", "trigger", "view", "block", "type body"})
        if (kind.find(word) != std::string_view::npos) return true;
    return false;
}

Assessment assess(const Conversion& conversion) {
    Assessment made;
    made.of_object = worst_of_objects(conversion);
    made.findings = in_order(conversion);
    std::map<std::pair<std::string, std::string>, KindRow> kinds;
    const auto row = [&kinds](const Object& object) -> KindRow& {
        KindRow& found = kinds[{object.schema, object.kind}];
        found.schema = object.schema;
        found.kind = object.kind;
        return found;
    };
    for (std::size_t i = 0; i < conversion.objects.size(); ++i)
        count(row(conversion.objects[i]).counts, made.of_object[i], conversion.objects[i].source_lines);
    std::map<std::pair<std::string, int>, CodeRow> codes;
    std::set<int> learned;
    for (const PlacedFinding& placed : conversion.findings) {
        const bool has_object = placed.object < conversion.objects.size();
        const std::string schema = has_object ? conversion.objects[placed.object].schema : "";
        const ActionCode* known = find_action_code(placed.finding.code);
        CodeRow& code = codes[{schema, placed.finding.code}];
        code.schema = schema;
        code.code = placed.finding.code;
        ++code.occurrences;
        if (known == nullptr || placed.finding.complexity == Complexity::info) continue;
        code.hours_to_learn = known->hours_to_learn;
        code.hours_each = known->hours_each;
        if (learned.insert(placed.finding.code).second) made.hours_to_learn += known->hours_to_learn;
        made.hours_of_occurrences += hours_each(placed.finding);
        if (has_object) row(conversion.objects[placed.object]).hours += hours_each(placed.finding);
    }
    for (auto& [key, kind] : kinds) {
        made.all.add(kind.counts);
        (is_code_kind(kind.kind) ? made.code : made.storage).add(kind.counts);
        made.kinds.push_back(std::move(kind));
    }
    for (auto& [key, code] : codes) made.codes.push_back(std::move(code));
    return made;
}

std::string target_excerpt(const Conversion& conversion, const PlacedFinding& finding) {
    if (finding.target_line == 0 || finding.object >= conversion.objects.size()) return {};
    const std::string& sql = conversion.objects[finding.object].sql;
    std::size_t begin = 0;
    for (std::uint32_t line = 1; line < finding.target_line; ++line) {
        begin = sql.find('\n', begin);
        if (begin == std::string::npos) return {};
        ++begin;
    }
    std::size_t end = begin;
    for (std::uint32_t line = 0; line < kExcerptLines && end < sql.size(); ++line)
        end = std::min(sql.find('\n', end), sql.size() - 1) + 1;
    end = std::min(end, begin + kExcerptMax);
    while (end > begin && end < sql.size() && (static_cast<unsigned char>(sql[end]) & 0xC0U) == 0x80U) --end;
    return sql.substr(begin, end - begin);
}

}  // namespace landfall::convert
