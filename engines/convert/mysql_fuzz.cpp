// Any bytes are a script of MySQL: each statement is emitted, dropped or kept as a comment; nothing crashes.
#include "engines/convert/fuzz_input.hpp"

using namespace landfall::convert;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    fuzz::FuzzInput input{data, size};
    MysqlSettings& mysql = input.settings.mysql;
    if (input.choice(0)) mysql.server = MysqlSettings::Server::mariadb;
    if (input.choice(1)) mysql.names = MysqlSettings::NameCase::kept;
    if (input.choice(2)) mysql.rows = MysqlSettings::Rows::dropped;
    if (input.choice(3)) mysql.enums = MysqlSettings::Enums::check;
    if (input.choice(4)) mysql.unsigned_integers = MysqlSettings::Unsigned::check;
    if (input.choice(5)) mysql.tinyint1 = MysqlSettings::TinyInt1::boolean;
    if (input.choice(6)) mysql.collations = MysqlSettings::Collations::citext;
    mysql.mode.ansi_quotes = input.choice(7);
    fuzz::check_sums(convert_mysql(input.files(), input.settings, input.loader()));
    return 0;
}
