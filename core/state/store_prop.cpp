// Random histories against an oracle in memory: get, lists of every kind, and paging.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/state/record.hpp"
#include "core/state/store_testing.hpp"

namespace landfall::state {
namespace {

struct Row {
    Resource resource;
    std::uint64_t born = 0;
};
using Oracle = std::map<Key, Row>;

std::string pick(Random& random, std::initializer_list<const char*> from) {
    return *(from.begin() + static_cast<std::ptrdiff_t>(random.below(from.size())));
}

Resource random_resource(Random& random) {
    Resource r;
    r.key = {.kind = pick(random, {"a", "b"}),
             .account = pick(random, {"1", "2"}),
             .region = pick(random, {"", "eu"}),
             .id = pick(random, {"x/", "x/y", "x", "xy", "\xff", ""}) + std::to_string(random.below(25))};
    r.parent = pick(random, {"", "p", "q"});
    r.state = pick(random, {"on", "off"});
    if (random.below(2)) r.tags.push_back({"t", pick(random, {"1", "2"})});
    if (random.below(2)) r.tags.push_back({"u", ""});
    if (random.below(2)) r.index.push_back({"i", pick(random, {"1", "2"})});
    return r;
}

bool has_tag(const Resource& r, const ByTag& by) {
    return std::any_of(r.tags.begin(), r.tags.end(), [&](const Tag& tag) {
        return tag.key == by.key && (!by.value || *by.value == tag.value);
    });
}

bool matches(const Resource& r, const Query& query) {
    if (!query.kind.empty() && r.key.kind != query.kind) return false;
    if (query.account && r.key.account != *query.account) return false;
    if (query.region && r.key.region != *query.region) return false;
    if (const auto* by = std::get_if<ById>(&query.by)) {
        return r.key.id.starts_with(by->prefix) && r.key.id >= by->from;
    }
    if (const auto* by = std::get_if<ByParent>(&query.by))
        return !by->parent.empty() && r.parent == by->parent;
    if (const auto* by = std::get_if<ByTag>(&query.by)) return has_tag(r, *by);
    const auto& by = std::get<ByIndex>(query.by);
    return std::find(r.index.begin(), r.index.end(), IndexKey{by.name, by.value}) != r.index.end();
}

std::vector<Key> expected(const Oracle& oracle, const Query& query) {
    std::vector<const Row*> rows;
    for (const auto& [key, row] : oracle) {
        if (matches(row.resource, query)) rows.push_back(&row);
    }
    const bool by_id = std::holds_alternative<ById>(query.by);
    std::sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) {
        const Key& x = a->resource.key;
        const Key& y = b->resource.key;
        if (by_id) return std::tie(x.id, x.account, x.region) < std::tie(y.id, y.account, y.region);
        return query.order == Order::forward ? a->born < b->born : a->born > b->born;
    });
    std::vector<Key> keys;
    for (const Row* row : rows) keys.push_back(row->resource.key);
    return keys;
}

std::vector<Key> paged(StateStore& store, Query query, std::size_t limit) {
    std::vector<Key> keys;
    query.limit = limit;
    for (;;) {
        const Page page = store.list(query).value();
        for (const Resource& r : page.items) keys.push_back(r.key);
        // A page that announces another is full, and the last one announces none.
        EXPECT_TRUE(page.next.empty() || page.items.size() == limit);
        if (page.next.empty()) return keys;
        query.after = page.next;
    }
}

Query random_query(Random& random) {
    Query query{.kind = pick(random, {"a", "b"})};
    if (random.below(2)) query.account = pick(random, {"1", "2"});
    if (random.below(3) == 0) query.region = pick(random, {"", "eu"});
    switch (random.below(4)) {
        case 0: query.by = ById{pick(random, {"", "x", "x/", "\xff"}), pick(random, {"", "x/1", "y"})}; break;
        case 1: query.by = ByParent{pick(random, {"p", "q", ""})}; break;
        case 2: query.by = ByTag{"t", std::nullopt}; break;
        default: query.by = ByIndex{"i", pick(random, {"1", "2"})};
    }
    if (auto* by = std::get_if<ByTag>(&query.by); by && random.below(2)) by->value = "1";
    const bool by_id = std::holds_alternative<ById>(query.by);
    if (!by_id && random.below(2)) query.order = Order::newest_first;
    return query;
}

void change(StateStore& store, Oracle& oracle, Random& random, std::uint64_t birth) {
    Resource r = random_resource(random);
    const auto found = oracle.find(r.key);
    Tx tx{{.actor = "oracle"}};
    if (found == oracle.end()) {
        tx.create(r);
        r.version = Version{1};
    } else if (random.below(3) == 0) {
        tx.erase(r.key, found->second.resource.version);
    } else {
        r.version = found->second.resource.version;
        tx.update(r);
        ++r.version.value;
    }
    const bool erases = std::holds_alternative<op::Erase>(tx.ops().front());
    ASSERT_TRUE(store.commit(std::move(tx)).ok());
    if (erases) {
        oracle.erase(found);
    } else {
        const std::uint64_t born = found == oracle.end() ? birth : found->second.born;
        oracle[r.key] = {.resource = r, .born = born};
    }
}

TEST(StateStoreProp, lists_and_pages_agree_with_an_oracle) {
    TestStore store;
    SeededRandom random{1};
    Oracle oracle;
    for (std::uint64_t step = 0; step < 600; ++step) {
        change(*store, oracle, random, step);
        if (step % 4 != 0) continue;
        const Query query = random_query(random);
        const auto want = expected(oracle, query);
        EXPECT_EQ(paged(*store, query, kPageMax), want) << step;
        EXPECT_EQ(paged(*store, query, 1 + random.below(4)), want) << step;
    }
    for (const auto& [key, row] : oracle) {
        const Resource got = store->get(key).value();
        EXPECT_EQ(got.version, row.resource.version);
        EXPECT_EQ(got.state, row.resource.state);
        EXPECT_EQ(got.tags, row.resource.tags);
    }
    EXPECT_EQ(store->last_event().value(), EventSeq{600});
    EXPECT_TRUE(store->verify().ok());
}

TEST(StateStoreProp, what_lives_through_a_paging_is_in_exactly_one_page_under_writes) {
    TestStore store;
    SeededRandom random{2};
    for (int i = 0; i < 100; i += 2) {
        Tx tx{{.actor = "oracle"}};
        ASSERT_TRUE(store
                        ->commit(std::move(tx.create(
                            {.key = {.kind = "k", .id = std::to_string(1000 + i)}, .index = {{"i", "1"}}})))
                        .ok());
    }
    const std::vector<Query> both{{.kind = "k", .limit = 7},
                                  {.kind = "k", .by = ByIndex{"i", "1"}, .limit = 7}};
    for (Query query : both) {
        std::map<std::string, int> seen;
        for (int noise = 0;; ++noise) {
            const Page page = store->list(query).value();
            for (const Resource& r : page.items) ++seen[r.key.id];
            const Key odd{.kind = "k", .id = std::to_string(1001 + 2 * random.below(50))};
            Tx tx{{.actor = "oracle"}};
            if (store->get(odd).ok()) {
                tx.erase(odd, kAnyVersion);
            } else {
                tx.create({.key = odd, .index = {{"i", "1"}}});
            }
            ASSERT_TRUE(store->commit(std::move(tx)).ok());
            if (page.next.empty()) break;
            query.after = page.next;
            ASSERT_LT(noise, 100);
        }
        for (int i = 0; i < 100; i += 2) EXPECT_EQ(seen[std::to_string(1000 + i)], 1);
    }
}

Record random_record(Random& random, int depth) {
    Record record;
    for (std::uint64_t fields = random.below(6); fields > 0; --fields) {
        const std::string name = random.hex(1 + random.below(3));
        switch (random.below(depth > 0 ? 7 : 5)) {
            case 0: record.set(name, random.hex(random.below(40))); break;
            case 1: record.set(name, static_cast<std::int64_t>(random.u64() >> random.below(64))); break;
            case 2: record.set(name, random.below(2) == 0); break;
            case 3: record.set(name, static_cast<double>(random.below(1000)) / 7); break;
            case 4: record.set(name, Record::Texts(random.below(3), "text")); break;
            case 5: record.set(name, random_record(random, depth - 1)); break;
            default: record.set(name, Record::Records(random.below(3), random_record(random, depth - 1)));
        }
    }
    return record;
}

TEST(RecordProp, every_record_decodes_to_itself_and_cut_or_bent_bytes_never_crash) {
    SeededRandom random{3};
    for (int i = 0; i < 2000; ++i) {
        const Record record = random_record(random, 4);
        std::string bytes = record.encode();
        ASSERT_EQ(Record::decode(bytes).value(), record);
        EXPECT_TRUE(Record::decode(bytes + "x").is(Errc::corrupt));
        if (bytes.size() > 1) {
            EXPECT_TRUE(Record::decode(bytes.substr(0, bytes.size() - 1)).is(Errc::corrupt));
        }
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        const Result<Record> bent = Record::decode(bytes);
        if (bent.ok()) (void)bent->dump();
    }
}

TEST(RecordProp, nesting_beyond_the_bound_is_corrupt) {
    Record record;
    for (int depth = 0; depth <= Record::kDepthMax; ++depth) record = Record{}.set("r", record);
    EXPECT_TRUE(Record::decode(record.encode()).is(Errc::corrupt));
}

}  // namespace
}  // namespace landfall::state
