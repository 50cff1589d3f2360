#include "engines/dbmove/postgres/touched_keys.hpp"

#include <gtest/gtest.h>

namespace landfall::dbmove::postgres {
namespace {

Message relation() {
    Message message;
    message.kind = MessageKind::relation;
    message.relation = {
        .id = 7, .name = {"s", "t"}, .columns = {{.name = "v"}, {.name = "b"}, {.name = "a"}}};
    return message;
}

Row row(const char* v, const char* b, const char* a) {
    Row made;
    for (const char* value : {v, b, a}) made.add(value);
    return made;
}

Message change(MessageKind kind, Row before, Row after) {
    Message message;
    message.kind = kind;
    message.relation_id = 7;
    message.has_before = before.empty() ? Before::none : Before::key;
    message.before = std::move(before);
    message.after = std::move(after);
    return message;
}

class Touched : public ::testing::Test {
protected:
    Touched() {
        keys_.see(relation());
        keys_.watch(table_, {{"1", "x"}, {"2", "x"}, {"1x", ""}});
    }
    [[nodiscard]] bool is_touched(const char* a, const char* b) const {
        return keys_.touched({"s", "t"}, {a, b});
    }

    Table table_{.name = {"s", "t"}, .key = {"a", "b"}};
    TouchedKeys keys_;
};

TEST_F(Touched, a_key_is_touched_by_what_was_and_by_what_is) {
    keys_.see(change(MessageKind::update, row("", "x", "2"), row("v", "x", "3")));
    EXPECT_TRUE(is_touched("2", "x"));
    EXPECT_FALSE(is_touched("1", "x"));
    EXPECT_FALSE(is_touched("3", "x")) << "it is not watched";
    keys_.see(change(MessageKind::insert, {}, row("v", "x", "1")));
    EXPECT_TRUE(is_touched("1", "x"));
    EXPECT_FALSE(is_touched("1x", "")) << "another key with the same letters";
}

TEST_F(Touched, a_truncate_touches_all_and_a_new_watch_forgets) {
    Message truncate;
    truncate.kind = MessageKind::truncate;
    truncate.relations = {7};
    keys_.see(truncate);
    EXPECT_TRUE(is_touched("1x", ""));
    keys_.watch(table_, {{"1x", ""}});
    EXPECT_FALSE(is_touched("1x", ""));
    keys_.see(change(MessageKind::remove, row("", "", "1x"), {}));
    EXPECT_TRUE(is_touched("1x", ""));
}

}  // namespace
}  // namespace landfall::dbmove::postgres
