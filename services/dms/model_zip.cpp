#include "services/dms/model_zip.hpp"

#include <zlib.h>

#include <limits>

namespace landfall::dms {
namespace {

constexpr std::uint16_t kVersion = 20, kUtf8 = 0x0800, kDeflated = 8;
constexpr std::uint16_t kFirstDay = 0x0021;  // 1980-01-01
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::uint32_t>::max();

void put16(std::string& out, std::uint32_t value) {
    out += static_cast<char>(value & 0xFFU);
    out += static_cast<char>((value >> 8U) & 0xFFU);
}
void put32(std::string& out, std::uint32_t value) {
    put16(out, value & 0xFFFFU);
    put16(out, value >> 16U);
}

Result<std::string> deflated(std::string_view content) {
    z_stream stream{};
    // Negative window bits: a bare deflate stream, without zlib's own frame.
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return Error{Errc::exhausted, "no memory to compress an archive"};
    std::string out(deflateBound(&stream, content.size()), '\0');
    // zlib does not write to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int ended = deflate(&stream, Z_FINISH);
    const std::size_t size = stream.total_out;
    deflateEnd(&stream);
    if (ended != Z_STREAM_END) return Error{Errc::exhausted, "an entry of an archive is too large"};
    out.resize(size);
    return out;
}

/// What the entry's own header and the directory both say of it.
struct Entry {
    std::uint32_t crc, packed, size;
    std::uint16_t name;
};

void put_entry(std::string& out, const Entry& entry) {
    put16(out, kVersion);
    put16(out, kUtf8);
    put16(out, kDeflated);
    put16(out, 0);
    put16(out, kFirstDay);
    put32(out, entry.crc);
    put32(out, entry.packed);
    put32(out, entry.size);
    put16(out, entry.name);
    put16(out, 0);
}

}  // namespace

Status ZipFile::add(std::string_view name, std::string_view content) {
    const std::string packed = TRY(deflated(content));
    const bool fits = content.size() <= kSizeMax && entries_ < std::numeric_limits<std::uint16_t>::max() &&
                      name.size() <= std::numeric_limits<std::uint16_t>::max() &&
                      bytes_.size() + packed.size() + directory_.size() + 2 * name.size() + 256 <= kSizeMax;
    if (!fits) return Error{Errc::exhausted, "an archive has at most 4 GiB and 65,535 entries"};
    const auto crc = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
    const Entry entry{crc, static_cast<std::uint32_t>(packed.size()),
                      static_cast<std::uint32_t>(content.size()), static_cast<std::uint16_t>(name.size())};
    const auto offset = static_cast<std::uint32_t>(bytes_.size());
    put32(bytes_, 0x04034b50);
    put_entry(bytes_, entry);
    bytes_.append(name).append(packed);
    put32(directory_, 0x02014b50);
    put16(directory_, kVersion);
    put_entry(directory_, entry);
    put16(directory_, 0);  // comment
    put16(directory_, 0);  // disk
    put16(directory_, 0);  // kinds of attributes
    put32(directory_, 0);
    put32(directory_, offset);
    directory_.append(name);
    ++entries_;
    return {};
}

std::string ZipFile::finish() && {
    const auto begin = static_cast<std::uint32_t>(bytes_.size());
    const auto size = static_cast<std::uint32_t>(directory_.size());
    bytes_ += directory_;
    put32(bytes_, 0x06054b50);
    put32(bytes_, 0);
    put16(bytes_, entries_);
    put16(bytes_, entries_);
    put32(bytes_, size);
    put32(bytes_, begin);
    put16(bytes_, 0);
    return std::move(bytes_);
}

}  // namespace landfall::dms
