#include "wire/protocols/fuzz_testing.hpp"

// The XML body of an S3 operation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::wire;
    static const Catalogue catalogue{embedded_models()};
    const FuzzCase one = fuzz_case(catalogue.find("s3")->model(), bytes, size);
    if (one.op != nullptr)
        fuzz_request(*one.model, *one.op, {.method = one.op->method, .path = "/b/k"}, one.rest);
    return 0;
}
