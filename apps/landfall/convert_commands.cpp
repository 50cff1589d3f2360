#include "apps/landfall/convert_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <map>
#include <ostream>

#include "apps/landfall/convert_apply.hpp"
#include "apps/landfall/convert_output.hpp"
#include "apps/landfall/convert_report.hpp"
#include "apps/landfall/convert_settings.hpp"
#include "apps/landfall/convert_sources.hpp"
#include "base/clock.hpp"
#include "engines/convert/action_codes.hpp"

namespace landfall::app {
namespace {

using convert::Complexity;
using convert::Conversion;
using convert::Object;

constexpr std::size_t kFaultsTold = 200;
constexpr std::size_t kItemsTold = 20;

/// One line of a terminal that says how far things are; nothing where nobody looks.
class ProgressLine {
public:
    ~ProgressLine() { tell(""); }
    ProgressLine() = default;
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void tell(std::string text) {
        if (!terminal_) return;
        text.insert(0, "\r\x1b[K");
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        terminal_ = written >= 0;
    }
    ApplyProgress counter(std::string doing) {
        return [this, doing](std::size_t done, std::size_t all) {
            tell(doing + " " + std::to_string(done) + " of " + std::to_string(all));
        };
    }

private:
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

/// A row of the summary.
struct Counts {
    std::string kind;
    std::size_t objects = 0, automatic = 0, simple = 0, medium = 0, complex = 0, comment = 0, dropped = 0;
    std::size_t loaded = 0, there = 0, failed = 0;
};

void count(Counts& row, const Object& object, Complexity worst, const AppliedObject* applied) {
    ++row.objects;
    if (object.outcome == Object::Outcome::raw)
        ++row.comment;
    else if (object.outcome == Object::Outcome::dropped)
        ++row.dropped;
    else
        ++(worst == Complexity::info     ? row.automatic
           : worst == Complexity::simple ? row.simple
           : worst == Complexity::medium ? row.medium
                                         : row.complex);
    if (applied == nullptr || applied->execution == Execution::empty) return;
    ++(applied->execution == Execution::done            ? row.loaded
       : applied->execution == Execution::already_there ? row.there
                                                        : row.failed);
}

/// A row a kind in the order in which kinds load, and their sum as the last.
std::vector<Counts> summary_of(const Conversion& conversion, const ApplyReport* applied) {
    std::vector<Complexity> worst(conversion.objects.size(), Complexity::info);
    for (const convert::PlacedFinding& placed : conversion.findings)
        if (placed.object < worst.size())
            worst[placed.object] = std::max(worst[placed.object], placed.finding.complexity);
    std::vector<Counts> rows;
    Counts sum{.kind = "all"};
    for (std::size_t i = 0; i < conversion.objects.size(); ++i) {
        const Object& object = conversion.objects[i];
        auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Counts& each) { return each.kind == object.kind; });
        if (row == rows.end()) row = rows.insert(rows.end(), {.kind = object.kind});
        const AppliedObject* const result = applied != nullptr ? &applied->objects[i] : nullptr;
        count(*row, object, worst[i], result);
        count(sum, object, worst[i], result);
    }
    rows.push_back(std::move(sum));
    return rows;
}

void print_summary(const std::vector<Counts>& rows, bool applied, std::ostream& out) {
    const auto line = [&](const std::string& kind, const auto&... cells) {
        out << std::left << std::setw(20) << kind << std::right;
        ((out << std::setw(12) << cells), ...);
    };
    const auto more = [&](const auto&... cells) { ((out << std::setw(12) << cells), ...); };
    line("", "objects", "automatic", "simple", "medium", "complex", "as comment", "dropped");
    if (applied) more("loaded", "was there", "failed");
    out << '\n';
    for (const Counts& row : rows) {
        line(row.kind, row.objects, row.automatic, row.simple, row.medium, row.complex, row.comment,
             row.dropped);
        if (applied) more(row.loaded, row.there, row.failed);
        out << '\n';
    }
}

/// What a person has to look at, the most frequent first.
void print_items(const Conversion& conversion, std::ostream& out) {
    std::map<int, std::size_t> numbers;
    for (const convert::PlacedFinding& placed : conversion.findings) ++numbers[placed.finding.code];
    std::vector<std::pair<int, std::size_t>> items{numbers.begin(), numbers.end()};
    std::stable_sort(items.begin(), items.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (!items.empty()) out << "action items:\n";
    for (std::size_t i = 0; i < std::min(items.size(), kItemsTold); ++i) {
        const auto& [number, times] = items[i];
        const convert::ActionCode* const code = convert::find_action_code(number);
        out << std::setw(7) << times << " × " << number << ' '
            << (code != nullptr ? convert::name_of(code->complexity) : "") << ": "
            << (code != nullptr ? code->subject : "") << '\n';
    }
    if (items.size() > kItemsTold) out << "        and " << items.size() - kItemsTold << " others\n";
}

/// What did not load, as compilers tell it: file, line, what.
void print_failures(const Conversion& conversion, const ApplyReport& report, std::ostream& err) {
    const auto names = object_file_names(conversion);
    std::size_t told = 0, more = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const AppliedObject& object = report.objects[i];
        if (object.execution != Execution::failed) continue;
        if (++told > kFaultsTold) {
            ++more;
            continue;
        }
        err << names[i] << ':';
        if (object.line > 0) err << object.line << ':';
        err << ' ' << object.sqlstate << ' ' << object.message << '\n';
    }
    for (const CheckedFault& fault : report.faults) {
        if (++told > kFaultsTold) {
            ++more;
            continue;
        }
        err << fault.routine << ": line " << fault.line << ": " << fault.sqlstate << ' ' << fault.message
            << '\n';
    }
    if (more > 0) err << "… and " << more << " more\n";
}

void print_files(const ConvertSources& sources, const Written& written, const std::string& folder,
                 std::ostream& out) {
    if (sources.included > 0) out << sources.included << " files are read where others include them\n";
    if (sources.skipped > 0) out << sources.skipped << " files are no scripts by their names: not read\n";
    out << folder << ": " << written.written << " files written, " << written.unchanged << " unchanged, "
        << written.removed << " of an earlier run removed\n";
    for (const std::string& name : written.edited)
        out << folder << ": an edited file was kept as " << name << '\n';
}

void print_speed(const Conversion& conversion, Duration took, std::ostream& out) {
    const double seconds = std::chrono::duration<double>(took).count();
    out << conversion.statements << " statements in " << conversion.lines << " lines, converted in "
        << std::fixed << std::setprecision(2) << seconds << " s\n";
}

OutputLayout layout_of(const std::string& name) {
    if (name == "objects") return OutputLayout::objects;
    return name == "single" ? OutputLayout::single : OutputLayout::both;
}

Conversion convert_from(const std::string& source, const std::vector<convert::Input>& inputs,
                        convert::Settings& settings) {
    using Server = convert::MysqlSettings::Server;
    if (source == "oracle") return convert::convert_oracle(inputs, settings, include_loader());
    settings.mysql.server = source == "mariadb" ? Server::mariadb : Server::mysql;
    return convert::convert_mysql(inputs, settings, include_loader());
}

Result<int> convert_and_write(const ConvertOptions& options, std::ostream& out, std::ostream& err) {
    convert::Settings settings = TRY(read_convert_settings(options.settings));
    TRY(add_defines(options.defines, settings));
    TRY(look_at_report_names(options.reports));
    ProgressLine progress;
    progress.tell("reading");
    const ConvertSources sources = TRY(read_sources(options.in, options.out));
    progress.tell("converting " + std::to_string(sources.inputs.size()) + " files");
    const SystemClock clock;
    const Moment begun = clock.moment();
    const Conversion conversion = convert_from(options.from, sources.inputs, settings);
    const Duration took = clock.moment() - begun;
    progress.tell("writing");
    const Written written =
        TRY(write_outputs(options.out, output_files(conversion, layout_of(options.layout))));
    TRY(write_reports(options.reports, conversion));
    ApplyReport report;
    const bool applied = !options.apply.empty();
    if (applied) {
        const auto check = options.check ? RoutineCheck::plpgsql_check : RoutineCheck::none;
        report = TRY(apply_conversion(options.apply, conversion, check, progress.counter("loading")));
    }
    progress.tell("");
    print_speed(conversion, took, out);
    print_files(sources, written, options.out, out);
    const auto rows = summary_of(conversion, applied ? &report : nullptr);
    print_items(conversion, out);
    print_summary(rows, applied, out);
    if (!applied) return 0;
    if (options.check) out << report.checked << " routines checked, " << report.faults.size() << " faults\n";
    print_failures(conversion, report, err);
    return rows.back().failed + rows.back().there + report.faults.size() > 0 ? 1 : 0;
}

}  // namespace

int run_convert(const ConvertOptions& options, std::ostream& out, std::ostream& err) {
    if (options.check && options.apply.empty()) {
        err << "landfall: --check needs --apply: routines are checked where they were made\n";
        return 2;
    }
    const auto code = convert_and_write(options, out, err);
    if (code.ok()) return *code;
    err << "landfall: " << code.error().message() << '\n';
    return code.error().code() == Errc::invalid ? 2 : 1;
}

}  // namespace landfall::app
