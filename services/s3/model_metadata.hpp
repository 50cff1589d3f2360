// Metadata: what a client says about an object beside its bytes: content headers, x-amz-meta-*, tags.
//
// Invariants
//   1. Values are stored as Unicode (UTF-8). A client may send them as UTF-8 or as RFC 2047 words; a reply
//      carries plain ASCII, with RFC 2047 words where needed.
//   2. User metadata stays within 2 KiB: the bytes of its names (without x-amz-meta-) and values.
//   3. Tags are unique by key, at most 10 an object and 50 a bucket, in the order in which the client gave
//      them.
// Pure functions; any thread; no disk.
// Sources: "Working with object metadata" and "Categorizing your storage using tags" of the S3 user guide;
// RFC 2047 §2, §4.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "services/s3/model_fault.hpp"

namespace landfall::s3 {

inline constexpr std::size_t kUserMetadataBytesMax = 2048;
inline constexpr std::size_t kObjectTagsMax = 10;
inline constexpr std::size_t kBucketTagsMax = 50;

using UserMetadata = std::map<std::string, std::string>;
using Tags = std::vector<std::pair<std::string, std::string>>;

/// Headers that a GET repeats as they were given. Empty: never given.
struct ContentHeaders {
    std::string content_type;
    std::string cache_control;
    std::string content_disposition;
    std::string content_encoding;
    std::string content_language;
    std::string expires;
    std::string website_redirect_location;
    bool operator==(const ContentHeaders&) const = default;
};
inline constexpr std::string_view kDefaultContentType = "binary/octet-stream";

struct ObjectMetadata {
    ContentHeaders content;
    UserMetadata user;
    Tags tags;
    bool operator==(const ObjectMetadata&) const = default;
};

/// RFC 2047 encoded words (B and Q; UTF-8, US-ASCII and ISO-8859-1) decoded; other text is left as it is.
[[nodiscard]] std::string decoded_words(std::string_view header);
/// The value as a header may carry it: itself when it is printable ASCII, else encoded words of at most 75
/// characters.
[[nodiscard]] std::string encoded_words(std::string_view value);

/// Names in lower case, values decoded. MetadataTooLarge over the limit; InvalidArgument for bytes that are
/// not UTF-8.
Answer<UserMetadata> user_metadata_of(const std::vector<std::pair<std::string, std::string>>& headers);

/// `aws-chunked` is a transfer detail that some clients write into Content-Encoding: it is taken out.
[[nodiscard]] std::string without_aws_chunked(std::string_view content_encoding);

enum class TagOwner { object, bucket };
/// BadRequest for too many, InvalidTag for a bad character, length, `aws:` name or a repeated key.
Answer<Tags> checked_tags(Tags tags, TagOwner owner);
/// The x-amz-tagging header: URL query parameters. InvalidArgument when it is not that.
Answer<Tags> tags_of_header(std::string_view header);
/// The `tagging` field of a form: <Tagging><TagSet><Tag><Key/><Value/></Tag>…. MalformedXML when it is not
/// that.
Answer<Tags> tags_of_document(std::string_view xml);

/// Strict UTF-8: no overlong forms, surrogates or values above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace landfall::s3
