// Bytes -> a request head: the first lines are method, path, query; the others are headers "name:value".
// What must hold: no crash, and nothing verifies under a secret that the input cannot know.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wire/sigv4/canonical.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/verify.hpp"

namespace {

using namespace landfall::sigv4;  // NOLINT: one file, one purpose

class AnyKey final : public KeyLookup {
public:
    [[nodiscard]] KeyAnswer find(std::string_view, std::string_view) const override {
        return {.state = KeyAnswer::State::active,
                .secret = landfall::SecretString{"not in any input 7f3a9c"}};
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::vector<std::string_view> lines;
    for_each_piece({reinterpret_cast<const char*>(bytes), size}, '\n',
                   [&lines](std::string_view line) { lines.push_back(line); });
    lines.resize(lines.size() < 3 ? 3 : lines.size());
    std::vector<Header> headers;
    for (std::size_t i = 3; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(':');
        if (colon != std::string_view::npos)
            headers.push_back({.name = lines[i].substr(0, colon), .value = lines[i].substr(colon + 1)});
    }
    const Request request{
        .method = lines[0], .path = lines[1], .query = lines[2], .headers = headers, .host = {}};
    auto claims = read_claims(request);
    const auto* read = std::get_if<Claims>(&claims);
    if (read == nullptr) return 0;
    SigningKeys keys;
    const landfall::Sha256 body{};
    const landfall::Instant at = read->at;
    const auto verdict = verify(request, *read, &body, AnyKey{}, keys, at);
    CHECK(std::holds_alternative<Refusal>(verdict));
    for (const Family family : {Family::s3, Family::json, Family::query, Family::ec2})
        CHECK(!error_text(std::get<Refusal>(verdict), family).code.empty());
    return 0;
}
