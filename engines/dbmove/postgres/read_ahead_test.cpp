// What is read ahead comes as it was: in order, an error last, positions never ahead of the messages.
#include "engines/dbmove/postgres/read_ahead.hpp"

#include <gtest/gtest.h>

namespace landfall::dbmove::postgres {
namespace {

using std::chrono::milliseconds;

/// A log of numbered transactions, then silence or an error.
class Numbers final : public Changes {
public:
    struct Seen {
        std::atomic<std::uint64_t> given = 0;
        std::atomic<std::uint64_t> durable = 0;
    };
    Numbers(Seen& seen, std::uint64_t count, std::optional<Error> end)
        : seen_{seen}, count_{count}, end_{std::move(end)} {}
    Result<Got> next(milliseconds, Message& out) override {
        if (seen_.given == count_) {
            if (end_) return *end_;
            std::this_thread::yield();
            return Got::nothing;
        }
        out.kind = MessageKind::commit;
        out.end = Lsn{++seen_.given};
        out.after.clear();
        out.after.add(std::string(1000, 'x'));
        return Got::change;
    }
    Status acknowledge(Lsn durable) override {
        seen_.durable = durable.value;
        return {};
    }
    [[nodiscard]] Lsn sent() const override { return Lsn{seen_.given}; }

private:
    Seen& seen_;
    std::uint64_t count_;
    std::optional<Error> end_;
};

constexpr std::uint64_t kMany = 100'000;

TEST(ReadAhead, GivesAllInTheirOrderAndThePositionsWithThem) {
    SystemThreads threads;
    Numbers::Seen seen;
    ReadAhead ahead{threads, std::make_unique<Numbers>(seen, kMany, std::nullopt)};
    Message message;
    for (std::uint64_t i = 1; i <= kMany; ++i) {
        const auto got = ahead.next(milliseconds{60'000}, message);
        ASSERT_TRUE(got.ok() && *got == Changes::Got::change);
        ASSERT_EQ(message.end.value, i);
        ASSERT_EQ(message.after.at(0).text.size(), 1000U);
        ASSERT_LE(ahead.sent().value, i);
    }
    const auto nothing = ahead.next(milliseconds{0}, message);
    ASSERT_TRUE(nothing.ok() && *nothing == Changes::Got::nothing);
    EXPECT_EQ(ahead.sent().value, kMany);
}

TEST(ReadAhead, TellsAnErrorBehindAllThatCameBefore) {
    SystemThreads threads;
    Numbers::Seen seen;
    ReadAhead ahead{threads, std::make_unique<Numbers>(seen, 1000, Error{Errc::unavailable, "gone"})};
    Message message;
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        const auto got = ahead.next(milliseconds{60'000}, message);
        ASSERT_TRUE(got.ok() && *got == Changes::Got::change);
    }
    for (int again = 0; again < 2; ++again) {
        const auto ended = ahead.next(milliseconds{60'000}, message);
        ASSERT_FALSE(ended.ok());
        EXPECT_EQ(ended.error().message(), "gone");
    }
}

TEST(ReadAhead, ReadsNoFurtherThanIsBoundedAndStillAcknowledges) {
    SystemThreads threads;
    Numbers::Seen seen;
    ReadAhead ahead{threads, std::make_unique<Numbers>(seen, 10 * kMany, std::nullopt)};
    ASSERT_TRUE(ahead.acknowledge(Lsn{7}).ok());
    // The reader waits for room then: it tells what is durable while it does.
    while (seen.durable != 7 || seen.given < 10'000) std::this_thread::yield();
    EXPECT_LT(seen.given, kMany);
}

}  // namespace
}  // namespace landfall::dbmove::postgres
