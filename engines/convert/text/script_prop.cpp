// Trivia between tokens changes nothing: whatever comments, blank lines and line ends stand there, the tokens
// and the statements are the same.
#include <gtest/gtest.h>

#include <random>

#include "engines/convert/text/script.hpp"

namespace landfall::convert {
namespace {

constexpr std::string_view kCode =
    "create~or~replace~package~body~k~is~x~constant~number~:=~1~*~2~..~3.5e-2~;~s~varchar2~(~10~)~default~"
    "q'[it's; ], */ --]'~||~nq'<--'>'~||~'a''b\n/\n/* '~;~procedure~p~(~a~in~out~number~)~is~begin~if~a~<>~"
    ":new~<~\"Odd; "
    "\"\"name\"~then~case~a~when~1~then~null~;~end~case~;~else~insert~into~t~select~b~from~u~where~"
    "b~(+)~=~c~;~end~if~;~end~p~;~begin~null~;~end~k~;";

std::vector<std::string> tokens_of_code() {
    std::vector<std::string> tokens(1);
    for (const char c : kCode)
        if (c == '~')
            tokens.emplace_back();
        else
            tokens.back().push_back(c);
    return tokens;
}

// A comment of the first kind ends its line; none holds a line of a lone slash outside a comment.
constexpr const char* kTrivia[] = {" ",
                                   "\n",
                                   "\r\n",
                                   "\t \n\n\n",
                                   " -- it's; q'[ begin end\n",
                                   "/* ; ' \" q'{ */",
                                   " /*\n/\ncreate table x (\n*/ ",
                                   "\n--\n/**/\n",
                                   " /* -- */ ",
                                   "\n  /*+ hint */ -- /*\n"};

struct Read {
    std::vector<std::string> tokens;
    std::size_t statements = 0;
    std::size_t findings = 0;
};

Read read(const std::string& text) {
    const Script script = read_script(text, "in.sql", {}, nullptr);
    Read out{.tokens = {}, .statements = script.statements.size(), .findings = script.findings.size()};
    for (const Token& token : script.tokens) out.tokens.emplace_back(token.span.of(script.text));
    return out;
}

TEST(Trivia, changes_neither_tokens_nor_statements) {
    Read expected{.tokens = tokens_of_code(), .statements = 2};
    for (const char* word : {"select", "1", "from", "dual"}) expected.tokens.emplace_back(word);
    for (unsigned seed = 1; seed <= 300; ++seed) {
        std::mt19937 random{seed};
        std::string text;
        for (const std::string& token : tokens_of_code()) {
            text += token;
            for (auto more = random() % 3 + 1; more > 0; --more)
                text += kTrivia[random() % std::size(kTrivia)];
            // Two tokens that would be one need something between them, and no token may read as a mark.
            text += ' ';
        }
        // With a line of / or without: the package's own END is enough.
        text += seed % 2 == 0 ? "\n/\n" : "\n";
        text += "select 1 from dual;\n";
        const Read found = read(text);
        ASSERT_EQ(found.tokens, expected.tokens) << "seed " << seed << "\n" << text;
        ASSERT_EQ(found.statements, 2U) << "seed " << seed << "\n" << text;
        ASSERT_EQ(found.findings, 0U) << "seed " << seed << "\n" << text;
    }
}

TEST(Trivia, a_text_cut_anywhere_is_read_to_its_end) {
    std::string text;
    for (const std::string& token : tokens_of_code()) text.append(token).append(" /* c */ -- d\n");
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const Script script = read_script(std::string_view{text}.substr(0, size), "in.sql", {}, nullptr);
        ASSERT_LE(script.findings.size(), 1U) << size;
        ASSERT_LE(script.statements.size(), 1U) << size;
    }
}

}  // namespace
}  // namespace landfall::convert
