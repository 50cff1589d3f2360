#include "engines/images/stored_source.hpp"

#include <algorithm>

namespace landfall::images {

StoredSource::StoredSource(std::string name, std::unique_ptr<blocks::Reader> reader)
    : name_{std::move(name)}, reader_{std::move(reader)} {
    if (reader_ != nullptr) size_ = reader_->root().length;
}

Result<std::size_t> StoredSource::read_at(ByteOffset at, MutableByteSpan out) const {
    if (at.value >= size_.count) return std::size_t{0};
    const std::size_t n = std::min<std::uint64_t>(out.size(), size_.count - at.value);
    TRY(reader_->read(at, out.first(n)));
    return n;
}

}  // namespace landfall::images
