// A tiny HTTP server for tests: every operation of every face answers the output that the test set before,
// and tells the input that it understood. No limits, no signatures, no TLS: tests of the wire layer only.
//
//   POST /landfall/next   plain JSON (kPlainJson) of the next output
//   POST /landfall/fail   the code of the error that the next operation answers
//   GET  /landfall/last   plain JSON of the last input
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wire/api/dispatcher.hpp"
#include "wire/model/catalogue.hpp"

namespace landfall::wire {

class EchoServer {
public:
    EchoServer(const Catalogue& catalogue, const Dispatcher& dispatcher);
    ~EchoServer();
    [[nodiscard]] int port() const { return port_; }

private:
    struct Request {
        std::string method, path, query, body;
        std::vector<std::pair<std::string, std::string>> headers;
    };
    void accept_all();
    void serve(int socket);
    static bool read_request(int socket, std::string& buffer, Request& request);
    HttpReply answer(const Request& request);
    HttpReply answer_operation(const Request& request, const RequestHead& head);

    const Catalogue& catalogue_;
    const Dispatcher& dispatcher_;
    int listener_ = -1;
    int port_ = 0;
    std::mutex mutex_;
    std::string next_;
    std::string fail_;
    std::string last_;
    std::vector<std::thread> connections_;
    std::vector<int> sockets_;
    std::thread acceptor_;
};

}  // namespace landfall::wire
