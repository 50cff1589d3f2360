#include "core/state/tx.hpp"

#include <iterator>
#include <type_traits>

namespace landfall::state {
namespace {

constexpr std::size_t kOpOverhead = 256;
/// What may be posted beside a removal on a full disk: about as much as the removed row held.
constexpr std::size_t kShortPost = 4096;

std::size_t weight_of(const Key& key) {
    return key.kind.size() + key.account.size() + key.region.size() + key.id.size();
}

std::size_t weight_of(const Resource& r) {
    std::size_t sum = weight_of(r.key) + r.arn.size() + r.parent.size() + r.state.size() + r.doc.size();
    for (const Tag& tag : r.tags) sum += tag.key.size() + tag.value.size();
    for (const IndexKey& key : r.index) sum += key.name.size() + key.value.size();
    return sum;
}

}  // namespace

Tx& Tx::add(Op change, std::size_t weight) {
    ops_.push_back(std::move(change));
    weight_ += weight + kOpOverhead;
    return *this;
}

Tx& Tx::create(Resource resource) {
    const std::size_t weight = weight_of(resource);
    return add(op::Create{std::move(resource)}, weight);
}
Tx& Tx::update(Resource resource) {
    const std::size_t weight = weight_of(resource);
    return add(op::Update{std::move(resource)}, weight);
}
Tx& Tx::set_tags(Key key, std::vector<Tag> set, std::vector<std::string> remove) {
    std::size_t weight = weight_of(key);
    for (const Tag& tag : set) weight += tag.key.size() + tag.value.size();
    return add(op::SetTags{std::move(key), std::move(set), std::move(remove)}, weight);
}
Tx& Tx::retire(Key key, Version expected, std::string state) {
    return add(op::Retire{std::move(key), expected, std::move(state)}, 0);
}
Tx& Tx::erase(Key key, Version expected) { return add(op::Erase{std::move(key), expected}, 0); }
Tx& Tx::require(Key key, std::optional<Version> version) {
    return add(op::Require{std::move(key), version}, 0);
}
Tx& Tx::claim(std::string space, std::string name, Key owner) {
    return add(op::Claim{std::move(space), std::move(name), std::move(owner)}, 0);
}
Tx& Tx::remember(OnceKey once, std::string result, Instant expires) {
    const std::size_t weight = result.size();
    return add(op::Remember{std::move(once), std::move(result), expires}, weight);
}
Tx& Tx::count(std::string counter, std::uint64_t by) { return add(op::Count{std::move(counter), by}, 0); }
Tx& Tx::set_setting(std::string name, std::string value) {
    const std::size_t weight = value.size();
    return add(op::SetSetting{std::move(name), std::move(value)}, weight);
}
Tx& Tx::claim_setting(std::string name, std::string value) {
    const std::size_t weight = value.size();
    return add(op::SetSetting{std::move(name), std::move(value), op::Existing::refuse}, weight);
}
Tx& Tx::set_progress(Key key, std::string bytes) {
    const std::size_t weight = bytes.size();
    return add(op::SetProgress{std::move(key), std::move(bytes)}, weight);
}
Tx& Tx::append_line(std::string stream, LogLine line) {
    const std::size_t weight = line.text.size();
    return add(op::AppendLine{std::move(stream), std::move(line)}, weight);
}
Tx& Tx::post(std::string stream, std::string text) {
    const std::size_t weight = text.size();
    return add(op::Post{std::move(stream), std::move(text)}, weight);
}
Tx& Tx::erase_lines(std::string stream, std::uint64_t up_to) {
    return add(op::EraseLines{std::move(stream), up_to}, 0);
}
Tx& Tx::forget(Instant before, std::size_t limit) { return add(op::Forget{before, limit}, 0); }
Tx& Tx::note(Key key, std::string error) { return add(op::Note{std::move(key), std::move(error)}, 0); }

Tx& Tx::append(Tx other) {
    ops_.insert(ops_.end(), std::make_move_iterator(other.ops_.begin()),
                std::make_move_iterator(other.ops_.end()));
    weight_ += other.weight_;
    return *this;
}

bool Tx::only_frees() const {
    bool frees = false;
    const auto short_post = [](const Op& change) {
        const auto* post = std::get_if<op::Post>(&change);
        return post != nullptr && post->text.size() <= kShortPost;
    };
    for (const Op& change : ops_) {
        const bool removes = std::holds_alternative<op::Erase>(change) ||
                             std::holds_alternative<op::EraseLines>(change) ||
                             std::holds_alternative<op::Forget>(change);
        const bool small = std::holds_alternative<op::Require>(change) ||
                           std::holds_alternative<op::Count>(change) ||
                           std::holds_alternative<op::Note>(change) || short_post(change);
        if (!removes && !small) return false;
        frees = frees || removes;
    }
    return frees;
}

}  // namespace landfall::state
