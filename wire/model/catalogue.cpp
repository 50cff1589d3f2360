#include "wire/model/catalogue.hpp"

#include <mutex>

namespace landfall::wire {

struct Catalogue::Loaded {
    std::once_flag once;
    std::unique_ptr<Model> model;
};

namespace {

// The value of a string member of "metadata", which the trimmer writes on the first line of the file.
std::string_view of_metadata(std::string_view model, std::string_view key) {
    const std::string_view head = model.substr(0, model.find('\n'));
    std::string quoted{"\""};
    quoted.append(key).append("\":\"");
    const std::size_t at = head.find(quoted);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = head.substr(at + quoted.size());
    return rest.substr(0, rest.find('"'));
}

Protocol protocol_of(std::string_view name) {
    if (name == "json") return Protocol::json;
    if (name == "query") return Protocol::query;
    if (name == "ec2") return Protocol::ec2;
    if (name == "rest-json") return Protocol::rest_json;
    CHECK(name == "rest-xml");
    return Protocol::rest_xml;
}

}  // namespace

const Model& Face::model() const { return catalogue->model(index); }

Catalogue::Catalogue(std::span<const ModelText> texts)
    : texts_{texts.begin(), texts.end()}, loaded_{std::make_unique<Loaded[]>(texts.size())} {
    for (std::uint32_t i = 0; i < texts_.size(); ++i) {
        const std::string_view text = texts_[i].model;
        Face face{.name = texts_[i].name,
                  .service = texts_[i].name.substr(0, texts_[i].name.find("-query")),
                  .protocol = protocol_of(of_metadata(text, "protocol")),
                  .target_prefix = of_metadata(text, "targetPrefix"),
                  .signing_name = of_metadata(text, "signingName"),
                  .api_version = of_metadata(text, "apiVersion"),
                  .catalogue = this,
                  .index = i};
        if (face.signing_name.empty()) face.signing_name = of_metadata(text, "endpointPrefix");
        faces_.push_back(face);
    }
}

Catalogue::~Catalogue() = default;

const Face* Catalogue::find(std::string_view name) const {
    for (const Face& face : faces_)
        if (face.name == name) return &face;
    return nullptr;
}

const Model& Catalogue::model(std::uint32_t index) const {
    CHECK(index < texts_.size());
    Loaded& entry = loaded_[index];
    std::call_once(entry.once, [&] {
        auto model = Model::load(faces_[index].service, texts_[index].model, texts_[index].overlay);
        entry.model = std::move(model).value();
    });
    return *entry.model;
}

}  // namespace landfall::wire
