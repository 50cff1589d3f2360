// What the fuzz targets of this folder share: an operation chosen by the first bytes, parsed, validated,
// written back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/model/catalogue.hpp"
#include "wire/models/embedded.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/protocol.hpp"
#include "wire/protocols/query.hpp"
#include "wire/protocols/rest.hpp"

namespace landfall::wire {

struct FuzzCase {
    const Model* model;
    const Operation* op;
    std::string_view rest;
};

/// The first two bytes name the operation; null where there are not two.
inline FuzzCase fuzz_case(const Model& model, const std::uint8_t* bytes, std::size_t size) {
    if (size < 2) return {&model, nullptr, {}};
    const std::size_t at = (std::size_t{bytes[0]} << 8 | bytes[1]) % model.operations.size();
    return {&model, &model.operations[at], {reinterpret_cast<const char*>(bytes) + 2, size - 2}};
}

/// Parses; what was understood must be written and be understood again, to the same text.
inline void fuzz_request(const Model& model, const Operation& op, const RequestHead& head,
                         std::string_view body) {
    Arena arena;
    const auto read = read_request(model, op, head, body, nullptr, arena);
    const auto* record = std::get_if<Record*>(&read);
    if (record == nullptr || *record == nullptr) return;
    const Structure& input = *model.input_of(op);
    std::string first;
    write_json(first, model, input, **record, kPlainJson);
    Record* again = make_record(arena, static_cast<std::uint32_t>(input.members.size()));
    const Status status = read_json(first, model, input, *again, arena, kPlainJson);
    // Label, header and XML text may hold bytes that JSON text does not; then reading back is refused, not
    // wrong.
    if (!status.ok()) return;
    std::string second;
    write_json(second, model, input, *again, kPlainJson);
    CHECK(first == second);
}

}  // namespace landfall::wire
