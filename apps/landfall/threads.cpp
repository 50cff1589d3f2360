#include "apps/landfall/threads.hpp"

#include <algorithm>
#include <array>

#include "base/result.hpp"

namespace landfall::app {
namespace {

constexpr std::array kTable{
    ThreadRow{"landfall", "1", "main: waits for signals, starts and stops the rest"},
    ThreadRow{"front.loop", "server.loop_threads", "event loops: sockets, TLS, HTTP, quick operations"},
    ThreadRow{"front.worker", "server.worker_threads", "operations that wait for a disk; streamed bodies"},
    ThreadRow{"state.writer", "1", "the one writer of the state, with group commit"},
    ThreadRow{"job.*", "a kind's runners", "steps of jobs: imports, launches"},
    ThreadRow{"jobs.clock", "1", "jobs that wait for an instant; progress to disk"},
    ThreadRow{"upkeep.clock", "1", "begins scrubs and collections of the block store when they are due"},
    ThreadRow{"ec2.machines", "1", "news of machines into the instances' records"},
    ThreadRow{"databases", "1", "sees databases end that nobody had told to"},
    ThreadRow{"s3.reclaim", "1", "gives back what deleted and overwritten objects held"},
    ThreadRow{"events.forward", "1", "sends events of the server to topics, by rules"},
    ThreadRow{"s3.notify", "1", "sends notices of changed objects to queues and topics"},
    ThreadRow{"messages.owner", "1", "decides for all queues; expiries"},
    ThreadRow{"messages.commit", "1", "writes and syncs the message log"},
    ThreadRow{"messages.read", "2", "bodies of messages that are not in memory any more"},
    ThreadRow{"messages.upkeep", "2", "segments, indexes, checkpoints, compaction of the message log"},
    ThreadRow{"sns.key", "1, ends at once", "makes the key of notifications at the first start"},
    ThreadRow{"sns.http", "1", "deliveries of topics to HTTP endpoints, none waiting for another"},
    ThreadRow{"sns.mail", "1 where mail.server is set", "mails of topics to the SMTP server"},
    ThreadRow{"image-read", "1 an import", "reads the source ahead of the decoders"},
    ThreadRow{"image-hash", "1 an import", "digests of the manifest"},
    ThreadRow{"image-decode", "import.threads", "decodes, hashes, compresses and stores"},
    ThreadRow{"move.load", "--workers of landfall migrate",
              "rows of tables from one server to the other, or into files"},
    ThreadRow{"move.log", "1", "reads a source's log ahead, in bounded memory"},
    ThreadRow{"move.compare", "1 or 2", "compare both sides of a migration, row by row"},
    ThreadRow{"move.signals", "1", "ends `landfall migrate` at a signal where it can go on later"},
};

bool covers(const ThreadRow& row, std::string_view name) {
    if (row.name.ends_with('*')) return name.starts_with(row.name.substr(0, row.name.size() - 1));
    return row.name == name;
}

}  // namespace

std::span<const ThreadRow> thread_table() { return kTable; }

std::thread Threads::start(std::string_view name, UniqueFunction<void()> body) {
    CHECK(std::any_of(kTable.begin(), kTable.end(), [&](const ThreadRow& row) { return covers(row, name); }));
    return system_.start(name, std::move(body));
}

}  // namespace landfall::app
