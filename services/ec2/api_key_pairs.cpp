// Key pairs: made or imported, described, deleted. The private key is in CreateKeyPair's answer and nowhere
// else.
#include "services/ec2/api_listing.hpp"
#include "services/ec2/key_pairs.hpp"

namespace landfall::ec2 {
namespace {

ApiError no_such_key(std::string_view name) {
    return {errors::kInvalidKeyPairNotFound, "The key pair '" + std::string{name} + "' does not exist"};
}

Found<KeyPair> new_key_pair(Ec2& ec2, std::string_view name,
                            const ListView<api::in::TagSpecification>& specifications) {
    KeyPair pair;
    pair.id = "key-" + ec2.parts().random.hex(17);
    pair.name = std::string{name};
    if (!key_name_is_valid(name))
        return ApiError{
            errors::kInvalidParameterValue,
            "Invalid value '" + pair.name +
                "' for keyName. A key's name has 1 to 255 printable ASCII characters and no space "
                "at its ends."};
    pair.created = ec2.parts().clock.now();
    pair.tags = tags_in(specifications, "key-pair");
    const Status tags = check_tags(pair.tags);
    if (!tags.ok()) return told(tags.error());
    return pair;
}

/// Looked for before a key is made, which costs; what decides is the claim in keep().
std::optional<ApiError> taken(const Ec2& ec2, const Scope& scope, const std::string& name) {
    const auto holder = ec2.records().holder(key_names(scope), name);
    if (!holder.ok()) return told(holder.error());
    if (holder->empty()) return std::nullopt;
    return ApiError{errors::kInvalidKeyPairDuplicate, "The keypair already exists: '" + name + "'"};
}

std::optional<ApiError> keep(Ec2& ec2, const CallContext& call, std::string_view operation,
                             const KeyPair& pair) {
    const Scope scope = scope_of(call);
    state::Tx tx{cause_of(call, operation)};
    tx.create(Records::resource(scope, pair));
    tx.claim(key_names(scope), pair.name, Records::key<KeyPair>(scope, pair.id));
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (done.ok()) return std::nullopt;
    if (done.is(Errc::already_exists)) return taken(ec2, scope, pair.name).value_or(told(done.error()));
    return told(done.error());
}

Answer create_key_pair(Ec2& ec2, const CallContext& call, api::CreateKeyPair::In in,
                       api::CreateKeyPair::Out out) {
    if (in.key_format().value_or("pem") != "pem")
        return ApiError{errors::kUnsupportedOperation,
                        "The key format '" + std::string{*in.key_format()} +
                            "' is not supported: ask for pem; puttygen converts it."};
    const auto type = key_type_named(in.key_type().value_or("rsa"));
    if (!type)
        return ApiError{errors::kInvalidParameterValue,
                        "Invalid value '" + std::string{*in.key_type()} + "' for keyType: rsa or ed25519."};
    auto named = new_key_pair(ec2, in.key_name(), in.tag_specifications());
    if (auto* error = std::get_if<ApiError>(&named)) return std::move(*error);
    KeyPair& pair = std::get<KeyPair>(named);
    if (auto error = taken(ec2, scope_of(call), pair.name)) return *std::move(error);
    const auto made = make_key_pair(*type, ec2.parts().random);
    if (!made.ok()) return told(made.error());
    pair.type = std::string{name_of(*type)};
    pair.public_text = made->key.text;
    pair.fingerprint = made->key.fingerprint;
    if (auto error = keep(ec2, call, "CreateKeyPair", pair)) return *std::move(error);
    out.set_key_pair_id(pair.id);
    out.set_key_name(pair.name);
    out.set_key_fingerprint(pair.fingerprint);
    out.set_key_material(made->material.reveal());
    put_tags(out, pair.tags);
    return Answer::success();
}

Answer import_key_pair(Ec2& ec2, const CallContext& call, api::ImportKeyPair::In in,
                       api::ImportKeyPair::Out out) {
    auto named = new_key_pair(ec2, in.key_name(), in.tag_specifications());
    if (auto* error = std::get_if<ApiError>(&named)) return std::move(*error);
    KeyPair& pair = std::get<KeyPair>(named);
    const auto key = read_public_key(text_of(in.public_key_material()));
    if (!key.ok()) return told(key.error(), errors::kInvalidKeyFormat);
    pair.type = std::string{name_of(key->type)};
    pair.public_text = key->text;
    pair.fingerprint = key->fingerprint;
    if (auto error = keep(ec2, call, "ImportKeyPair", pair)) return *std::move(error);
    out.set_key_pair_id(pair.id);
    out.set_key_name(pair.name);
    out.set_key_fingerprint(pair.fingerprint);
    put_tags(out, pair.tags);
    return Answer::success();
}

enum class PublicHalf : std::uint8_t { shown, left_out };

void put_key_pair(api::out::KeyPairInfo out, const KeyPair& pair, PublicHalf half) {
    out.set_key_pair_id(pair.id);
    out.set_key_name(pair.name);
    out.set_key_type(pair.type);
    out.set_key_fingerprint(pair.fingerprint);
    out.set_create_time(pair.created);
    if (half == PublicHalf::shown) out.set_public_key(pair.public_text + ' ' + pair.name);
    out.start_tags();
    put_tags(out, pair.tags);
}

/// The ids meant by names and ids together; each must exist.
Found<std::vector<std::string>> ids_in(const Ec2& ec2, const CallContext& call,
                                       api::DescribeKeyPairs::In in) {
    std::vector<std::string> ids;
    for (const std::string_view name : in.key_names()) {
        const auto holder = ec2.records().holder(key_names(scope_of(call)), name);
        if (!holder.ok()) return told(holder.error());
        if (holder->empty()) return no_such_key(name);
        ids.push_back(*holder);
    }
    for (const std::string_view id : in.key_pair_ids()) ids.emplace_back(id);
    return ids;
}

Answer describe_key_pairs(Ec2& ec2, const CallContext& call, api::DescribeKeyPairs::In in,
                          api::DescribeKeyPairs::Out out) {
    auto selection = Selection::of(filters_in(in.filters()), known_filters<KeyPair>());
    if (!selection.ok()) return told(selection.error());
    auto named = ids_in(ec2, call, in);
    if (auto* error = std::get_if<ApiError>(&named)) return std::move(*error);
    const auto& ids = std::get<std::vector<std::string>>(named);
    const PublicHalf half =
        in.include_public_key().value_or(false) ? PublicHalf::shown : PublicHalf::left_out;
    out.start_key_pairs();
    const auto put = [&](const Stored<KeyPair>& pair) {
        const bool accepted = selection->accepts(pair.value.tags, [&](std::string_view name) {
            return attribute_of(pair.value, name, pair.scope);
        });
        if (accepted) put_key_pair(out.add_key_pairs(), pair.value, half);
        // The answer has no pages: it is built in the reply, nothing is kept here.
        return false;
    };
    if (!ids.empty()) {
        auto found = take_named<KeyPair>(ec2, call, ids, {.limit = ids.size()}, put);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        return Answer::success();
    }
    const auto found = take_page<KeyPair>(ec2, scope_of(call), IdWords<KeyPair>::kPrefix, {}, put);
    if (!found.ok()) return told(found.error());
    return Answer::success();
}

Answer delete_key_pair(Ec2& ec2, const CallContext& call, api::DeleteKeyPair::In in,
                       api::DeleteKeyPair::Out out) {
    if (!in.key_name() && !in.key_pair_id())
        return ApiError{errors::kMissingParameter,
                        "The request must contain the parameter KeyName or KeyPairId"};
    const Scope scope = scope_of(call);
    std::string id{in.key_pair_id().value_or("")};
    if (in.key_name()) {
        const auto holder = ec2.records().holder(key_names(scope), *in.key_name());
        if (!holder.ok()) return told(holder.error());
        if (in.key_pair_id() && *holder != id)
            return ApiError{errors::kInvalidParameterCombination,
                            "KeyName and KeyPairId do not mean the same key pair."};
        id = *holder;
    }
    out.set_return(true);
    if (id.empty()) return Answer::success();  // it does not exist: EC2 has nothing against that
    state::Tx tx{cause_of(call, "DeleteKeyPair")};
    tx.erase(Records::key<KeyPair>(scope, id), state::kAnyVersion);
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (done.is(Errc::not_found)) return Answer::success();
    if (!done.ok()) return told(done.error());
    out.set_key_pair_id(id);
    return Answer::success();
}

}  // namespace

void register_key_pairs(Operations& operations, Ec2& ec2) {
    operations.on<api::CreateKeyPair>(
        [&ec2](const CallContext& call, api::CreateKeyPair::In in, api::CreateKeyPair::Out out) {
            return create_key_pair(ec2, call, in, out);
        });
    operations.on<api::ImportKeyPair>(
        [&ec2](const CallContext& call, api::ImportKeyPair::In in, api::ImportKeyPair::Out out) {
            return import_key_pair(ec2, call, in, out);
        });
    operations.on<api::DescribeKeyPairs>(
        [&ec2](const CallContext& call, api::DescribeKeyPairs::In in, api::DescribeKeyPairs::Out out) {
            return describe_key_pairs(ec2, call, in, out);
        });
    operations.on<api::DeleteKeyPair>(
        [&ec2](const CallContext& call, api::DeleteKeyPair::In in, api::DeleteKeyPair::Out out) {
            return delete_key_pair(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
