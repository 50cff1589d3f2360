#include "bench/messages/peers.hpp"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    using namespace landfall;
    using namespace landfall::bench;
    if (argc < 6) {
        std::fprintf(stderr,
                     "usage: messages_peers rabbitmq|redis|postgres PORT send|receive-delete SECONDS "
                     "MESSAGES [body bytes]\n");
        return 2;
    }
    const std::string peer = argv[1];
    PeerJob job;
    job.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    job.sending = std::string{argv[3]} == "send";
    job.limit = std::chrono::seconds{std::atoi(argv[4])};
    job.messages = std::strtoull(argv[5], nullptr, 10);
    if (job.messages == 0) job.messages = ~0ULL;
    job.body.assign(argc > 6 ? std::strtoul(argv[6], nullptr, 10) : 1024, 'x');
    const PeerOutcome outcome = peer == "rabbitmq" ? run_rabbitmq(job)
                                : peer == "redis"  ? run_redis(job)
                                                   : run_postgres(job);
    std::printf(
        "{\"peer\": \"%s\", \"job\": \"%s\", \"messages\": %llu, \"seconds\": %.4f, \"rate\": %.0f}\n",
        peer.c_str(), argv[3], static_cast<unsigned long long>(outcome.messages), outcome.seconds,
        outcome.messages == 0 ? 0.0 : static_cast<double>(outcome.messages) / outcome.seconds);
    return 0;
}
