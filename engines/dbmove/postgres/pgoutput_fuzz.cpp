// Any bytes are a message of pgoutput or an error; rows that come out are whole.
#include "engines/dbmove/postgres/pgoutput.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace landfall::dbmove::postgres;
    static Message message;
    if (!decode({reinterpret_cast<const char*>(data), size}, message).ok()) return 0;
    for (const landfall::dbmove::Row* row : {&message.before, &message.after})
        for (std::size_t i = 0; i < row->size(); ++i) CHECK(row->at(i).text.size() <= row->weight());
    return 0;
}
