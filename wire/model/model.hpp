// Model: one AWS service in one protocol, as the wire layer reads it: shapes, members, operations, HTTP
// bindings.
//
// Invariants
//   1. Immutable once loaded; every view and span points into the model's own arena and lives as long as it.
//   2. Members stand in the order of the model's file: the index of a member is the index of its slot.
//   3. Wire names are resolved for the protocol at load time (locationName, queryName, capitals of EC2,
//      flattened lists), so that parsers compare names and never think about traits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "wire/model/arena.hpp"

namespace landfall::wire {

enum class Protocol : std::uint8_t { json, query, ec2, rest_json, rest_xml };
enum class Kind : std::uint8_t {
    boolean,
    integer,
    long_integer,
    number,
    text,
    blob,
    timestamp,
    list,
    map,
    structure
};
enum class Location : std::uint8_t { body, header, headers, uri, query, status };
enum class TimeFormat : std::uint8_t { unset, iso8601, iso8601_millis, rfc822, epoch };

inline constexpr std::uint32_t kNone = UINT32_MAX;

/// The member of a list, or the key or value of a map.
struct Element {
    std::uint32_t shape = kNone;
    std::string_view name;  ///< of its XML element or query segment: "member", "item", "key", or the model's
};

struct Shape {
    std::string_view name;
    Kind kind = Kind::text;
    TimeFormat time = TimeFormat::unset;
    bool flattened = false;
    bool sensitive = false;
    bool streaming = false;
    bool event_stream = false;
    bool is_union = false;
    std::uint32_t structure = kNone;  ///< of structures
    Element element;                  ///< of lists, and the value of maps
    Element key;                      ///< of maps
    bool has_min = false;
    bool has_max = false;
    std::int64_t min = 0;  ///< length of text, blobs, lists and maps; value of numbers
    std::int64_t max = 0;
    std::span<const std::string_view> values;  ///< of enums, sorted
};

struct Member {
    std::string_view name;      ///< the model's
    std::string_view in_name;   ///< in requests
    std::string_view out_name;  ///< in replies; also the name of a header or of an error's member
    std::uint32_t shape = kNone;
    Location location = Location::body;
    TimeFormat time = TimeFormat::unset;  ///< unset = the default of protocol and location
    bool required = false;
    bool flattened = false;
    bool idempotency_token = false;
    bool attribute = false;  ///< an XML attribute
    std::string_view xml_prefix;
    std::string_view xml_namespace;
};

struct NameIndex {
    std::string_view name;
    std::uint32_t index;
};

struct Structure {
    std::string_view name;
    std::span<const Member> members;
    std::span<const NameIndex> by_in_name;  ///< sorted by name, members of the body and of the query alike
    std::uint32_t payload = kNone;
    bool is_union = false;
    /// Of exceptions: the code on the wire, the awsQueryCompatible code, the status, and whose fault it is.
    bool exception = false;
    bool server_fault = false;
    int status = 0;
    std::string_view code;
    std::string_view query_code;

    /// kNone where there is none of that name.
    [[nodiscard]] std::uint32_t find_in(std::string_view in_name) const;
};

struct Segment {
    enum class Type : std::uint8_t { literal, label, greedy } type;
    std::string_view text;         ///< the literal, or the label's name
    std::uint32_t member = kNone;  ///< of a label
};

struct QueryLiteral {
    std::string_view key;
    std::string_view value;
    bool has_value;
};

struct Operation {
    std::string_view name;
    std::uint32_t index = 0;
    std::string_view method;
    std::span<const Segment> path;
    std::span<const QueryLiteral> query;
    std::uint32_t input = kNone;   ///< structure
    std::uint32_t output = kNone;  ///< structure
    std::string_view result_wrapper;
    std::string_view input_root;
    std::string_view output_root;
    std::span<const std::uint32_t> errors;  ///< structures
    std::string_view action;                ///< what policies call it, without the service
    int status = 200;
    bool unwrapped = false;
    bool unsigned_allowed = false;
    bool streams_request = false;
    bool deprecated = false;
};

struct CodeStatus {
    std::string_view code;
    int status;
};

class Model {
public:
    /// `model` is botocore's JSON (trimmed or whole), `overlay` ours (see wire/models/README.md). Both are
    /// copied from. invalid: not a model, with the place.
    static Result<std::unique_ptr<Model>> load(std::string_view service, std::string_view model,
                                               std::string_view overlay);

    std::string_view service;
    Protocol protocol = Protocol::json;
    std::string_view json_version;   ///< "1.0", "1.1"
    std::string_view target_prefix;  ///< of X-Amz-Target
    std::string_view api_version;
    std::string_view signing_name;
    std::string_view xml_namespace;
    bool query_compatible = false;
    std::span<const Shape> shapes;
    std::span<const Structure> structures;
    std::span<const Operation> operations;  ///< sorted by name
    std::span<const CodeStatus> codes;      ///< undeclared error codes, sorted

    [[nodiscard]] const Operation* find(std::string_view operation) const;
    [[nodiscard]] const Structure* exception(std::string_view shape) const;
    /// The status of an undeclared code; 0 where the overlay does not know it.
    [[nodiscard]] int status_of(std::string_view code) const;
    [[nodiscard]] const Structure* input_of(const Operation& op) const {
        return op.input == kNone ? nullptr : &structures[op.input];
    }
    [[nodiscard]] const Structure* output_of(const Operation& op) const {
        return op.output == kNone ? nullptr : &structures[op.output];
    }
    [[nodiscard]] const Structure& structure_of(const Shape& shape) const {
        return structures[shape.structure];
    }
    [[nodiscard]] const Shape& shape_of(const Member& member) const { return shapes[member.shape]; }
    [[nodiscard]] std::size_t footprint() const { return arena_.footprint(); }

private:
    friend class ModelLoader;
    Arena arena_;
};

}  // namespace landfall::wire
