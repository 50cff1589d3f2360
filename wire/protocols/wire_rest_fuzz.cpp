#include "wire/protocols/fuzz_testing.hpp"

// Lines: method, path, query, then headers "name: value"; of S3 or, by the first byte, of Backup.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace landfall::wire;
    static const Catalogue catalogue{embedded_models()};
    if (size < 1) return 0;
    const Model& model = catalogue.find(bytes[0] % 2 == 0 ? "s3" : "backup")->model();
    std::string_view rest{reinterpret_cast<const char*>(bytes) + 1, size - 1};
    const auto line = [&rest] {
        const std::string_view one = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(one.size() < rest.size() ? one.size() + 1 : one.size());
        return one;
    };
    RequestHead head{.method = line(), .path = line(), .query = line()};
    std::vector<HeaderField> fields;
    while (!rest.empty() && fields.size() < 64) {
        const std::string_view field = line();
        const std::size_t colon = field.find(':');
        if (colon == std::string_view::npos) break;
        fields.push_back({field.substr(0, colon), field.substr(colon + 1)});
    }
    head.headers = fields;
    const Operation* op = route_rest(model, head);
    if (op != nullptr) fuzz_request(model, *op, head, rest);
    return 0;
}
