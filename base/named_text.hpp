// NamedText: a name and a value that somebody else holds: a header field of HTTP, for those who read it from
// the socket, those who check its signature and those who parse it, without a copy between them.
#pragma once

#include <string_view>

namespace landfall {

struct NamedText {
    std::string_view name;
    std::string_view value;
};

}  // namespace landfall
