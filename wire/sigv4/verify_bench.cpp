// What authentication costs a small request: claims, canonical request, signature, body. Target: 1.7 µs of
// hashing.
#include <benchmark/benchmark.h>

#include "wire/sigv4/signer.hpp"
#include "wire/sigv4/signing_keys.hpp"
#include "wire/sigv4/verify.hpp"

namespace {

using namespace landfall;         // NOLINT: one file, one purpose
using namespace landfall::sigv4;  // NOLINT

class OneKey final : public KeyLookup {
public:
    [[nodiscard]] KeyAnswer find(std::string_view, std::string_view) const override {
        return {.state = KeyAnswer::State::active, .secret = secret_};
    }

private:
    SecretString secret_{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
};

struct SmallRequest {
    SmallRequest() {
        const std::vector<Header> plain{{.name = "Host", .value = "127.0.0.1:4566"},
                                        {.name = "Content-Type", .value = "application/x-amz-json-1.0"},
                                        {.name = "X-Amz-Target", .value = "AmazonSQS.SendMessage"}};
        const Request unsigned_one{.method = "POST", .path = "/", .query = {}, .headers = plain, .host = {}};
        head = sign(unsigned_one,
                    {.key_id = "AKIAIOSFODNN7EXAMPLE",
                     .secret = SecretString{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
                     .token = {}},
                    {.region = "us-east-1", .service = "sqs"}, sha256(body).hex(), at);
        headers = plain;
        headers.push_back(
            {.name = "User-Agent", .value = "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux"});
        headers.push_back({.name = "Content-Length", .value = "130"});
        for (const auto& [name, value] : head.headers) headers.push_back({.name = name, .value = value});
    }
    std::string body = std::string(130, 'x');
    Instant at = Instant::from_seconds(1'767'000'000);
    SignedHead head{.headers = {},
                    .chunks = {.key = HmacSha256{{}}, .timestamp = {}, .scope = {}, .signature = {}}};
    std::vector<Header> headers;
};

void verify_a_small_request(benchmark::State& state) {
    const SmallRequest small;
    const OneKey lookup;
    SigningKeys keys;
    const Request request{.method = "POST", .path = "/", .query = {}, .headers = small.headers, .host = {}};
    for (auto _ : state) {
        auto claims = read_claims(request);
        const Sha256 body = sha256(small.body);
        const auto verdict =
            verify(request, std::get<Claims>(std::move(claims)), &body, lookup, keys, small.at);
        CHECK(std::holds_alternative<Verified>(verdict));
    }
}
BENCHMARK(verify_a_small_request);

void hash_a_small_body(benchmark::State& state) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) benchmark::DoNotOptimize(sha256(body));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(hash_a_small_body)->Arg(130)->Arg(1 << 20);

void hmac_of_a_short_text(benchmark::State& state) {
    const HmacSha256 key{bytes_of("key")};
    const std::string text(130, 'x');
    for (auto _ : state) benchmark::DoNotOptimize(key.of(text));
}
BENCHMARK(hmac_of_a_short_text);

}  // namespace

BENCHMARK_MAIN();
