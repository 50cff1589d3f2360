#include "wire/api/error.hpp"

namespace landfall::wire {

ApiError api_error_of(const Error& error) {
    switch (error.code()) {
        case Errc::exhausted:
            return {common_code(CommonError::unavailable),
                    "Storage or another resource is used up. Try again later."};
        case Errc::unavailable:
        case Errc::timeout:
            return {common_code(CommonError::unavailable), "The service is not available. Try again later."};
        default:
            return {common_code(CommonError::internal),
                    "We encountered an internal error. Quote the request id when you report it."};
    }
}

}  // namespace landfall::wire
