#include "services/sns/mail_sender.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <array>
#include <deque>

#include "services/sns/model_names.hpp"
#include "services/sns/name_lookup.hpp"

namespace landfall::sns {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Act = SmtpDialogue::Next::Act;

constexpr Duration kQuitTime = std::chrono::seconds{5};

/// One mail's session. Shared: each asynchronous step keeps it alive until it is called back.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(asio::io_context& loop, asio::ssl::context& tls, NameLookup& names, const MailSettings& settings,
            MailRequest request, MailDone done)
        : settings_{settings},
          request_{std::move(request)},
          done_{std::move(done)},
          names_{names},
          stream_{loop, tls},
          deadline_{loop} {}

    void start() {
        if (!is_mail_address(request_.to)) return finish({MailOutcome::Kind::refused, {}, "no mail address"});
        // Of its own, since a look-up of a name knows no time limit.
        deadline_.expires_after(kMailTime);
        deadline_.async_wait([self = shared_from_this()](error_code code) {
            if (!code)
                self->finish({MailOutcome::Kind::failed, {}, "the mail server did not answer in time"});
        });
        error_code code;
        const auto address = asio::ip::make_address(settings_.host, code);
        named_ = code.failed();
        if (!named_) return connect({{address, settings_.port}});
        names_.find(settings_.host, [self = shared_from_this()](Result<std::vector<std::string>> found) {
            if (!found.ok()) return self->finish({MailOutcome::Kind::failed, {}, found.error().message()});
            std::vector<tcp::endpoint> endpoints;
            for (const std::string& text : *found)
                endpoints.emplace_back(asio::ip::make_address(text), self->settings_.port);
            self->connect(std::move(endpoints));
        });
    }

private:
    [[nodiscard]] beast::tcp_stream& plain() { return beast::get_lowest_layer(stream_); }
    template <class F>
    void with_stream(F use) {
        encrypted_ ? use(stream_) : use(plain());
    }

    void connect(std::vector<tcp::endpoint> endpoints) {
        if (!done_) return;  // its time was over before the server's name was found
        endpoints_ = std::move(endpoints);
        plain().async_connect(endpoints_, [self = shared_from_this()](error_code code, const tcp::endpoint&) {
            if (code) return self->fail("connecting to the mail server", code);
            self->name_itself();
            self->dialogue_.emplace(SmtpDialogue::Facts{.security = self->settings_.security,
                                                        .user = self->settings_.user,
                                                        .password = self->settings_.password.reveal(),
                                                        .from = self->settings_.from,
                                                        .to = self->request_.to,
                                                        .hello = self->hello_});
            self->act(self->dialogue_->connected());
        });
    }
    /// By its address, as a client without a name of its own does (RFC 5321 §4.1.3).
    void name_itself() {
        error_code code;
        const auto local = plain().socket().local_endpoint(code).address();
        hello_ = (local.is_v6() ? "[IPv6:" : "[") + local.to_string() + "]";
    }

    void act(SmtpDialogue::Next next) {
        switch (next.act) {
            case Act::read: return read();
            case Act::say: return write(std::move(next.words));
            case Act::say_content: return write(dot_stuffed(request_.content));
            case Act::begin_tls: return begin_tls();
            case Act::end: return finish(std::move(next.outcome));
        }
    }
    void begin_tls() {
        // Bytes that came before TLS are nobody's: who put them there could be anybody on the way.
        if (!replies_.empty()) return finish({MailOutcome::Kind::failed, {}, "answers before TLS began"});
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.set_verify_callback(asio::ssl::host_name_verification{settings_.host});
        if (named_) SSL_set_tlsext_host_name(stream_.native_handle(), settings_.host.c_str());
        stream_.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code code) {
            if (code) return self->fail("TLS with the mail server", code);
            self->encrypted_ = true;
            self->act(self->dialogue_->encrypted());
        });
    }
    void write(std::string words) {
        out_ = std::move(words);
        with_stream([this](auto& stream) {
            asio::async_write(stream, asio::buffer(out_),
                              [self = shared_from_this()](error_code code, std::size_t) {
                                  wipe(std::as_writable_bytes(std::span{self->out_}));
                                  if (code) return self->fail("writing to the mail server", code);
                                  self->read();
                              });
        });
    }
    void read() {
        auto reply = replies_.next();
        if (!reply.ok()) return finish({MailOutcome::Kind::failed, {}, reply.error().message()});
        if (reply->has_value()) return act(dialogue_->heard(**reply));
        with_stream([this](auto& stream) {
            stream.async_read_some(asio::buffer(in_),
                                   [self = shared_from_this()](error_code code, std::size_t count) {
                                       if (code) return self->fail("reading from the mail server", code);
                                       self->replies_.add({self->in_.data(), count});
                                       self->read();
                                   });
        });
    }
    void fail(const std::string& doing, error_code code) {
        finish({MailOutcome::Kind::failed, {}, doing + ": " + code.message()});
    }
    void finish(MailOutcome outcome) {
        if (!done_) return;
        deadline_.cancel();
        if (outcome.kind == MailOutcome::Kind::failed)
            close();
        else
            quit();
        std::exchange(done_, MailDone{})(std::move(outcome));
    }
    /// A courtesy, whose answer changes nothing.
    void quit() {
        plain().expires_after(kQuitTime);
        out_ = "QUIT\r\n";
        with_stream([this](auto& stream) {
            asio::async_write(stream, asio::buffer(out_),
                              [self = shared_from_this()](error_code, std::size_t) { self->close(); });
        });
    }
    void close() {
        error_code ignored;
        plain().socket().close(ignored);
    }

    const MailSettings& settings_;
    MailRequest request_;
    MailDone done_;
    NameLookup& names_;
    std::vector<tcp::endpoint> endpoints_;
    beast::ssl_stream<beast::tcp_stream> stream_;
    asio::steady_timer deadline_;
    std::optional<SmtpDialogue> dialogue_;
    SmtpReplies replies_;
    std::string hello_;
    std::string out_;
    std::array<char, 4096> in_{};
    bool encrypted_ = false;
    bool named_ = false;  ///< the server, not by its address
};

class AsioMailSender final : public MailSender {
public:
    explicit AsioMailSender(const MailSettings& settings) : settings_{settings} {
        error_code ignored;
        tls_.set_default_verify_paths(ignored);
    }
    Status open_names() {
        names_ = TRY(NameLookup::open(loop_, {}));
        return {};
    }
    void send(MailRequest request, MailDone done) override {
        asio::post(loop_, [this, waiting = Waiting{std::move(request), std::move(done)}]() mutable {
            waiting_.push_back(std::move(waiting));
            begin_more();
        });
    }
    void run() override { loop_.run(); }
    void stop() override { loop_.stop(); }

private:
    struct Waiting {
        MailRequest request;
        MailDone done;
    };

    void begin_more() {
        while (open_ < kMailSessions && !waiting_.empty()) {
            ++open_;
            Waiting next = std::move(waiting_.front());
            waiting_.pop_front();
            auto done = [this, told = std::move(next.done)](MailOutcome outcome) mutable {
                --open_;
                told(std::move(outcome));
                begin_more();
            };
            std::make_shared<Session>(loop_, tls_, *names_, settings_, std::move(next.request),
                                      std::move(done))
                ->start();
        }
    }

    const MailSettings& settings_;
    asio::ssl::context tls_{asio::ssl::context::tls_client};
    asio::io_context loop_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{loop_.get_executor()};
    std::unique_ptr<NameLookup> names_;
    std::deque<Waiting> waiting_;
    std::size_t open_ = 0;
};

}  // namespace

Result<std::unique_ptr<MailSender>> MailSender::open(const MailSettings& settings) {
    auto sender = std::make_unique<AsioMailSender>(settings);
    TRY(sender->open_names());
    return std::unique_ptr<MailSender>{std::move(sender)};
}

}  // namespace landfall::sns
