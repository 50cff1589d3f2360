#include "apps/landfall/object_store.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <vector>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "base/owned.hpp"
#include "engines/dbmove/files/spool_file.hpp"

namespace landfall::app {
namespace {

using dbmove::files::SpoolFile;
using dbmove::files::StoredObject;

constexpr int kTriesMax = 4;
constexpr long kConnectSeconds = 10;
/// Below a byte a second for as long, a transfer is given up.
constexpr long kStallSeconds = 60;
constexpr std::size_t kReplyMax = 64U << 20U;

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    const std::size_t end = text.find_last_not_of(" \t\r");
    return begin == std::string::npos ? std::string{} : text.substr(begin, end - begin + 1);
}

/// The section of a file as the aws CLI writes them.
std::map<std::string, std::string> section_of(const std::string& file, const std::string& wanted) {
    std::map<std::string, std::string> found;
    std::ifstream in{file};
    std::string section;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('[')) section = trimmed(line.substr(1, line.find(']') - 1));
        const std::size_t equals = line.find('=');
        if (section != wanted || equals == std::string::npos || line.starts_with('#')) continue;
        found[trimmed(line.substr(0, equals))] = trimmed(line.substr(equals + 1));
    }
    return found;
}

std::string file_of(const char* variable, const char* name) {
    const std::string file = environment(variable);
    return file.empty() ? environment("HOME") + "/.aws/" + name : file;
}

std::string first_of(std::initializer_list<std::string> texts) {
    for (const std::string& text : texts)
        if (!text.empty()) return text;
    return {};
}

/// What stands between two tags; empty where they are not there.
std::string between(const std::string& text, const std::string& tag) {
    const std::size_t open = text.find("<" + tag + ">");
    const std::size_t close = text.find("</" + tag + ">");
    if (open == std::string::npos || close == std::string::npos) return {};
    const std::size_t from = open + tag.size() + 2;
    return close < from ? "" : text.substr(from, close - from);
}

}  // namespace

bool is_bucket_address(const std::string& text) { return text.starts_with("s3://"); }

Result<BucketAddress> parse_bucket_address(const std::string& text) {
    if (!is_bucket_address(text)) return Error{Errc::invalid, text + " is not s3://BUCKET/FOLDER"};
    const std::string rest = text.substr(5);
    BucketAddress address{.bucket = rest.substr(0, rest.find('/'))};
    const bool good =
        address.bucket.size() >= 3 && address.bucket.size() <= 63 &&
        address.bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
    if (!good) return Error{Errc::invalid, text + ": that is no name of a bucket"};
    if (rest.find('/') != std::string::npos) address.folder = rest.substr(rest.find('/') + 1);
    while (address.folder.ends_with('/')) address.folder.pop_back();
    if (address.folder.starts_with('/') || address.folder.size() > 512)
        return Error{Errc::invalid, text + ": the folder begins with a slash, or is too long"};
    return address;
}

Result<ObjectStoreAccess> find_object_store(const std::string& endpoint) {
    const std::string profile =
        first_of({environment("AWS_PROFILE"), environment("AWS_DEFAULT_PROFILE"), "default"});
    const std::string config = file_of("AWS_CONFIG_FILE", "config");
    const std::string shared = file_of("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    auto settings = section_of(config, profile == "default" ? profile : "profile " + profile);
    auto keys = section_of(shared, profile);
    if (!keys.contains("aws_access_key_id")) keys = settings;
    ObjectStoreAccess access;
    if (const std::string id = environment("AWS_ACCESS_KEY_ID"); !id.empty())
        access.credentials = {id, SecretString{environment("AWS_SECRET_ACCESS_KEY")},
                              environment("AWS_SESSION_TOKEN")};
    else
        access.credentials = {keys["aws_access_key_id"], SecretString{keys["aws_secret_access_key"]},
                              keys["aws_session_token"]};
    if (access.credentials.key_id.empty() || access.credentials.secret.empty())
        return Error{Errc::not_found,
                     "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the profile " +
                         profile + " some in " + shared};
    access.region = first_of(
        {environment("AWS_REGION"), environment("AWS_DEFAULT_REGION"), settings["region"], "us-east-1"});
    access.endpoint = first_of({endpoint, environment("AWS_ENDPOINT_URL_S3"), environment("AWS_ENDPOINT_URL"),
                                settings["endpoint_url"], "https://s3." + access.region + ".amazonaws.com"});
    while (access.endpoint.ends_with('/')) access.endpoint.pop_back();
    if (!access.endpoint.starts_with("http://") && !access.endpoint.starts_with("https://"))
        return Error{Errc::invalid, access.endpoint + " is not http://HOST or https://HOST"};
    access.authorities = first_of({environment("AWS_CA_BUNDLE"), settings["ca_bundle"]});
    return access;
}

/// One request: what it sends is `text`, or `file`.
struct ObjectStore::Call {
    std::string method;
    std::string key;
    std::string_view text;
    const SpoolFile* file = nullptr;
    std::string content_type;
    std::pair<std::string, std::string> condition;  ///< a header
};

struct ObjectStore::Reply {
    long status = 0;
    std::string body;
    std::string etag;
};

namespace {

/// What is sent, and how far it is.
struct Upload {
    std::string_view text;
    int descriptor = -1;
    std::uint64_t size = 0, sent = 0;
};

std::size_t read_upload(char* to, std::size_t size, std::size_t count, void* self) {
    auto& upload = *static_cast<Upload*>(self);
    const std::size_t piece =
        static_cast<std::size_t>(std::min<std::uint64_t>(size * count, upload.size - upload.sent));
    if (upload.descriptor < 0) {
        std::memcpy(to, upload.text.data() + upload.sent, piece);
    } else {
        for (std::size_t done = 0; done < piece;) {
            const ssize_t n =
                ::pread(upload.descriptor, to + done, piece - done, static_cast<off_t>(upload.sent + done));
            if (n <= 0) return CURL_READFUNC_ABORT;
            done += static_cast<std::size_t>(n);
        }
    }
    upload.sent += piece;
    return piece;
}

int rewind_upload(void* self, curl_off_t offset, int origin) {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Upload*>(self)->sent = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& body = *static_cast<std::string*>(self);
    if (body.size() + size * count > kReplyMax) return 0;
    body.append(bytes, size * count);
    return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    constexpr std::string_view kEtag = "etag:";
    const std::string_view line{bytes, size * count};
    if (line.size() > kEtag.size() && ::strncasecmp(line.data(), kEtag.data(), kEtag.size()) == 0) {
        std::string text = trimmed(std::string{line.substr(kEtag.size())});
        while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
        *static_cast<std::string*>(self) = trimmed(text);
    }
    return size * count;
}

}  // namespace

Result<ObjectStore::Reply> ObjectStore::send_once(const Call& call) const {
    const Owned<CURL, curl_easy_cleanup> curl{curl_easy_init()};
    CHECK(curl != nullptr);
    const auto set = [&](CURLoption option, auto value) {
        CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK);
    };
    const std::string path = "/" + bucket_ + "/" + uri_encode(call.key, Slash::kept);
    const std::string host = access_.endpoint.substr(access_.endpoint.find("//") + 2);
    std::vector<sigv4::Header> headers{{"host", host}};
    if (!call.content_type.empty()) headers.push_back({"content-type", call.content_type});
    if (!call.condition.first.empty()) headers.push_back({call.condition.first, call.condition.second});
    const std::string hash = call.file != nullptr ? call.file->sha256() : sha256(call.text).hex();
    const sigv4::SignedHead head =
        sigv4::sign({.method = call.method, .path = path, .query = {}, .headers = headers, .host = {}},
                    access_.credentials, {access_.region, "s3"}, hash, SystemClock{}.now());
    curl_slist* lines = curl_slist_append(nullptr, "Expect:");
    for (const sigv4::Header& header : headers)
        lines =
            curl_slist_append(lines, (std::string{header.name} + ": " + std::string{header.value}).c_str());
    for (const auto& [name, value] : head.headers)
        lines = curl_slist_append(lines, (name + ": " + value).c_str());
    const Owned<curl_slist, curl_slist_free_all> list{lines};
    Reply reply;
    Upload upload{.text = call.text, .size = call.text.size()};
    if (call.file != nullptr) upload.descriptor = call.file->descriptor(), upload.size = call.file->size();
    set(CURLOPT_URL, (access_.endpoint + path).c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, kStallSeconds);
    if (!access_.authorities.empty()) set(CURLOPT_CAINFO, access_.authorities.c_str());
    set(CURLOPT_HTTPHEADER, list.get());
    set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
    if (call.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (call.method == "PUT") {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, read_upload);
        set(CURLOPT_READDATA, &upload);
        set(CURLOPT_SEEKFUNCTION, rewind_upload);
        set(CURLOPT_SEEKDATA, &upload);
        set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload.size));
    }
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, &reply.body);
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, &reply.etag);
    const CURLcode result = curl_easy_perform(curl.get());
    if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE)
        return Error{Errc::denied, access_.endpoint + ": " + curl_easy_strerror(result)};
    if (result != CURLE_OK)
        return Error{Errc::unavailable, access_.endpoint + ": " + curl_easy_strerror(result)};
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    return reply;
}

Result<ObjectStore::Reply> ObjectStore::send(const Call& call) const {
    for (int tries = 1;; ++tries) {
        auto reply = send_once(call);
        const bool later =
            reply.ok() ? reply->status >= 500 || reply->status == 429 : reply.is(Errc::unavailable);
        if (!later || tries == kTriesMax) return reply;
    }
}

Error ObjectStore::refused(const Call& call, const Reply& reply) const {
    const std::string code = between(reply.body, "Code"), words = between(reply.body, "Message");
    const std::string text = place() + "/" + call.key + ": the store answered " +
                             std::to_string(reply.status) + (code.empty() ? "" : " " + code) +
                             (words.empty() ? "" : ": " + words);
    if (reply.status == 401 || reply.status == 403) return {Errc::denied, text};
    if (reply.status == 404) return {Errc::not_found, text};
    if (reply.status == 409 || reply.status == 412) return {Errc::precondition, text};
    if (reply.status == 507) return {Errc::exhausted, text};
    return {reply.status >= 500 || reply.status == 429 ? Errc::unavailable : Errc::invalid, text};
}

Status ObjectStore::put(const std::string& key, const SpoolFile& file, std::string_view content_type) {
    const Call call{.method = "PUT", .key = key, .file = &file, .content_type = std::string{content_type}};
    const Reply reply = TRY(send(call));
    return reply.status == 200 ? Status{} : Status{refused(call, reply)};
}

Result<std::string> ObjectStore::replace(const std::string& key, std::string_view content,
                                         const std::string& version) {
    Call call{.method = "PUT", .key = key, .text = content, .content_type = "application/json"};
    if (version.empty())
        call.condition = {"if-none-match", "*"};
    else
        call.condition = {"if-match", version};
    Reply reply = TRY(send(call));
    if (reply.status != 200) return refused(call, reply);
    return std::move(reply.etag);
}

Result<std::optional<StoredObject>> ObjectStore::get(const std::string& key) {
    const Call call{.method = "GET", .key = key};
    Reply reply = TRY(send(call));
    const bool nothing = reply.status == 404 && between(reply.body, "Code") == "NoSuchKey";
    if (nothing) return std::optional<StoredObject>{};
    if (reply.status != 200) return refused(call, reply);
    return std::optional{StoredObject{std::move(reply.body), std::move(reply.etag)}};
}

Result<bool> ObjectStore::exists(const std::string& key) {
    const Call call{.method = "HEAD", .key = key};
    const Reply reply = TRY(send(call));
    if (reply.status == 404) return false;
    if (reply.status != 200) return refused(call, reply);
    return true;
}

Status ObjectStore::remove(const std::string& key) {
    const Call call{.method = "DELETE", .key = key};
    const Reply reply = TRY(send(call));
    return reply.status == 204 || reply.status == 404 ? Status{} : Status{refused(call, reply)};
}

}  // namespace landfall::app
