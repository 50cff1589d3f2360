#include "services/ec2/seed.hpp"

#include "services/ec2/network.hpp"

namespace landfall::ec2 {
namespace {

/// A double-quoted YAML scalar (YAML 1.2 §7.3.1), which is one line whatever is in the text.
std::string quoted(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        } else {
            out += c;
        }
    }
    return out += '"';
}

}  // namespace

std::string meta_data(const Instance& instance, std::string_view region) {
    std::string text = "instance-id: " + instance.id + '\n';
    text += "local-hostname: " + private_dns_name(instance.private_address, region) + '\n';
    if (!instance.public_key.empty()) text += "public-keys:\n  - " + quoted(instance.public_key) + '\n';
    return text;
}

}  // namespace landfall::ec2
