#include "front/event_loop.hpp"

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

namespace landfall::front {

namespace asio = boost::asio;
using boost::system::error_code;
/// With the loop's own executor, not a type-erased one: a wait then costs no allocation and no virtual call.
using Stream = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

struct EventLoop::Reactor {
    asio::io_context io{1};  // one thread runs it: Asio then skips wake-ups that only more threads need
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> alive{io.get_executor()};
    asio::steady_timer timer{io};
    Duration period{};
    UniqueFunction<void()> tick;

    void arm() {
        timer.expires_after(period);
        timer.async_wait([this](const error_code& ec) {
            if (ec || !alive) return;
            tick();
            if (alive) arm();
        });
    }
};

EventLoop::EventLoop() : reactor_{std::make_unique<Reactor>()} {}
EventLoop::~EventLoop() = default;

void EventLoop::run() { reactor_->io.run(); }

void EventLoop::post(UniqueFunction<void()> work) { asio::post(reactor_->io, std::move(work)); }

bool EventLoop::on_thread() const { return reactor_->io.get_executor().running_in_this_thread(); }

void EventLoop::tick_every(Duration period, UniqueFunction<void()> tick) {
    reactor_->period = period;
    reactor_->tick = std::move(tick);
    reactor_->arm();
}

void EventLoop::finish() {
    reactor_->alive.reset();
    reactor_->timer.cancel();
}

struct Watch::Descriptor {
    explicit Descriptor(asio::io_context& io) : stream{io} {}
    Stream stream;
};

Watch::Watch(std::unique_ptr<Descriptor> descriptor) : descriptor_{std::move(descriptor)} {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

Result<Watch> Watch::adopt(EventLoop& loop, int fd) {
    auto descriptor = std::make_unique<Descriptor>(loop.reactor_->io);
    error_code ec;
    descriptor->stream.assign(fd, ec);
    if (ec) {
        ::close(fd);
        return error_from_errno(ec.value(), "watching a socket");
    }
    return Watch{std::move(descriptor)};
}

int Watch::fd() const { return descriptor_->stream.native_handle(); }

void Watch::wait(Direction direction, UniqueFunction<void(Ready)> done) {
    const auto kind = direction == Direction::read ? Stream::wait_read : Stream::wait_write;
    descriptor_->stream.async_wait(kind, [done = std::move(done)](const error_code& ec) mutable {
        done(ec ? Ready::cancelled : Ready::ready);
    });
}

void Watch::close() {
    error_code ignored;  // the descriptor is gone whatever close(2) says
    descriptor_->stream.close(ignored);
}

}  // namespace landfall::front
