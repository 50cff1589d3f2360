#include <hiredis/hiredis.h>

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "bench/messages/peers.hpp"

namespace landfall::bench {

namespace {

constexpr int kConnections = 16;
constexpr int kPipeline = kOutstanding / kConnections;

struct Close {
    void operator()(redisContext* c) const { redisFree(c); }
    void operator()(redisReply* r) const { freeReplyObject(r); }
};
using Context = std::unique_ptr<redisContext, Close>;
using Reply = std::unique_ptr<redisReply, Close>;

Context connect_to(std::uint16_t port) {
    Context context{redisConnect("127.0.0.1", port)};
    CHECK(context != nullptr && context->err == 0);
    return context;
}

Reply next_reply(const Context& context) {
    void* reply = nullptr;
    CHECK(redisGetReply(context.get(), &reply) == REDIS_OK);
    Reply owned{static_cast<redisReply*>(reply)};
    CHECK(owned->type != REDIS_REPLY_ERROR);
    return owned;
}

PeerOutcome send(const PeerJob& job, const std::vector<Context>& all) {
    const auto append = [&](const Context& c) {
        for (int i = 0; i < kPipeline; ++i)
            redisAppendCommand(c.get(), "XADD bench * b %b", job.body.data(), job.body.size());
        int flushed = 0;
        while (flushed == 0) CHECK(redisBufferWrite(c.get(), &flushed) == REDIS_OK);
    };
    const SystemClock clock;
    const Moment start = clock.moment();
    std::uint64_t sent = 0;
    for (const Context& c : all) append(c);
    bool more = true;
    while (more) {
        more = clock.moment() < start + job.limit && sent + kOutstanding < job.messages;
        for (const Context& c : all) {
            for (int i = 0; i < kPipeline; ++i) (void)next_reply(c);
            sent += kPipeline;
            if (more) append(c);
        }
    }
    return {sent, std::chrono::duration<double>(clock.moment() - start).count()};
}

void append_read(const Context& c) {
    redisAppendCommand(c.get(), "XREADGROUP GROUP g c COUNT 10 STREAMS bench >");
    int flushed = 0;
    while (flushed == 0) CHECK(redisBufferWrite(c.get(), &flushed) == REDIS_OK);
}

/// Takes the answer of append_read(), then acknowledges and deletes in one round trip, and asks for more. The
/// messages taken; 0: empty.
std::uint64_t take_ten(const Context& c) {
    const Reply reply = next_reply(c);
    if (reply->type != REDIS_REPLY_ARRAY) return 0;
    const redisReply* entries = reply->element[0]->element[1];
    std::vector<const char*> ack{"XACK", "bench", "g"};
    std::vector<const char*> del{"XDEL", "bench"};
    for (std::size_t i = 0; i < entries->elements; ++i) {
        ack.push_back(entries->element[i]->element[0]->str);
        del.push_back(entries->element[i]->element[0]->str);
    }
    redisAppendCommandArgv(c.get(), static_cast<int>(ack.size()), ack.data(), nullptr);
    redisAppendCommandArgv(c.get(), static_cast<int>(del.size()), del.data(), nullptr);
    append_read(c);
    return entries->elements;
}

PeerOutcome receive(const PeerJob& job, const std::vector<Context>& all) {
    redisAppendCommand(all.front().get(), "XGROUP CREATE bench g 0");
    void* made = nullptr;
    CHECK(redisGetReply(all.front().get(), &made) ==
          REDIS_OK);  // an error answer: there from an earlier round
    freeReplyObject(made);
    const SystemClock clock;
    const Moment start = clock.moment();
    std::uint64_t taken = 0;
    for (const Context& c : all) append_read(c);
    bool more = true;
    while (more) {
        more = false;
        for (const Context& c : all) {
            const std::uint64_t got = take_ten(c);
            if (got == 0) return {taken, std::chrono::duration<double>(clock.moment() - start).count()};
            taken += got;
            (void)next_reply(c);
            (void)next_reply(c);
            more = clock.moment() < start + job.limit && taken < job.messages;
        }
    }
    return {taken, std::chrono::duration<double>(clock.moment() - start).count()};
}

}  // namespace

PeerOutcome run_redis(const PeerJob& job) {
    std::vector<Context> all;
    for (int i = 0; i < kConnections; ++i) all.push_back(connect_to(job.port));
    return job.sending ? send(job, all) : receive(job, all);
}

}  // namespace landfall::bench
