#include "core/blocks/keys.hpp"

#include <algorithm>

#include "core/blocks/crypto.hpp"

namespace landfall::blocks {
namespace {

constexpr std::string_view kMagic = "landfall master key 1\n";

}  // namespace

Result<std::unique_ptr<MasterKeyFile>> MasterKeyFile::open(Disk& disk, const std::string& path,
                                                           Random& random) {
    auto content = disk.read_all(path, 4_KiB);
    if (content.is(Errc::not_found)) {
        SecretBytes key = random_key(random);
        std::vector<std::byte> file(kMagic.size());
        std::copy_n(bytes_of(kMagic).begin(), kMagic.size(), file.begin());
        file.insert(file.end(), key.reveal().begin(), key.reveal().end());
        const SecretBytes secret{std::move(file)};
        TRY(disk.replace(path, secret.reveal()));
        return std::make_unique<MasterKeyFile>(std::move(key), random);
    }
    const SecretBytes file{TRY(std::move(content))};
    const ByteSpan bytes = file.reveal();
    if (bytes.size() != kMagic.size() + kKeySize || text_of(bytes.first(kMagic.size())) != kMagic)
        return Error{Errc::corrupt, path + " is not a master key file"};
    const ByteSpan key = bytes.subspan(kMagic.size());
    return std::make_unique<MasterKeyFile>(SecretBytes{std::vector<std::byte>{key.begin(), key.end()}},
                                           random);
}

Result<std::vector<std::byte>> MasterKeyFile::wrap(const SecretBytes& key, ByteSpan context) {
    return wrap_key(Aead{key_}, random_, key, context);
}

Result<SecretBytes> MasterKeyFile::unwrap(ByteSpan wrapped, ByteSpan context) {
    return unwrap_key(Aead{key_}, wrapped, context);
}

}  // namespace landfall::blocks
