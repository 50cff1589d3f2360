#include "front/request_parser.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "base/result.hpp"

namespace landfall::front {

namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

constexpr Refusal kBadRequest{400, "the request is not well-formed HTTP/1.1"};

std::string_view as_std(boost::beast::string_view v) { return {v.data(), v.size()}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// True for "… HTTP/2.0": a request line of a version that is not ours, against one that is no request line.
bool names_a_version(std::string_view request) {
    const std::string_view line = request.substr(0, request.find("\r\n"));
    const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
    if (line.size() < 12 || line[line.find(' ') + 1] == ' ') return false;
    const std::string_view version = line.substr(line.size() - 9);
    return version.starts_with(" HTTP/") && version[7] == '.' && digit(line.size() - 3) &&
           digit(line.size() - 1) && std::count(line.begin(), line.end(), ' ') == 2;
}

Refusal refusal_for(const error_code& ec, std::string_view request) {
    if (ec == http::error::bad_version && names_a_version(request)) {
        return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    }
    if (ec == http::error::header_limit) return {431, "the request head is too large"};
    if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length ||
        ec == http::error::bad_transfer_encoding) {
        return {400, "the length of the body is ambiguous"};
    }
    return kBadRequest;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::optional<std::string_view> RequestHead::find(std::string_view name) const {
    for (const Field& field : fields) {
        if (equal_ignoring_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

/// Beast's tokeniser with our storage: nothing is copied, nothing is allocated per field.
class RequestParser::Machine {
public:
    class Tokeniser final : public http::basic_parser<true> {
    public:
        explicit Tokeniser(Machine& owner) : owner_{owner} {
            header_limit(static_cast<std::uint32_t>(kHeadMax.count));
            body_limit(boost::none);
        }

    private:
        void on_request_impl(http::verb, boost::beast::string_view verb, boost::beast::string_view uri,
                             int version, error_code&) override {
            owner_.http_1_1 = version == 11;
            owner_.method = as_std(verb);
            owner_.target = as_std(uri);
        }
        void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
        void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                           error_code& ec) override {
            if (owner_.fields_used == owner_.fields.size()) {
                ec = http::error::header_limit;
                return;
            }
            owner_.fields[owner_.fields_used++] = {as_std(name), as_std(value)};
        }
        void on_header_impl(error_code&) override { owner_.head_done = true; }
        void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
        // The body is framed by BodyFraming: the tokeniser is shown the head alone.
        std::size_t on_body_impl(boost::beast::string_view, error_code&) override { return 0; }
        void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, error_code&) override {
            return 0;
        }
        void on_finish_impl(error_code&) override {}

        Machine& owner_;
    };

    void reset() {
        method = target = {};
        fields_used = 0;
        head_done = false;
        tokeniser.emplace(*this);
    }
    std::span<const Field> used_fields() const { return std::span{fields}.first(fields_used); }

    std::string_view method;
    std::string_view target;
    std::array<Field, kFieldsMax> fields;
    std::size_t fields_used = 0;
    bool head_done = false;
    bool http_1_1 = false;
    std::optional<Tokeniser> tokeniser;
};

RequestParser::RequestParser() : machine_{std::make_unique<Machine>()} { reset(); }
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    machine_->reset();
    head_ = {};
    scanned_ = line_start_ = head_start_ = 0;
    framing_ = {};
}

RequestParser::HeadStep RequestParser::parse_head(std::string_view received) {
    HeadStep step = scan_lines(received);
    if (step.kind == HeadStep::Kind::complete) step = accept_head(received, head_start_, step.consumed);
    if (step.kind == HeadStep::Kind::need_more && received.size() >= kHeadMax.count) {
        return {HeadStep::Kind::refused, 0, {431, "the request head is too large"}};
    }
    return step;
}

/// Finds the empty line that ends the head, and refuses on the way what a tokeniser that waits for CRLF would
/// wait on until the time limit (bare LF), or unfold (a continuation line).
RequestParser::HeadStep RequestParser::scan_lines(std::string_view received) {
    const auto refused = [](std::string_view why) {
        return HeadStep{HeadStep::Kind::refused, 0, {400, why}};
    };
    while (scanned_ < received.size()) {
        const void* lf = std::memchr(received.data() + scanned_, '\n', received.size() - scanned_);
        if (line_start_ > head_start_ && (received[line_start_] == ' ' || received[line_start_] == '\t')) {
            return refused("a header is folded over two lines");
        }
        if (lf == nullptr) {
            scanned_ = received.size();
            break;
        }
        const auto at = static_cast<std::size_t>(static_cast<const char*>(lf) - received.data());
        if (at == line_start_ || received[at - 1] != '\r') return refused("a line ends in LF without CR");
        const bool empty = at - 1 == line_start_;
        const bool leading = line_start_ == head_start_;
        scanned_ = line_start_ = at + 1;
        if (!empty) continue;
        if (!leading) return {HeadStep::Kind::complete, at + 1, {}};
        if (head_start_ != 0) return refused("empty lines instead of a request");
        head_start_ = at + 1;
    }
    return {HeadStep::Kind::need_more, 0, {}};
}

RequestParser::HeadStep RequestParser::accept_head(std::string_view received, std::size_t start,
                                                   std::size_t end) {
    if (end - start > kHeadMax.count)
        return {HeadStep::Kind::refused, 0, {431, "the request head is too large"}};
    error_code ec;
    const std::size_t taken =
        machine_->tokeniser->put(boost::asio::const_buffer(received.data() + start, end - start), ec);
    if (ec == http::error::header_limit) {
        return {HeadStep::Kind::refused, 0, {431, "the request has too many headers"}};
    }
    if (ec) return {HeadStep::Kind::refused, 0, refusal_for(ec, received.substr(start))};
    if (!machine_->head_done || taken != end - start) return {HeadStep::Kind::refused, 0, kBadRequest};
    if (const auto refusal = check_head()) return {HeadStep::Kind::refused, 0, *refusal};
    if (head_.chunked) {
        framing_.begin_chunked();
    } else {
        framing_.begin_length(head_.content_length.value_or(0));
    }
    return {HeadStep::Kind::complete, end, {}};
}

std::optional<Refusal> RequestParser::check_head() {
    const auto& tokeniser = *machine_->tokeniser;
    head_.method = machine_->method;
    head_.target = machine_->target;
    head_.fields = machine_->used_fields();
    head_.http_1_1 = machine_->http_1_1;
    head_.keep_alive = tokeniser.keep_alive();
    head_.chunked = tokeniser.chunked();
    if (const auto length = tokeniser.content_length()) head_.content_length = *length;
    int hosts = 0;
    int lengths = 0;
    for (const Field& field : head_.fields) {
        if (equal_ignoring_case(field.name, "host")) ++hosts;
        if (equal_ignoring_case(field.name, "content-length")) {
            const bool digits = field.value.find_first_not_of("0123456789") == std::string_view::npos;
            if (!digits || ++lengths > 1) return Refusal{400, "the length of the body is ambiguous"};
        }
        if (equal_ignoring_case(field.name, "transfer-encoding")) {
            if (!head_.http_1_1) return Refusal{400, "HTTP/1.0 knows no transfer coding"};
            if (!equal_ignoring_case(field.value, "chunked")) {
                return Refusal{501, "the only transfer coding is chunked"};
            }
        }
        if (head_.http_1_1 && equal_ignoring_case(field.name, "expect")) {
            if (!equal_ignoring_case(field.value, "100-continue")) return Refusal{417, "unknown expectation"};
            head_.expects_continue = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && head_.http_1_1)) return Refusal{400, "a request has exactly one Host"};
    if (head_.target.empty()) return kBadRequest;
    return std::nullopt;
}

RequestParser::BodyStep RequestParser::parse_body(std::string_view available) {
    const BodyFraming::Step step = framing_.next(available);
    return {step.kind, step.consumed, step.piece, {400, step.reason}};
}

}  // namespace landfall::front
