// Rows of the state store to values and back: used by the writer, the readers and verify.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/state/resource.hpp"
#include "core/state/sqlite_db.hpp"

namespace landfall::state {

/// The columns that resource_of reads, in its order, of a table called `r`.
inline constexpr std::string_view kResourceColumns =
    "r.rid, r.kind, r.account, r.region, r.id, r.arn, r.parent, r.state, r.version, r.created, r.updated, "
    "r.retired, r.tags, r.look_ups, r.doc, r.progress";
/// corrupt where tags or look-ups cannot be decoded.
Result<Resource> resource_of(const Run& row);

inline constexpr std::string_view kEventColumns =
    "seq, at, change, kind, account, region, id, version, from_state, to_state, error, actor, key_id, "
    "source_ip, request_id, service, operation, params";
Event event_of(const Run& row);

/// Pairs of texts, as the columns `tags` and `look_ups` hold them.
std::string encode_tags(const std::vector<Tag>& tags);
std::string encode_index(const std::vector<IndexKey>& index);
Result<std::vector<Tag>> decode_tags(std::string_view bytes);
Result<std::vector<IndexKey>> decode_index(std::string_view bytes);

}  // namespace landfall::state
