// Dispatcher: what the gateway calls, in this order, to turn an HTTP request into a service's answer.
//
//   1. face()      the head (and the signature's scope) -> which service in which protocol.
//   2. route()     -> the operation. Query and EC2 name it in the form: needs_form() says to buffer the body
//   first.
//      Then the gateway verifies the signature and asks core/access about action_of().
//   3. open()      head + buffered body, or + a BodyReader where streams_request() -> a validated Call.
//      The gateway fills call->context and call->completed.
//   4. runs()      inline_ or worker: where run() must be called.
//   5. run()       the handler; ends in call->completed(call), at once or later, on any thread.
//   6. reply()     the completed call -> status, headers, body.
//   error_reply()  any failure before or between, in the protocol of the client as far as it is known.
//
// Invariants
//   1. Immutable after construction; any thread may call. Models load on first use, once, behind a lock.
//   2. Nothing here blocks or reads a disk, except handlers inside run().
//   3. Input is bounded: depth 64, and the arena grows at most in proportion to the body.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wire/api/call.hpp"
#include "wire/api/registry.hpp"
#include "wire/protocols/http.hpp"

namespace landfall::wire {

class Catalogue;
struct Face;
struct Operation;

/// Everything that an error reply wants to name besides the error.
struct ErrorScene {
    const Face* face = nullptr;            ///< null: unknown; the protocol is guessed from the head
    const Operation* operation = nullptr;  ///< null: not routed yet
    const RequestHead* head = nullptr;
    std::string_view request_id;
    std::string_view host_id = {};  ///< S3's x-amz-id-2
};

template <class T>
using OrApiError = std::variant<T, ApiError>;

class Dispatcher {
public:
    /// Both outlive the dispatcher; the registry is complete.
    Dispatcher(const Catalogue& catalogue, const Registry& registry);
    ~Dispatcher();

    /// `scope_service` is the service of the credential scope ("elasticfilesystem"), empty for unsigned
    /// requests. `form` is the body where the caller has it already (an unsigned form is told by its Action).
    /// Null: no service.
    [[nodiscard]] const Face* face(const RequestHead& head, std::string_view scope_service,
                                   std::string_view form = {}) const;
    [[nodiscard]] static bool needs_form(const Face& face);
    [[nodiscard]] OrApiError<const Operation*> route(const Face& face, const RequestHead& head,
                                                     std::string_view form = {}) const;
    /// "ec2", "s3", "elasticfilesystem": as in ARNs, policies and the credential scope.
    [[nodiscard]] static std::string_view service_of(const Face& face);
    [[nodiscard]] static std::string_view name_of(const Operation& operation);
    /// "s3:GetObject": the action that policies name (ListObjects is s3:ListBucket, HeadObject is
    /// s3:GetObject …).
    [[nodiscard]] static std::string action_of(const Face& face, const Operation& operation);
    /// True where the payload is a stream: give open() a reader, never the body.
    [[nodiscard]] static bool streams_request(const Operation& operation);
    /// True where AWS serves the operation without a signature (sts AssumeRoleWithWebIdentity …).
    [[nodiscard]] static bool unsigned_allowed(const Operation& operation);

    /// True where unsigned_allowed(), or where the service's handler wants to see unsigned requests too.
    [[nodiscard]] bool serves_unsigned(const Face& face, const Operation& operation) const;

    /// Parses and validates. The head is copied; `body` is moved in. `reader` only where streams_request().
    [[nodiscard]] OrApiError<std::unique_ptr<Call>> open(const Face& face, const Operation& operation,
                                                         const RequestHead& head, std::string body,
                                                         std::unique_ptr<BodyReader> reader = nullptr) const;
    /// A text that outlives the call that is made of it.
    struct LastingText {
        std::string_view text;
    };
    /// Without a copy: what `head` and `body` view stays where it is until the call is gone. Not with a
    /// virtual bucket.
    [[nodiscard]] OrApiError<std::unique_ptr<Call>> open(const Face& face, const Operation& operation,
                                                         const RequestHead& head, LastingText body) const;
    [[nodiscard]] Runs runs(const Call& call) const;
    /// call->context and call->completed are set. Returns when the handler returns; the answer may come
    /// later.
    void run(std::unique_ptr<Call> call) const;
    /// The reply of a completed call, success or error. Takes the call's body source.
    [[nodiscard]] HttpReply reply(Call& call) const;
    [[nodiscard]] HttpReply error_reply(const ErrorScene& scene, const ApiError& error) const;

    /// The input as JSON for audit and logs: the model's names, sensitive members hidden, long text cut.
    [[nodiscard]] static std::string audit_input(const Call& call);
    /// The code as this service spells it, for logs and metrics.
    [[nodiscard]] static std::string code_of(const Face* face, const ApiError& error);

private:
    [[nodiscard]] std::optional<ApiError> fill(Call& call, const Face& face, const Operation& operation,
                                               const RequestHead& head, std::string_view body) const;
    [[nodiscard]] const Face* face_by_action(std::string_view action, std::string_view version,
                                             std::string_view path) const;

    const Catalogue& catalogue_;
    const Registry& registry_;
};

}  // namespace landfall::wire
