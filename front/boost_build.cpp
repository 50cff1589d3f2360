// Asio's non-template parts, compiled once: the folder's CMakeLists.txt sets BOOST_ASIO_SEPARATE_COMPILATION.
#include <boost/asio/impl/src.hpp>
