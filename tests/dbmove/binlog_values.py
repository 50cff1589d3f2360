"""Tables with a value of every type of MariaDB at its edges: (name, columns, rows of SQL expressions). The first column
of each table is its key, `id`, made here."""

MOMENTS = range(7)


def _times(values):
    return [[f"'{v}'"] * 7 for v in values]


_SET64 = ",".join(f"'m{i}'" for i in range(64))
_ENUM300 = ",".join(f"'e{i}'" for i in range(300))
_TEXTS = ["''", "'a'", "'trailing  '", "'grün'", "'a\\0b'", "'tab\\tnew\\nline'", "NULL"]

TABLES = [
    # A YEAR and a BIT in front: whether the log counts them among its signs of numbers shows in what follows.
    ("integers", "y year, b bit(3), t tinyint, tu tinyint unsigned, s smallint, y2 year, su smallint unsigned, m mediumint, mu mediumint unsigned, "
     "i int, iu int unsigned, d decimal(5,2), du decimal(5,2) unsigned, f float unsigned, l bigint, lu bigint unsigned, z bool",
     [["1901", "1", "-128", "255", "-32768", "2155", "65535", "-8388608", "16777215", "-2147483648", "4294967295", "-1.5", "2.5", "1",
       "-9223372036854775808", "18446744073709551615", "true"],
      ["2155", "7", "127", "0", "32767", "0", "0", "8388607", "0", "2147483647", "0", "999.99", "0", "0", "9223372036854775807", "0", "false"],
      ["0", "0", "-1", "128", "-1", "1970", "32768", "-1", "8388608", "-1", "2147483648", "-999.99", "0.01", "2", "-1",
       "9223372036854775808", "NULL"],
      ["NULL"] * 17]),
    ("decimals", "a decimal(65,30), b decimal(65,0), c decimal(10,2), d decimal(5,5), e decimal(38,38), f decimal(1,0), g decimal(18,9), "
     "h decimal(19,10), i decimal(20,0) unsigned",
     [["99999999999999999999999999999999999.999999999999999999999999999999", "9" * 65, "99999999.99", "0.99999", "0." + "9" * 38, "9",
       "999999999.999999999", "123456789.0123456789", "18446744073709551615"],
      ["-99999999999999999999999999999999999.999999999999999999999999999999", "-" + "9" * 65, "-99999999.99", "-0.99999", "-0." + "9" * 38,
       "-9", "-999999999.999999999", "-123456789.0123456789", "0"],
      ["0", "0", "0", "0", "0", "0", "0", "0", "0"],
      ["-0.000000000000000000000000000001", "-1", "-0.01", "-0.00001", "1e-38", "-1", "-0.000000001", "-0.0000000001", "1"],
      ["1e30", "1e64", "10", "0.1", "0.1", "1", "1000000000", "1000000000", "10000000000000000000"]]),
    ("floats", "f float, d double",
     [[v, w] for v, w in zip(
         ["0", "-0e0", "3.14", "3.1400001", "1e38", "-3.402823466e38", "1.4e-45", "1.17549435e-38", "16777217", "1e-5", "123456.789",
          "0.1", "1e10", "1e15", "1e16", "1e-14", "1e-15", "NULL"],
         ["0", "-0e0", "3.14", "0.1e0+0.2e0", "1.7976931348623157e308", "-1.7976931348623157e308", "5e-324", "2.2250738585072014e-308",
          "9007199254740993", "1e-5", "123456789.12345678", "1e14", "1e15", "1e16", "123456789012345678", "1e-14", "1e-15", "NULL"])]),
    ("days", "d date, y year", [["'0000-00-00'", "0"], ["'1000-01-01'", "1901"], ["'9999-12-31'", "2155"], ["'2024-02-29'", "2024"],
                                ["'2020-00-00'", "1999"], ["'2021-02-31'", "70"], ["'0001-01-01'", "NULL"], ["NULL", "1"]]),
    ("times", ", ".join(f"t{n} time({n})" for n in MOMENTS),
     _times(["0", "838:59:59", "-838:59:59", "838:59:58.999999", "-838:59:58.999999", "-00:00:00.000001", "-00:00:00.5", "-00:00:01.5",
             "-00:00:01.000001", "23:59:59.999999", "-01:00:00", "-00:59:59.1", "12:34:56.123456", "-12:34:56.123456"])
     + [["NULL"] * 7]),
    ("moments", ", ".join(f"d{n} datetime({n})" for n in MOMENTS),
     _times(["0000-00-00 00:00:00", "1000-01-01 00:00:00", "9999-12-31 23:59:59", "2024-02-29 23:59:58.999999", "2021-02-31 01:02:03.000001",
             "2020-00-00 00:00:00", "0001-01-01 00:00:00.1"]) + [["NULL"] * 7]),
    ("instants", ", ".join(f"s{n} timestamp({n}) NULL" for n in MOMENTS),
     _times(["0000-00-00 00:00:00", "1970-01-01 00:00:01", "2038-01-19 03:14:07", "2024-02-29 23:59:58.999999", "2021-03-14 02:30:00.000001",
             "2000-01-01 00:00:00.5"]) + [["NULL"] * 7]),
    ("bits", "a bit(1), b bit(8), c bit(9), d bit(64), e bit(63)",
     [["0"] * 5, ["1", "255", "511", "18446744073709551615", "9223372036854775807"], ["1", "9", "256", "10", "13"], ["NULL"] * 5]),
    ("labels", f"a enum('low','it''s high','grün','a,b'), b set('x','y','ü'), c set({_SET64}), d enum({_ENUM300}), "
     "e enum('é','è') character set latin1, f set('ä','ö') character set latin1, g enum('один','два') character set cp1251",
     [["'low'", "''", "''", "'e0'", "'é'", "'ä'", "'один'"], ["'it''s high'", "'x,y'", f"'{','.join('m%d' % i for i in range(64))}'", "'e299'", "'è'",
                                                              "'ä,ö'", "'два'"],
      ["'grün'", "'ü,x'", "'m63'", "'e255'", "NULL", "'ö'", "'nothing'"], ["'nothing'", "'x,ü'", "'m0,m63'", "'e256'", "'nothing'", "''", "1"],
      ["'a,b'", "7", "1", "'e254'", "2", "3", "2"], ["NULL"] * 7]),
    ("texts", "a char(10), b varchar(10), c varchar(300), d tinytext, e text, f mediumtext, g longtext, h char(255), i char(5) character set utf8mb3",
     [[v] * 9 for v in _TEXTS]
     + [["'👩‍👩‍👧'", "'🎉🎉'", "repeat('🎉',300)", "repeat('x',255)", "repeat('é',30000)", "repeat('ab',40000)", "repeat('cd',100000)", "repeat('🎉',255)",
         "'€uro'"],
        ["'😀'", "'x'", "repeat('y',255)", "''", "''", "''", "''", "repeat('z',255)", "''"]]),
    ("latin", "a char(10), b varchar(10), c text, u uuid, d varchar(10) character set utf8mb4, e varbinary(10), f text character set gbk, g inet6, "
     "h varchar(20) character set ucs2, i char(9) character set utf16, j varchar(9) character set utf32, k varchar(9) character set utf16le, "
     "l varchar(9) character set ascii, m varchar(9) character set sjis",
     [["'grün €'", "'ÿþ'", "'naïve'", "'123e4567-e89b-12d3-a456-426655440000'", "'🎉'", "0x00ff00", "'汉字'", "'2001:db8::ff00:42:8329'", "'ж字'", "'🎉a'",
       "'🎉'", "'🎉b'", "'plain'", "'漢字ソ'"],
      ["''", "' '", "'x  '", "NULL", "''", "''", "''", "NULL", "''", "''", "''", "''", "''", "''"]]),
    ("bytes", "a binary(10), b varbinary(300), c tinyblob, d blob, e mediumblob, f longblob, g binary(255), h binary(1)",
     [["''"] * 8, ["0x00"] * 8, ["'abc'"] * 7 + ["'a'"], ["0x61620000", "0x61620000", "0x00ff", "repeat(0x00ff,100)", "repeat(0xff,70000)",
                                                          "repeat(0x80,200000)", "repeat(0xff,255)", "0x20"],
      ["'a  '", "'a  '", "'a  '", "'a  '", "'a  '", "'a  '", "repeat(' ',255)", "0xff"], ["NULL"] * 8]),
    ("documents", "j json, g geometry, p point, l linestring",
     [["'{\"b\": [1, 2.50, null], \"a\": \"ü\"}'", "ST_GeomFromText('POINT(1 -2)', 4326)", "POINT(0,0)", "ST_GeomFromText('LINESTRING(0 0,1 1,2 3)')"],
      ["'[]'", "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')", "POINT(-1.5,1e300)", "NULL"],
      ["NULL", "NULL", "NULL", "NULL"]]),
    ("shapes", "g geometry, a varchar(9) character set latin1, p point, b varchar(9) character set gbk, c blob, i inet4, d text character set latin1, "
     "e enum('é') character set latin1",
     [["POINT(1,2)", "'é'", "POINT(3,4)", "'汉'", "0xff", "'1.2.3.4'", "'ü'", "'é'"]]),
    ("plugins", "u uuid, i4 inet4, i6 inet6, v varchar(5), x uuid",
     [["'123e4567-e89b-12d3-a456-426655440000'", "'192.168.0.1'", "'2001:db8::ff00:42:8329'", "'x'", "uuid()"],
      ["'00000000-0000-0000-0000-000000000000'", "'0.0.0.0'", "'::'", "''", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
      ["'20202020-2020-2020-2020-202020202020'", "'255.255.255.255'", "'::ffff:192.168.0.1'", "NULL", "'11223344-5566-7788-99aa-bbccddeeff00'"],
      ["'018f3c2a-7b1d-7000-8000-0123456789ab'", "'32.32.32.32'", "'::1.2.3.4'", "'y'", "'018f3c2a-7b1d-7fff-bfff-ffffffffffff'"],
      ["'123e4567-e89b-62d3-8456-426655440000'", "'10.0.0.0'", "'2020:2020:2020:2020:2020:2020:2020:2020'", "'y'",
       "'123e4567-e89b-42d3-c456-426655440000'"],
      ["'123e4567-e89b-82d3-9456-426655440000'", "'10.0.0.32'", "'1::'", "'y'", "'123e4567-e89b-72d3-0456-426655440000'"],
      ["NULL", "NULL", "NULL", "NULL", "NULL"]]),
    ("generated", "a int, v int generated always as (a * 2) virtual, s int generated always as (a * 3) stored, h int invisible default 5",
     [["1", "default", "default", "6"], ["NULL", "default", "default", "default"]]),
    ("squeezed", "a text compressed, b varchar(300) compressed, c blob compressed, d varbinary(200) compressed, e varchar(900) compressed character set latin1",
     [["repeat('grün',300)", "repeat('x',300)", "repeat(0x00ff,300)", "repeat(0x00,200)", "repeat('é',900)"],
      ["''", "''", "''", "''", "''"], ["'short'", "'short'", "'s'", "0x00", "'é'"], ["NULL"] * 5]),
]
# Tables that a log cannot say everything of, whatever its metadata.
NEED_FACTS = {"latin", "plugins", "shapes"}

ONE_BYTE = ["ascii", "latin1", "latin2", "latin5", "latin7", "greek", "hebrew", "cp1250", "cp1251", "cp1256", "cp1257", "cp850", "cp852", "cp866",
            "koi8r", "koi8u", "tis620", "armscii8", "geostd8", "dec8", "hp8", "macce", "macroman", "swe7", "keybcs2"]
TWO_BYTES = ["gbk", "gb2312", "big5", "sjis", "cp932", "ujis", "eucjpms", "euckr"]
