// The table of every operation, by the file that has it.
#include "services/sns/api.hpp"

namespace landfall::sns {

void Sns::register_operations(wire::Registry& registry) {
    Operations operations{registry};
    register_topics(operations, *this);
    register_subscriptions(operations, *this);
    register_publish(operations, *this);
    register_mobile(operations, *this);
    register_text_messages(operations, *this);
}

}  // namespace landfall::sns
