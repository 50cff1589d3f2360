// Objects: put, find, read, copy, delete, tag.
//
// Invariants
//   1. put() and copy() return success only when bytes and record are durable. An object that is listed can
//      be read, bit-exact; a replaced one keeps its old state until the new one is durable.
//   2. Conditions are judged against the version that is replaced, in the same transaction: of two writers
//      with If-None-Match: * exactly one wins.
//   3. A reader that was handed out reads the object as it was then, whatever happens to the key.
//   4. A failure whose outcome is unknown (io) leaves the content for the next start's sweep to judge.
// Threads: any; every call blocks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "services/s3/model_conditions.hpp"
#include "services/s3/model_names.hpp"
#include "services/s3/store_contents.hpp"
#include "services/s3/work_notify.hpp"
#include "services/s3/work_receive.hpp"
#include "services/s3/work_reclaim.hpp"

namespace landfall::s3 {

/// Who asks: for decisions, and for the event of every change.
struct Asker {
    std::string account;
    std::string region;
    state::Cause cause;
    std::string principal = "Anonymous";  ///< as notices name it: "AWS:…"
};

/// What the workers of this service stand on; all outlive them.
struct Ground {
    Catalog& catalog;
    Contents& contents;
    Reclaimer& reclaimer;
    Notifier& notifier;
    Clock& clock;
    Random& random;
};

/// NoSuchBucket, or AccessDenied where it is another account's.
Answer<BucketRow> bucket_for(const Ground& ground, const Asker& asker, std::string_view name);

/// Makes `object` what its key holds, if the conditions allow it when it happens. The content is durable
/// already; it is given up where the object surely did not come to be. `finished`: the upload that ends with
/// it.
struct Installation {
    std::string bucket;
    ObjectRow object;
    WriteConditions conditions;
    std::optional<UploadRow> finished;
    std::vector<blocks::RefKey> refs;  ///< of the new content
    Happening happening = Happening::created_by_put;
};
Answer<ObjectRow> install(const Ground& ground, const Asker& asker, Installation installation);
/// After io nobody knows whether the record was written; the content must stay until the next start's sweep.
[[nodiscard]] bool outcome_unknown(const Answer<ObjectRow>& answer);
/// The refs of an object's content, to be released when its record is gone.
[[nodiscard]] std::vector<blocks::RefKey> refs_of(std::string_view bucket, const ObjectRow& object);

/// An object opened for reading. `reader` is null where it has no bytes.
struct OpenObject {
    ObjectRow object;
    std::unique_ptr<blocks::Reader> reader;
};

class Objects {
public:
    explicit Objects(const Ground& ground) : ground_{ground} {}

    struct Put {
        std::string bucket;
        std::string key;
        ObjectMetadata metadata;
        WriteConditions conditions;
        Expected expected;
        Happening happening = Happening::created_by_put;
    };
    Answer<ObjectRow> put(const Asker& asker, const Put& request, ByteStream& payload);

    /// NoSuchKey (with <Key>) where there is none.
    Answer<ObjectRow> find(const Asker& asker, std::string_view bucket, std::string_view key);
    Answer<OpenObject> open(const Asker& asker, std::string_view bucket, std::string_view key);
    Answer<ListPage<ObjectRow>> list(const Asker& asker, std::string_view bucket, const ListQuery& query);
    /// The parts that a multipart object was made of; empty for any other.
    Answer<PartsRecord> parts(std::string_view bucket, const ObjectRow& object);

    struct Copy {
        CopySource source;
        ReadConditions source_conditions;
        std::string bucket;
        std::string key;
        std::optional<ObjectMetadata> metadata;  ///< nullopt: the source's content headers and user metadata
        std::optional<Tags> tags;                ///< nullopt: the source's
        std::optional<Algorithm> algorithm;      ///< nullopt: the source's
        std::string website_redirect_location;   ///< never copied
        WriteConditions conditions;
    };
    Answer<ObjectRow> copy(const Asker& asker, const Copy& request);

    /// Succeeds where there is nothing to delete, unless If-Match asks for something.
    Verdict remove(const Asker& asker, std::string_view bucket, std::string_view key,
                   const WriteConditions& conditions);
    /// Many keys in one transaction; one verdict for all (a failure is not theirs but the store's).
    Verdict remove_all(const Asker& asker, std::string_view bucket, const std::vector<std::string>& keys);
    /// Keeps everything but the tags; the modification time stays.
    Verdict set_tags(const Asker& asker, std::string_view bucket, std::string_view key, const Tags& tags,
                     Happening happening);

private:
    Ground ground_;
};

}  // namespace landfall::s3
