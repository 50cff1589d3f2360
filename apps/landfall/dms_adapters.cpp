#include "apps/landfall/dms_adapters.hpp"

#include <simdjson.h>

#include <algorithm>
#include <fstream>

namespace landfall::app {
namespace {

constexpr std::string_view kRootAccount = "000000000000";
constexpr std::string_view kSecretArn = "arn:aws:secretsmanager:";
constexpr std::size_t kArnSuffix = 7;  ///< "-AbCdEf", which Secrets Manager adds to a name

s3::Asker asker_of(const dms::BucketOwner& owner) {
    s3::Asker asker{.account = owner.account, .region = owner.region, .principal = "AWS:dms.amazonaws.com"};
    asker.cause = {.actor = "landfall", .service = "dms", .operation = "MetadataModel"};
    return asker;
}

Error error_of(const s3::Fault& fault) {
    if (fault.cause()) return *fault.cause();
    switch (fault.code()) {
        case s3::Code::no_such_key:
        case s3::Code::no_such_bucket: return {Errc::not_found, fault.message()};
        case s3::Code::access_denied: return {Errc::denied, fault.message()};
        default: return {Errc::invalid, fault.message()};
    }
}

Error at(const Error& error, std::string_view bucket, std::string_view key) {
    return Error{error}.in("s3://" + std::string{bucket} + "/" + std::string{key});
}

class Text final : public s3::ByteStream {
public:
    explicit Text(std::string_view text) : text_{text} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override {
        const std::size_t size = std::min(into.size(), text_.size());
        const ByteSpan bytes = bytes_of(text_.substr(0, size));
        std::copy(bytes.begin(), bytes.end(), into.begin());
        text_.remove_prefix(size);
        return size;
    }

private:
    std::string_view text_;
};

/// The name that an ARN or a name means.
std::string_view name_of_secret(std::string_view id) {
    if (!id.starts_with(kSecretArn)) return id;
    id.remove_prefix(id.rfind(':') + 1);
    const bool suffixed = id.size() > kArnSuffix && id[id.size() - kArnSuffix] == '-';
    return suffixed ? id.substr(0, id.size() - kArnSuffix) : id;
}

}  // namespace

Result<std::vector<dms::Buckets::Listed>> BucketsOfS3::list(const dms::BucketOwner& owner,
                                                            std::string_view bucket, std::string_view prefix,
                                                            std::size_t max) {
    std::vector<Listed> all;
    s3::ListQuery query{.prefix = std::string{prefix}};
    do {
        const auto page = s3_.objects().list(asker_of(owner), bucket, query);
        if (!page.ok()) return at(error_of(page.error()), bucket, prefix);
        for (const s3::ObjectRow& row : page->entries) all.push_back({row.key, row.record.size});
        if (all.size() > max)
            return Error{Errc::exhausted, "there are more than " + std::to_string(max) +
                                              " objects under s3://" + std::string{bucket} + "/" +
                                              std::string{prefix}};
        query.after = page->last;
    } while (!query.after.empty());
    return all;
}

Result<std::string> BucketsOfS3::read(const dms::BucketOwner& owner, std::string_view bucket,
                                      std::string_view key, Bytes max) {
    const auto source = TRY(s3_.open_source(owner.account, bucket, key));
    if (source->size() > max)
        return Error{Errc::exhausted,
                     std::string{source->name()} + " is larger than " + std::to_string(max.count) + " bytes"};
    std::string content(source->size().count, '\0');
    for (std::size_t done = 0; done < content.size();) {
        const MutableByteSpan rest = std::as_writable_bytes(std::span{content}).subspan(done);
        const std::size_t got = TRY(source->read_at(ByteOffset{done}, rest));
        if (got == 0) return Error{Errc::corrupt, std::string{source->name()} + " ends early"};
        done += got;
    }
    return content;
}

Status BucketsOfS3::write(const dms::BucketOwner& owner, std::string_view bucket, std::string_view key,
                          std::string_view content, std::string_view content_type) {
    s3::Objects::Put put{.bucket = std::string{bucket}, .key = std::string{key}};
    put.metadata.content.content_type = content_type;
    Text payload{content};
    const auto written = s3_.objects().put(asker_of(owner), put, payload);
    if (!written.ok()) return at(error_of(written.error()), bucket, key);
    return {};
}

Status TopicsForDms::publish(std::string_view topic_arn, const std::string& text) {
    for (Status& each : topics_.publish(topic_arn, {text})) return std::move(each);
    return Error{Errc::unavailable, "the topic did not answer"};
}

Result<dms::Credentials> SecretFiles::credentials(std::string_view account, std::string_view secret_id) {
    const std::string name{name_of_secret(secret_id)};
    const bool plain = !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
                       name.find('\0') == std::string::npos;
    std::filesystem::path path = folder_;
    if (account != kRootAccount) path /= std::string{account};
    path /= name + ".json";
    std::ifstream file;
    if (plain) file.open(path, std::ios::binary);
    if (!file.is_open()) return Error{Errc::not_found, "there is no secret " + name};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    std::string_view user, password;
    const bool whole = parser.parse(text).get(object) == simdjson::SUCCESS &&
                       object["username"].get(user) == simdjson::SUCCESS &&
                       object["password"].get(password) == simdjson::SUCCESS;
    if (!whole || user.empty() || password.empty())
        return Error{Errc::invalid, "secret " + name + " is no JSON with a username and a password"};
    return dms::Credentials{std::string{user}, SecretString{std::string{password}}};
}

}  // namespace landfall::app
