#include "services/sqs/model_names.hpp"

#include <algorithm>

namespace landfall::sqs {
namespace {

constexpr std::size_t kNameMax = 80;
constexpr std::string_view kFifoSuffix = ".fifo";
constexpr std::string_view kArnStart = "arn:aws:sqs:";

bool is_name_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

bool is_name(std::string_view name, Kind kind) {
    if (name.empty() || name.size() > kNameMax) return false;
    if (kind == Kind::standard) return is_name_text(name);
    if (!name.ends_with(kFifoSuffix)) return false;
    name.remove_suffix(kFifoSuffix.size());
    return !name.empty() && is_name_text(name);
}

/// Takes the text up to the next colon off `rest`.
std::string_view field(std::string_view& rest) {
    const std::size_t colon = rest.find(':');
    const std::string_view taken = rest.substr(0, colon);
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    return taken;
}

}  // namespace

Verdict check_name(std::string_view name, Kind kind) {
    if (is_name(name, kind)) return {};
    if (kind == Kind::fifo)
        return Fault{
            Code::invalid_parameter_value,
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length"};
    return Fault{Code::invalid_parameter_value,
                 "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"};
}

bool is_account(std::string_view text) {
    return text.size() == 12 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string arn_of(const QueueName& queue) {
    std::string arn;
    arn.reserve(kArnStart.size() + queue.scope.region.size() + queue.scope.account.size() +
                queue.name.size() + 2);
    arn.append(kArnStart).append(queue.scope.region).append(1, ':').append(queue.scope.account);
    arn.append(1, ':').append(queue.name);
    return arn;
}

std::optional<QueueName> parse_arn(std::string_view arn) {
    if (!arn.starts_with(kArnStart)) return std::nullopt;
    arn.remove_prefix(kArnStart.size());
    QueueName queue;
    queue.scope.region = field(arn);
    queue.scope.account = field(arn);
    queue.name = arn;
    const bool fits = is_name(arn, Kind::standard) || is_name(arn, Kind::fifo);
    if (queue.scope.region.empty() || !is_account(queue.scope.account) || !fits) return std::nullopt;
    return queue;
}

std::string url_of(std::string_view base, const QueueName& queue) {
    std::string url{base};
    url.append(1, '/').append(queue.scope.account).append(1, '/').append(queue.name);
    return url;
}

Judged<QueueName> parse_url(std::string_view url, std::string_view region) {
    const auto bad = [url] {
        return Fault{Code::invalid_address,
                     "The address " + std::string{url.substr(0, 256)} + " is not valid for this endpoint."};
    };
    std::string_view path = url;
    if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
        path.remove_prefix(scheme + 3);
        const std::size_t slash = path.find('/');
        if (slash == std::string_view::npos) return bad();
        path.remove_prefix(slash);
    }
    if (path.ends_with('/')) path.remove_suffix(1);
    const std::size_t last = path.rfind('/');
    if (last == std::string_view::npos) return bad();
    QueueName queue;
    queue.name = path.substr(last + 1);
    const std::string_view before = path.substr(0, last);
    queue.scope.account = before.substr(before.rfind('/') + 1);
    queue.scope.region = region;
    if (!is_account(queue.scope.account) || queue.name.empty()) return bad();
    return queue;
}

}  // namespace landfall::sqs
