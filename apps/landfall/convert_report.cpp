#include "apps/landfall/convert_report.hpp"

#include <cerrno>
#include <fstream>

#include "engines/convert/report/reports.hpp"

namespace landfall::app {
namespace {

Status write_file(const std::string& path, const std::string& content) {
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    return file ? Status{} : Status{error_from_errno(errno, "writing " + path)};
}

Status write_tables(const std::string& name, const convert::CsvReports& reports) {
    TRY(write_file(name + "_Summary.csv", reports.summary));
    TRY(write_file(name + ".csv", reports.occurrences));
    return write_file(name + "_Action_Items_Summary.csv", reports.action_items);
}

}  // namespace

Status look_at_report_names(const std::vector<std::string>& files) {
    for (const std::string& file : files)
        if (!file.ends_with(".html") && !file.ends_with(".pdf") && !file.ends_with(".csv"))
            return Error{Errc::invalid, "--report " + file + ": expected a name in .html, .pdf or .csv"};
    return {};
}

Status write_reports(const std::vector<std::string>& files, const convert::Conversion& conversion) {
    const convert::ReportLabels labels;
    for (const std::string& file : files) {
        if (file.ends_with(".html")) {
            TRY(write_file(file, convert::html_report(conversion, labels)));
        } else if (file.ends_with(".pdf")) {
            const std::string page = TRY(convert::pdf_report(conversion, labels));
            TRY(write_file(file, page));
        } else {
            TRY(write_tables(file.substr(0, file.size() - 4), convert::csv_reports(conversion, labels)));
        }
    }
    return {};
}

}  // namespace landfall::app
