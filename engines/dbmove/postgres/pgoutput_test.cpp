#include "engines/dbmove/postgres/pgoutput.hpp"

#include <gtest/gtest.h>

namespace landfall::dbmove::postgres {
namespace {

std::string number(std::uint64_t value, int size) {
    std::string bytes;
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
    return bytes;
}
std::string text(std::string_view value) { return std::string{value} + '\0'; }
std::string cell(std::string_view value) { return "t" + number(value.size(), 4) + std::string{value}; }

Message decoded(const std::string& bytes) {
    Message message;
    const Status done = decode(bytes, message);
    EXPECT_TRUE(done.ok()) << done.error().message();
    return message;
}

std::string refused(const std::string& bytes) {
    Message message;
    const Status done = decode(bytes, message);
    EXPECT_TRUE(done.is(Errc::corrupt));
    return done.ok() ? "" : done.error().message();
}

TEST(Pgoutput, a_transaction_begins_and_ends_with_its_commit_record) {
    const Message begin = decoded("B" + number(0x1600000010, 8) + number(7, 8) + number(742, 4));
    EXPECT_EQ(begin.kind, MessageKind::begin);
    EXPECT_EQ(text_of(begin.commit), "16/10");
    EXPECT_EQ(begin.transaction, 742U);
    const Message commit =
        decoded(std::string{"C"} + '\0' + number(0x10, 8) + number(0x48, 8) + number(7, 8));
    EXPECT_EQ(commit.commit, Lsn{0x10});
    EXPECT_EQ(commit.end, Lsn{0x48});
}

TEST(Pgoutput, a_relation_names_its_columns_and_its_identity) {
    const Message message = decoded("R" + number(9, 4) + text("s") + text("t") + "f" + number(2, 2) +
                                    number(1, 1) + text("id") + number(23, 4) + number(~0ULL, 4) +
                                    number(0, 1) + text("v") + number(25, 4) + number(~0ULL, 4));
    EXPECT_EQ(message.relation.name, (TableName{"s", "t"}));
    EXPECT_EQ(message.relation.identity, Identity::whole_row);
    EXPECT_EQ(message.relation.columns,
              (std::vector<RelationColumn>{{"id", true, 23, -1}, {"v", false, 25, -1}}));
}

TEST(Pgoutput, an_update_keeps_null_unchanged_and_empty_apart) {
    const Message message = decoded("U" + number(9, 4) + "K" + number(1, 2) + cell("5") + "N" + number(4, 2) +
                                    cell("6") + "n" + "u" + cell(""));
    EXPECT_EQ(message.has_before, Before::key);
    EXPECT_EQ(message.before.at(0), (Cell{Cell::State::value, "5"}));
    EXPECT_EQ(message.after.at(1).state, Cell::State::null);
    EXPECT_EQ(message.after.at(2).state, Cell::State::absent);
    EXPECT_EQ(message.after.at(3), (Cell{Cell::State::value, ""}));
    EXPECT_EQ(decoded("U" + number(9, 4) + "N" + number(1, 2) + cell("6")).has_before, Before::none);
}

TEST(Pgoutput, what_is_wrong_is_told_and_never_read_past) {
    const std::string update =
        "U" + number(9, 4) + "O" + number(1, 2) + cell("old") + "N" + number(1, 2) + cell("new");
    for (std::size_t size = 0; size < update.size(); ++size) {
        Message message;
        EXPECT_TRUE(decode(update.substr(0, size), message).is(Errc::corrupt)) << size;
    }
    EXPECT_EQ(refused(update + "x"), "a message 'U' of pgoutput goes on behind its end");
    EXPECT_EQ(refused("Z"), "a message 'Z' of pgoutput is not known");
    EXPECT_EQ(refused("I" + number(9, 4) + "N" + number(1, 2) + "b"),
              "a message 'I' of pgoutput has a value that is neither null, unchanged nor text");
    EXPECT_EQ(refused("I" + number(9, 4) + "N" + number(1, 2) + "t" + number(0xFFFFFFFF, 4) + "x"),
              "a message 'I' of pgoutput ends too early");
}

TEST(Lsn, reads_back_as_it_is_written) {
    EXPECT_EQ(parse_lsn("16/B374D848"), Lsn{0x16B374D848});
    EXPECT_EQ(text_of(Lsn{0x16B374D848}), "16/B374D848");
    for (const char* wrong : {"", "/", "1", "1/", "/1", "g/1", "1/2/3", "100000000/0", "-1/0"})
        EXPECT_FALSE(parse_lsn(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace landfall::dbmove::postgres
