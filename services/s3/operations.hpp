// The table of S3's operations: which are served, and where.
#pragma once

namespace landfall::wire {
class Registry;
}

namespace landfall::access {
class AccessKeys;
}

namespace landfall::s3 {

class Service;

/// Registers every operation that is served, and refusals for those that need a reason of their own. What is
/// not registered answers NotImplemented. The service outlives the registry.
void register_operations(Service& service, wire::Registry& registry);

/// PostObject: uploads by HTML forms, whose requests are unsigned and whose policies one of these keys
/// signed. Everything outlives the registry.
void register_forms(Service& service, const access::AccessKeys& signers, wire::Registry& registry);

}  // namespace landfall::s3
