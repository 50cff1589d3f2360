// Call: one request from parse to reply, and Deferred: the right and duty to answer it.
//
// Invariants
//   1. A Call owns its arena, slots and streams; head and body texts it owns, or borrows from a front that
//      keeps them until it has answered. Every view points into these.
//   2. A call is completed exactly once. A Deferred that is dropped answers an internal error.
//   3. Completion hands the call back to the front, on the thread that completes; the front posts the reply.
#pragma once

#include <memory>
#include <string>

#include "base/unique_function.hpp"
#include "wire/api/body.hpp"
#include "wire/api/context.hpp"
#include "wire/api/error.hpp"
#include "wire/api/view.hpp"
#include "wire/model/arena.hpp"

namespace landfall::wire {

struct Face;
struct Operation;

struct Call {
    Call() : output{arena} {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    static void* operator new(std::size_t size);
    static void operator delete(void* call) noexcept;

    const Face* face = nullptr;
    const Operation* operation = nullptr;
    /// The Query face's answer is wanted as JSON.
    enum class Answers : std::uint8_t { natural, json } answers = Answers::natural;
    bool query_mode = false;  ///< ErrorEnvelope::query_mode
    CallContext context;
    bool head_request = false;
    std::string head;  ///< path, query and header text that slots may point into, where it is not borrowed
    std::string body;  ///< ditto, of the buffered body
    Arena arena;
    std::unique_ptr<BodyReader> reader;
    Record* input = nullptr;  ///< null where the operation has no input
    Output output;
    Answer answer = Answer::success();
    /// Set by the front before run(); called once.
    UniqueFunction<void(std::unique_ptr<Call>)> completed;
    /// Set by the front where it can tell that a client left; see Deferred::on_client_gone().
    UniqueFunction<void(UniqueFunction<void()>)> watch_client;
};

class Deferred {
public:
    explicit Deferred(std::unique_ptr<Call> call) : call_{std::move(call)} {}
    Deferred(Deferred&&) noexcept = default;
    Deferred& operator=(Deferred&& other) noexcept;
    ~Deferred();

    /// From any thread, once. The views of this call are gone when it returns.
    void complete(Answer answer);
    [[nodiscard]] const CallContext& context() const { return call_->context; }
    [[nodiscard]] Call& call() { return *call_; }
    /// Has `gone` called, at most once and on another thread, if the client leaves before the answer: so that
    /// a parked long poll takes no message for nobody. It may still run while complete() is on its way, so it
    /// only marks or wakes. The call must be completed all the same.
    void on_client_gone(UniqueFunction<void()> gone) {
        if (call_->watch_client) call_->watch_client(std::move(gone));
    }

private:
    std::unique_ptr<Call> call_;
};

}  // namespace landfall::wire
