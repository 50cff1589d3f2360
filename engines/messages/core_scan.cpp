// Scans: undeleted messages in order, without receiving them.
#include <algorithm>

#include "engines/messages/core.hpp"

namespace landfall::messages {

void Core::scan(QueueId id, Broker::ScanFrom from, std::uint32_t max, Done<Result<std::vector<Seen>>> done) {
    Status ready = usable();
    Queue* const queue = find(id);
    if (ready.ok() && queue == nullptr) ready = no_queue(id);
    if (!ready.ok()) {
        answer([done = std::move(done), error = ready.error()]() mutable { done(std::move(error)); });
        return;
    }
    constexpr std::size_t kBytesMax = (4_MiB).count;
    constexpr std::uint32_t kMessagesMax = 10'000;
    Backlog& backlog = queue->machine->backlog();
    const Millis not_before = from.not_before ? millis_of(*from.not_before) : Millis{};
    std::vector<Located> places;
    std::vector<Sequence> sequences;
    std::size_t bytes = 0;
    Sequence next = backlog.first_not_before({from.after.value + 1}, not_before);
    while (places.size() < std::min(max, kMessagesMax)) {
        const auto found = backlog.next(next, queue->machine->committed());
        if (!found) break;
        next = {found->sequence.value + 1};
        if (found->stored < not_before) continue;
        bytes += found->length;
        if (bytes > kBytesMax && !places.empty()) break;
        const Segment* const segment = backlog.segment_of(found->sequence);
        places.push_back({*found, segment == nullptr ? nullptr : segment->name});
        sequences.push_back(found->sequence);
    }
    fetch(id, std::move(places),
          [sequences = std::move(sequences), done = std::move(done)](Fetched fetched) mutable {
              std::vector<Seen> out;
              for (std::size_t i = 0; i < sequences.size(); ++i) {
                  if (fetched[i].is(Errc::corrupt)) continue;
                  if (!fetched[i].ok()) return done(fetched[i].error());
                  StoredMessage& message = *fetched[i];
                  out.push_back({.sequence = sequences[i],
                                 .id = message.id,
                                 .sent = instant_of(message.sent),
                                 .group = std::move(message.group),
                                 .dedup_id = std::move(message.dedup_id),
                                 .wrapping = std::move(message.wrapping),
                                 .headers = std::move(message.headers),
                                 .body = std::move(message.body)});
              }
              done(std::move(out));
          });
}

}  // namespace landfall::messages
