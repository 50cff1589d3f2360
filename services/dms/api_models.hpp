// What the operations on metadata models share.
#pragma once

#include "services/dms/api.hpp"

namespace landfall::dms {

/// Rules whose servers are the provider's of that side. InvalidParameterValue; ResourceNotFound for another
/// server.
[[nodiscard]] Judged<Selection> selection_in(const ProjectView& view, Origin origin, std::string_view json);
/// The same of one explicit rule.
[[nodiscard]] Judged<SelectionRule> one_rule_in(const ProjectView& view, Origin origin,
                                                std::string_view json);

/// Where this client gets an object of a bucket.
[[nodiscard]] std::string object_url(const CallContext& call, std::string_view bucket, std::string_view key);
/// A name for an export: empty, or 1 to 255 characters without a slash.
[[nodiscard]] Verdict check_file_name(std::string_view name);

}  // namespace landfall::dms
