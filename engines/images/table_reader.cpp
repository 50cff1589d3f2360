#include "engines/images/table_reader.hpp"

#include <algorithm>

namespace landfall::images {

Result<ByteSpan> TableReader::read(ByteOffset at, std::size_t size, std::string_view what) {
    const bool held = at >= begin_ && at.value - begin_.value <= filled_ &&
                      size <= filled_ - static_cast<std::size_t>(at.value - begin_.value);
    if (!held) {
        const std::size_t wanted = std::max<std::size_t>(size, static_cast<std::size_t>(ahead_.count));
        if (buffer_.size() < wanted) buffer_.resize(wanted);
        filled_ = 0;
        begin_ = at;
        filled_ = TRY(source_.read_at(at, MutableByteSpan{buffer_}.first(wanted)));
        if (filled_ < size) {
            // The error is the same as that of a plain read; it is told by the one place that words it.
            TRY(read_exactly(source_, at, MutableByteSpan{buffer_}.first(size), what));
        }
    }
    return ByteSpan{buffer_}.subspan(static_cast<std::size_t>(at.value - begin_.value), size);
}

}  // namespace landfall::images
