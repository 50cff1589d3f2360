#include "wire/model/validate.hpp"

#include <gtest/gtest.h>

namespace landfall::wire {
namespace {

constexpr std::string_view kModel =
    R"({"metadata":{"protocol":"json","jsonVersion":"1.1"},"operations":{},"shapes":{
"Name":{"type":"string","min":2,"max":4},
"Colour":{"type":"string","enum":["red","green"]},
"Secret":{"type":"string","max":3,"sensitive":true},
"Count":{"type":"integer","min":1,"max":10},
"Names":{"type":"list","member":{"shape":"Name"},"max":2},
"Tag":{"type":"structure","required":["Key"],"members":{"Key":{"shape":"Name"}}},
"Tags":{"type":"list","member":{"shape":"Tag"}},
"Input":{"type":"structure","required":["Name"],"members":{
 "Name":{"shape":"Name"},"Colour":{"shape":"Colour"},
 "Count":{"shape":"Count"},"Names":{"shape":"Names"},"Tags":{"shape":"Tags"},
 "Secret":{"shape":"Secret"}}}}})";

class Validate : public ::testing::Test {
protected:
    Validate() {
        for (const Structure& structure : model->structures)
            if (structure.name == "Input") input = &structure;
        record = make_record(arena, static_cast<std::uint32_t>(input->members.size()));
        record->at(0) = Slot::of_text("name");
    }
    std::string only(Strictness strictness = Strictness::all) {
        const auto found = validate(*model, *input, record, strictness);
        return found.size() == 1 ? found[0].message : std::to_string(found.size()) + " violations";
    }
    std::unique_ptr<Model> model = std::move(Model::load("x", kModel, "{}")).value();
    const Structure* input = nullptr;
    Arena arena;
    Record* record = nullptr;
};

TEST_F(Validate, a_request_within_its_constraints_passes) {
    record->at(1) = Slot::of_text("red");
    record->at(2) = Slot::of_integer(10);
    EXPECT_EQ(only(), "0 violations");
}

TEST_F(Validate, a_missing_required_member_is_named_as_aws_names_it) {
    record->at(0) = Slot{};
    EXPECT_EQ(only(), "Value null at 'name' failed to satisfy constraint: Member must not be null");
    EXPECT_EQ(validate(*model, *input, nullptr, Strictness::required_only).size(), 1U);
}

TEST_F(Validate, lengths_count_characters_and_not_bytes) {
    record->at(0) = Slot::of_text("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
    EXPECT_EQ(only(), "0 violations");
    record->at(0) = Slot::of_text("abcde");
    EXPECT_EQ(only(),
              "Value 'abcde' at 'name' failed to satisfy constraint: Member must have length less than or "
              "equal to 4");
    record->at(0) = Slot::of_text("a");
    EXPECT_EQ(only(),
              "Value 'a' at 'name' failed to satisfy constraint: Member must have length greater than or "
              "equal to 2");
}

TEST_F(Validate, enums_and_ranges_tell_what_is_allowed) {
    record->at(1) = Slot::of_text("blue");
    EXPECT_EQ(only(),
              "Value 'blue' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: "
              "[green, red]");
    record->at(1) = Slot{};
    record->at(2) = Slot::of_integer(0);
    EXPECT_EQ(only(),
              "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or "
              "equal to 1");
    EXPECT_EQ(only(Strictness::required_only), "0 violations");
}

TEST_F(Validate, items_of_lists_are_told_by_their_place) {
    Sequence* tags = make_sequence(arena);
    tags->push(arena, Slot::of_record(make_record(arena, 1)));
    record->at(4) = Slot::of_list(tags);
    EXPECT_EQ(only(),
              "Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null");
}

TEST_F(Validate, a_sensitive_value_is_never_shown) {
    record->at(5) = Slot::of_text("password");
    EXPECT_EQ(only().find("password"), std::string::npos);
}

TEST_F(Validate, at_most_ten_violations_are_told) {
    Sequence* tags = make_sequence(arena);
    for (int i = 0; i < 50; ++i) tags->push(arena, Slot::of_record(make_record(arena, 1)));
    record->at(4) = Slot::of_list(tags);
    EXPECT_EQ(validate(*model, *input, record, Strictness::all).size(), 10U);
}

}  // namespace
}  // namespace landfall::wire
