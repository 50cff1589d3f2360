#include "wire/sigv4/request.hpp"

#include "wire/sigv4/text.hpp"

namespace landfall::sigv4 {

Found find_header(std::span<const Header> headers, std::string_view lower_case_name) {
    Found found;
    for (const Header& header : headers) {
        if (!equal_but_for_case(header.name, lower_case_name)) continue;
        found.repeated = found.present;
        if (!found.present) found.value = trimmed(header.value);
        found.present = true;
    }
    return found;
}

}  // namespace landfall::sigv4
