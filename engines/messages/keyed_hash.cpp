#include "engines/messages/keyed_hash.hpp"

#include <bit>

namespace landfall::messages {
namespace {

class Sip {
public:
    explicit Sip(KeyedHash::Key key)
        : v0_{key.low ^ 0x736f6d6570736575},
          v1_{key.high ^ 0x646f72616e646f6d},
          v2_{key.low ^ 0x6c7967656e657261},
          v3_{key.high ^ 0x7465646279746573} {}

    void word(std::uint64_t m) {
        v3_ ^= m;
        round();
        round();
        v0_ ^= m;
    }
    std::uint64_t finish(std::uint64_t last) {
        word(last);
        v2_ ^= 0xff;
        for (int i = 0; i < 4; ++i) round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    void round() {
        v0_ += v1_, v1_ = std::rotl(v1_, 13), v1_ ^= v0_, v0_ = std::rotl(v0_, 32);
        v2_ += v3_, v3_ = std::rotl(v3_, 16), v3_ ^= v2_;
        v0_ += v3_, v3_ = std::rotl(v3_, 21), v3_ ^= v0_;
        v2_ += v1_, v1_ = std::rotl(v1_, 17), v1_ ^= v2_, v2_ = std::rotl(v2_, 32);
    }
    std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

std::uint64_t KeyedHash::of(ByteSpan bytes) const {
    Sip sip{key_};
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) sip.word(load_le<std::uint64_t>(bytes, at));
    std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
    for (std::size_t i = 0; at + i < bytes.size(); ++i)
        last |= static_cast<std::uint64_t>(bytes[at + i]) << (8 * i);
    return sip.finish(last);
}

std::uint64_t KeyedHash::of(std::initializer_list<std::uint64_t> words) const {
    Sip sip{key_};
    for (const std::uint64_t word : words) sip.word(word);
    return sip.finish(static_cast<std::uint64_t>(words.size() * 8) << 56);
}

}  // namespace landfall::messages
