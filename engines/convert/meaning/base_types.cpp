#include "engines/convert/meaning/base_types.hpp"

#include <algorithm>
#include <array>

namespace landfall::convert {
namespace {

using Family = TypeOf::Family;

constexpr std::size_t kFamilies = static_cast<std::size_t>(Family::reference) + 1;

constexpr std::array<TypeOf, kFamilies> make_basic() {
    std::array<TypeOf, kFamilies> made{};
    for (std::size_t i = 0; i < kFamilies; ++i) made[i].family = static_cast<Family>(i);
    return made;
}
constexpr std::array<TypeOf, kFamilies> kBasic = make_basic();

constexpr TypeOf make_whole() {
    TypeOf made;
    made.family = Family::number;
    made.scale = 0;
    return made;
}
constexpr TypeOf kWhole = make_whole();

struct FamilyName {
    std::string_view name;
    Family family;
};
/// In order of their names.
constexpr FamilyName kFamilyNames[] = {
    {"anydata", Family::any_data},
    {"bfile", Family::bfile},
    {"bigint", Family::number},
    {"binary_double", Family::binary_double},
    {"binary_float", Family::binary_float},
    {"binary_integer", Family::integer},
    {"blob", Family::blob},
    {"boolean", Family::boolean},
    {"char", Family::character},
    {"char varying", Family::varchar},
    {"character", Family::character},
    {"character varying", Family::varchar},
    {"clob", Family::clob},
    {"date", Family::date},
    {"dec", Family::number},
    {"decimal", Family::number},
    {"double precision", Family::number},
    {"float", Family::number},
    {"int", Family::number},
    {"integer", Family::number},
    {"interval day to second", Family::interval_day_second},
    {"interval year to month", Family::interval_year_month},
    {"json", Family::json},
    {"long", Family::long_text},
    {"long raw", Family::long_raw},
    {"long varchar", Family::long_text},
    {"national char", Family::character},
    {"national character", Family::character},
    {"national character varying", Family::varchar},
    {"natural", Family::integer},
    {"naturaln", Family::integer},
    {"nchar", Family::character},
    {"nchar varying", Family::varchar},
    {"nclob", Family::clob},
    {"number", Family::number},
    {"numeric", Family::number},
    {"nvarchar2", Family::varchar},
    {"pls_integer", Family::integer},
    {"positive", Family::integer},
    {"positiven", Family::integer},
    {"raw", Family::raw},
    {"real", Family::number},
    {"rowid", Family::rowid},
    {"signtype", Family::integer},
    {"simple_double", Family::binary_double},
    {"simple_float", Family::binary_float},
    {"simple_integer", Family::integer},
    {"smallint", Family::number},
    {"string", Family::varchar},
    {"sys_refcursor", Family::ref_cursor},
    {"timestamp", Family::timestamp},
    {"urowid", Family::rowid},
    {"varchar", Family::varchar},
    {"varchar2", Family::varchar},
    {"xmltype", Family::xml},
};

constexpr TypeOf collection_of(Family family, Family element, Family key) {
    TypeOf made;
    made.family = family;
    made.element = &kBasic[static_cast<std::size_t>(element)];
    if (key != Family::unknown) made.key = &kBasic[static_cast<std::size_t>(key)];
    return made;
}
constexpr TypeOf table_by_number(Family element) {
    return collection_of(Family::associative, element, Family::integer);
}
constexpr TypeOf kTexts = table_by_number(Family::varchar);
constexpr TypeOf kNumbers = table_by_number(Family::number);
constexpr TypeOf kDates = table_by_number(Family::date);
constexpr TypeOf kClobs = table_by_number(Family::clob);
constexpr TypeOf kBlobs = table_by_number(Family::blob);
constexpr TypeOf kRaws = table_by_number(Family::raw);
constexpr TypeOf kRecords = table_by_number(Family::record);
constexpr TypeOf kTextArray = collection_of(Family::varray, Family::varchar, Family::unknown);
constexpr TypeOf kNumberArray = collection_of(Family::varray, Family::number, Family::unknown);
constexpr TypeOf kDateArray = collection_of(Family::varray, Family::date, Family::unknown);
constexpr TypeOf kTextTable = collection_of(Family::nested_table, Family::varchar, Family::unknown);
constexpr TypeOf kOpaque = kBasic[static_cast<std::size_t>(Family::record)];
constexpr TypeOf kWholeCode = kBasic[static_cast<std::size_t>(Family::integer)];

struct NamedType {
    std::string_view name;
    const TypeOf* type;
};
constexpr NamedType kNamedTypes[] = {
    {"dbms_aq.dequeue_options_t", &kOpaque},
    {"dbms_aq.enqueue_options_t", &kOpaque},
    {"dbms_aq.message_properties_t", &kOpaque},
    {"dbms_debug_vc2coll", &kTextTable},
    {"dbms_job.any_integer", &kWholeCode},
    {"dbms_output.chararr", &kTexts},
    {"dbms_session.lname_array", &kTexts},
    {"dbms_sql.blob_table", &kBlobs},
    {"dbms_sql.clob_table", &kClobs},
    {"dbms_sql.date_table", &kDates},
    {"dbms_sql.desc_rec", &kOpaque},
    {"dbms_sql.desc_rec2", &kOpaque},
    {"dbms_sql.desc_tab", &kRecords},
    {"dbms_sql.desc_tab2", &kRecords},
    {"dbms_sql.number_table", &kNumbers},
    {"dbms_sql.varchar2_table", &kTexts},
    {"dbms_sql.varchar2a", &kTexts},
    {"dbms_sql.varchar2s", &kTexts},
    {"dbms_utility.lname_array", &kTexts},
    {"dbms_utility.name_array", &kTexts},
    {"dbms_utility.number_array", &kNumbers},
    {"dbms_utility.uncl_array", &kTexts},
    {"dbmsoutput_linesarray", &kTextArray},
    {"odcidatelist", &kDateArray},
    {"odcinumberlist", &kNumberArray},
    {"odcirawlist", &kRaws},
    {"odcivarchar2list", &kTextArray},
    {"owa.vc_arr", &kTexts},
    {"owa_util.ident_arr", &kTexts},
    {"owa_util.vc_arr", &kTexts},
    {"utl_file.file_type", &kOpaque},
    {"utl_http.html_pieces", &kTexts},
    {"utl_http.req", &kOpaque},
    {"utl_http.resp", &kOpaque},
    {"utl_smtp.connection", &kOpaque},
    {"utl_smtp.reply", &kOpaque},
    {"utl_tcp.connection", &kOpaque},
};

[[nodiscard]] bool is_float(const TypeOf& type) {
    return type.family == Family::binary_float || type.family == Family::binary_double;
}
[[nodiscard]] bool is_span_of_time(const TypeOf& type) {
    return type.family == Family::interval_year_month || type.family == Family::interval_day_second;
}

/// Of two numbers, or of what is turned into numbers.
const TypeOf* arithmetic(const TypeOf& left, const TypeOf& right) {
    if (left.family == Family::binary_double || right.family == Family::binary_double)
        return basic(Family::binary_double);
    if (is_float(left) || is_float(right)) return basic(Family::binary_float);
    if (left.family == Family::integer && right.family == Family::integer) return basic(Family::integer);
    const bool whole = (left.scale == 0 || left.family == Family::integer) &&
                       (right.scale == 0 || right.family == Family::integer);
    return whole ? whole_number() : basic(Family::number);
}

const TypeOf* sum_type(const TypeOf& left, const TypeOf& right) {
    if (left.is_moment()) return is_span_of_time(right) ? &left : basic(Family::date);
    if (right.is_moment()) return is_span_of_time(left) ? &right : basic(Family::date);
    if (is_span_of_time(left)) return &left;
    if (is_span_of_time(right)) return &right;
    return arithmetic(left, right);
}

const TypeOf* difference_type(const TypeOf& left, const TypeOf& right) {
    if (left.is_moment() && right.is_moment()) {
        const bool days = left.family == Family::date && right.family == Family::date;
        return basic(days ? Family::number : Family::interval_day_second);
    }
    if (left.is_moment()) return is_span_of_time(right) ? &left : basic(Family::date);
    if (is_span_of_time(left)) return &left;
    return arithmetic(left, right);
}

const TypeOf* product_type(BinaryOp op, const TypeOf& left, const TypeOf& right) {
    if (is_span_of_time(left)) return &left;
    if (is_span_of_time(right)) return &right;
    if (op == BinaryOp::divide || op == BinaryOp::power)
        return is_float(left) || is_float(right) ? arithmetic(left, right) : basic(Family::number);
    return arithmetic(left, right);
}

}  // namespace

const TypeOf* basic(TypeOf::Family family) { return &kBasic[static_cast<std::size_t>(family)]; }
const TypeOf* whole_number() { return &kWhole; }

TypeOf::Family family_of(std::string_view name) {
    const auto* found = std::ranges::lower_bound(kFamilyNames, name, {}, &FamilyName::name);
    return found != std::end(kFamilyNames) && found->name == name ? found->family : Family::unknown;
}

const TypeOf* built_in_type(std::string_view name) {
    if (name.starts_with("sys.")) name.remove_prefix(4);
    const auto* found = std::ranges::lower_bound(kNamedTypes, name, {}, &NamedType::name);
    return found != std::end(kNamedTypes) && found->name == name ? found->type : nullptr;
}

const TypeOf* common_type(const TypeOf* left, const TypeOf* right) {
    if (left == nullptr || right == nullptr) return nullptr;
    if (left == right || right->family == Family::null) return left;
    if (left->family == Family::null) return right;
    if (left->is_text() && right->is_text()) {
        if (left->family == Family::clob || right->family == Family::clob) return basic(Family::clob);
        return basic(Family::varchar);
    }
    if (left->is_number() && right->is_number()) return arithmetic(*left, *right);
    if (left->is_moment() && right->is_moment()) return left->family >= right->family ? left : right;
    return left;
}

const TypeOf* type_of_operation(BinaryOp op, const TypeOf* left, const TypeOf* right) {
    switch (op) {
        case BinaryOp::add: return left == nullptr || right == nullptr ? nullptr : sum_type(*left, *right);
        case BinaryOp::subtract:
            return left == nullptr || right == nullptr ? nullptr : difference_type(*left, *right);
        case BinaryOp::multiply:
        case BinaryOp::divide:
        case BinaryOp::power:
        case BinaryOp::modulo:
            if (left == nullptr || right == nullptr) return basic(Family::number);
            return product_type(op, *left, *right);
        case BinaryOp::concat: {
            const bool large = (left != nullptr && left->family == Family::clob) ||
                               (right != nullptr && right->family == Family::clob);
            return basic(large ? Family::clob : Family::varchar);
        }
        case BinaryOp::multiset_union:
        case BinaryOp::multiset_union_distinct:
        case BinaryOp::multiset_intersect:
        case BinaryOp::multiset_except:
        case BinaryOp::multiset_intersect_distinct:
        case BinaryOp::multiset_except_distinct: return left != nullptr ? left : right;
        case BinaryOp::integer_divide:
        case BinaryOp::bit_and:
        case BinaryOp::bit_or: return whole_number();
        default: return basic(Family::boolean);
    }
}

const TypeOf* field_of(const TypeOf* type, Text field) {
    if (type != nullptr && type->family == Family::reference) type = type->element;
    for (; type != nullptr; type = type->supertype) {
        for (const FieldOf& each : type->fields) {
            if (each.name == field) return each.type;
        }
    }
    return nullptr;
}

const TypeOf* collection_method_type(const TypeOf& collection, Text method) {
    if (method == "count" || method == "limit") return basic(Family::integer);
    if (method == "exists") return basic(Family::boolean);
    if (method == "first" || method == "last" || method == "next" || method == "prior")
        return collection.key != nullptr ? collection.key : basic(Family::integer);
    return nullptr;
}

}  // namespace landfall::convert
