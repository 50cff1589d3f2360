// Folded changes lead to the rows that the changes lead to one by one.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "engines/dbmove/postgres/net_changes.hpp"

namespace landfall::dbmove::postgres {
namespace {

using Values = std::vector<std::optional<std::string>>;  // of columns behind the key
using Table = std::map<std::string, Values>;             // by the key, the first column

constexpr std::size_t kColumns = 3;

Row row_of(const std::string& key, const Values& values, const std::vector<bool>& absent = {}) {
    Row row;
    row.add(key);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!absent.empty() && absent[i])
            row.add_absent();
        else if (values[i])
            row.add(*values[i]);
        else
            row.add_null();
    }
    return row;
}

/// Each must be where the kind says that it is.
void write_net(const NetChanges& net, Table& table) {
    const auto key = [](const Row& row) { return std::string{row.at(0).text}; };
    net.each(NetChanges::Kind::removed, [&](const Row& row) { ASSERT_EQ(table.erase(key(row)), 1U); });
    const auto write = [&](const Row& row, Values& values) {
        for (std::size_t i = 1; i < row.size(); ++i) {
            const Cell cell = row.at(i);
            if (cell.state == Cell::State::null) values[i - 1].reset();
            if (cell.state == Cell::State::value) values[i - 1] = cell.text;
        }
    };
    net.each(NetChanges::Kind::updated, [&](const Row& row) {
        ASSERT_TRUE(table.contains(key(row)));
        write(row, table[key(row)]);
    });
    net.each(NetChanges::Kind::inserted, [&](const Row& row) {
        ASSERT_FALSE(table.contains(key(row)));
        write(row, table.try_emplace(key(row), kColumns - 1).first->second);
    });
}

class Script {
public:
    Script(unsigned seed, NetChanges::Partial partial)
        : random_{seed}, partial_{partial}, net_{{0}, partial} {}

    void run() {
        for (unsigned step = 0; step < 400; ++step) one();
        apply_net();
        EXPECT_EQ(net_.weight(), 0U);
    }

private:
    unsigned up_to(unsigned n) { return static_cast<unsigned>(random_() % n); }
    std::string key() { return std::to_string(up_to(12)); }
    Values values() {
        Values made(kColumns - 1);
        for (auto& value : made)
            if (up_to(4) > 0) value = std::to_string(up_to(100));
        return made;
    }
    void apply_net() {
        write_net(net_, target_);
        net_.clear();
        EXPECT_EQ(target_, source_);
    }
    void insert(const std::string& at) {
        const Values made = values();
        source_[at] = made;
        const bool done = net_.insert(row_of(at, made)) == NetChanges::Folded::done;
        EXPECT_TRUE(done);
    }
    void remove(const std::string& at) {
        source_.erase(at);
        const bool done = net_.remove(row_of(at, Values(kColumns - 1))) == NetChanges::Folded::done;
        EXPECT_TRUE(done);
    }
    void update(const std::string& from, const std::string& to) {
        std::vector<bool> absent(kColumns - 1);
        for (std::size_t i = 0; i < absent.size(); ++i) absent[i] = up_to(4) == 0;
        Values made = values();
        for (std::size_t i = 0; i < made.size(); ++i)
            if (absent[i]) made[i] = source_[from][i];
        const Row before = row_of(from, Values(kColumns - 1));
        const bool tells_key = from != to || up_to(2) == 0;
        const auto folded = net_.update(tells_key ? &before : nullptr, row_of(to, made, absent));
        if (folded == NetChanges::Folded::impossible) {
            // Only what is not known in full may be refused.
            EXPECT_TRUE(from != to || partial_ == NetChanges::Partial::refused);
            apply_net();
            target_.erase(from);
            target_[to] = made;
        }
        source_.erase(from);
        source_[to] = made;
    }
    void one() {
        const std::string at = key(), other = key();
        if (up_to(60) == 0) return apply_net();
        if (!source_.contains(at)) return insert(at);
        if (up_to(3) == 0) return remove(at);
        update(at, up_to(3) == 0 && !source_.contains(other) ? other : at);
    }

    std::minstd_rand random_;
    NetChanges::Partial partial_;
    NetChanges net_;
    Table source_, target_;
};

TEST(NetChanges, what_is_folded_leads_to_the_rows_that_the_changes_lead_to) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Script{seed, seed % 2 == 0 ? NetChanges::Partial::kept : NetChanges::Partial::refused}.run();
    }
}

TEST(NetChanges, what_the_source_cannot_have_done_is_not_folded) {
    using Folded = NetChanges::Folded;
    NetChanges net{{0}, NetChanges::Partial::kept};
    const Row one = row_of("1", {"a", "b"}), two = row_of("2", {"a", "b"});
    EXPECT_EQ(net.insert(one), Folded::done);
    EXPECT_EQ(net.insert(one), Folded::impossible);
    EXPECT_EQ(net.remove(two), Folded::done);
    EXPECT_EQ(net.remove(two), Folded::impossible);
    EXPECT_EQ(net.update(nullptr, two), Folded::impossible);
    EXPECT_EQ(net.update(&two, one), Folded::impossible);
    EXPECT_EQ(net.size(), 2U);
}

TEST(NetChanges, without_a_key_rows_can_only_come) {
    using Folded = NetChanges::Folded;
    NetChanges net{{}, NetChanges::Partial::kept};
    const Row row = row_of("1", {"a", std::nullopt});
    EXPECT_EQ(net.insert(row), Folded::done);
    EXPECT_EQ(net.insert(row), Folded::done);
    EXPECT_EQ(net.update(&row, row), Folded::impossible);
    EXPECT_EQ(net.remove(row), Folded::impossible);
    EXPECT_EQ(net.size(), 2U);
    EXPECT_GT(net.weight(), 0U);
}

}  // namespace
}  // namespace landfall::dbmove::postgres
