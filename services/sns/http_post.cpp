#include "services/sns/http_post.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "services/sns/name_lookup.hpp"

namespace landfall::sns {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kReplyBodyMax = 64 * 1024;

/// Networks that endpoints must not be in.
class Guard {
public:
    Status add(const std::string& text) {
        error_code code;
        const auto v4 = asio::ip::make_network_v4(text, code);
        if (!code) {
            v4_.push_back(v4);
            return {};
        }
        const auto v6 = asio::ip::make_network_v6(text, code);
        if (code) return Error{Errc::invalid, "\"" + text + "\" is no network such as 10.0.0.0/8"};
        v6_.push_back(v6);
        return {};
    }
    [[nodiscard]] bool allows(asio::ip::address address) const {
        if (address.is_v6() && address.to_v6().is_v4_mapped())
            address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
        if (address.is_v6() && address.to_v6().is_link_local()) return false;
        if (address.is_v4() && (address.to_v4().to_uint() >> 16) == 0xa9fe) return false;
        for (const auto& network : v4_)
            if (address.is_v4() && inside(network, address.to_v4())) return false;
        for (const auto& network : v6_)
            if (address.is_v6() && inside(network, address.to_v6())) return false;
        return true;
    }

private:
    static bool inside(const asio::ip::network_v4& network, const asio::ip::address_v4& address) {
        return asio::ip::network_v4{address, network.prefix_length()}.canonical() == network.canonical();
    }
    static bool inside(const asio::ip::network_v6& network, const asio::ip::address_v6& address) {
        return asio::ip::network_v6{address, network.prefix_length()}.canonical() == network.canonical();
    }
    std::vector<asio::ip::network_v4> v4_;
    std::vector<asio::ip::network_v6> v6_;
};

/// Trusts whom the system trusts. Reading those certificates takes 50 ms and 2 MiB, so that it waits for the
/// first handshake. The loop's thread, but for context().
class ClientTls {
public:
    [[nodiscard]] asio::ssl::context& context() { return context_; }
    void trust_system() {
        if (std::exchange(trusting_, true)) return;
        error_code ignored;
        context_.set_default_verify_paths(ignored);
    }

private:
    asio::ssl::context context_{asio::ssl::context::tls_client};
    bool trusting_ = false;
};

/// One POST. Shared: each asynchronous step keeps it alive until it is called back, and so does the timer.
class Post : public std::enable_shared_from_this<Post> {
public:
    Post(asio::io_context& loop, ClientTls& tls, const Guard& guard, NameLookup& names, PostRequest request,
         PostDone done)
        : tls_{tls},
          guard_{guard},
          names_{names},
          asked_{std::move(request)},
          done_{std::move(done)},
          stream_{loop, tls.context()},
          timer_{loop} {}

    void start() {
        auto url = parse_url(asked_.url);
        if (!url.ok()) return finish(url.error());
        url_ = std::move(url).value();
        const auto [end, wrong] =
            std::from_chars(url_.port.data(), url_.port.data() + url_.port.size(), port_);
        if (wrong != std::errc{}) return finish(Error{Errc::invalid, "the endpoint's port is none"});
        if (asked_.wait <= Duration::zero()) return begin();
        timer_.expires_after(asked_.wait);
        timer_.async_wait([self = shared_from_this()](error_code code) {
            code ? self->fail("waiting", code) : self->begin();
        });
    }

private:
    [[nodiscard]] bool secure() const { return url_.scheme == "https"; }
    [[nodiscard]] beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

    void begin() {
        timer_.expires_after(kPostTime);
        timer_.async_wait([self = shared_from_this()](error_code code) {
            if (!code) self->finish(Error{Errc::timeout, "no answer in time"});
        });
        error_code code;
        const auto address = asio::ip::make_address(url_.host, code);
        named_ = code.failed();
        if (!named_) return connect({{address, port_}});
        names_.find(url_.host, [self = shared_from_this()](Result<std::vector<std::string>> found) {
            if (!found.ok()) return self->finish(found.error());
            std::vector<tcp::endpoint> endpoints;
            for (const std::string& text : *found)
                endpoints.emplace_back(asio::ip::make_address(text), self->port_);
            self->connect(std::move(endpoints));
        });
    }
    void connect(std::vector<tcp::endpoint> endpoints) {
        if (!done_) return;  // its time was over before its name was found
        std::erase_if(endpoints, [this](const auto& one) { return !guard_.allows(one.address()); });
        if (endpoints.empty())
            return finish(Error{Errc::denied, "the endpoint's address is in a blocked network"});
        endpoints_ = std::move(endpoints);
        socket().async_connect(endpoints_,
                               [self = shared_from_this()](error_code code, const tcp::endpoint&) {
                                   if (code) return self->fail("connecting", code);
                                   self->secure() ? self->handshake() : self->write(self->socket());
                               });
    }
    void handshake() {
        tls_.trust_system();
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.set_verify_callback(asio::ssl::host_name_verification{url_.host});
        if (named_) SSL_set_tlsext_host_name(stream_.native_handle(), url_.host.c_str());
        stream_.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code code) {
            code ? self->fail("TLS", code) : self->write(self->stream_);
        });
    }
    template <class Stream>
    void write(Stream& stream) {
        request_.method(http::verb::post);
        request_.target(url_.target);
        request_.version(11);
        const bool usual = url_.port == (secure() ? "443" : "80");
        const std::string host = url_.host.find(':') == std::string::npos ? url_.host : "[" + url_.host + "]";
        request_.set(http::field::host, usual ? host : host + ":" + url_.port);
        request_.set(http::field::connection, "close");
        if (!url_.user_info.empty())
            request_.set(http::field::authorization, "Basic " + base64_encode(bytes_of(url_.user_info)));
        for (const auto& [name, value] : asked_.headers) request_.set(name, value);
        request_.body() = std::move(asked_.body);
        request_.prepare_payload();
        http::async_write(stream, request_,
                          [self = shared_from_this(), &stream](error_code code, std::size_t) {
                              if (code) return self->fail("sending", code);
                              self->read(stream);
                          });
    }
    template <class Stream>
    void read(Stream& stream) {
        parser_.body_limit(kReplyBodyMax);
        // The head has the answer; what an endpoint says besides is not for us.
        http::async_read_header(stream, buffer_, parser_,
                                [self = shared_from_this()](error_code code, std::size_t) {
                                    if (code) return self->fail("waiting for the answer", code);
                                    self->finish(static_cast<int>(self->parser_.get().result_int()));
                                });
    }
    void fail(const std::string& doing, error_code code) {
        finish(Error{Errc::unavailable, doing + ": " + code.message()});
    }
    void finish(Result<int> outcome) {
        if (!done_) return;
        error_code ignored;
        timer_.cancel();
        socket().socket().close(ignored);
        std::exchange(done_, PostDone{})(std::move(outcome));
    }

    ClientTls& tls_;
    const Guard& guard_;
    NameLookup& names_;
    PostRequest asked_;
    PostDone done_;
    Url url_;
    std::uint16_t port_ = 0;
    bool named_ = false;  ///< by a name, not by an address
    beast::ssl_stream<beast::tcp_stream> stream_;
    asio::steady_timer timer_;  ///< the wait before it begins, then its deadline
    std::vector<tcp::endpoint> endpoints_;
    http::request<http::string_body> request_;
    beast::flat_buffer buffer_;
    http::response_parser<http::string_body> parser_;
};

class AsioPoster final : public HttpPoster {
public:
    explicit AsioPoster(Guard guard) : guard_{std::move(guard)} {}
    Status open_names(const std::string& servers) {
        names_ = TRY(NameLookup::open(loop_, servers));
        return {};
    }
    void post(PostRequest request, PostDone done) override {
        auto made = std::make_shared<Post>(loop_, tls_, guard_, *names_, std::move(request), std::move(done));
        asio::post(loop_, [made] { made->start(); });
    }
    void later(Duration wait, UniqueFunction<void()> then) override {
        auto timer = std::make_unique<asio::steady_timer>(loop_, wait);
        asio::steady_timer& set = *timer;
        set.async_wait([timer = std::move(timer), then = std::move(then)](error_code code) mutable {
            if (!code) then();
        });
    }
    void run() override { loop_.run(); }
    void stop() override { loop_.stop(); }

private:
    Guard guard_;
    ClientTls tls_;
    asio::io_context loop_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{loop_.get_executor()};
    std::unique_ptr<NameLookup> names_;
};

}  // namespace

Result<std::unique_ptr<HttpPoster>> HttpPoster::open(const PosterSettings& settings) {
    Guard guard;
    for (const std::string& network : settings.blocked_networks) TRY(guard.add(network));
    auto poster = std::make_unique<AsioPoster>(std::move(guard));
    TRY(poster->open_names(settings.name_servers));
    return std::unique_ptr<HttpPoster>{std::move(poster)};
}

Result<Url> parse_url(std::string_view text) {
    const Error bad{Errc::invalid, "the endpoint is no http or https URL"};
    Url url;
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return bad;
    url.scheme = text.substr(0, colon);
    if (url.scheme != "http" && url.scheme != "https") return bad;
    text.remove_prefix(colon + 3);
    const std::size_t slash = text.find_first_of("/?#");
    std::string_view authority = text.substr(0, slash);
    const std::string_view rest = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
    url.target = rest.substr(0, rest.find('#'));
    if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
    for (const char c : url.target)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return bad;
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        url.user_info = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    url.port = url.scheme == "https" ? "443" : "80";
    const std::size_t bracket = authority.rfind(']');
    const std::size_t port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.host = authority.substr(0, port);
    if (port != std::string_view::npos) url.port = authority.substr(port + 1);
    if (url.host.starts_with('[') && url.host.ends_with(']'))
        url.host = url.host.substr(1, url.host.size() - 2);
    const bool digits = !url.port.empty() && url.port.size() <= 5 &&
                        url.port.find_first_not_of("0123456789") == std::string::npos;
    if (url.host.empty() || !digits) return bad;
    return url;
}

}  // namespace landfall::sns
