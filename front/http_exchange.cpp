#include "front/http_exchange.hpp"

#include "front/connection.hpp"

namespace landfall::front {

/// An id, a type and a length or two: grown once.
static constexpr std::size_t kFieldsUsual = 192;

ResponseHead& ResponseHead::add(std::string_view name, std::string_view value) {
    if (fields_.empty()) fields_.reserve(kFieldsUsual);
    fields_.append(name).append(": ");
    const std::size_t at = fields_.size();
    fields_.append(value);
    for (std::size_t i = at; i < fields_.size(); ++i) {
        const auto c = static_cast<unsigned char>(fields_[i]);
        if (c < 0x20 || c == 0x7f) fields_[i] = ' ';
    }
    fields_.append("\r\n");
    return *this;
}

ResponseHead& ResponseHead::declare_length(Bytes length) {
    declared_ = length;
    return *this;
}

ResponseHead& ResponseHead::close_after() {
    closes_ = true;
    return *this;
}

Exchange::Exchange(std::shared_ptr<Connection> connection) : connection_{std::move(connection)} {}

Exchange& Exchange::operator=(Exchange&& other) noexcept {
    if (this != &other) {
        drop();
        connection_ = std::move(other.connection_);
    }
    return *this;
}

Exchange::~Exchange() { drop(); }

void Exchange::drop() {
    if (connection_) Connection::abandon(std::move(connection_));
}

const RequestHead& Exchange::head() const { return connection_->head(); }
const Peer& Exchange::peer() const { return connection_->peer(); }
bool Exchange::disconnected() const { return connection_->disconnected(); }

void Exchange::read_all(Exchange exchange, Bytes limit, BodyDone done) {
    Connection& connection = *exchange.connection_;
    connection.collect_body(std::move(exchange), limit, std::move(done));
}

std::optional<std::string_view> Exchange::body_at_hand() { return connection_->body_at_hand(); }

Result<std::size_t> Exchange::read(MutableByteSpan into) { return connection_->pull_body(into); }

void Exchange::on_disconnect(UniqueFunction<void()> gone) { connection_->watch_peer(std::move(gone)); }

void Exchange::on_loop(UniqueFunction<void()> work) const { connection_->on_loop(std::move(work)); }

void Exchange::respond(Response response) && {
    Connection::respond(std::move(connection_), std::move(response));
}

void Exchange::stream(StreamedResponse response) && {
    Connection::stream(std::move(connection_), std::move(response));
}

}  // namespace landfall::front
