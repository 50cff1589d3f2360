#include "services/ec2/key_pairs.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace landfall::ec2 {
namespace {

// Made by ssh-keygen and openssl for this test alone; the fingerprints are those tools' own.
constexpr std::string_view kRsaLine =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCpyiWYEzcXgNk5EF45t8JVst4cbzz3+607RoUBVSyZHjsomgEvGc"
    "oQ9g6WXc+a0E4dokRmaWMvBWLcWP6U7W424daFQtv+oj2rubEnqFD+JWE7V/3JcrExlKJ9KeBLdClkSNH7qA5Ujsv6"
    "f574gfbwfkBTvu6633P5B9arqlgPFQ==";
constexpr std::string_view kRsaMd5 = "64:09:f1:8b:d7:b0:42:7d:ad:32:52:6a:1c:e4:86:b5";
constexpr std::string_view kRsaRfc4716 =
    "---- BEGIN SSH2 PUBLIC KEY ----\n"
    "Comment: \"a key \\\n"
    "of two lines\"\n"
    "AAAAB3NzaC1yc2EAAAADAQABAAAAgQCpyiWYEzcXgNk5EF45t8JVst4cbzz3+607RoUBVS\n"
    "yZHjsomgEvGcoQ9g6WXc+a0E4dokRmaWMvBWLcWP6U7W424daFQtv+oj2rubEnqFD+JWE7\n"
    "V/3JcrExlKJ9KeBLdClkSNH7qA5Ujsv6f574gfbwfkBTvu6633P5B9arqlgPFQ==\n"
    "---- END SSH2 PUBLIC KEY ----\n";
constexpr std::string_view kRsaPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCpyiWYEzcXgNk5EF45t8JVst4c\n"
    "bzz3+607RoUBVSyZHjsomgEvGcoQ9g6WXc+a0E4dokRmaWMvBWLcWP6U7W424daF\n"
    "Qtv+oj2rubEnqFD+JWE7V/3JcrExlKJ9KeBLdClkSNH7qA5Ujsv6f574gfbwfkBT\n"
    "vu6633P5B9arqlgPFQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kEd25519Line =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGad3f3FDmtEM6UW1fW7AfsFSoj99EaANo/s2hrtNW2U";
constexpr std::string_view kEd25519Sha256 = "0kVl0Tw2Bi1l8/GboVkNpF9dQaUJ9oYUdoPAc007mzM=";
constexpr std::string_view kEcdsaLine =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEohINd6i8CwdsP1AE"
    "/PLQcxT2Hmb/FEyXSHL7lz1SvljUBW8jGdnOT/tH1rmZNGDPjqzXozCP9KA3k+QcIzGC4=";

TEST(KeyPairs, an_imported_rsa_key_has_the_md5_of_its_der) {
    const auto key = read_public_key(std::string{kRsaLine} + " someone@somewhere\n");
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_EQ(key->type, KeyType::rsa);
    EXPECT_EQ(key->text, kRsaLine);
    EXPECT_EQ(key->fingerprint, kRsaMd5);
}

TEST(KeyPairs, an_ed25519_key_has_the_sha256_of_its_blob) {
    const auto key = read_public_key(kEd25519Line);
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_EQ(key->type, KeyType::ed25519);
    EXPECT_EQ(key->fingerprint, kEd25519Sha256);
}

TEST(KeyPairs, every_form_of_one_key_is_the_same_key) {
    for (const std::string_view form : {kRsaRfc4716, kRsaPem}) {
        const auto key = read_public_key(form);
        ASSERT_TRUE(key.ok()) << key.error().message() << '\n' << form;
        EXPECT_EQ(key->text, kRsaLine);
        EXPECT_EQ(key->fingerprint, kRsaMd5);
    }
    std::string der{kRsaPem.substr(kRsaPem.find('\n') + 1)};
    der.resize(der.find('-'));
    std::erase(der, '\n');
    const auto key = read_public_key(der);
    ASSERT_TRUE(key.ok()) << key.error().message();
    EXPECT_EQ(key->text, kRsaLine);
}

TEST(KeyPairs, what_is_no_key_of_a_supported_kind_is_refused) {
    const std::string line{kRsaLine};
    for (const std::string& bad :
         {std::string{}, std::string{"hello"}, std::string{"ssh-rsa"}, std::string{"ssh-rsa AAAA"},
          "ssh-ed25519 " + line.substr(8), line.substr(0, line.size() / 2), std::string{kEcdsaLine},
          std::string{"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n"}, std::string(20'000, 'A'),
          "ssh-rsa " + base64_encode(bytes_of(std::string_view{"\xff\xff\xff\xffx", 5}))}) {
        const auto key = read_public_key(bad);
        EXPECT_TRUE(key.is(Errc::invalid)) << bad;
    }
}

TEST(KeyPairs, every_cut_of_a_key_is_refused) {
    const auto blob = base64_decode(kRsaLine.substr(8)).value();
    for (std::size_t size = 0; size < blob.size(); ++size)
        ASSERT_FALSE(read_public_key("ssh-rsa " + base64_encode(ByteSpan{blob}.first(size))).ok()) << size;
}

TEST(KeyPairs, a_made_rsa_key_is_pkcs1_and_reads_back) {
    OsRandom random;
    const auto made = make_key_pair(KeyType::rsa, random);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made->material.reveal().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    EXPECT_EQ(made->key.fingerprint.size(), 59U);  // 20 bytes of SHA-1
    const auto read = read_public_key(made->key.text);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->text, made->key.text);
    EXPECT_EQ(read->fingerprint.size(), 47U);  // 16 bytes of MD5
}

TEST(KeyPairs, a_made_ed25519_key_is_openssh_and_never_the_same) {
    OsRandom random;
    const auto made = make_key_pair(KeyType::ed25519, random);
    const auto other = make_key_pair(KeyType::ed25519, random);
    ASSERT_TRUE(made.ok() && other.ok());
    EXPECT_TRUE(made->material.reveal().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    EXPECT_NE(made->key.text, other->key.text);
    EXPECT_EQ(read_public_key(made->key.text)->fingerprint, made->key.fingerprint);
}

TEST(KeyPairs, names_are_printable_and_bounded) {
    EXPECT_TRUE(key_name_is_valid("my key/1"));
    for (const std::string_view bad : {"", " a", "a ", "a\nb", "sch\xc3\xb6n"})
        EXPECT_FALSE(key_name_is_valid(bad));
    EXPECT_FALSE(key_name_is_valid(std::string(256, 'a')));
}

}  // namespace
}  // namespace landfall::ec2
