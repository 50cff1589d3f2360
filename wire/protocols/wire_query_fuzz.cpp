#include "wire/protocols/fuzz_testing.hpp"

// A form to EC2 (flattened) or, by the first byte, to RDS (wrapped).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::wire;
    static const Catalogue catalogue{embedded_models()};
    if (size < 1) return 0;
    const Face* face = catalogue.find(bytes[0] % 2 == 0 ? "ec2" : "rds");
    const FuzzCase one = fuzz_case(face->model(), bytes + 1, size - 1);
    if (one.op != nullptr) fuzz_request(*one.model, *one.op, {.method = "POST", .path = "/"}, one.rest);
    return 0;
}
