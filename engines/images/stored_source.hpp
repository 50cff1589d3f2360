// StoredSource: a content of the block store as random-access bytes: an uploaded object, a snapshot to
// inspect.
#pragma once

#include <memory>
#include <string>

#include "core/blocks/reader.hpp"
#include "engines/images/byte_source.hpp"

namespace landfall::images {

/// What it reads is what the content was when it was opened (core/blocks keeps it as long as the reader).
class StoredSource final : public ByteSource {
public:
    /// A null `reader` is a content of no bytes.
    StoredSource(std::string name, std::unique_ptr<blocks::Reader> reader);
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] Bytes size() const override { return size_; }
    [[nodiscard]] Result<std::size_t> read_at(ByteOffset at, MutableByteSpan out) const override;

private:
    std::string name_;
    std::unique_ptr<blocks::Reader> reader_;
    Bytes size_;
};

}  // namespace landfall::images
