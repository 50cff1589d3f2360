#include "core/access/sealing.hpp"

#include <vector>

#include "base/bytes.hpp"
#include "core/blocks/crypto.hpp"
#include "core/blocks/keys.hpp"

namespace landfall::access {
namespace {

constexpr std::size_t kLengthSize = 2;
constexpr blocks::Nonce kOnlyNonce{};

}  // namespace

Result<std::string> seal_secret(blocks::KeySource& source, Random& random, const SecretString& secret,
                                std::string_view context) {
    const SecretBytes key = blocks::random_key(random);
    const auto wrapped = TRY(source.wrap(key, bytes_of(context)));
    CHECK(wrapped.size() <= 0xffff);
    const std::size_t head = kLengthSize + wrapped.size();
    std::string out(head + secret.reveal().size() + blocks::kTagSize, '\0');
    const MutableByteSpan to = std::as_writable_bytes(std::span{out});
    store_le(to, 0, static_cast<std::uint16_t>(wrapped.size()));
    std::memcpy(to.data() + kLengthSize, wrapped.data(), wrapped.size());
    blocks::Aead{key}.seal(kOnlyNonce, bytes_of(context), bytes_of(secret.reveal()), to.subspan(head));
    return out;
}

Result<SecretString> open_secret(blocks::KeySource& source, std::string_view sealed,
                                 std::string_view context) {
    const ByteSpan bytes = bytes_of(sealed);
    if (bytes.size() < kLengthSize) return Error{Errc::corrupt, "a sealed Secret that is too short"};
    const std::size_t head = kLengthSize + load_le<std::uint16_t>(bytes);
    if (bytes.size() < head + blocks::kTagSize)
        return Error{Errc::corrupt, "a sealed Secret that is too short"};
    const SecretBytes key =
        TRY(source.unwrap(bytes.subspan(kLengthSize, head - kLengthSize), bytes_of(context)));
    if (key.reveal().size() != blocks::kKeySize)
        return Error{Errc::corrupt, "a wrapped key of the wrong length"};
    std::vector<std::byte> plain(bytes.size() - head - blocks::kTagSize);
    const bool opened = blocks::Aead{key}.open(kOnlyNonce, bytes_of(context), bytes.subspan(head), plain);
    const SecretBytes secret{std::move(plain)};
    if (!opened) return Error{Errc::corrupt, "a sealed Secret that its key does not open"};
    return SecretString{std::string{text_of(secret.reveal())}};
}

}  // namespace landfall::access
