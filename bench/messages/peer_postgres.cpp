#include <postgresql/libpq-fe.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "bench/messages/peers.hpp"

namespace landfall::bench {

namespace {

constexpr int kConnections = 16;

struct Close {
    void operator()(PGconn* c) const { PQfinish(c); }
    void operator()(PGresult* r) const { PQclear(r); }
};
using Connection = std::unique_ptr<PGconn, Close>;
using Answer = std::unique_ptr<PGresult, Close>;

Connection connect_to(std::uint16_t port) {
    const std::string text = "host=127.0.0.1 dbname=postgres user=postgres port=" + std::to_string(port);
    Connection connection{PQconnectdb(text.c_str())};
    CHECK(PQstatus(connection.get()) == CONNECTION_OK);
    return connection;
}

void prepare(const Connection& c, bool sending) {
    Answer made{PQexec(c.get(),
                       "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS bench (id bigint "
                       "GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)")};
    CHECK(PQresultStatus(made.get()) == PGRES_COMMAND_OK);
    const char* statement = sending ? "INSERT INTO bench (body) VALUES ($1)"
                                    : "DELETE FROM bench WHERE id IN (SELECT id FROM bench ORDER BY id FOR "
                                      "UPDATE SKIP LOCKED LIMIT 10) RETURNING body";
    Answer prepared{PQprepare(c.get(), "job", statement, 0, nullptr)};
    CHECK(PQresultStatus(prepared.get()) == PGRES_COMMAND_OK);
}

std::uint64_t step(const Connection& c, const PeerJob& job) {
    const char* values[] = {job.body.c_str()};
    Answer answer{PQexecPrepared(c.get(), "job", job.sending ? 1 : 0, values, nullptr, nullptr, 0)};
    if (job.sending) {
        CHECK(PQresultStatus(answer.get()) == PGRES_COMMAND_OK);
        return 1;
    }
    CHECK(PQresultStatus(answer.get()) == PGRES_TUPLES_OK);
    return static_cast<std::uint64_t>(PQntuples(answer.get()));
}

}  // namespace

PeerOutcome run_postgres(const PeerJob& job) {
    std::vector<Connection> all;
    for (int i = 0; i < kConnections; ++i) {
        all.push_back(connect_to(job.port));
        prepare(all.back(), job.sending);
    }
    std::atomic<std::uint64_t> done{0};
    const SystemClock clock;
    const Moment start = clock.moment();
    std::vector<std::thread> threads;
    for (const Connection& c : all) {
        threads.emplace_back([&] {
            while (clock.moment() < start + job.limit && done < job.messages) {
                const std::uint64_t n = step(c, job);
                if (n == 0) return;
                done += n;
            }
        });
    }
    for (std::thread& t : threads) t.join();
    return {done, std::chrono::duration<double>(clock.moment() - start).count()};
}

}  // namespace landfall::bench
