// For tests: requests that own their text, a table of one key, and the vectors that botocore signed.
#pragma once

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/verify.hpp"

namespace landfall::sigv4::testing {

struct OwnedRequest {
    std::string name;
    std::string service;
    std::string method;
    std::string path;
    std::string query;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string bucket = {};

    [[nodiscard]] std::vector<Header> views() const {
        std::vector<Header> out;
        for (const auto& [header, value] : headers) out.push_back({.name = header, .value = value});
        return out;
    }
    [[nodiscard]] std::string* header(std::string_view wanted) {
        for (auto& [header, value] : headers)
            if (header == wanted) return &value;
        return nullptr;
    }
};

class OneKey final : public KeyLookup {
public:
    OneKey(std::string id, std::string secret) : id_{std::move(id)}, secret_{std::move(secret)} {}
    [[nodiscard]] KeyAnswer find(std::string_view key_id, std::string_view) const override {
        if (key_id != id_) return KeyAnswer{};
        return KeyAnswer{.state = state, .secret = secret_};
    }
    KeyAnswer::State state = KeyAnswer::State::active;

private:
    std::string id_;
    SecretString secret_;
};

/// Both steps. Anonymous counts as Reason::no_credentials.
inline std::variant<Verified, Refusal> check(const OwnedRequest& request, const KeyLookup& lookup,
                                             Instant now, SigningKeys& keys) {
    const auto headers = request.views();
    const Request view{.method = request.method,
                       .path = request.path,
                       .query = request.query,
                       .headers = headers,
                       .host = {},
                       .virtual_bucket = request.bucket};
    auto claims = read_claims(view);
    if (auto* refusal = std::get_if<Refusal>(&claims)) return std::move(*refusal);
    if (std::holds_alternative<Anonymous>(claims)) return Refusal{.reason = Reason::no_credentials};
    const Sha256 body = sha256(request.body);
    return verify(view, std::get<Claims>(std::move(claims)), &body, lookup, keys, now);
}

inline std::variant<Verified, Refusal> check(const OwnedRequest& request, const KeyLookup& lookup,
                                             Instant now) {
    SigningKeys keys;
    return check(request, lookup, now, keys);
}

/// The reason, or nullopt where it verified.
inline std::optional<Reason> reason_of(const std::variant<Verified, Refusal>& verdict) {
    const auto* refusal = std::get_if<Refusal>(&verdict);
    return refusal == nullptr ? std::nullopt : std::optional{refusal->reason};
}

/// The blocks of vectors.txt (see vectors/make_vectors.py).
inline std::vector<OwnedRequest> read_vectors(const char* file) {
    std::vector<OwnedRequest> out;
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) {
        if (line.empty()) continue;
        const std::size_t blank = line.find(' ');
        const std::string word = line.substr(0, blank);
        const std::string value = line.substr(blank + 1);
        if (word == "case") out.emplace_back().name = value;
        if (word == "service") out.back().service = value;
        if (word == "method") out.back().method = value;
        if (word == "path") out.back().path = value;
        if (word == "query") out.back().query = value;
        if (word == "body") out.back().body = text_of(hex_decode(value).value());
        if (word == "bucket") out.back().bucket = value;
        if (word == "header")
            out.back().headers.emplace_back(value.substr(0, value.find(':')),
                                            value.substr(value.find(':') + 1));
    }
    return out;
}

}  // namespace landfall::sigv4::testing
