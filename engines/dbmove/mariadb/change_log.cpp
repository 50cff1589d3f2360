#include "engines/dbmove/mariadb/change_log.hpp"

#include <algorithm>
#include <charconv>

#include "engines/dbmove/mariadb/log_statement.hpp"
#include "engines/dbmove/mariadb/rows.hpp"

namespace landfall::dbmove::mariadb {
namespace {

using postgres::Lsn;
using postgres::Message;
using postgres::MessageKind;

/// Read ahead: enough for the target to be busy while the source is asked.
constexpr std::size_t kQueuedMax = 32U << 20U;
constexpr std::uint64_t kAnsiQuotes = 4;  // MODE_ANSI_QUOTES, of both servers
constexpr std::size_t kStatementShown = 200;

/// "0-1-5,1-2-7"
std::map<std::uint32_t, mysql::MariadbGtidId> gtids_of(std::string_view text) {
    std::map<std::uint32_t, mysql::MariadbGtidId> made;
    while (!text.empty()) {
        std::string_view one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        mysql::MariadbGtidId id;
        const char* at = one.data();
        const char* const end = one.data() + one.size();
        at = std::from_chars(at, end, id.domain).ptr;
        if (at < end) at = std::from_chars(at + 1, end, id.server).ptr;
        if (at < end) std::from_chars(at + 1, end, id.sequence);
        made[id.domain] = id;
    }
    return made;
}

std::string in_utf8(const mysql::Query& query) {
    const std::string_view charset =
        query.collations ? mysql::charset_of_collation(query.collations->client) : std::string_view{};
    auto decoder = mysql::TextDecoder::open(charset.empty() ? "utf8mb4" : charset);
    std::string text;
    if (decoder.ok())
        decoder->decode(query.text, text);
    else
        text = query.text;
    return text;
}

std::string list_of(const std::vector<TableName>& tables) {
    std::string text;
    for (const TableName& table : tables) text += (text.empty() ? "" : ", ") + table.shown();
    return text;
}

/// What the server notes for itself.
bool is_note(const mysql::EventHeader& header) {
    using mysql::EventType;
    return header.ignorable() || header.type == EventType::binlog_checkpoint ||
           header.type == EventType::start_encryption;
}

Error cannot(const std::string& what) { return {Errc::precondition, "the source's log: " + what}; }

}  // namespace

Result<Lsn> position_of(std::string_view file, std::uint64_t offset) {
    const std::size_t dot = file.rfind('.');
    std::uint32_t number = 0;
    const std::string_view digits = dot == std::string_view::npos ? std::string_view{} : file.substr(dot + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
        return cannot("the file '" + std::string{file} + "' has no number");
    if (offset > UINT32_MAX) return cannot("a place behind 4 GiB in " + std::string{file});
    return Lsn{static_cast<std::uint64_t>(number) << 32U | offset};
}

ChangeLog::ChangeLog(const Parts& parts, std::unique_ptr<mysql::BinlogStream> stream, std::string gtids,
                     Lsn applied)
    : parts_{parts}, gtids_{gtids_of(gtids)}, sent_{applied}, applied_{applied}, stream_{std::move(stream)} {
    decoder_.begin_with(stream_->checksum());
    std::uint32_t id = 0;
    for (const postgres::Table& table : parts_.catalog.tables) {
        Followed followed{.source = &parts_.tables.at(table.name), .table = &table, .id = ++id};
        for (std::size_t i = 0; i < followed.source->columns.size(); ++i) {
            const postgres::Column* const column = table.column(followed.source->columns[i].name);
            if (column->made != postgres::Column::Made::generated) followed.columns.push_back(i);
        }
        names_.push_back(table.name);
        followed_.emplace(table.name, std::move(followed));
    }
}

ChangeLog::~ChangeLog() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        went_.notify_all();
    }
    stream_->stop();
    if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<ChangeLog>> ChangeLog::open(const Parts& parts, const mysql::ServerAddress& server,
                                                   const Start& start, Lsn applied) {
    mysql::LogStart from{.gtids = start.gtids};
    if (start.gtids.empty()) from = {.file = start.file, .offset = start.offset, .gtids = {}};
    auto stream = TRY(mysql::BinlogStream::open(server, from, {.server_id = start.server_id}));
    auto log = std::make_unique<ChangeLog>(parts, std::move(stream), start.gtids, applied);
    log->thread_ = parts.threads.start("move.log", [raw = log.get()] { raw->read(); });
    return log;
}

// --- the reader ---

void ChangeLog::read() {
    for (;;) {
        const auto raw = stream_->next();
        const Status put = raw.ok() ? this->put(*raw) : Status{raw.error()};
        if (put.ok()) continue;
        const std::lock_guard lock{mutex_};
        failed_ = put.error();
        came_.notify_all();
        return;
    }
}

Status ChangeLog::put(const mysql::RawEvent& raw) {
    Read read{.bytes = {reinterpret_cast<const char*>(raw.bytes.data()), raw.bytes.size()}};
    if (!raw.file.empty()) read.next = TRY(position_of(raw.file, raw.next));
    std::unique_lock lock{mutex_};
    went_.wait(lock, [&] { return stopped_ || queued_bytes_ < kQueuedMax; });
    if (stopped_) return Error{Errc::cancelled, "stopped"};
    queued_bytes_ += read.bytes.size();
    queue_.push_back(std::move(read));
    came_.notify_all();
    return {};
}

/// The next event becomes current_. False: none has come.
Result<bool> ChangeLog::take(std::chrono::milliseconds wait) {
    std::unique_lock lock{mutex_};
    if (!came_.wait_for(lock, wait, [&] { return !queue_.empty() || failed_; })) return false;
    if (queue_.empty()) return *failed_;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= current_.bytes.size();
    went_.notify_all();
    return true;
}

// --- what events become ---

Result<postgres::Changes::Got> ChangeLog::next(std::chrono::milliseconds wait, Message& out) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    for (;;) {
        if (!ready_.empty()) {
            out = std::move(ready_.front());
            ready_.pop_front();
            return Got::change;
        }
        if (reader_) {
            if (TRY(row(out))) return Got::change;
            reader_.reset();
        }
        if (idle() && end_ && sent_ >= *end_) {
            end_.reset();
            Message marker;
            marker.kind = MessageKind::marker;
            marker.prefix = postgres::kMarkerPrefix;
            marker.content = content_;
            ready_.push_back(std::move(marker));
            continue;
        }
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (!TRY(take(std::max(left, std::chrono::milliseconds{})))) return Got::nothing;
        TRY(event());
    }
}

Status ChangeLog::event() {
    const std::string& bytes = current_.bytes;
    event_ = TRY(decoder_.decode({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()}));
    const Lsn next = current_.next;
    if (auto* map = std::get_if<mysql::TableMap>(&event_.body)) {
        TRY(this->map(std::move(*map)));
    } else if (const auto* rows = std::get_if<mysql::Rows>(&event_.body)) {
        TRY(this->rows(*rows));
    } else if (const auto* gtid = std::get_if<mysql::MariadbGtid>(&event_.body)) {
        TRY(begin(*gtid));
    } else if (const auto* query = std::get_if<mysql::Query>(&event_.body)) {
        TRY(statement(*query));
    } else if (std::holds_alternative<mysql::Xid>(event_.body)) {
        commit();
    } else if (const auto* incident = std::get_if<mysql::Incident>(&event_.body)) {
        return cannot("the server lost changes: " + std::string{incident->text});
    } else if (std::holds_alternative<mysql::XaPrepare>(event_.body)) {
        commit();  // without rows of ours: rows() refuses those
    } else if (std::holds_alternative<mysql::TransactionPayload>(event_.body) ||
               (std::holds_alternative<mysql::Unknown>(event_.body) && !is_note(event_.header))) {
        return cannot("a " + name_of(event_.header.type) + " is not known");
    }
    sent_ = std::max(sent_, next);
    return {};
}

Status ChangeLog::begin(const mysql::MariadbGtid& gtid) {
    if (within_) return cannot("a transaction begins within another");
    begun_ = Lsn{current_.next.value - event_.header.length};
    gtid_ = gtid.id;
    within_ = true;
    standalone_ = gtid.standalone;
    xa_ = gtid.prepares_xa || gtid.completes_xa;
    told_ = false;
    numbers_.clear();
    return {};
}

/// Not before there is something in it: what ends the stream leaves no transaction open.
void ChangeLog::tell_begin() {
    if (std::exchange(told_, true)) return;
    Message message;
    message.kind = MessageKind::begin;
    message.commit = begun_;
    ready_.push_back(std::move(message));
}

void ChangeLog::commit() {
    if (!within_) return;
    tell_begin();
    within_ = standalone_ = xa_ = false;
    gtids_[gtid_.domain] = gtid_;
    Message message;
    message.kind = MessageKind::commit;
    message.commit = begun_;
    message.end = current_.next;
    message.mark = mark_text();
    ready_.push_back(std::move(message));
}

std::string ChangeLog::mark_text() const {
    std::string text;
    for (const auto& [domain, id] : gtids_) text += (text.empty() ? "" : ",") + id.shown();
    return text;
}

Status ChangeLog::statement(const mysql::Query& query) {
    using Kind = LogStatement::Kind;
    const std::string text = in_utf8(query);
    const LogStatement statement =
        read_statement(text, {.schema = query.schema,
                              .chosen = names_,
                              .ansi_quotes = (query.sql_mode.value_or(0) & kAnsiQuotes) != 0});
    const std::string shown = ": " + text.substr(0, kStatementShown);
    // What is in the rows already need not be understood.
    const bool past = within_ && begun_ < applied_;
    if (!past) switch (statement.kind) {
            case Kind::passed: break;
            case Kind::commit: commit(); return {};
            case Kind::rollback:
                return cannot("a ROLLBACK of changes that are in it (tables without transactions?)");
            case Kind::truncate:
                for (const TableName& table : statement.tables) TRY(truncate(table));
                break;
            case Kind::defines:
                return Error{Errc::precondition, "the definition of " + list_of(statement.tables) +
                                                     " has changed at the source" + shown +
                                                     "; changes of definitions are not followed"};
            case Kind::changes:
                return cannot("rows of " + list_of(statement.tables) +
                              " were changed by a statement, not by rows (binlog_format)" + shown);
        }
    if (standalone_ || statement.kind == Kind::commit) commit();
    return {};
}

Status ChangeLog::truncate(const TableName& table) {
    Followed& followed = followed_.at(table);
    tell_begin();
    describe(followed);
    Message message;
    message.kind = MessageKind::truncate;
    message.relations = {followed.id};
    message.restarts_sequences = true;
    ready_.push_back(std::move(message));
    return {};
}

/// As the applier knows tables: with the columns that are written.
void ChangeLog::describe(Followed& followed) {
    if (followed.described) return;
    followed.described = true;
    Message message;
    message.kind = MessageKind::relation;
    message.relation = {
        .id = followed.id, .name = followed.table->name, .identity = followed.table->identity};
    for (const std::size_t i : followed.columns) {
        const postgres::Column& column = *followed.table->column(followed.source->columns[i].name);
        const bool in_key = std::ranges::find(followed.table->key, column.name) != followed.table->key.end();
        message.relation.columns.push_back(
            {.name = column.name, .in_key = in_key, .type = column.type_oid, .modifier = column.modifier});
    }
    ready_.push_back(std::move(message));
}

Status ChangeLog::map(mysql::TableMap map) {
    const auto found = followed_.find({map.schema, map.name});
    Followed* const followed = found == followed_.end() ? nullptr : &found->second;
    numbers_[map.table] = followed;
    if (followed == nullptr || (followed->layout && followed->layout->is_of(map))) return {};
    std::vector<mysql::ColumnFacts> facts;
    for (const SourceColumn& column : followed->source->columns) facts.push_back(column.facts);
    followed->layout = TRY(mysql::TableLayout::resolve(std::move(map), std::move(facts)));
    return {};
}

Status ChangeLog::rows(const mysql::Rows& rows) {
    const auto found = numbers_.find(rows.table);
    if (found == numbers_.end())
        return Error{Errc::corrupt, "the log has rows of a table that it did not describe"};
    changed_ = found->second;
    if (rows.ends_statement) numbers_.clear();
    if (changed_ == nullptr) return {};
    if (!within_) return cannot("rows outside of a transaction");
    if (xa_) return cannot("an XA transaction changes " + changed_->table->name.shown() + ": not followed");
    tell_begin();
    describe(*changed_);
    change_ = rows.change;
    reader_ = TRY(mysql::RowsReader::open(*changed_->layout, rows));
    return {};
}

Result<bool> ChangeLog::row(Message& out) {
    if (!TRY(reader_->next(before_, after_))) return false;
    using Change = mysql::Rows::Change;
    out.kind = change_ == Change::insert   ? MessageKind::insert
               : change_ == Change::update ? MessageKind::update
                                           : MessageKind::remove;
    out.relation_id = changed_->id;
    out.has_before = change_ == Change::insert ? postgres::Before::none : postgres::Before::whole;
    out.before.clear();
    out.after.clear();
    if (change_ != Change::insert) TRY(fill(out.before, before_, *changed_));
    if (change_ != Change::remove) TRY(fill(out.after, after_, *changed_));
    return true;
}

Status ChangeLog::fill(Row& out, const Row& in, const Followed& followed) {
    for (const std::size_t i : followed.columns) {
        const Cell cell = in.at(i);
        if (cell.state == Cell::State::absent)
            return cannot("a row of " + followed.table->name.shown() +
                          " is not whole (binlog_row_image must be FULL)");
        const auto value = translated(followed.source->columns[i], cell);
        if (!value.ok())
            return Error{value.error().code(), followed.table->name.shown() + ": " + value.error().message()};
        if (*value)
            out.add(**value);
        else
            out.add_null();
    }
    return {};
}

}  // namespace landfall::dbmove::mariadb
