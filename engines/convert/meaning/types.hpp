// Types as Oracle knows them, after %TYPE, synonyms and subtypes are followed.
#pragma once

#include "engines/convert/syntax/unit.hpp"

namespace landfall::convert {

struct FieldOf {
    Text name;
    const struct TypeOf* type = nullptr;
};

struct TypeOf {
    enum class Family : std::uint8_t {
        unknown,
        null,
        number,
        integer,
        binary_float,
        binary_double,
        varchar,
        character,
        clob,
        raw,
        blob,
        long_text,
        long_raw,
        date,
        timestamp,
        timestamp_tz,
        timestamp_ltz,
        interval_year_month,
        interval_day_second,
        boolean,
        rowid,
        bfile,
        xml,
        json,
        any_data,
        record,
        object,
        nested_table,
        varray,
        associative,
        ref_cursor,
        reference
    };
    Family family = Family::unknown;
    int precision = -1;  ///< digits; -1: unsaid
    int scale = -1;
    int length = -1;  ///< of texts and raws
    bool in_characters = false;
    Text schema, package, name;       ///< of named types
    const TypeOf* element = nullptr;  ///< of collections; the row of a ref cursor
    const TypeOf* key = nullptr;      ///< INDEX BY
    List<FieldOf> fields;             ///< of records and objects
    const TypeOf* supertype = nullptr;
    const Node* declared = nullptr;  ///< TypeDeclaration, CreateType, CreateTable (rowtype), Cursor

    [[nodiscard]] bool is_text() const {
        return family == Family::varchar || family == Family::character || family == Family::clob ||
               family == Family::long_text;
    }
    [[nodiscard]] bool is_number() const {
        return family == Family::number || family == Family::integer || family == Family::binary_float ||
               family == Family::binary_double;
    }
    [[nodiscard]] bool is_moment() const { return family >= Family::date && family <= Family::timestamp_ltz; }
    [[nodiscard]] bool is_collection() const {
        return family == Family::nested_table || family == Family::varray || family == Family::associative;
    }
};

}  // namespace landfall::convert
