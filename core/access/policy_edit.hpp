// Changes to a policy document that keep the rest of its text: what AddPermission and RemovePermission do.
//
// Invariants
//   1. The result parses where the given document does; nothing else of it changes, byte by byte.
//   2. An empty document stands for none.
// Threads: any. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace landfall::access {

/// {"Sid":…,"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::ACCOUNT:root"]},"Action":[…],"Resource":…}.
/// One account or action is written as a string, more as a list.
struct PermissionGrant {
    std::string_view sid;
    std::vector<std::string> accounts;  ///< 12 digits each
    std::vector<std::string> actions;   ///< as policies write them: "SQS:SendMessage"
    std::string_view resource;          ///< the ARN that the policy hangs on
    std::string_view policy_id;         ///< Id of a document that is made anew
};

/// already_exists: the document has a statement of that Sid. invalid: the document is no policy.
Result<std::string> with_permission(std::string_view document, const PermissionGrant& grant);

/// Empty where it was the last statement. not_found: no statement of that Sid.
Result<std::string> without_permission(std::string_view document, std::string_view sid);

/// The same document with blanks outside strings left out, so that two spellings compare equal.
Result<std::string> minified(std::string_view document);

}  // namespace landfall::access
