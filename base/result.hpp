// Result<T>: the answer of everything that may fail in an expected way.
//
// Three kinds of failure are never mixed:
//   a bug                -> CHECK, which aborts in every build;
//   an expected failure  -> Result<T>, carrying an Error with one of a closed list of codes;
//   what an API caller sees -> an error declared in a service's model (see wire/api/error.hpp).
//
// Invariants
//   1. A Result holds a value or an Error, never both, never neither.
//   2. value() on an error, and error() on a value, is a bug and aborts.
//   3. Errors are returned, never logged and swallowed; context is added on the way up with `in()`.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace landfall {

/// The closed list. A code is added only where some caller would act differently on it.
enum class Errc : std::uint8_t {
    not_found,
    already_exists,
    precondition,  ///< the object is not in the state that the request needs
    invalid,       ///< the input is wrong and will stay wrong
    denied,
    exhausted,    ///< a limit, a quota or the disk is used up; deleting may help
    unavailable,  ///< not now; the same call may succeed later
    timeout,
    cancelled,
    corrupt,  ///< stored bytes are not what was written
    io,       ///< the operating system failed the call
};

[[nodiscard]] std::string_view name_of(Errc code);

/// An expected failure: a code to act on and one sentence for a person. Never holds a secret.
class [[nodiscard]] Error {
public:
    Error(Errc code, std::string message) : code_{code}, message_{std::move(message)} {}

    [[nodiscard]] Errc code() const { return code_; }
    [[nodiscard]] const std::string& message() const { return message_; }

    /// The same error, told from one level up: "reading pack 7: short read".
    Error in(std::string_view doing) &&;

private:
    Errc code_;
    std::string message_;
};

/// An Errc::io (or exhausted for ENOSPC/EDQUOT, unavailable for EMFILE/ENFILE, not_found for ENOENT, denied
/// for EACCES/EPERM, already_exists for EEXIST) error with errno's own text.
Error error_from_errno(int number, std::string_view doing);

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

/// A T or why there is none. Result<T> fails with an Error; a service's answers with what its callers
/// see, which is made of an Error too, so that TRY of a Result works in a function that returns one.
template <class T, class Failure>
class [[nodiscard]] Outcome {
public:
    Outcome(T value) : state_{std::in_place_index<0>, std::move(value)} {}            // NOLINT: implicit
    Outcome(Failure failure) : state_{std::in_place_index<1>, std::move(failure)} {}  // NOLINT: implicit
    template <std::same_as<Error> E>
    requires(!std::same_as<Failure, Error>) Outcome(E error)
        : Outcome{Failure{std::move(error)}} {}  // NOLINT: implicit, for TRY

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & { return checked(), *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return checked(), *std::get_if<0>(&state_); }
    [[nodiscard]] T&& value() && { return checked(), std::move(*std::get_if<0>(&state_)); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }

    [[nodiscard]] const Failure& error() const& { return failed(), *std::get_if<1>(&state_); }
    [[nodiscard]] Failure&& error() && { return failed(), std::move(*std::get_if<1>(&state_)); }

    /// True when this is a failure of that code.
    template <class Code>
    [[nodiscard]] bool is(Code code) const {
        return !ok() && error().code() == code;
    }

private:
    void checked() const {
        if (!ok()) check_failed(std::get_if<1>(&state_)->message().c_str(), "Outcome::value", 0);
    }
    void failed() const {
        if (ok()) check_failed("error() of a success", "Outcome::error", 0);
    }
    std::variant<T, Failure> state_;
};

template <class Failure>
class [[nodiscard]] Outcome<void, Failure> {
public:
    Outcome() = default;
    Outcome(Failure failure) : state_{std::move(failure)} {}  // NOLINT: implicit by design
    template <std::same_as<Error> E>
    requires(!std::same_as<Failure, Error>) Outcome(E error)
        : Outcome{Failure{std::move(error)}} {}  // NOLINT: implicit, for TRY

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }
    void value() const {
        if (!ok()) check_failed(std::get_if<1>(&state_)->message().c_str(), "Outcome::value", 0);
    }
    [[nodiscard]] const Failure& error() const& { return failed(), *std::get_if<1>(&state_); }
    [[nodiscard]] Failure&& error() && { return failed(), std::move(*std::get_if<1>(&state_)); }
    template <class Code>
    [[nodiscard]] bool is(Code code) const {
        return !ok() && error().code() == code;
    }

private:
    void failed() const {
        if (ok()) check_failed("error() of a success", "Outcome::error", 0);
    }
    std::variant<std::monostate, Failure> state_;
};

template <class T>
using Result = Outcome<T, Error>;
using Status = Result<void>;

#define LANDFALL_JOIN2(a, b) a##b
#define LANDFALL_JOIN(a, b) LANDFALL_JOIN2(a, b)

/// `const T v = TRY(f());` returns f's error from the enclosing function, or yields its value.
#define TRY(...) LANDFALL_TRY(LANDFALL_JOIN(try_result_, __COUNTER__), __VA_ARGS__)
#define LANDFALL_TRY(name, ...)                         \
    ({                                                  \
        auto name = (__VA_ARGS__);                      \
        if (!name.ok()) return std::move(name).error(); \
        std::move(name).value();                        \
    })

/// A bug if false: aborts with the expression, in every build.
#define CHECK(...) \
    (static_cast<bool>(__VA_ARGS__) ? void(0) : ::landfall::check_failed(#__VA_ARGS__, __FILE__, __LINE__))

}  // namespace landfall
