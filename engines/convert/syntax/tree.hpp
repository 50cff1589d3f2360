// The tree that parsers make, passes rewrite and the printer reads: nodes in one arena, with spans of the
// script.
//
// Invariants
//   1. A node lives as long as its Tree; it is never freed alone, and its destructor does not run: members
//      are plain values, Text, pointers to nodes and Lists.
//   2. A node stands in one place of one tree only: who wants it twice clones it (walk.hpp).
//   3. Oracle's and PostgreSQL's constructs share the kinds. A kind that says "PostgreSQL only" is made by
//      passes; one that says "lowered" may not reach the printer.
//   4. Names are spelled as PostgreSQL's catalog would: an unquoted name and a quoted one in upper case are
//      folded to lower case, any other quoted name is kept. So names compare by ==, and the printer alone
//      decides about quotes.
// Threads: one tree, one thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.hpp"
#include "engines/convert/syntax/kind.hpp"
#include "engines/convert/text/token.hpp"

namespace landfall::convert {

using Text = std::string_view;  ///< of the script or of the arena; lives as long as the Tree

struct Node {
    Kind kind;
    Span span;  ///< in the script; what a pass makes has the span of what it replaces

    /// Gives `f` every slot for children in the order of the source: f(left, right). Each kind hides it by
    /// its own.
    template <class F>
    void children(F&&) {}
};

/// A checked view of a node as one type; nullptr where it is of another kind, or no node.
template <class T>
[[nodiscard]] T* as(Node* node) {
    return node != nullptr && node->kind == T::kKind ? static_cast<T*>(node) : nullptr;
}
template <class T>
[[nodiscard]] const T* as(const Node* node) {
    return node != nullptr && node->kind == T::kKind ? static_cast<const T*>(node) : nullptr;
}

/// A growing array in an arena. Copies are shallow: both see the same elements until one grows.
template <class T>
class List {
public:
    static_assert(std::is_trivially_copyable_v<T>);
    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] T* begin() const { return items_; }
    [[nodiscard]] T* end() const { return items_ + size_; }
    [[nodiscard]] T& operator[](std::size_t i) const {
        CHECK(i < size_);
        return items_[i];
    }
    [[nodiscard]] T& front() const { return (*this)[0]; }
    [[nodiscard]] T& back() const { return (*this)[size_ - 1]; }
    void clear() { size_ = 0; }
    void pop_back() {
        CHECK(size_ > 0);
        --size_;
    }

private:
    friend class Tree;
    T* items_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t room_ = 0;
};

class Tree {
public:
    Tree() = default;
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    template <class T>
    T* make(Span span) {
        static_assert(std::is_trivially_destructible_v<T>);
        T* node = std::construct_at(static_cast<T*>(arena_.allocate(sizeof(T), alignof(T))));
        node->kind = T::kKind;
        node->span = span;
        return node;
    }
    /// Any plain value, for what passes hang on nodes.
    template <class T>
    T* make_value(const T& value) {
        static_assert(std::is_trivially_destructible_v<T>);
        return std::construct_at(static_cast<T*>(arena_.allocate(sizeof(T), alignof(T))), value);
    }
    template <class T>
    void add(List<T>& list, std::type_identity_t<T> item) {
        if (list.size_ == list.room_) grow(list);
        list.items_[list.size_++] = item;
    }
    /// `item` becomes list[at].
    template <class T>
    void insert(List<T>& list, std::uint32_t at, std::type_identity_t<T> item) {
        CHECK(at <= list.size_);
        add(list, item);
        for (std::uint32_t i = list.size_ - 1; i > at; --i) std::swap(list.items_[i], list.items_[i - 1]);
    }
    template <class T>
    [[nodiscard]] List<T> list(std::initializer_list<T> items) {
        List<T> made;
        for (const T& item : items) add(made, item);
        return made;
    }
    /// A copy of the list that shares no elements with it.
    template <class T>
    [[nodiscard]] List<T> copy(const List<T>& from) {
        List<T> made;
        if (from.empty()) return made;
        made.items_ = room_for<T>(from.size());
        made.size_ = made.room_ = from.size();
        std::uninitialized_copy(from.begin(), from.end(), made.items_);
        return made;
    }
    /// Keeps text that no script holds.
    [[nodiscard]] Text keep(std::string_view text) {
        char* bytes = static_cast<char*>(arena_.allocate(text.size() + 1, 1));
        text.copy(bytes, text.size());
        return {bytes, text.size()};
    }

private:
    template <class T>
    [[nodiscard]] T* room_for(std::size_t items) {
        return static_cast<T*>(arena_.allocate(items * sizeof(T), alignof(T)));
    }
    template <class T>
    void grow(List<T>& list) {
        // Most lists have one element: parts of a name, arguments.
        const std::uint32_t room = list.room_ == 0 ? 1 : list.room_ * 2;
        T* items = room_for<T>(room);
        std::uninitialized_copy(list.begin(), list.end(), items);
        list.items_ = items;
        list.room_ = room;
    }

    std::pmr::monotonic_buffer_resource arena_{std::size_t{64} << 10U};
};

/// A name's part, spelled as PostgreSQL's catalog spells it (invariant 4). Empty: absent.
struct Identifier {
    Text name;
    Span span;
    bool quoted = false;
    [[nodiscard]] bool empty() const { return name.empty(); }
};

}  // namespace landfall::convert
