#include "wire/api/call.hpp"

#include "base/spare_blocks.hpp"

namespace landfall::wire {

void* Call::operator new(std::size_t size) {
    CHECK(size == sizeof(Call));
    return SpareBlocks<sizeof(Call)>::take();
}

void Call::operator delete(void* call) noexcept { SpareBlocks<sizeof(Call)>::give_back(call); }

Deferred& Deferred::operator=(Deferred&& other) noexcept {
    if (this == &other) return *this;
    if (call_)
        complete(ApiError{common_code(CommonError::internal), "The operation ended without an answer."});
    call_ = std::move(other.call_);
    return *this;
}

Deferred::~Deferred() {
    if (call_)
        complete(ApiError{common_code(CommonError::internal), "The operation ended without an answer."});
}

void Deferred::complete(Answer answer) {
    CHECK(call_ != nullptr);
    call_->answer = std::move(answer);
    auto completed = std::move(call_->completed);
    completed(std::move(call_));
}

}  // namespace landfall::wire
