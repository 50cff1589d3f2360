#include "front/body_framing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace landfall::front {
namespace {

using Kind = BodyFraming::Step::Kind;

struct Outcome {
    Kind kind = Kind::need_more;
    std::string body;
    std::size_t consumed = 0;
    bool operator==(const Outcome&) const = default;
};

/// Shows `bytes` in pieces of `cut`, as a connection does.
Outcome decode(BodyFraming framing, std::string_view bytes, std::size_t cut) {
    Outcome outcome;
    for (std::size_t shown = 0; shown < bytes.size();) {
        shown = std::min(bytes.size(), shown + cut);
        while (true) {
            const auto step = framing.next(bytes.substr(outcome.consumed, shown - outcome.consumed));
            outcome.consumed += step.consumed;
            outcome.body += step.piece;
            outcome.kind = step.kind;
            if (step.kind == Kind::end || step.kind == Kind::refused) return outcome;
            if (step.kind == Kind::need_more) break;
        }
    }
    return outcome;
}

BodyFraming chunked() {
    BodyFraming framing;
    framing.begin_chunked();
    return framing;
}

TEST(BodyFraming, the_same_bytes_have_the_same_outcome_however_they_were_cut) {
    const std::vector<std::string> bodies{
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1",
        "5;name=\"value\"\r\nhello\r\n00\r\nX-Sum: 1\r\nEmpty:\r\n\r\n",
        "A\r\n0123456789\r\n3;x\r\nabc\r\n0\r\n\r\n",
        "5Ca\r\nTran;x=\xff\x13/1.1\r\nHost",
        "5\r\nhelloX",
        "0\r\nbroken trailer\r\n\r\n",
        "ffffffffffffffff\r\nno end of it",
    };
    for (const std::string& bytes : bodies) {
        const Outcome whole = decode(chunked(), bytes, bytes.size());
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            EXPECT_EQ(decode(chunked(), bytes, cut), whole) << bytes << " in pieces of " << cut;
        }
    }
}

TEST(BodyFraming, chunks_are_put_together_and_the_next_request_is_left_alone) {
    const auto outcome = decode(chunked(), "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: y\r\n\r\nGET", 1000);
    EXPECT_EQ(outcome.kind, Kind::end);
    EXPECT_EQ(outcome.body, "hello world");
    EXPECT_EQ(outcome.consumed, 36U);
}

TEST(BodyFraming, what_two_parsers_could_read_differently_is_refused) {
    for (const std::string bytes : {"x\r\n",
                                    "-1\r\n",
                                    " 5\r\n",
                                    "5 \r\n",
                                    "5 ;x\r\n",
                                    "5\n",
                                    "5\r\r",
                                    "0x5\r\n",
                                    "\r\n",
                                    ";x\r\n",
                                    "00000000000000005\r\n",
                                    "5;a\nb\r\n",
                                    "5;a\x01\r\n",
                                    "5\r\nhello0\r\n",
                                    "5\r\nhello\n",
                                    "0\r\n\n",
                                    "0\r\nX\r\n",
                                    "0\r\n: y\r\n",
                                    "0\r\nX : y\r\n",
                                    "0\r\n X: y\r\n",
                                    "0\r\nX: y\n",
                                    "0\r\nContent-Length: 5\r\n",
                                    "0\r\ntransfer-encoding: chunked\r\n",
                                    "0\r\nHost: b\r\n"}) {
        EXPECT_EQ(decode(chunked(), bytes, 1).kind, Kind::refused) << bytes;
    }
}

TEST(BodyFraming, size_lines_and_trailers_are_bounded) {
    const std::string endless(kChunkLineMax.count + 1, 'x');
    EXPECT_EQ(decode(chunked(), "5;" + endless, 1000).kind, Kind::refused);
    EXPECT_EQ(decode(chunked(), "0\r\nX: " + endless, 1000).kind, Kind::refused);
    std::string many = "0\r\n";
    while (many.size() <= kChunkLineMax.count + 3) many += "X: y\r\n";
    EXPECT_EQ(decode(chunked(), many, 1000).kind, Kind::refused);
}

TEST(BodyFraming, a_counted_body_ends_with_its_last_byte) {
    BodyFraming framing;
    EXPECT_TRUE(framing.ended());
    framing.begin_length(5);
    EXPECT_FALSE(framing.ended());
    const auto step = framing.next("helloGET");
    EXPECT_EQ(step.piece, "hello");
    EXPECT_EQ(step.consumed, 5U);
    EXPECT_TRUE(framing.ended());
    framing.begin_length(0);
    EXPECT_EQ(framing.next("GET").kind, Kind::end);
}

}  // namespace
}  // namespace landfall::front
