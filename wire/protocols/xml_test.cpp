#include "wire/protocols/xml.hpp"

#include <gtest/gtest.h>

namespace landfall::wire {
namespace {

std::string failure(std::string_view body) {
    Arena arena;
    const auto parsed = parse_xml(body, arena);
    return parsed.ok() ? "ok" : parsed.error().message();
}

TEST(Xml, a_document_type_is_refused_before_anything_is_expanded) {
    EXPECT_EQ(failure("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"),
              "a document type declaration is not allowed at offset 0");
    EXPECT_EQ(failure("<a><!ENTITY x 'y'></a>"), "markup that is not allowed at offset 3");
    EXPECT_EQ(failure("<a>&x;</a>"), "an unknown entity at offset 6");
}

TEST(Xml, what_is_not_well_formed_is_refused_with_its_place) {
    EXPECT_EQ(failure(""), "no root element at offset 0");
    EXPECT_EQ(failure("<a>"), "an unterminated element at offset 3");
    EXPECT_EQ(failure("<a><b></a></b>"), "a closing tag that does not match at offset 9");
    EXPECT_EQ(failure("<a/><b/>"), "text after the root element at offset 4");
    EXPECT_EQ(failure("<a b=c/>"), "expected a quoted value at offset 5");
    EXPECT_EQ(failure("<a b='c"), "unterminated markup at offset 6");
    EXPECT_EQ(failure("< a/>"), "expected a name at offset 1");
    EXPECT_EQ(failure("<a>&#0;</a>"), "a character reference outside of Unicode at offset 7");
    EXPECT_EQ(failure("<a>&#xD800;</a>"), "a character reference outside of Unicode at offset 11");
    EXPECT_EQ(failure("<a>&amp</a>"), "an unterminated reference at offset 7");
    EXPECT_EQ(failure("<a>\xff</a>"), "the document is not UTF-8");
}

TEST(Xml, depth_is_bounded) {
    std::string deep;
    for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
    EXPECT_EQ(failure(deep).substr(0, 17), "nested too deeply");
}

TEST(Xml, text_around_children_comments_and_cdata_is_joined) {
    Arena arena;
    const auto parsed = parse_xml(
        "\xef\xbb\xbf<?xml version='1.0'?>\n<p:a x='1&lt;'>b<!-- - -->c<d/><![CDATA[<e>]]></p:a>\n", arena);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_EQ((*parsed)->name, "a");
    EXPECT_EQ((*parsed)->text, "bc<e>");
    EXPECT_NE((*parsed)->child("d"), nullptr);
    EXPECT_EQ((*parsed)->first_attribute->text, "1<");
}

TEST(Xml, written_text_reads_back_the_same) {
    std::string out = "<a>";
    const std::string text = "a<b>&\"'\r\n\t\xc3\xa9 ]]>";
    append_xml_text(out, text);
    out += "</a>";
    Arena arena;
    const auto parsed = parse_xml(out, arena);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ((*parsed)->text, text);
}

}  // namespace
}  // namespace landfall::wire
