#include "services/sqs/model_fault.hpp"

namespace landfall::sqs {
namespace {

Code code_of(Errc code) {
    switch (code) {
        case Errc::exhausted:
        case Errc::unavailable:
        case Errc::timeout:
        case Errc::cancelled: return Code::unavailable;
        default: return Code::internal;
    }
}

std::string_view text_of(Errc code) {
    if (code == Errc::exhausted)
        return "The server has no space left for what this request would store. Receive and delete messages, "
               "or "
               "ask the administrator for space.";
    if (code_of(code) == Code::unavailable)
        return "The request has failed due to a temporary failure of the server.";
    return "The request processing has failed because of an unknown error.";
}

}  // namespace

Fault::Fault(Error cause)
    : code_{code_of(cause.code())}, message_{text_of(cause.code())}, cause_{std::move(cause)} {}

Fault bad_value(std::string_view value, std::string_view parameter, std::string_view reason) {
    std::string text{"Value "};
    text.append(value)
        .append(" for parameter ")
        .append(parameter)
        .append(" is invalid. Reason: ")
        .append(reason);
    return {Code::invalid_parameter_value, std::move(text)};
}

Fault missing(std::string_view parameter) {
    return {Code::missing_parameter,
            "The request must contain the parameter " + std::string{parameter} + "."};
}

Fault no_such_queue() { return {Code::queue_does_not_exist, "The specified queue does not exist."}; }

}  // namespace landfall::sqs
