// Owned: a std::unique_ptr to an object of a C library, freed by that library's own function.
#pragma once

#include <memory>

namespace landfall {

template <auto Free>
struct FreedBy {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};

/// Owned<EVP_PKEY, EVP_PKEY_free>
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreedBy<Free>>;

}  // namespace landfall
