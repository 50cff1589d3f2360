// Uploads: objects that arrive in parts.
//
// Invariants
//   1. A part that was acknowledged stays until it is replaced or its upload ends; a Complete composes the
//      parts' contents without reading or writing their bytes.
//   2. An upload ends once: by Complete or by Abort. A Complete that is repeated after its answer was lost is
//      answered again, as long as the object is still the one it made.
//   3. Whatever ends an upload, its parts' contents are given back, also after a crash.
// Threads: any; every call blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/s3/model_range.hpp"
#include "services/s3/work_objects.hpp"

namespace landfall::s3 {

class Uploads {
public:
    Uploads(const Ground& ground, Objects& objects) : ground_{ground}, objects_{objects} {}

    struct Create {
        std::string bucket;
        std::string key;
        ObjectMetadata metadata;
        UploadChecksum checksum;
    };
    Answer<UploadRow> create(const Asker& asker, const Create& request);

    struct Name {
        std::string bucket;
        std::string key;
        std::string upload;
    };
    /// NoSuchUpload (with <UploadId>) where there is none.
    Answer<UploadRow> find(const Asker& asker, const Name& name);

    /// The part as stored. `expected.algorithm` is set to the upload's here.
    Answer<PartRow> put_part(const Asker& asker, const Name& name, std::int64_t number, Expected expected,
                             ByteStream& payload);
    struct CopyPart {
        CopySource source;
        ReadConditions source_conditions;
        std::string range;  ///< x-amz-copy-source-range; empty: all of it
    };
    Answer<PartRow> copy_part(const Asker& asker, const Name& name, std::int64_t number,
                              const CopyPart& request);

    Answer<ObjectRow> complete(const Asker& asker, const Name& name, const Completion& completion,
                               const WriteConditions& conditions);
    Verdict abort(const Asker& asker, const Name& name);

    struct Parts {
        UploadRow upload;
        std::vector<PartRow> parts;
        bool truncated = false;
    };
    Answer<Parts> list_parts(const Asker& asker, const Name& name, std::uint32_t after, std::uint32_t max);
    /// `query.after` is a position(), or a common prefix of the listing.
    Answer<ListPage<UploadRow>> list(const Asker& asker, std::string_view bucket, const ListQuery& query);
    /// The place of an upload in the listing; behind all uploads of the key where `upload` is empty.
    [[nodiscard]] static std::string position(std::string_view key, std::string_view upload);

private:
    Answer<PartRow> store_part(const Asker& asker, const Name& name, std::uint32_t number, Received received);
    Ground ground_;
    Objects& objects_;
};

}  // namespace landfall::s3
