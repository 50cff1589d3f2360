#include "wire/protocols/fuzz_testing.hpp"

// The body of a request to any operation of DynamoDB, whose values nest without end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::wire;
    static const Catalogue catalogue{embedded_models()};
    const FuzzCase one = fuzz_case(catalogue.find("dynamodb")->model(), bytes, size);
    if (one.op != nullptr) fuzz_request(*one.model, *one.op, {.method = "POST", .path = "/"}, one.rest);
    return 0;
}
