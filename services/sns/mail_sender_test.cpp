#include "services/sns/mail_sender.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/thread_starter.hpp"

namespace landfall::sns {
namespace {

using Kind = MailOutcome::Kind;

/// Speaks SMTP with one client after the other. It takes everything, but for the commands (and the "CONTENT")
/// whose answers are given; it closes instead where one is empty.
class Server {
public:
    explicit Server(std::map<std::string, std::string> answers = {}) : answers_{std::move(answers)} {
        fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(fd_, 64), 0);
        socklen_t size = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = threads_.start("smtp", [this] { serve(); });
    }
    ~Server() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        ::close(fd_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    [[nodiscard]] MailSettings settings() const {
        return {.host = "127.0.0.1", .port = port_, .from = "from@h", .user = {}, .password = {}};
    }
    [[nodiscard]] std::vector<std::string> contents() {
        const std::scoped_lock lock{mutex_};
        return contents_;
    }

private:
    void serve() {
        for (int one = ::accept(fd_, nullptr, nullptr); one >= 0; one = ::accept(fd_, nullptr, nullptr)) {
            talk(one);
            ::close(one);
        }
    }
    static bool read_to(int one, std::string& buffer, std::string_view end, std::string& out) {
        char piece[4096];
        while (buffer.find(end) == std::string::npos) {
            const ssize_t got = ::read(one, piece, sizeof piece);
            if (got <= 0) return false;
            buffer.append(piece, static_cast<std::size_t>(got));
        }
        out = buffer.substr(0, buffer.find(end));
        buffer.erase(0, out.size() + end.size());
        return true;
    }
    static bool say(int one, std::string_view text) {
        return !text.empty() &&
               ::send(one, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    }
    void talk(int one) {
        std::string buffer, line;
        if (!say(one, "220 here\r\n")) return;
        while (read_to(one, buffer, "\r\n", line)) {
            if (line == "QUIT") {
                say(one, "221 goodbye\r\n");
                return;
            }
            const std::string verb = line.substr(0, line.find(' '));
            if (!say(one, answer(verb, verb == "DATA" ? "354 go on\r\n" : "250 fine\r\n"))) return;
            if (verb != "DATA" || answers_.contains(verb)) continue;
            if (!read_to(one, buffer, "\r\n.\r\n", line)) return;
            {
                const std::scoped_lock lock{mutex_};
                contents_.push_back(line);
            }
            if (!say(one, answer("CONTENT", "250 taken\r\n"))) return;
        }
    }

    [[nodiscard]] std::string answer(const std::string& to, const char* otherwise) const {
        const auto given = answers_.find(to);
        return given == answers_.end() ? otherwise : given->second;
    }

    const std::map<std::string, std::string> answers_;
    SystemThreads threads_;
    int fd_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::vector<std::string> contents_;
    std::thread thread_;
};

class Sender {
public:
    explicit Sender(MailSettings settings) : settings_{std::move(settings)} {
        auto opened = MailSender::open(settings_);
        EXPECT_TRUE(opened.ok());
        sender_ = std::move(opened).value();
        thread_ = threads_.start("mail", [this] { sender_->run(); });
    }
    ~Sender() {
        sender_->stop();
        thread_.join();
    }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    void send(std::string to, std::string content) {
        sender_->send({std::move(to), std::move(content)}, [this](MailOutcome outcome) {
            const std::scoped_lock lock{mutex_};
            outcomes_.push_back(std::move(outcome));
            changed_.notify_one();
        });
    }
    std::vector<MailOutcome> wait_for(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return outcomes_.size() >= count; });
        return outcomes_;
    }

private:
    MailSettings settings_;
    SystemThreads threads_;
    std::unique_ptr<MailSender> sender_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<MailOutcome> outcomes_;
    std::thread thread_;
};

TEST(MailSender, hands_over_many_mails_a_few_at_a_time) {
    Server server;
    Sender sender{server.settings()};
    constexpr std::size_t kMails = 5 * kMailSessions;
    for (std::size_t i = 0; i < kMails; ++i)
        sender.send("to@h", "Subject: x\r\n\r\n.dot " + std::to_string(i));
    for (const MailOutcome& outcome : sender.wait_for(kMails))
        EXPECT_EQ(outcome.kind, Kind::taken) << outcome.text;
    EXPECT_EQ(server.contents().size(), kMails);
    for (const std::string& content : server.contents())
        EXPECT_TRUE(content.starts_with("Subject: x\r\n\r\n..dot ")) << content;
}

MailOutcome outcome_at(Server& server) {
    Sender sender{server.settings()};
    sender.send("to@h", "x");
    return sender.wait_for(1).front();
}

TEST(MailSender, a_refused_recipient_or_mail_is_final_and_the_rest_may_pass) {
    const struct {
        std::string command, answer;
        Kind kind;
    } cases[] = {
        {"RCPT", "550 nobody\r\n", Kind::refused},
        {"DATA", "554 no\r\n", Kind::refused},
        {"CONTENT", "552 too long\r\n", Kind::refused},
        {"RCPT", "450 later\r\n", Kind::failed},
        {"MAIL", "550 not you\r\n", Kind::failed},
        {"CONTENT", "451 later\r\n", Kind::failed},
        {"RCPT", "", Kind::failed},
        {"CONTENT", "", Kind::failed},
    };
    for (const auto& [command, answer, kind] : cases) {
        Server server{{{command, answer}}};
        const MailOutcome outcome = outcome_at(server);
        EXPECT_EQ(outcome.kind, kind) << command << " " << answer << outcome.text;
        if (!answer.empty()) {
            EXPECT_EQ(outcome.code, answer.substr(0, 3)) << outcome.text;
            EXPECT_THAT(outcome.text, testing::HasSubstr(answer.substr(0, answer.size() - 2)));
        }
    }
}

TEST(MailSender, no_line_of_a_mail_ends_it) {
    Server server;
    Sender sender{server.settings()};
    sender.send("to@h", "a\r\n.\r\n..\r\nRSET\r\n.");
    EXPECT_EQ(sender.wait_for(1).front().kind, Kind::taken);
    EXPECT_EQ(server.contents().front(), "a\r\n..\r\n...\r\nRSET\r\n..");
}

TEST(MailSender, credentials_never_go_out_in_the_clear) {
    Server server;
    MailSettings settings = server.settings();
    settings.user = "me";
    settings.password = SecretString{"quiet"};
    Sender sender{settings};
    sender.send("to@h", "x");
    EXPECT_EQ(sender.wait_for(1).front().text, "credentials go to a mail server over TLS only");
    EXPECT_TRUE(server.contents().empty());
}

TEST(MailSender, sends_nothing_to_what_is_no_address) {
    Server server;
    Sender sender{server.settings()};
    sender.send("to@h>\r\nDATA", "x");
    EXPECT_EQ(sender.wait_for(1).front().kind, Kind::refused);
    EXPECT_TRUE(server.contents().empty());
}

TEST(MailSender, a_server_that_is_not_there_and_one_without_tls_are_failures) {
    MailSettings settings;
    {
        Server server;
        settings = server.settings();
        settings.security = MailSettings::Security::starttls;
        Sender without{settings};
        without.send("to@h", "x");
        EXPECT_EQ(without.wait_for(1).front().text, "the mail server does not offer STARTTLS");
        settings.security = MailSettings::Security::tls;
        Sender plain{settings};
        plain.send("to@h", "x");
        EXPECT_EQ(plain.wait_for(1).front().kind, Kind::failed);
    }
    settings.security = MailSettings::Security::plain;
    Sender sender{settings};
    sender.send("to@h", "x");
    EXPECT_EQ(sender.wait_for(1).front().kind, Kind::failed);
}

}  // namespace
}  // namespace landfall::sns
