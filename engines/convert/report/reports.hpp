// The reports of a conversion: three CSV files, HTML, PDF. Pure functions from a Conversion to bytes.
//
// Invariants
//   1. The CSV files have the columns of AWS's assessment reports, in their order (RFC 4180, every field
//      quoted, lines end in CR LF).
//   2. The HTML page needs nothing else: no script, no resource, a policy that forbids both. Whatever the
//      scripts held, it is shown as text: markup is escaped, bytes that are no UTF-8 and control characters
//      are U+FFFD.
//   3. The same input gives the same bytes.
// Threads: pure.
#pragma once

#include "base/result.hpp"
#include "engines/convert/report/assessment.hpp"

namespace landfall::convert {

struct CsvReports {
    std::string summary;       ///< <target>_Summary.csv
    std::string occurrences;   ///< <target>.csv
    std::string action_items;  ///< <target>_Action_Items_Summary.csv
};
[[nodiscard]] CsvReports csv_reports(const Conversion& conversion, const ReportLabels& labels);

[[nodiscard]] std::string html_report(const Conversion& conversion, const ReportLabels& labels);

/// At most kPdfFindingsMax findings are told one by one; the page says how many more there are. Characters
/// that the standard fonts do not have become "?". Errors: exhausted (memory), io (the library).
[[nodiscard]] Result<std::string> pdf_report(const Conversion& conversion, const ReportLabels& labels);
inline constexpr std::size_t kPdfFindingsMax = 2000;

/// The converted lines that a finding is about; empty where there are none.
[[nodiscard]] std::string target_excerpt(const Conversion& conversion, const PlacedFinding& finding);

}  // namespace landfall::convert
