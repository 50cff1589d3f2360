// Catalogue: every service this program speaks, each model loaded when it is first asked for.
//
// Invariants
//   1. A model is loaded at most once, whichever threads ask; a loaded model is never moved or dropped.
//   2. An embedded model that does not load is a bug of the build and aborts (a test loads all of them).
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "wire/model/model.hpp"

namespace landfall::wire {

struct ModelText {
    std::string_view name;
    std::string_view model;
    std::string_view overlay;
};

/// A service in one protocol. sqs has two faces, which share the slots of their structures.
struct Face {
    std::string_view name;     ///< "sqs-query"
    std::string_view service;  ///< "sqs": what registries and policies call it
    Protocol protocol;
    std::string_view target_prefix;  ///< of X-Amz-Target, "" without
    std::string_view signing_name;
    std::string_view api_version;
    const class Catalogue* catalogue = nullptr;
    std::uint32_t index = 0;

    [[nodiscard]] const Model& model() const;
};

class Catalogue {
public:
    /// `texts` and what they view outlive the catalogue (embedded_models() does). Cheap: reads only each
    /// head.
    explicit Catalogue(std::span<const ModelText> texts);
    ~Catalogue();
    Catalogue(const Catalogue&) = delete;
    Catalogue& operator=(const Catalogue&) = delete;

    [[nodiscard]] std::span<const Face> faces() const { return faces_; }
    /// By file name: "ec2", "sqs-query". nullptr where there is none.
    [[nodiscard]] const Face* find(std::string_view name) const;
    /// Loads on first use. Any thread.
    [[nodiscard]] const Model& model(std::uint32_t index) const;

private:
    struct Loaded;
    std::vector<ModelText> texts_;
    std::vector<Face> faces_;
    std::unique_ptr<Loaded[]> loaded_;
};

}  // namespace landfall::wire
