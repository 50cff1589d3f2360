// Registry: the table of the operations that are implemented.
//
//   namespace api = landfall::wire::ec2;
//   registry.on<api::DescribeVolumes>(Runs::inline_, [this](const CallContext& ctx, api::DescribeVolumes::In
//   in,
//       api::DescribeVolumes::Out out) -> Answer { …; return Answer::success(); });
//   registry.on_deferred<api::ReceiveMessage>(Runs::inline_, [this](Deferred call, api::ReceiveMessage::In
//   in,
//       api::ReceiveMessage::Out out) { park(std::move(call), in, out); });
//
// Invariants
//   1. An operation is registered at most once, before the first request; then the table is read by all
//   threads.
//   2. A handler lives as long as the registry and may run on many threads at once.
//   3. What is not registered answers NotImplemented after it was parsed and validated.
//   4. An unsigned request reaches only handlers that serve_unsigned() names; there the caller is anonymous()
//      and the handler asks the resource's policy, which alone can allow it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "wire/api/arrival.hpp"
#include "wire/api/call.hpp"
#include "wire/api/context.hpp"
#include "wire/api/error.hpp"
#include "wire/api/view.hpp"

namespace landfall::wire {

/// inline_: on the event loop, so it must not block, touch a disk or take longer than ~100 µs.
/// worker: on the bounded pool; needed for request payloads that are streams.
enum class Runs : std::uint8_t { inline_, worker };

/// A generated operation tag: `struct DescribeVolumes { kService, kName; In; Out; }`.
template <class Op>
concept OperationTag = requires {
    Op::kService;
    Op::kName;
    typename Op::In;
    typename Op::Out;
};

class Registry {
public:
    enum class Unsigned : std::uint8_t { refused, served };
    struct Entry {
        Runs runs;
        std::function<void(Deferred)> run;
        Unsigned unsigned_requests = Unsigned::refused;
    };

    /// F: Answer(const CallContext&, Op::In, Op::Out).
    template <OperationTag Op, class F>
    void on(Runs runs, F handler) {
        add(Op::kService, Op::kName, runs, [handler = std::move(handler)](Deferred deferred) {
            Call& call = deferred.call();
            deferred.complete(
                handler(call.context, typename Op::In{call.input}, typename Op::Out{call.output}));
        });
    }

    /// F: void(Deferred, Op::In, Op::Out). In and Out stay valid until the Deferred completes.
    template <OperationTag Op, class F>
    void on_deferred(Runs runs, F handler) {
        add(Op::kService, Op::kName, runs, [handler = std::move(handler)](Deferred deferred) {
            Call& call = deferred.call();
            const typename Op::In in{call.input};
            const typename Op::Out out{call.output};
            handler(std::move(deferred), in, out);
        });
    }

    /// Lets unsigned requests through to the operation, which is registered already.
    template <OperationTag Op>
    void serve_unsigned() {
        serve_unsigned(Op::kService, Op::kName);
    }

    /// Asked about every request to the service, before it is parsed. At most one a service.
    void inspect(std::string_view service, Inspect inspect);
    /// nullptr where the service has none.
    [[nodiscard]] const Inspect* inspector(std::string_view service) const;

    /// nullptr where nothing implements it.
    [[nodiscard]] const Entry* find(std::string_view service, std::string_view operation) const;
    /// Every registered (service, operation), in order.
    [[nodiscard]] const std::map<std::pair<std::string_view, std::string_view>, Entry>& entries() const {
        return entries_;
    }

private:
    void add(std::string_view service, std::string_view operation, Runs runs,
             std::function<void(Deferred)> run);
    void serve_unsigned(std::string_view service, std::string_view operation);
    std::map<std::pair<std::string_view, std::string_view>, Entry> entries_;
    std::map<std::string_view, Inspect> inspectors_;
};

}  // namespace landfall::wire
