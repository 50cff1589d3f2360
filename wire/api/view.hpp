// The bases of generated views (wire/views/<service>.hpp): typed, checked names over slots.
//
// Reading (`in::…`): an absent optional member is nullopt; an absent structure is a view whose members are
// all absent (test it with `if (view)`); an absent list or map is empty (`has_x()` tells absent from empty).
// Members that the model requires were validated and come as plain values. Writing (`out::…`): set_x copies
// text into the call's arena; nested structures, lists and maps are made on first touch. `start_x()` makes an
// empty list or map present.
//
// Invariants
//   1. Views are two pointers: pass by value. They are valid until the call is completed (Deferred included).
//   2. One thread at a time writes an output.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "wire/api/body.hpp"
#include "wire/model/slot.hpp"

namespace landfall::wire {

class ReadView {
public:
    explicit ReadView(const Record* record) : record_{record} {}
    explicit ReadView(const Slot& slot) : record_{slot.kind == SlotKind::record ? slot.record : nullptr} {}
    /// False for a structure that was not sent.
    explicit operator bool() const { return record_ != nullptr; }

protected:
    static const Slot kAbsent;
    [[nodiscard]] const Slot& at(std::uint32_t i) const {
        return record_ != nullptr ? record_->at(i) : kAbsent;
    }
    [[nodiscard]] bool has(std::uint32_t i) const { return at(i).present(); }
    [[nodiscard]] std::optional<std::string_view> text(std::uint32_t i) const;
    [[nodiscard]] std::optional<ByteSpan> bytes(std::uint32_t i) const;
    [[nodiscard]] std::optional<std::int32_t> int32(std::uint32_t i) const;
    [[nodiscard]] std::optional<std::int64_t> int64(std::uint32_t i) const;
    [[nodiscard]] std::optional<double> number(std::uint32_t i) const;
    [[nodiscard]] std::optional<bool> boolean(std::uint32_t i) const;
    [[nodiscard]] std::optional<Instant> instant(std::uint32_t i) const;
    [[nodiscard]] std::string_view text_of(std::uint32_t i) const;
    [[nodiscard]] ByteSpan bytes_of(std::uint32_t i) const;
    [[nodiscard]] std::int32_t int32_of(std::uint32_t i) const;
    [[nodiscard]] std::int64_t int64_of(std::uint32_t i) const;
    [[nodiscard]] double number_of(std::uint32_t i) const;
    [[nodiscard]] bool boolean_of(std::uint32_t i) const;
    [[nodiscard]] Instant instant_of(std::uint32_t i) const;
    /// Null where the request has no payload.
    [[nodiscard]] BodyReader* stream(std::uint32_t i) const;

private:
    const Record* record_;
};

/// One value out of a slot of a list or map: a scalar, or a view made from the slot.
template <class T>
[[nodiscard]] T read_slot(const Slot& slot) {
    if constexpr (std::is_same_v<T, std::string_view>) {
        return slot.kind == SlotKind::text ? slot.text() : std::string_view{};
    } else if constexpr (std::is_same_v<T, ByteSpan>) {
        return slot.kind == SlotKind::text ? landfall::bytes_of(slot.text()) : ByteSpan{};
    } else if constexpr (std::is_same_v<T, bool>) {
        return slot.kind == SlotKind::boolean && slot.boolean;
    } else if constexpr (std::is_same_v<T, double>) {
        return slot.kind == SlotKind::number ? slot.number : 0.0;
    } else if constexpr (std::is_same_v<T, Instant>) {
        return slot.kind == SlotKind::instant ? slot.instant() : Instant{};
    } else if constexpr (std::is_integral_v<T>) {
        return slot.kind == SlotKind::integer ? static_cast<T>(slot.integer) : T{0};
    } else {
        return T{slot};
    }
}

template <class T>
class ListView {
public:
    explicit ListView(const Slot& slot) : items_{slot.kind == SlotKind::list ? slot.sequence : nullptr} {}

    class Iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(const Slot* at) : at_{at} {}
        T operator*() const { return read_slot<T>(*at_); }
        Iterator& operator++() { return ++at_, *this; }
        Iterator operator++(int) { return Iterator{at_++}; }
        bool operator==(const Iterator&) const = default;

    private:
        const Slot* at_ = nullptr;
    };

    [[nodiscard]] Iterator begin() const { return Iterator{items_ != nullptr ? items_->begin() : nullptr}; }
    [[nodiscard]] Iterator end() const { return Iterator{items_ != nullptr ? items_->end() : nullptr}; }
    [[nodiscard]] std::size_t size() const { return items_ != nullptr ? items_->size : 0; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] T operator[](std::size_t i) const {
        CHECK(i < size());
        return read_slot<T>(items_->items[i]);
    }
    [[nodiscard]] T front() const { return (*this)[0]; }

private:
    const Sequence* items_;
};

/// Keys are unique; the order is that of the request.
template <class T>
class MapView {
public:
    explicit MapView(const Slot& slot) : items_{slot.kind == SlotKind::map ? slot.sequence : nullptr} {}

    class Iterator {
    public:
        using value_type = std::pair<std::string_view, T>;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(const Slot* at) : at_{at} {}
        value_type operator*() const { return {at_[0].text(), read_slot<T>(at_[1])}; }
        Iterator& operator++() { return at_ += 2, *this; }
        Iterator operator++(int) {
            Iterator old{at_};
            at_ += 2;
            return old;
        }
        bool operator==(const Iterator&) const = default;

    private:
        const Slot* at_ = nullptr;
    };

    [[nodiscard]] Iterator begin() const { return Iterator{items_ != nullptr ? items_->begin() : nullptr}; }
    [[nodiscard]] Iterator end() const { return Iterator{items_ != nullptr ? items_->end() : nullptr}; }
    [[nodiscard]] std::size_t size() const { return items_ != nullptr ? items_->size / 2 : 0; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] std::optional<T> find(std::string_view key) const {
        for (auto [name, value] : *this)
            if (name == key) return value;
        return std::nullopt;
    }

private:
    const Sequence* items_;
};

/// What an operation answers besides its members: filled by Out views, read by the protocol.
struct Output {
    explicit Output(Arena& memory) : arena{memory} {}

    Arena& arena;
    Record* root = nullptr;
    int status = 0;  ///< 0 = the model's
    std::vector<std::pair<std::string, std::string>> headers;
    std::unique_ptr<BodySource> body;  ///< a streamed payload
    Bytes body_length;
};

class WriteView {
public:
    WriteView(Record* record, Output* output) : record_{record}, output_{output} {}

protected:
    void put_text(std::uint32_t i, std::string_view value);
    void put_bytes(std::uint32_t i, ByteSpan value);
    void put_integer(std::uint32_t i, std::int64_t value);
    void put_number(std::uint32_t i, double value);
    void put_boolean(std::uint32_t i, bool value);
    void put_instant(std::uint32_t i, Instant value);
    void put_stream(std::unique_ptr<BodySource> body, Bytes length);
    /// The member's structure, made with `members` absent slots on first touch.
    Record* nested(std::uint32_t i, std::uint32_t members);
    Sequence* list(std::uint32_t i);
    Sequence* map(std::uint32_t i);
    [[nodiscard]] Output* output() const { return output_; }

private:
    Record* record_;
    Output* output_;
    friend class SequenceWriter;
};

/// Appends to a list, or to a map with a key; the generated views wrap it.
class SequenceWriter {
public:
    SequenceWriter(Sequence* items, Output* output) : items_{items}, output_{output} {}
    void add(std::string_view value);
    void add(const std::string& value) { add(std::string_view{value}); }
    void add(const char* value) { add(std::string_view{value}); }
    void add_bytes(ByteSpan value);
    void add_integer(std::int64_t value);
    void add_number(double value);
    void add_boolean(bool value);
    void add_instant(Instant value);
    Record* add_record(std::uint32_t members);
    Sequence* add_list();
    Sequence* add_map();
    /// The next add is the value of this key (maps only).
    SequenceWriter& key(std::string_view name);
    [[nodiscard]] Output* output() const { return output_; }

private:
    Sequence* items_;
    Output* output_;
};

/// The reply as a whole: the output structure and what HTTP says around it.
template <class Members>
class Reply : public Members {
public:
    explicit Reply(Output& output) : Members{output.root, &output} {}
    /// Where the model's status is not the only success: 206, 304.
    void set_status(int status) { this->output()->status = status; }
    /// A header that the model does not know. Names are as written on the wire.
    void set_header(std::string name, std::string value) {
        this->output()->headers.emplace_back(std::move(name), std::move(value));
    }
};

/// The input or output of an operation that has none.
class NoMembersIn : public ReadView {
public:
    using ReadView::ReadView;
};
class NoMembersOut : public WriteView {
public:
    using WriteView::WriteView;
    static constexpr std::uint32_t kSlots = 0;
};

}  // namespace landfall::wire
