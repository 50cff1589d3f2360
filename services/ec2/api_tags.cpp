// Tags on images, snapshots, instances and import tasks.
#include "services/ec2/api_listing.hpp"

namespace landfall::ec2 {
namespace {

/// The record behind any taggable id.
std::optional<state::Key> key_of(const Scope& scope, std::string_view id) {
    if (id.starts_with("ami-")) return Records::key<Image>(scope, id);
    if (id.starts_with("snap-")) return Records::key<Snapshot>(scope, id);
    if (id.starts_with("i-")) return Records::key<Instance>(scope, id);
    if (id.starts_with("import-")) return Records::key<ImportTask>(scope, id);
    if (id.starts_with("vol-")) return Records::key<Volume>(scope, id);
    if (id.starts_with("eni-")) return Records::key<Interface>(scope, id);
    if (id.starts_with("key-")) return Records::key<KeyPair>(scope, id);
    return std::nullopt;
}

ApiError no_such(std::string_view id) {
    if (id.starts_with("ami-")) return {IdWords<Image>::kNotFound, IdWords<Image>::missing(id)};
    if (id.starts_with("snap-")) return {IdWords<Snapshot>::kNotFound, IdWords<Snapshot>::missing(id)};
    if (id.starts_with("i-")) return {IdWords<Instance>::kNotFound, IdWords<Instance>::missing(id)};
    if (id.starts_with("vol-")) return {IdWords<Volume>::kNotFound, IdWords<Volume>::missing(id)};
    if (id.starts_with("eni-")) return {IdWords<Interface>::kNotFound, IdWords<Interface>::missing(id)};
    if (id.starts_with("key-")) return {IdWords<KeyPair>::kNotFound, IdWords<KeyPair>::missing(id)};
    return {errors::kInvalidID, "The ID '" + std::string{id} + "' is not valid"};
}

Found<state::Resource> load(const Ec2& ec2, const CallContext& call, std::string_view id) {
    const auto key = key_of(scope_of(call), id);
    if (!key) return no_such(id);
    auto resource = ec2.parts().state.get(*key);
    if (resource.is(Errc::not_found) || (resource.ok() && resource->retired)) return no_such(id);
    if (!resource.ok()) return told(resource.error());
    return *std::move(resource);
}

Answer create_tags(Ec2& ec2, const CallContext& call, api::CreateTags::In in) {
    std::vector<state::Tag> set;
    for (const auto tag : in.tags())
        set.push_back({std::string{tag.key().value_or("")}, std::string{tag.value().value_or("")}});
    state::Tx tx{cause_of(call, "CreateTags")};
    for (const std::string_view id : in.resources()) {
        auto found = load(ec2, call, id);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        const auto& resource = std::get<state::Resource>(found);
        // Checked as they will be together: the old ones that stay, and the new.
        Tags together;
        for (const state::Tag& tag : set) together.push_back({tag.key, tag.value});
        for (const state::Tag& old : resource.tags) {
            const auto same = [&](const state::Tag& tag) { return tag.key == old.key; };
            if (std::none_of(set.begin(), set.end(), same)) together.push_back({old.key, old.value});
        }
        const Status checked = check_tags(together);
        if (checked.is(Errc::exhausted))
            return ApiError{errors::kTagLimitExceeded, checked.error().message()};
        if (!checked.ok()) return told(checked.error());
        tx.set_tags(resource.key, set, {});
    }
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (!done.ok()) return told(done.error());
    return Answer::success();
}

Answer delete_tags(Ec2& ec2, const CallContext& call, api::DeleteTags::In in) {
    state::Tx tx{cause_of(call, "DeleteTags")};
    for (const std::string_view id : in.resources()) {
        auto found = load(ec2, call, id);
        if (auto* error = std::get_if<ApiError>(&found)) return std::move(*error);
        const auto& resource = std::get<state::Resource>(found);
        std::vector<std::string> remove;
        // Without tags all go; with a value only a tag of that value.
        if (in.tags().empty())
            for (const state::Tag& tag : resource.tags) remove.push_back(tag.key);
        for (const auto asked : in.tags())
            for (const state::Tag& tag : resource.tags)
                if (tag.key == asked.key() && (!asked.has_value() || tag.value == asked.value()))
                    remove.push_back(tag.key);
        if (!remove.empty()) tx.set_tags(resource.key, {}, std::move(remove));
    }
    if (tx.empty()) return Answer::success();
    const auto done = ec2.parts().state.commit(std::move(tx));
    if (!done.ok()) return told(done.error());
    return Answer::success();
}

struct TagRow {
    std::string resource_id;
    std::string_view type;
    Tag tag;
};

std::string sort_key(const TagRow& row) { return row.resource_id + '\x1f' + row.tag.key; }

/// Collects the rows of one page, kind by kind.
class TagPage {
public:
    TagPage(const Ec2& ec2, const Scope& scope, const Selection& selection, const Paging& paging)
        : ec2_{ec2}, scope_{scope}, selection_{selection}, paging_{paging} {}

    /// The rows of a kind behind the page's start. Kinds must come in the order of their ids' prefixes.
    template <class T>
    Status collect() {
        const std::string resource = paging_.after.substr(0, paging_.after.find('\x1f'));
        std::string from = std::max(std::string{IdWords<T>::kPrefix}, resource);
        while (!is_full()) {
            const auto some =
                TRY(ec2_.records().some<T>(scope_, std::string{IdWords<T>::kPrefix}, from, kStepMax));
            for (const Stored<T>& stored : some) take(stored.value, Kind<T>::kTagType);
            if (some.size() < kStepMax) break;
            from = some.back().value.id + '\0';
        }
        return {};
    }
    /// One more than the page holds: that one says that there are more.
    [[nodiscard]] bool is_full() const { return rows_.size() > paging_.limit; }
    [[nodiscard]] const std::vector<TagRow>& rows() const { return rows_; }

private:
    template <class T>
    void take(const T& value, std::string_view type) {
        if (value.id.starts_with("import-snap-")) type = "import-snapshot-task";
        // A resource's tags are in order of key.
        for (const Tag& tag : value.tags) {
            TagRow row{value.id, type, tag};
            if (!is_full() && sort_key(row) > paging_.after && accepts(row)) rows_.push_back(std::move(row));
        }
    }
    [[nodiscard]] bool accepts(const TagRow& row) const {
        return selection_.accepts({row.tag}, [&](std::string_view name) -> Values {
            if (name == "key") return std::vector{row.tag.key};
            if (name == "value") return std::vector{row.tag.value};
            if (name == "resource-id") return std::vector{row.resource_id};
            return std::vector{std::string{row.type}};
        });
    }

    const Ec2& ec2_;
    const Scope& scope_;
    const Selection& selection_;
    const Paging& paging_;
    std::vector<TagRow> rows_;
};

Status collect_all(TagPage& page) {
    TRY(page.collect<Image>());       // ami-
    TRY(page.collect<Interface>());   // eni-
    TRY(page.collect<Instance>());    // i-
    TRY(page.collect<ImportTask>());  // import-
    TRY(page.collect<KeyPair>());     // key-
    TRY(page.collect<Snapshot>());    // snap-
    return page.collect<Volume>();    // vol-
}

Answer describe_tags(Ec2& ec2, const CallContext& call, api::DescribeTags::In in,
                     api::DescribeTags::Out out) {
    auto selection =
        Selection::of(filters_in(in.filters()), {"key", "resource-id", "resource-type", "value"});
    if (!selection.ok()) return told(selection.error());
    auto paging = paging_of(ec2, "DescribeTags\x1d" + call.account + call.region + selection->fingerprint(),
                            in.max_results(), in.next_token());
    if (auto* error = std::get_if<ApiError>(&paging)) return std::move(*error);
    const auto& asked = std::get<Paging>(paging);
    const Scope scope = scope_of(call);
    TagPage page{ec2, scope, *selection, asked};
    const Status collected = collect_all(page);
    if (!collected.ok()) return told(collected.error());
    out.start_tags();
    const std::size_t shown = std::min(page.rows().size(), asked.limit);
    for (std::size_t i = 0; i < shown; ++i) {
        const TagRow& row = page.rows()[i];
        auto put = out.add_tags();
        put.set_resource_id(row.resource_id);
        put.set_resource_type(row.type);
        put.set_key(row.tag.key);
        put.set_value(row.tag.value);
    }
    if (page.is_full())
        out.set_next_token(ec2.parts().tokens.seal(sort_key(page.rows()[shown - 1]), asked.question));
    return Answer::success();
}

}  // namespace

void register_tags(Operations& operations, Ec2& ec2) {
    operations.on<api::CreateTags>([&ec2](const CallContext& call, api::CreateTags::In in,
                                          api::CreateTags::Out) { return create_tags(ec2, call, in); });
    operations.on<api::DeleteTags>([&ec2](const CallContext& call, api::DeleteTags::In in,
                                          api::DeleteTags::Out) { return delete_tags(ec2, call, in); });
    operations.on<api::DescribeTags>(
        [&ec2](const CallContext& call, api::DescribeTags::In in, api::DescribeTags::Out out) {
            return describe_tags(ec2, call, in, out);
        });
}

}  // namespace landfall::ec2
