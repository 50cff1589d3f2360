#include "services/s3/model_range.hpp"

#include <charconv>
#include <limits>

namespace landfall::s3 {
namespace {

/// One byte-range-spec: `first-last`, `first-` or `-suffix`, with what was absent as nullopt.
struct Spec {
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;
};

/// Digits only. A number beyond 64 bits is above every object's size, so it saturates.
std::optional<std::uint64_t> number(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return read.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<Spec> parse_spec(std::string_view header) {
    header = trimmed(header);
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos || trimmed(header.substr(0, equals)) != "bytes") return std::nullopt;
    const std::string_view set = trimmed(header.substr(equals + 1));
    const std::size_t dash = set.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::string_view left = trimmed(set.substr(0, dash));
    const std::string_view right = trimmed(set.substr(dash + 1));
    const Spec spec{.first = number(left), .last = number(right)};
    if (!spec.first && !left.empty()) return std::nullopt;
    if (!spec.last && !right.empty()) return std::nullopt;
    if (!spec.first && !spec.last) return std::nullopt;
    if (spec.first && spec.last && *spec.last < *spec.first) return std::nullopt;
    return spec;
}

Fault unsatisfiable(std::string_view header, Bytes size) {
    return Fault{Code::invalid_range}
        .with("RangeRequested", std::string{header})
        .with("ActualObjectSize", std::to_string(size.count));
}

}  // namespace

Answer<std::optional<Extent>> resolve_range(std::string_view header, Bytes size) {
    const auto spec = parse_spec(header);
    if (!spec) return std::optional<Extent>{};
    if (!spec->first) {
        const std::uint64_t length = std::min(*spec->last, size.count);
        if (length == 0) return unsatisfiable(header, size);
        return std::optional{Extent{ByteOffset{size.count - length}, Bytes{length}}};
    }
    if (*spec->first >= size.count) return unsatisfiable(header, size);
    const std::uint64_t last = std::min(spec->last.value_or(size.count - 1), size.count - 1);
    return std::optional{Extent{ByteOffset{*spec->first}, Bytes{last - *spec->first + 1}}};
}

Answer<Extent> resolve_copy_range(std::string_view header, Bytes size) {
    const auto spec = parse_spec(header);
    if (!spec || !spec->first || !spec->last) {
        return Fault{
            Code::invalid_argument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
            "the zero-based offsets of the first and last bytes to copy"}
            .with("ArgumentName", "x-amz-copy-source-range")
            .with("ArgumentValue", std::string{header});
    }
    if (*spec->last >= size.count) {
        return Fault{Code::invalid_argument,
                     "Range specified is not valid for source object of size: " + std::to_string(size.count)}
            .with("ArgumentName", "x-amz-copy-source-range")
            .with("ArgumentValue", std::string{header});
    }
    return Extent{ByteOffset{*spec->first}, Bytes{*spec->last - *spec->first + 1}};
}

std::string content_range(const Extent& extent, Bytes size) {
    return "bytes " + std::to_string(extent.from.value) + "-" +
           std::to_string(extent.from.value + extent.length.count - 1) + "/" + std::to_string(size.count);
}

}  // namespace landfall::s3
