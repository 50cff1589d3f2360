#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

#include "base/result.hpp"
#include "bench/messages/peers.hpp"

namespace landfall::bench {

namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr std::uint16_t kPrefetch = 250;

void must(const amqp_rpc_reply_t& reply) { CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL); }

class Session {
public:
    explicit Session(std::uint16_t port) : state_{amqp_new_connection()} {
        amqp_socket_t* socket = amqp_tcp_socket_new(state_);
        CHECK(amqp_socket_open(socket, "127.0.0.1", port) == AMQP_STATUS_OK);
        must(amqp_login(state_, "/", 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"));
        amqp_channel_open(state_, kChannel);
        must(amqp_get_rpc_reply(state_));
        amqp_table_entry_t type{};
        type.key = amqp_cstring_bytes("x-queue-type");
        type.value.kind = AMQP_FIELD_KIND_UTF8;
        type.value.value.bytes = amqp_cstring_bytes("quorum");
        const amqp_table_t arguments{1, &type};
        amqp_queue_declare(state_, kChannel, queue(), 0, 1, 0, 0, arguments);
        must(amqp_get_rpc_reply(state_));
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
        amqp_destroy_connection(state_);
    }
    [[nodiscard]] static amqp_bytes_t queue() { return amqp_cstring_bytes("bench"); }
    [[nodiscard]] amqp_connection_state_t state() const { return state_; }

private:
    amqp_connection_state_t state_;
};

/// Waits for one confirmation; returns up to which message all are confirmed.
std::uint64_t next_confirm(const Session& session, std::uint64_t confirmed) {
    amqp_frame_t frame;
    while (true) {
        amqp_maybe_release_buffers(session.state());
        CHECK(amqp_simple_wait_frame(session.state(), &frame) == AMQP_STATUS_OK);
        if (frame.frame_type != AMQP_FRAME_METHOD) continue;
        CHECK(frame.payload.method.id == AMQP_BASIC_ACK_METHOD);
        const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
        return ack->multiple != 0 ? ack->delivery_tag : confirmed + 1;
    }
}

PeerOutcome send(const PeerJob& job) {
    const Session session{job.port};
    amqp_confirm_select(session.state(), kChannel);
    must(amqp_get_rpc_reply(session.state()));
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = 2;
    const amqp_bytes_t body{job.body.size(), const_cast<char*>(job.body.data())};
    const SystemClock clock;
    const Moment start = clock.moment();
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    while (clock.moment() < start + job.limit && published < job.messages) {
        while (published - confirmed < kOutstanding) {
            CHECK(amqp_basic_publish(session.state(), kChannel, amqp_empty_bytes, Session::queue(), 0, 0,
                                     &properties, body) == AMQP_STATUS_OK);
            ++published;
        }
        confirmed = next_confirm(session, confirmed);
    }
    while (confirmed < published) confirmed = next_confirm(session, confirmed);
    return {confirmed, std::chrono::duration<double>(clock.moment() - start).count()};
}

PeerOutcome receive(const PeerJob& job) {
    const Session session{job.port};
    amqp_basic_qos(session.state(), kChannel, 0, kPrefetch, 0);
    must(amqp_get_rpc_reply(session.state()));
    amqp_basic_consume(session.state(), kChannel, Session::queue(), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    must(amqp_get_rpc_reply(session.state()));
    const SystemClock clock;
    const Moment start = clock.moment();
    Moment last = start;
    std::uint64_t taken = 0;
    while (clock.moment() < start + job.limit && taken < job.messages) {
        amqp_maybe_release_buffers(session.state());
        amqp_envelope_t envelope;
        timeval patience{1, 0};
        const amqp_rpc_reply_t reply = amqp_consume_message(session.state(), &envelope, &patience, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) break;  // nothing for a second: empty
        if (++taken % 10 == 0)
            CHECK(amqp_basic_ack(session.state(), kChannel, envelope.delivery_tag, 1) == 0);
        amqp_destroy_envelope(&envelope);
        last = clock.moment();
    }
    return {taken, std::chrono::duration<double>(last - start).count()};
}

}  // namespace

PeerOutcome run_rabbitmq(const PeerJob& job) { return job.sending ? send(job) : receive(job); }

}  // namespace landfall::bench
