#include "services/sns/mail_sender.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include "base/owned.hpp"
#include "services/sns/model_names.hpp"

namespace landfall::sns {
namespace {

using Kind = MailOutcome::Kind;
constexpr std::size_t kShownMax = 200;  ///< of what a server says, in an event

std::string url_of(const MailSettings& settings) {
    const bool v6 = settings.host.find(':') != std::string::npos;
    return std::string{settings.security == MailSettings::Security::tls ? "smtps://" : "smtp://"} +
           (v6 ? "[" + settings.host + "]" : settings.host) + ":" + std::to_string(settings.port);
}

/// OpenSSL's own places for authorities, which SSL_CERT_FILE and SSL_CERT_DIR can move.
CURLcode trust_the_system(CURL*, void* context, void*) {
    return SSL_CTX_set_default_verify_paths(static_cast<SSL_CTX*>(context)) == 1 ? CURLE_OK
                                                                                 : CURLE_SSL_CACERT_BADFILE;
}

/// One mail on its way. libcurl calls back with its address: it does not move.
class Session {
public:
    Session(const MailSettings& settings, MailRequest request, MailDone done)
        : request_{std::move(request)}, done_{std::move(done)}, curl_{curl_easy_init()} {
        CHECK(curl_ != nullptr);
        recipient_.reset(curl_slist_append(nullptr, ("<" + request_.to + ">").c_str()));
        CHECK(recipient_ != nullptr);
        const bool tls = settings.security != MailSettings::Security::plain;
        set(CURLOPT_URL, url_of(settings).c_str());
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_TIMEOUT_MS,
            static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(kMailTime).count()));
        set(CURLOPT_FRESH_CONNECT, 1L);
        set(CURLOPT_FORBID_REUSE, 1L);
        set(CURLOPT_USE_SSL, static_cast<long>(tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
        set(CURLOPT_CAINFO, nullptr);
        set(CURLOPT_CAPATH, nullptr);
        set(CURLOPT_SSL_CTX_FUNCTION, trust_the_system);
        if (!settings.user.empty()) {
            set(CURLOPT_USERNAME, settings.user.c_str());
            set(CURLOPT_PASSWORD, settings.password.reveal().c_str());
            set(CURLOPT_LOGIN_OPTIONS, "AUTH=*");
        }
        set(CURLOPT_MAIL_FROM, ("<" + settings.from + ">").c_str());
        set(CURLOPT_MAIL_RCPT, recipient_.get());
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, read_content);
        set(CURLOPT_READDATA, this);
        // The only way to learn which command a reply answers. Nothing of it is written anywhere.
        set(CURLOPT_VERBOSE, 1L);
        set(CURLOPT_DEBUGFUNCTION, overhear);
        set(CURLOPT_DEBUGDATA, this);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() = default;

    [[nodiscard]] CURL* handle() const { return curl_.get(); }
    void finish(CURLcode result) { std::exchange(done_, MailDone{})(outcome_of(result)); }

private:
    template <class T>
    void set(CURLoption option, T value) {
        CHECK(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
    }
    static std::size_t read_content(char* to, std::size_t size, std::size_t count, void* self) {
        auto& session = *static_cast<Session*>(self);
        const std::string& content = session.request_.content;
        const std::size_t piece = std::min(size * count, content.size() - session.sent_);
        std::memcpy(to, content.data() + session.sent_, piece);
        session.sent_ += piece;
        return piece;
    }
    static int overhear(CURL*, curl_infotype type, char* text, std::size_t size, void* self) {
        auto& session = *static_cast<Session*>(self);
        const std::string_view line{text, size};
        // Only what can be a command of SMTP: the rest might be a credential.
        if (type == CURLINFO_HEADER_OUT && line.starts_with("QUIT")) session.over_ = true;
        if (session.over_) return 0;  // what is said to QUIT is no news of the mail
        if (type == CURLINFO_HEADER_OUT)
            for (const std::string_view verb : {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"})
                if (line.starts_with(verb)) session.asked_ = verb;
        if (type == CURLINFO_HEADER_IN) session.reply_ = line;
        return 0;
    }

    [[nodiscard]] MailOutcome outcome_of(CURLcode result) const {
        if (result == CURLE_OK) return {Kind::taken, "250", {}};
        if (result == CURLE_OPERATION_TIMEDOUT)
            return {Kind::failed, {}, "the mail server did not answer in time"};
        if (result == CURLE_USE_SSL_FAILED && asked_ != "STARTTLS")
            return {Kind::failed, {}, "the mail server does not offer STARTTLS"};
        long code = 0;
        curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &code);
        if (code < 400) return {Kind::failed, {}, std::string{"mail: "} + curl_easy_strerror(result)};
        // A refusal of our own address or password is a setting to mend, not the fault of this mail.
        const bool final = code / 100 == 5 && (asked_ == "RCPT" || asked_ == "DATA");
        const std::string number = std::to_string(code);
        // What a server says about credentials might repeat them.
        return {final ? Kind::refused : Kind::failed, number,
                "the mail server answered " + (asked_ == "AUTH" ? number : shown(reply_)) + " to " + asked_};
    }
    static std::string shown(std::string_view reply) {
        std::string out{reply.substr(0, kShownMax)};
        std::replace_if(
            out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, ' ');
        out.erase(out.find_last_not_of(' ') + 1);
        return out;
    }

    MailRequest request_;
    MailDone done_;
    Owned<CURL, curl_easy_cleanup> curl_;
    Owned<curl_slist, curl_slist_free_all> recipient_;
    std::size_t sent_ = 0;
    std::string asked_ = "the connection";  ///< the last command
    std::string reply_;
    bool over_ = false;
};

class CurlMailSender final : public MailSender {
public:
    explicit CurlMailSender(const MailSettings& settings) : settings_{settings}, curl_{curl_multi_init()} {
        CHECK(curl_ != nullptr);
    }
    CurlMailSender(const CurlMailSender&) = delete;
    CurlMailSender& operator=(const CurlMailSender&) = delete;
    ~CurlMailSender() override {
        for (const auto& [handle, session] : open_) curl_multi_remove_handle(curl_.get(), handle);
    }

    void send(MailRequest request, MailDone done) override {
        {
            const std::scoped_lock lock{mutex_};
            arrived_.push_back({std::move(request), std::move(done)});
        }
        curl_multi_wakeup(curl_.get());
    }
    void run() override {
        while (!stopped_) {
            begin_more();
            int running = 0;
            CHECK(curl_multi_perform(curl_.get(), &running) == CURLM_OK);
            if (finish_ended()) continue;
            CHECK(curl_multi_poll(curl_.get(), nullptr, 0, kWakeUpMs, nullptr) == CURLM_OK);
        }
    }
    void stop() override {
        stopped_ = true;
        curl_multi_wakeup(curl_.get());
    }

private:
    static constexpr int kWakeUpMs = 60'000;
    struct Waiting {
        MailRequest request;
        MailDone done;
    };

    std::optional<Waiting> next() {
        const std::scoped_lock lock{mutex_};
        if (arrived_.empty()) return std::nullopt;
        Waiting first = std::move(arrived_.front());
        arrived_.pop_front();
        return first;
    }
    void begin_more() {
        while (open_.size() < kMailSessions) {
            auto waiting = next();
            if (!waiting) return;
            if (!is_mail_address(waiting->request.to)) {
                waiting->done({Kind::refused, {}, "no mail address"});
                continue;
            }
            if (!settings_.user.empty() && settings_.security == MailSettings::Security::plain) {
                waiting->done({Kind::failed, {}, "credentials go to a mail server over TLS only"});
                continue;
            }
            auto session =
                std::make_unique<Session>(settings_, std::move(waiting->request), std::move(waiting->done));
            CURL* handle = session->handle();
            CHECK(curl_multi_add_handle(curl_.get(), handle) == CURLM_OK);
            open_.emplace(handle, std::move(session));
        }
    }
    /// True where a session ended, so that another may begin.
    bool finish_ended() {
        bool ended = false;
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(curl_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const CURLcode result = message->data.result;
            auto session = open_.extract(message->easy_handle);
            CHECK(!session.empty());
            curl_multi_remove_handle(curl_.get(), session.key());
            session.mapped()->finish(result);
            ended = true;
        }
        return ended;
    }

    const MailSettings& settings_;
    std::mutex mutex_;
    std::deque<Waiting> arrived_;
    std::atomic<bool> stopped_ = false;
    Owned<CURLM, curl_multi_cleanup> curl_;
    std::map<CURL*, std::unique_ptr<Session>> open_;
};

}  // namespace

Result<std::unique_ptr<MailSender>> MailSender::open(const MailSettings& settings) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return Error{Errc::unavailable, "libcurl does not start"};
    return std::unique_ptr<MailSender>{std::make_unique<CurlMailSender>(settings)};
}

}  // namespace landfall::sns
