// The reports that `landfall convert --report FILE` writes: the suffix of the file says which.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engines/convert/converter.hpp"

namespace landfall::app {

/// Wrong suffixes are told before anything is converted. Errors: invalid.
[[nodiscard]] Status look_at_report_names(const std::vector<std::string>& files);

/// NAME.html and NAME.pdf are one file each; NAME.csv is three: NAME_Summary.csv, NAME.csv and
/// NAME_Action_Items_Summary.csv. What is there is replaced. Errors: those of the disk and of pdf_report.
[[nodiscard]] Status write_reports(const std::vector<std::string>& files,
                                   const convert::Conversion& conversion);

}  // namespace landfall::app
