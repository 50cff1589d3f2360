// Deletes and visibility changes, by receipt handle; alone and in batches.
#include "services/sqs/api.hpp"
#include "services/sqs/model_handle.hpp"

namespace landfall::sqs {
namespace {

using messages::ReceiptFault;

/// A handle of this queue; one of another queue is as unknown as garbage.
std::optional<messages::Receipt> receipt_in(std::string_view handle, const Queue& queue) {
    const auto receipt = parse_handle(handle);
    if (!receipt || receipt->queue != queue.id) return std::nullopt;
    return receipt;
}

Fault told_receipts(const Error& error) {
    return error.code() == Errc::not_found ? no_such_queue() : Fault{error};
}

/// One entry of a batch: judged already, or its place among what the broker is asked.
struct Entry {
    std::string_view id;
    std::string_view handle;
    std::int64_t visibility = 0;
    std::optional<Fault> refused;
    std::size_t at = 0;
};

template <class Out>
void answer_batch(const std::vector<Entry>& entries, const Result<std::vector<ReceiptFault>>& faults,
                  Out out) {
    out.start_successful();
    out.start_failed();
    for (const Entry& entry : entries) {
        std::optional<Fault> fault = entry.refused;
        if (!fault && !faults.ok()) fault = told_receipts(faults.error());
        if (!fault)
            if (Verdict verdict = verdict_of((*faults)[entry.at], entry.handle, entry.visibility);
                !verdict.ok())
                fault = std::move(verdict).error();
        if (fault)
            put_failure(out, entry.id, *fault);
        else
            out.add_successful().set_id(entry.id);
    }
}

template <class Out>
auto batch_answer(Deferred call, Out out, std::vector<Entry> entries) {
    return [call = std::move(call), out,
            entries = std::move(entries)](const Result<std::vector<ReceiptFault>>& faults) mutable {
        answer_batch(entries, faults, out);
        call.complete(Answer::success());
    };
}

/// The answer to one delete or change. `handle` points into the call.
auto single_answer(Deferred call, std::string_view handle, std::int64_t visibility) {
    return [call = std::move(call), handle,
            visibility](const Result<std::vector<ReceiptFault>>& faults) mutable {
        if (!faults.ok()) return call.complete(told(told_receipts(faults.error())));
        CHECK(faults->size() == 1);
        call.complete(told(verdict_of(faults->front(), handle, visibility)));
    };
}

template <class List>
Judged<std::vector<Entry>> entries_in(const List& list, std::string_view kind) {
    std::vector<std::string_view> ids;
    for (const auto entry : list) ids.push_back(entry.id());
    TRY(check_batch(ids, kind));
    std::vector<Entry> entries;
    for (const auto entry : list) entries.push_back({.id = entry.id(), .handle = entry.receipt_handle()});
    return entries;
}

Fault unknown_handle(std::string_view handle) { return verdict_of(ReceiptFault::unknown, handle, 0).error(); }

}  // namespace

void delete_message(Sqs& sqs, Deferred call, api::DeleteMessage::In in, api::DeleteMessage::Out) {
    const auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:DeleteMessage", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    const auto receipt = receipt_in(in.receipt_handle(), **queue);
    if (!receipt) return call.complete(told(unknown_handle(in.receipt_handle())));
    sqs.parts().broker.remove({*receipt}, single_answer(std::move(call), in.receipt_handle(), 0));
}

void delete_message_batch(Sqs& sqs, Deferred call, api::DeleteMessageBatch::In in,
                          api::DeleteMessageBatch::Out out) {
    const auto queue = queue_of(sqs, call.context(), in.queue_url(), "sqs:DeleteMessage", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    auto entries = entries_in(in.entries(), "DeleteMessageBatchRequestEntry");
    if (!entries.ok()) return call.complete(told(entries.error()));
    std::vector<messages::Receipt> receipts;
    for (Entry& entry : *entries) {
        const auto receipt = receipt_in(entry.handle, **queue);
        entry.at = receipts.size();
        if (receipt)
            receipts.push_back(*receipt);
        else
            entry.refused = unknown_handle(entry.handle);
    }
    auto answer = batch_answer(std::move(call), out, *std::move(entries));
    if (receipts.empty()) return answer(std::vector<ReceiptFault>{});
    sqs.parts().broker.remove(std::move(receipts), std::move(answer));
}

void change_message_visibility(Sqs& sqs, Deferred call, api::ChangeMessageVisibility::In in,
                               api::ChangeMessageVisibility::Out) {
    const auto queue =
        queue_of(sqs, call.context(), in.queue_url(), "sqs:ChangeMessageVisibility", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    const auto visibility = accept_visibility(in.visibility_timeout());
    if (!visibility.ok()) return call.complete(told(visibility.error()));
    const auto receipt = receipt_in(in.receipt_handle(), **queue);
    if (!receipt) return call.complete(told(unknown_handle(in.receipt_handle())));
    sqs.parts().broker.change_visibility(
        {{.receipt = *receipt, .visibility = *visibility}},
        single_answer(std::move(call), in.receipt_handle(), in.visibility_timeout()));
}

void change_message_visibility_batch(Sqs& sqs, Deferred call, api::ChangeMessageVisibilityBatch::In in,
                                     api::ChangeMessageVisibilityBatch::Out out) {
    const auto queue =
        queue_of(sqs, call.context(), in.queue_url(), "sqs:ChangeMessageVisibility", Open::by_policy);
    if (!queue.ok()) return call.complete(told(queue.error()));
    auto entries = entries_in(in.entries(), "ChangeMessageVisibilityBatchRequestEntry");
    if (!entries.ok()) return call.complete(told(entries.error()));
    std::vector<messages::VisibilityChange> changes;
    for (std::size_t i = 0; i < entries->size(); ++i) {
        Entry& entry = (*entries)[i];
        entry.at = changes.size();
        const auto given = in.entries()[i].visibility_timeout();
        entry.visibility = given.value_or((*queue)->attributes.visibility > 0
                                              ? static_cast<std::int32_t>((*queue)->attributes.visibility)
                                              : 0);
        const auto visibility = accept_visibility(static_cast<std::int32_t>(entry.visibility));
        const auto receipt = receipt_in(entry.handle, **queue);
        if (!visibility.ok())
            entry.refused = visibility.error();
        else if (!receipt)
            entry.refused = unknown_handle(entry.handle);
        else
            changes.push_back({.receipt = *receipt, .visibility = *visibility});
    }
    auto answer = batch_answer(std::move(call), out, *std::move(entries));
    if (changes.empty()) return answer(std::vector<ReceiptFault>{});
    sqs.parts().broker.change_visibility(std::move(changes), std::move(answer));
}

}  // namespace landfall::sqs
