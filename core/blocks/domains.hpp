// Domains: the encryption domains of a store and their keys; one small file each, docs/formats/pack.md.
//
// Invariants
//   1. A domain's number and name never change, and no number is given twice.
//   2. A domain exists once its file is durable; its key is kept wrapped by the KeySource, bound to number
//      and name.
// Threads: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/disk.hpp"
#include "base/random.hpp"
#include "core/blocks/crypto.hpp"
#include "core/blocks/keys.hpp"

namespace landfall::blocks {

struct Domain {
    DomainNumber number;
    DomainName name;
    DomainKeys keys;
};

/// The content of a domain's file. Pure.
struct DomainFile {
    DomainNumber number;
    DomainName name;
    std::vector<std::byte> wrapped_key;
};
[[nodiscard]] std::vector<std::byte> encode(const DomainFile& file);
[[nodiscard]] Result<DomainFile> decode_domain_file(ByteSpan bytes);

class Domains {
public:
    Domains(Disk& disk, std::string directory, Random& random, KeySource& keys);
    /// Reads the files; keys are unwrapped at their first use.
    [[nodiscard]] Status load();
    [[nodiscard]] Result<DomainNumber> find_or_make(const DomainName& name);
    /// not_found, or the KeySource's error. The reference stays valid.
    [[nodiscard]] Result<const Domain*> get(DomainNumber number);

private:
    struct Entry {
        DomainFile file;
        std::unique_ptr<Domain> opened;
    };
    [[nodiscard]] std::string path_of(DomainNumber number) const;

    Disk& disk_;
    const std::string directory_;
    Random& random_;
    KeySource& keys_;
    std::mutex mutex_;
    std::mutex making_;  ///< a turn: one domain is made at a time
    std::map<DomainNumber, Entry> entries_;
};

}  // namespace landfall::blocks
