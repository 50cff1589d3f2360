// Tx: a list of changes that the store makes durable together, or not at all.
//
// Invariants
//   1. A Tx is a value: building it touches no store, no disk and no lock; it may be moved to any thread.
//   2. Changes apply in the order of the calls. The first one that cannot be applied fails the whole Tx.
//   3. create, update, set_tags, retire, erase, set_setting and note each write exactly one event, in the
//      same transaction as their change. The others write none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/state/resource.hpp"

namespace landfall::state {

/// One change of a Tx, as data; implementations of StateStore visit it.
namespace op {
struct Create {
    Resource resource;
};
struct Update {
    Resource resource;
};
struct SetTags {
    Key key;
    std::vector<Tag> set;
    std::vector<std::string> remove;
};
struct Retire {
    Key key;
    Version expected;
    std::string state;
};
struct Erase {
    Key key;
    Version expected;
};
struct Require {
    Key key;
    std::optional<Version> version;
};
struct Claim {
    std::string space;
    std::string name;
    Key owner;
};
struct Remember {
    OnceKey once;
    std::string result;
    Instant expires;
};
struct Count {
    std::string counter;
    std::uint64_t by;
};
enum class Existing : std::uint8_t { replace, refuse };
struct SetSetting {
    std::string name;
    std::string value;
    Existing existing = Existing::replace;
};
struct SetProgress {
    Key key;
    std::string bytes;
};
struct AppendLine {
    std::string stream;
    LogLine line;
};
struct Post {
    std::string stream;
    std::string text;
};
struct EraseLines {
    std::string stream;
    std::uint64_t up_to;
};
struct Forget {
    Instant before;
    std::size_t limit;
};
struct Note {
    Key key;
    std::string error;
};
}  // namespace op

using Op = std::variant<op::Create, op::Update, op::SetTags, op::Retire, op::Erase, op::Require, op::Claim,
                        op::Remember, op::Count, op::SetSetting, op::SetProgress, op::AppendLine, op::Post,
                        op::EraseLines, op::Forget, op::Note>;

class Tx {
public:
    /// `cause` is written into every event of this transaction.
    explicit Tx(Cause cause) : cause_{std::move(cause)} {}

    /// Fails with already_exists where a live resource has the key or the ARN. A retired one is replaced.
    Tx& create(Resource resource);
    /// Replaces arn, parent, state, doc, tags and index of the resource that was read with
    /// `resource.version`. Fails with precondition where it has changed since, not_found where it is gone.
    /// Afterwards its version is one more. `progress` is not touched.
    Tx& update(Resource resource);
    /// Changes tags without a version to compare; grows the version. not_found where the resource is gone.
    Tx& set_tags(Key key, std::vector<Tag> set, std::vector<std::string> remove);
    /// Hides the resource from lists and frees its ARN and claims; get still finds it until it is erased or
    /// created anew. `state` is its last state.
    Tx& retire(Key key, Version expected, std::string state);
    /// Removes the resource with its tags, index keys and claims. Its events stay.
    Tx& erase(Key key, Version expected);

    /// Fails with not_found / precondition unless the resource is live (at that version, where one is given).
    Tx& require(Key key, std::optional<Version> version = std::nullopt);
    /// Takes `name` in `space` ("s3.bucket-name") for `owner`, a live resource (or one that this Tx has
    /// created by now); erase and retire give it back. already_exists where another owner holds it.
    Tx& claim(std::string space, std::string name, Key owner);
    /// Stores the answer to a request with a client token; already_exists where that token is stored and has
    /// not expired: then StateStore::recall has the first answer.
    Tx& remember(OnceKey once, std::string result, Instant expires);
    /// Adds to a counter that starts at 0. New values come in Committed::counters, in the order of the calls.
    Tx& count(std::string counter, std::uint64_t by = 1);
    Tx& set_setting(std::string name, std::string value);
    /// The same, but already_exists where the setting has a value.
    Tx& claim_setting(std::string name, std::string value);
    /// Replaces the volatile bytes beside a resource: no version, no event, no error where it is gone.
    Tx& set_progress(Key key, std::string bytes);
    /// The store numbers the line; `line.seq` is ignored.
    Tx& append_line(std::string stream, LogLine line);
    /// An outbox: a line that somebody is to take (Reader::lines) and erase. It is numbered by the last event
    /// that this Tx has written by then: the numbers of a stream grow and never come again, also after it
    /// was emptied. At most one for each event; invalid where there is none before it.
    Tx& post(std::string stream, std::string text);
    /// Lines with a number up to `up_to`; all of them where none is given.
    Tx& erase_lines(std::string stream, std::uint64_t up_to = ~std::uint64_t{0});
    /// Removes at most `limit` events older than `before` (the newest stays) and client tokens that expired.
    /// Committed::counters gets how many.
    Tx& forget(Instant before, std::size_t limit);
    /// An event without a change: a refused request, a step of a plan.
    Tx& note(Key key, std::string error = {});

    /// Appends all of the other's changes; the cause of this one is kept.
    Tx& append(Tx other);

    [[nodiscard]] bool empty() const { return ops_.empty(); }
    [[nodiscard]] const Cause& cause() const { return cause_; }
    [[nodiscard]] const std::vector<Op>& ops() const { return ops_; }
    /// Roughly what it holds in memory; the store's queue is bounded by it.
    [[nodiscard]] std::size_t weight() const { return weight_; }
    /// True when it removes something and adds nothing but events, counts and short posts: such a Tx is let
    /// through on a full disk.
    [[nodiscard]] bool only_frees() const;

private:
    Tx& add(Op change, std::size_t weight);

    Cause cause_;
    std::vector<Op> ops_;
    std::size_t weight_ = 0;
};

struct Committed {
    EventSeq last_event;  ///< of this transaction; of the store, where it wrote none
    Instant at;           ///< the `updated` of everything it changed
    std::vector<std::uint64_t> counters;
};

}  // namespace landfall::state
