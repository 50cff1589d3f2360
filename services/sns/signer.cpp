#include "services/sns/signer.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "base/owned.hpp"
#include "core/access/sealing.hpp"

namespace landfall::sns {
namespace {

constexpr std::string_view kKeySetting = "sns.signing-key";
constexpr std::string_view kCertificateSetting = "sns.signing-certificate";
constexpr int kKeyBits = 2048;
constexpr long kYears = 20;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using Bio = Owned<BIO, BIO_free_all>;

std::string text_of_bio(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

Certificate self_signed(EVP_PKEY* key, Random& random, Instant now) {
    Certificate made{X509_new()};
    CHECK(made != nullptr);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), random.u64() >> 1);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), now.seconds() - 86'400);
    ASN1_TIME_set(X509_getm_notAfter(made.get()), now.seconds() + kYears * 365 * 86'400);
    X509_set_pubkey(made.get(), key);
    X509_NAME* name = X509_get_subject_name(made.get());
    constexpr std::string_view kName = "sns.landfall";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(kName.data()),
                               static_cast<int>(kName.size()), -1, 0);
    X509_set_issuer_name(made.get(), name);
    CHECK(X509_sign(made.get(), key, EVP_sha256()) > 0);
    return made;
}

struct Pair {
    SecretString key_pem;
    std::string certificate_pem;
};

Pair make_pair(Random& random, Instant now) {
    const Key key{EVP_RSA_gen(kKeyBits)};
    CHECK(key != nullptr);
    const Certificate certificate = self_signed(key.get(), random, now);
    const Bio key_bio{BIO_new(BIO_s_secmem())};
    const Bio certificate_bio{BIO_new(BIO_s_mem())};
    CHECK(PEM_write_bio_PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    CHECK(PEM_write_bio_X509(certificate_bio.get(), certificate.get()) == 1);
    return {SecretString{text_of_bio(key_bio.get())}, text_of_bio(certificate_bio.get())};
}

/// What is signed with, and what it is checked by.
struct Identity {
    Key key;
    std::string pem;
    std::string path;
};

Result<std::unique_ptr<const Identity>> opened(blocks::KeySource& sealing, std::string_view sealed,
                                               std::string certificate) {
    const SecretString pem = TRY(access::open_secret(sealing, sealed, kKeySetting));
    const Bio bio{BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size()))};
    Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)};
    if (key == nullptr) return Error{Errc::corrupt, "the signing key of notifications is no PEM key"};
    auto identity = std::make_unique<Identity>();
    identity->key = std::move(key);
    identity->path = std::string{kCertificatePrefix} + sha256(certificate).hex().substr(0, 32) + ".pem";
    identity->pem = std::move(certificate);
    return std::unique_ptr<const Identity>{std::move(identity)};
}

class RsaSigner final : public MessageSigner {
public:
    RsaSigner(state::StateStore& store, blocks::KeySource& sealing, Random& random, Clock& clock)
        : store_{store}, sealing_{sealing}, random_{random}, clock_{clock} {}

    Status load() {
        const auto sealed = TRY(store_.setting(kKeySetting));
        auto certificate = TRY(store_.setting(kCertificateSetting));
        if (!sealed || !certificate) return {};
        publish(TRY(opened(sealing_, *sealed, std::move(*certificate))));
        return {};
    }

    Status ready() override {
        if (now_ != nullptr) return {};
        std::unique_lock lock{mutex_};
        made_.wait(lock, [&] { return !making_; });
        if (now_ != nullptr) return {};
        making_ = true;
        lock.unlock();
        Status outcome = make();
        lock.lock();
        making_ = false;
        lock.unlock();
        made_.notify_all();
        return outcome;
    }

    std::string sign(std::string_view text, SignatureVersion version) const override {
        EVP_PKEY* const key = identity().key.get();
        const EVP_MD* digest = version == SignatureVersion::sha1 ? EVP_sha1() : EVP_sha256();
        const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
        std::vector<unsigned char> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
        std::size_t size = signature.size();
        CHECK(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1);
        CHECK(EVP_DigestSign(context.get(), signature.data(), &size,
                             reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
        signature.resize(size);
        return base64_encode(std::as_bytes(std::span{signature}));
    }
    const std::string& certificate_path() const override { return identity().path; }
    std::optional<std::string> certificate_at(std::string_view path) const override {
        const Identity* const there = now_;
        if (there == nullptr || there->path != path) return std::nullopt;
        return there->pem;
    }

private:
    [[nodiscard]] const Identity& identity() const {
        const Identity* const there = now_;
        CHECK(there != nullptr);
        return *there;
    }
    void publish(std::unique_ptr<const Identity> identity) {
        identity_ = std::move(identity);
        now_ = identity_.get();
    }
    /// Both settings in one transaction: after a crash there is the whole pair, or nothing that was used.
    Status make() {
        Pair pair = make_pair(random_, clock_.now());
        const std::string sealed = TRY(access::seal_secret(sealing_, random_, pair.key_pem, kKeySetting));
        auto identity = TRY(opened(sealing_, sealed, pair.certificate_pem));
        state::Tx tx{state::Cause{.actor = "landfall", .service = "sns", .operation = "MakeSigningKey"}};
        tx.set_setting(std::string{kKeySetting}, sealed)
            .set_setting(std::string{kCertificateSetting}, pair.certificate_pem);
        TRY(store_.commit(std::move(tx)));
        publish(std::move(identity));
        return {};
    }

    state::StateStore& store_;
    blocks::KeySource& sealing_;
    Random& random_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable made_;
    bool making_ = false;
    std::unique_ptr<const Identity> identity_;  ///< set once
    std::atomic<const Identity*> now_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<MessageSigner>> MessageSigner::open(state::StateStore& store,
                                                           blocks::KeySource& sealing, Random& random,
                                                           Clock& clock) {
    auto signer = std::make_unique<RsaSigner>(store, sealing, random, clock);
    TRY(signer->load());
    return std::unique_ptr<MessageSigner>{std::move(signer)};
}

}  // namespace landfall::sns
