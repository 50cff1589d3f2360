#include "engines/dbmove/files/manifest.hpp"

#include <simdjson.h>

#include "base/json_text.hpp"

namespace landfall::dbmove::files {
namespace {

using postgres::Lsn;
using postgres::Phase;
using Element = simdjson::dom::element;

constexpr std::uint64_t kVersion = 1;

std::string_view name_of(Phase phase) {
    if (phase == Phase::loading) return "loading";
    return phase == Phase::following ? "following" : "finished";
}

void member(std::string& out, std::string_view name, std::string_view text) {
    if (!out.ends_with('{')) out += ", ";
    append_json_text(out, name);
    out += ": ";
    append_json_text(out, text);
}

void member(std::string& out, std::string_view name, std::uint64_t number) {
    if (!out.ends_with('{')) out += ", ";
    append_json_text(out, name);
    out += ": " + std::to_string(number);
}

/// Remembers the first thing that was wrong.
class Reader {
public:
    std::string text(const Element& parent, const char* name) {
        std::string_view found;
        if (parent[name].get(found) != simdjson::SUCCESS) fail(name);
        return std::string{found};
    }
    std::uint64_t number(const Element& parent, const char* name) {
        std::uint64_t found = 0;
        if (parent[name].get(found) != simdjson::SUCCESS) fail(name);
        return found;
    }
    Lsn place(const Element& parent, const char* name) {
        const auto found = postgres::parse_lsn(text(parent, name));
        if (!found) fail(name);
        return found.value_or(Lsn{});
    }
    void fail(std::string_view name) {
        if (wrong_.empty()) wrong_ = name;
    }
    [[nodiscard]] Status end() const {
        if (wrong_.empty()) return {};
        return Error{Errc::corrupt, "the manifest of the migration has no valid \"" + wrong_ + "\""};
    }

private:
    std::string wrong_;
};

Phase phase_of(std::string_view text, Reader& read) {
    for (const Phase phase : {Phase::loading, Phase::following, Phase::finished})
        if (text == name_of(phase)) return phase;
    read.fail("phase");
    return Phase::loading;
}

}  // namespace

std::string encode(const Manifest& manifest) {
    const postgres::Standing& standing = manifest.standing;
    std::string out{"{"};
    member(out, "version", kVersion);
    member(out, "migration", manifest.migration);
    member(out, "system", standing.source.system);
    member(out, "database", standing.source.database);
    member(out, "database_id", standing.source.oid);
    member(out, "phase", name_of(standing.phase));
    member(out, "epoch", standing.epoch);
    member(out, "applied", text_of(standing.applied));
    member(out, "mark", standing.mark);
    member(out, "stamp", manifest.stamp);
    member(out, "batch_to", manifest.batch ? text_of(manifest.batch->to) : "");
    member(out, "batch_stamp", manifest.batch ? manifest.batch->stamp : 0);
    member(out, "batch_layout", manifest.batch ? manifest.batch->layout : "");
    out += ", \"tables\": [";
    for (const auto& [name, state] : standing.tables) {
        out += out.ends_with('[') ? "\n{" : ",\n{";
        const auto parts = manifest.parts.find(name);
        member(out, "schema", name.schema);
        member(out, "name", name.name);
        member(out, "loaded", state.loaded ? 1 : 0);
        member(out, "rows", state.rows);
        member(out, "files", parts == manifest.parts.end() ? 0 : parts->second);
        member(out, "start", text_of(state.start));
        member(out, "columns", state.digest);
        out += "}";
    }
    return out + "]}\n";
}

Result<Manifest> decode(std::string_view text) {
    simdjson::dom::parser parser;
    Element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS)
        return Error{Errc::corrupt, "the manifest of the migration is no JSON"};
    Reader read;
    if (read.number(root, "version") != kVersion) read.fail("version");
    Manifest manifest{.migration = read.text(root, "migration")};
    postgres::Standing& standing = manifest.standing;
    standing.source = {read.text(root, "system"), read.text(root, "database"),
                       read.text(root, "database_id")};
    standing.phase = phase_of(read.text(root, "phase"), read);
    standing.epoch = read.number(root, "epoch");
    standing.applied = read.place(root, "applied");
    standing.mark = read.text(root, "mark");
    manifest.stamp = read.number(root, "stamp");
    if (!read.text(root, "batch_to").empty())
        manifest.batch = Batch{read.place(root, "batch_to"), read.number(root, "batch_stamp"),
                               read.text(root, "batch_layout")};
    simdjson::dom::array tables;
    if (root["tables"].get(tables) != simdjson::SUCCESS) read.fail("tables");
    TRY(read.end());
    for (const Element table : tables) {
        const TableName name{read.text(table, "schema"), read.text(table, "name")};
        const bool loaded = read.number(table, "loaded") != 0;
        standing.tables[name] = {.loaded = loaded,
                                 .completed = loaded,
                                 .start = read.place(table, "start"),
                                 .rows = read.number(table, "rows"),
                                 .digest = read.text(table, "columns")};
        manifest.parts[name] = read.number(table, "files");
    }
    TRY(read.end());
    return manifest;
}

}  // namespace landfall::dbmove::files
