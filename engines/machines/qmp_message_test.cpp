#include "engines/machines/qmp_message.hpp"

#include <gtest/gtest.h>

namespace landfall::machines {
namespace {

template <class T>
T parsed(std::string_view line) {
    auto message = parse_qmp(line);
    EXPECT_TRUE(message.ok()) << line;
    if (!message.ok() || !std::holds_alternative<T>(*message)) {
        ADD_FAILURE() << "another kind of message: " << line;
        return {};
    }
    return std::get<T>(*message);
}

TEST(Qmp, each_kind_of_message_is_told_from_the_others) {
    parsed<QmpGreeting>(R"({"QMP": {"version": {"qemu": {"major": 7}}, "capabilities": ["oob"]}})");
    EXPECT_EQ(parsed<QmpReturn>(R"({"return": {"status": "running", "running": true}, "id": 7})").status,
              "running");
    EXPECT_EQ(parsed<QmpReturn>(R"({"return": {}, "id": 7})").id, 7U);
    EXPECT_EQ(parsed<QmpReturn>(R"({"return": {"UUID": "a-b"}, "id": 3})").uuid, "a-b");
    const auto error = parsed<QmpError>(R"({"id": 9, "error": {"class": "GenericError", "desc": "no"}})");
    EXPECT_EQ(error.id, 9U);
    EXPECT_EQ(error.text, "no");
    const auto event = parsed<QmpEvent>(
        R"({"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN",
            "data": {"guest": true, "reason": "guest-shutdown"}})");
    EXPECT_EQ(event.name, "SHUTDOWN");
    EXPECT_EQ(event.guest, QmpEvent::Flag::yes);
    EXPECT_EQ(event.reason, "guest-shutdown");
}

TEST(Qmp, what_is_not_qmp_is_refused) {
    for (const char* line : {"", "null", "[]", "{}", "{\"return\"", "{\"event\": 7}", "{\"a\":1}", "\"QMP\"",
                             "{\"return\": {}} trailing", "\xff\xfe"})
        EXPECT_TRUE(parse_qmp(line).is(Errc::invalid)) << line;
}

TEST(Qmp, members_of_a_wrong_type_count_as_absent) {
    const auto answer = parsed<QmpReturn>(R"({"return": {"status": 7, "UUID": null}, "id": "x"})");
    EXPECT_EQ(answer.id, 0U);
    EXPECT_TRUE(answer.status.empty());
    EXPECT_EQ(parsed<QmpEvent>(R"({"event": "X", "data": {"guest": "yes"}})").guest, QmpEvent::Flag::absent);
}

TEST(QmpLines, a_stream_is_cut_the_same_wherever_it_is_torn) {
    const std::string stream = "{\"a\":1}\r\n\r\n{\"b\":2}\n{\"c\":3}\r\n";
    const std::vector<std::string> expected{"{\"a\":1}", "{\"b\":2}", "{\"c\":3}"};
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        QmpLines lines;
        ASSERT_TRUE(lines.add(std::string_view{stream}.substr(0, cut)).ok());
        ASSERT_TRUE(lines.add(std::string_view{stream}.substr(cut)).ok());
        EXPECT_EQ(lines.take(), expected) << cut;
    }
}

TEST(QmpLines, a_line_without_end_is_refused_before_it_fills_memory) {
    QmpLines lines;
    const std::string piece(64 * 1024, 'x');
    Status taken;
    for (int i = 0; i < 5 && taken.ok(); ++i) taken = lines.add(piece);
    EXPECT_TRUE(taken.is(Errc::invalid));
}

TEST(Qmp, commands_are_one_line_whatever_their_arguments_hold) {
    EXPECT_EQ(qmp_command("stop", 3), "{\"execute\":\"stop\",\"id\":3}\r\n");
    EXPECT_EQ(qmp_command("x", 4, {{"a", std::string{"q\"\\\n"}}, {"n", std::uint64_t{5}}}),
              "{\"execute\":\"x\",\"id\":4,\"arguments\":{\"a\":\"q\\\"\\\\\\u000a\",\"n\":5}}\r\n");
}

TEST(Qmp, quoted_text_is_valid_json_for_any_bytes) {
    EXPECT_EQ(json_quoted("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
    EXPECT_EQ(json_quoted("a\xff\xc3"), "\"a\\ufffd\\ufffd\"");
    EXPECT_EQ(json_quoted("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"") << "a surrogate";
}

TEST(Qmp, only_events_that_change_a_life_have_a_meaning) {
    const auto meaning = [](QmpEvent event) { return meaning_of(event); };
    EXPECT_TRUE(meaning({.name = "NIC_RX_FILTER_CHANGED"}).empty());
    EXPECT_TRUE(meaning({.name = "SHUTDOWN", .reason = "guest-reset"}).empty());
    ASSERT_EQ(meaning({.name = "SHUTDOWN", .reason = "guest-shutdown"}).size(), 1U);
    const auto fault =
        meaning({.name = "BLOCK_IO_ERROR", .device = "disk0", .no_space = QmpEvent::Flag::yes});
    ASSERT_EQ(fault.size(), 1U);
    EXPECT_EQ(std::get<DiskFault>(fault[0]).kind, DiskFault::Kind::full);
}

}  // namespace
}  // namespace landfall::machines
