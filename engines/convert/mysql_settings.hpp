// What a conversion from MySQL or MariaDB leaves to the user: docs/convert/mysql.md says what each choice
// means.
#pragma once

#include <cstdint>

namespace landfall::convert {

/// Modes of the server that change what a text means (sql_mode).
struct SqlMode {
    bool ansi_quotes = false;           ///< "name" is a name, not a string
    bool pipes_as_concat = false;       ///< a || b joins texts, it is no OR
    bool no_backslash_escapes = false;  ///< \ in a string stands for itself
    friend bool operator==(const SqlMode&, const SqlMode&) = default;
};

struct MysqlSettings {
    enum class Server : std::uint8_t { mysql, mariadb };
    enum class NameCase : std::uint8_t { lower, kept };
    enum class Rows : std::uint8_t { kept, dropped };  ///< INSERT of scripts
    enum class Databases : std::uint8_t { schemas, ignored };
    enum class TinyInt1 : std::uint8_t { smallint, boolean };
    enum class Unsigned : std::uint8_t { wider, check };
    enum class Enums : std::uint8_t { type, check, text };
    enum class Json : std::uint8_t { jsonb, json };
    enum class ZeroDates : std::uint8_t { null, infinity };
    enum class Times : std::uint8_t { interval, time };
    enum class Timestamps : std::uint8_t { zoned, plain };
    enum class FixedText : std::uint8_t { varchar, char_ };
    enum class Collations : std::uint8_t { told, citext, icu };
    enum class IndexNames : std::uint8_t {
        kept,
        table
    };  ///< kept where no other takes it; always table_name
    enum class Spatial : std::uint8_t { bytea, postgis };

    Server server = Server::mysql;
    SqlMode mode;
    NameCase names = NameCase::lower;
    Rows rows = Rows::kept;
    Databases databases = Databases::schemas;
    TinyInt1 tinyint1 = TinyInt1::smallint;
    Unsigned unsigned_integers = Unsigned::wider;
    Enums enums = Enums::type;
    Json json = Json::jsonb;
    ZeroDates zero_dates = ZeroDates::null;
    Times times = Times::interval;
    Timestamps timestamps = Timestamps::zoned;
    FixedText fixed_text = FixedText::varchar;
    Collations collations = Collations::told;
    IndexNames index_names = IndexNames::kept;
    Spatial spatial = Spatial::bytea;
};

}  // namespace landfall::convert
