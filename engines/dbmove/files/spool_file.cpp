#include "engines/dbmove/files/spool_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>

namespace landfall::dbmove::files {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;

}  // namespace

/// A gzip stream without a name or a time in it.
class SpoolFile::Gzip {
public:
    Gzip() {
        constexpr int kGzipWindow = 15 + 16, kMemory = 8;
        CHECK(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory,
                           Z_DEFAULT_STRATEGY) == Z_OK);
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() { deflateEnd(&stream_); }

    /// What is ready, valid until the next call.
    std::string_view add(std::string_view bytes, int flush) {
        out_.clear();
        // zlib does not write to it.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        int result = Z_OK;
        do {
            const std::size_t before = out_.size();
            out_.resize(before + kBufferSize);
            stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + before);
            stream_.avail_out = kBufferSize;
            result = deflate(&stream_, flush);
            CHECK(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
            out_.resize(out_.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out_;
    }

private:
    z_stream stream_{};
    std::string out_;
};

SpoolFile::SpoolFile(int descriptor) : descriptor_{descriptor} {}

Result<SpoolFile> SpoolFile::open(const std::filesystem::path& folder, Form form) {
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) return error_from_errno(errno, "making a file in " + folder.string());
    SpoolFile file{descriptor};
    if (form == Form::gzip) file.gzip_ = std::make_unique<Gzip>();
    return file;
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)},
      buffer_{std::move(other.buffer_)},
      gzip_{std::move(other.gzip_)},
      appended_{other.appended_},
      size_{other.size_},
      hasher_{other.hasher_},
      digest_{std::move(other.digest_)} {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(buffer_, other.buffer_);
    std::swap(gzip_, other.gzip_);
    std::swap(appended_, other.appended_);
    std::swap(size_, other.size_);
    std::swap(hasher_, other.hasher_);
    std::swap(digest_, other.digest_);
    return *this;
}

SpoolFile::~SpoolFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Status SpoolFile::append(std::string_view bytes) {
    appended_ += bytes.size();
    // Pieces of one size: zlib's output is that of the bytes, however they came.
    while (buffer_.size() + bytes.size() >= kBufferSize) {
        const std::size_t piece = kBufferSize - buffer_.size();
        buffer_ += bytes.substr(0, piece);
        bytes.remove_prefix(piece);
        TRY(write_out(More::comes));
    }
    buffer_ += bytes;
    return {};
}

Status SpoolFile::write_out(More more) {
    const Status written =
        write(gzip_ ? gzip_->add(buffer_, more == More::comes ? Z_NO_FLUSH : Z_FINISH) : buffer_);
    buffer_.clear();
    return written;
}

Status SpoolFile::write(std::string_view bytes) {
    hasher_.update(bytes);
    size_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return error_from_errno(errno, "spooling what goes to the target");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Status SpoolFile::close() {
    TRY(write_out(More::none));
    digest_ = hasher_.finish().hex();
    return {};
}

}  // namespace landfall::dbmove::files
