#include "services/sns/model_filter_index.hpp"

#include <algorithm>
#include <cstring>

namespace landfall::sns {
namespace {

std::string posting_of(FilterScope scope, std::string_view name, const Scalar& value) {
    std::string key{scope == FilterScope::body ? "b" : "a"};
    key.append(name).push_back('\0');
    if (value.kind == Json::Kind::number) {
        const double number = value.number == 0 ? 0 : value.number;  // -0 equals 0
        key.push_back('n');
        key.append(reinterpret_cast<const char*>(&number), sizeof number);
    } else {
        key.push_back('s');
        key.append(value.text);
    }
    return key;
}

bool indexable(const Scalar& value) {
    return value.kind == Json::Kind::string || value.kind == Json::Kind::number;
}

std::vector<std::string> postings_of(const FilterPolicy& policy, const FilterNode::Leaf& leaf) {
    std::vector<std::string> keys;
    for (const FilterTest& test : leaf.tests)
        keys.push_back(posting_of(policy.scope(), leaf.name,
                                  {.kind = test.value, .text = test.text, .number = test.number}));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

}  // namespace

void FilterIndex::add(Slot slot, const FilterPolicy* policy) {
    CHECK(policies_.emplace(slot, policy).second);
    if (policy == nullptr) {
        unfiltered_.push_back(slot);
        return;
    }
    const FilterNode::Leaf* leaf = policy->exact_leaf();
    if (leaf == nullptr) {
        unindexed_.push_back(slot);
        return;
    }
    if (policy->scope() == FilterScope::body) ++on_bodies_;
    for (std::string& key : postings_of(*policy, *leaf)) postings_[std::move(key)].push_back(slot);
}

void FilterIndex::remove(Slot slot) {
    const auto at = policies_.find(slot);
    if (at == policies_.end()) return;
    const FilterPolicy* policy = at->second;
    policies_.erase(at);
    std::erase(unfiltered_, slot);
    std::erase(unindexed_, slot);
    const FilterNode::Leaf* leaf = policy != nullptr ? policy->exact_leaf() : nullptr;
    if (leaf == nullptr) return;
    if (policy->scope() == FilterScope::body) --on_bodies_;
    for (const std::string& key : postings_of(*policy, *leaf)) {
        const auto posting = postings_.find(key);
        std::erase(posting->second, slot);
        if (posting->second.empty()) postings_.erase(posting);
    }
}

void FilterIndex::candidates_of(FilterSubject& subject, std::vector<Slot>& out) const {
    const auto add = [&](FilterScope scope, std::string_view name, const Scalar& value) {
        if (!indexable(value)) return;
        const auto posting = postings_.find(posting_of(scope, name, value));
        if (posting != postings_.end()) out.insert(out.end(), posting->second.begin(), posting->second.end());
    };
    for (const auto& named : subject.attributes())
        for (const Scalar& value : named.values) add(FilterScope::attributes, named.name, value);
    const Json* body = on_bodies_ > 0 ? subject.body() : nullptr;
    if (body == nullptr) return;
    std::vector<Scalar> values;
    for (const Json::Member& member : body->members) {
        values.clear();
        append_scalars(member.value, values);
        for (const Scalar& value : values) add(FilterScope::body, member.name, value);
    }
}

FilterIndex::Matches FilterIndex::matches(FilterSubject& subject) const {
    Matches found{.slots = unfiltered_};
    std::vector<Slot> candidates = unindexed_;
    if (!postings_.empty()) candidates_of(subject, candidates);
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    found.evaluations = candidates.size();
    for (const Slot slot : candidates)
        if (policies_.at(slot)->matches(subject)) found.slots.push_back(slot);
    std::sort(found.slots.begin(), found.slots.end());
    return found;
}

}  // namespace landfall::sns
