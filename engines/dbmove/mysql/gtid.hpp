// Global transaction ids in binary logs, of both families.
#pragma once

#include "engines/dbmove/mysql/binlog_event.hpp"

namespace landfall::dbmove::mysql {

/// Bodies of GTID (162), GTID_LIST (163), of MariaDB, and GTID (33, 34), PREVIOUS_GTIDS (35), of MySQL,
/// without header and checksum. Errc::corrupt as EventDecoder::decode().
[[nodiscard]] Result<EventBody> decode_mariadb_gtid(const EventHeader& header, ByteSpan body);
[[nodiscard]] Result<EventBody> decode_mariadb_gtid_list(ByteSpan body);
[[nodiscard]] Result<EventBody> decode_mysql_gtid(const EventHeader& header, ByteSpan body);
/// GTID_TAGGED (42) of MySQL 8.3 and later.
[[nodiscard]] Result<EventBody> decode_tagged_gtid(ByteSpan body);
[[nodiscard]] Result<EventBody> decode_previous_gtids(ByteSpan body);

}  // namespace landfall::dbmove::mysql
