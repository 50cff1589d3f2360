#include "services/s3/model_form.hpp"

#include "services/s3/world_testing.hpp"

namespace landfall::s3 {
namespace {

const std::string kBoundary = "----b0undary";

std::string field(const std::string& name, const std::string& value) {
    return "--" + kBoundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value +
           "\r\n";
}
std::string file(const std::string& content, const std::string& disposition = "; filename=\"a.txt\"") {
    return "--" + kBoundary + "\r\nContent-Disposition: form-data; name=\"File\"" + disposition +
           "\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n";
}
const std::string kEnd = "--" + kBoundary + "--\r\n";

struct Read {
    Answer<FormFields> fields;
    Result<std::string> content;
    std::string name;
};

Read read(const std::string& body, std::size_t piece = 100'000) {
    TextStream stream{body, piece};
    PostForm form{stream, kBoundary};
    Read seen{form.read_fields(), std::string{}, {}};
    if (!seen.fields.ok()) return seen;
    std::string content;
    std::vector<std::byte> buffer(1000);
    while (true) {
        const auto n = form.read(buffer);
        if (!n.ok()) return seen.content = n.error(), std::move(seen);
        if (*n == 0) break;
        content += text_of(ByteSpan{buffer}.first(*n));
    }
    seen.content = std::move(content);
    seen.name = form.file_name();
    return seen;
}

TEST(Form, fields_and_file_are_the_same_however_the_body_comes) {
    const std::string content =
        noise(1, 5000) + "\r\n--" + kBoundary.substr(0, 6) + "\r\n" + noise(2, 70'000);
    const std::string body = field("key", "a/b") +
                             field("X-Amz-Meta-Colour",
                                   "r\xc3\xa9"
                                   "d") +
                             field("empty", "") + file(content) + field("after", "is ignored") + kEnd;
    for (const std::size_t piece : {1, 3, 64, 4096, 1'000'000}) {
        const Read seen = read(body, piece);
        ASSERT_TRUE(seen.fields.ok()) << piece;
        EXPECT_EQ(*seen.fields, (FormFields{{"key", "a/b"},
                                            {"x-amz-meta-colour",
                                             "r\xc3\xa9"
                                             "d"},
                                            {"empty", ""}}));
        EXPECT_EQ(seen.content.value(), content);
        EXPECT_EQ(seen.name, "a.txt");
    }
}

TEST(Form, an_empty_file_is_a_file) {
    const Read seen = read(field("key", "k") + file("") + kEnd);
    ASSERT_TRUE(seen.fields.ok());
    EXPECT_EQ(seen.content.value(), "");
}

TEST(Form, the_name_of_a_file_has_no_path) {
    for (const auto& [sent, name] : std::vector<std::pair<std::string, std::string>>{
             {"; filename=\"a b.txt\"", "a b.txt"},
             {"; filename=\"C:\\dir\\a.txt\"", "a.txt"},
             {"; filename=\"/etc/passwd\"", "passwd"},
             {"; filename=\"say \\\"hi\\\".txt\"", "say \"hi\".txt"},
             {"; filename=a.txt", "a.txt"},
             {"; filename=\"a;b.txt\"; x=y", "a;b.txt"},
             {"", ""}}) {
        EXPECT_EQ(read(file("x", sent) + kEnd).name, name) << sent;
    }
}

TEST(Form, what_is_no_form_is_malformed) {
    for (const std::string& body : std::vector<std::string>{
             std::string{}, std::string{"hello"}, std::string{"--other\r\n"}, "--" + kBoundary,
             "--" + kBoundary + "x\r\n\r\n", "--" + kBoundary + "\r\nContent-Disposition: form-data\r\n\r\nv",
             "--" + kBoundary + "\r\nContent-Type: text/plain\r\n\r\nv\r\n" + kEnd,
             "--" + kBoundary + "\r\nContent-Disposition: form-data; name=\"key\r\n\r\nv\r\n" + kEnd,
             field("key", "k") + "--" + kBoundary +
                 "\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\nabc"}) {
        EXPECT_TRUE(read(body).fields.is(Code::malformed_post_request)) << body;
        EXPECT_TRUE(read(body, 1).fields.is(Code::malformed_post_request)) << body;
    }
    EXPECT_TRUE(read(field("key", "k") + kEnd).fields.is(Code::invalid_argument)) << "no file";
}

TEST(Form, a_form_that_ends_inside_its_file_is_not_taken_for_whole) {
    const std::string whole = field("key", "k") + file("content") + kEnd;
    const std::size_t from = whole.find("content");
    for (std::size_t end = from; end < whole.size() - kEnd.size() + 2 + kBoundary.size(); ++end) {
        const Read seen = read(whole.substr(0, end));
        ASSERT_TRUE(seen.fields.ok());
        EXPECT_TRUE(seen.content.is(Errc::invalid)) << end;
    }
}

TEST(Form, what_stands_before_the_file_is_bounded_and_the_file_is_not) {
    EXPECT_TRUE(read(field("key", std::string(20'000, 'k')) + file("x") + kEnd).fields.ok());
    for (const std::size_t piece : {1, 100'000}) {
        EXPECT_TRUE(read(field("key", std::string(20'481, 'k')) + file("x") + kEnd, piece)
                        .fields.is(Code::max_post_pre_data_length));
        EXPECT_TRUE(read(std::string(30'000, ' '), piece).fields.is(Code::max_post_pre_data_length));
    }
    std::string many;
    for (int i = 0; i < 1000; ++i) many += field("x-ignore-" + std::to_string(i), "v");
    EXPECT_TRUE(read(many + file("x") + kEnd).fields.is(Code::max_post_pre_data_length));
    EXPECT_EQ(read(file(std::string(300'000, 'x')) + kEnd).content.value().size(), 300'000u);
}

TEST(Form, the_boundary_is_told_by_the_content_type) {
    EXPECT_EQ(PostForm::boundary_of("multipart/form-data; boundary=abc").value(), "abc");
    EXPECT_EQ(PostForm::boundary_of("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\"").value(), "a b");
    EXPECT_TRUE(PostForm::boundary_of("text/plain").is(Code::precondition_failed));
    for (const std::string& type :
         std::vector<std::string>{"multipart/form-data",
                                  "multipart/form-data; boundary=", "multipart/form-data; boundary=\"abc"}) {
        EXPECT_TRUE(PostForm::boundary_of(type).is(Code::malformed_post_request)) << type;
    }
    EXPECT_TRUE(PostForm::boundary_of("multipart/form-data; boundary=" + std::string(71, 'b'))
                    .is(Code::malformed_post_request));
}

TEST(Form, a_client_that_stops_sending_is_told_so) {
    const std::string begun = field("key", "k");
    TextStream stream{begun};
    stream.failure = Error{Errc::timeout, "stalled"};
    PostForm form{stream, kBoundary};
    EXPECT_TRUE(form.read_fields().is(Code::request_timeout));
}

}  // namespace
}  // namespace landfall::s3
