#include "wire/api/error.hpp"

namespace landfall::wire {

ApiError api_error_of(const Error& error) {
    ApiError shown;
    switch (error.code()) {
        case Errc::exhausted:
            shown = {common_code(CommonError::unavailable),
                     "Storage or another resource is used up. Try again later."};
            break;
        case Errc::unavailable:
        case Errc::timeout:
            shown = {common_code(CommonError::unavailable), "The service is not available. Try again later."};
            break;
        default:
            shown = {common_code(CommonError::internal),
                     "We encountered an internal error. Quote the request id when you report it."};
    }
    shown.cause = error.message();
    return shown;
}

}  // namespace landfall::wire
