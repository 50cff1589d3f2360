// The parts of Beast that a request parser needs, compiled once: the folder's CMakeLists.txt sets
// BOOST_BEAST_SEPARATE_COMPILATION. Beast's own src.hpp would add WebSocket and zlib.
#define BOOST_BEAST_SOURCE
#include <boost/beast/core/detail/config.hpp>
//
#include <boost/beast/core/impl/error.ipp>
#include <boost/beast/core/impl/string.ipp>
#include <boost/beast/http/detail/basic_parser.ipp>
#include <boost/beast/http/detail/rfc7230.ipp>
#include <boost/beast/http/impl/basic_parser.ipp>
#include <boost/beast/http/impl/error.ipp>
#include <boost/beast/http/impl/field.ipp>
#include <boost/beast/http/impl/rfc7230.ipp>
#include <boost/beast/http/impl/verb.ipp>
