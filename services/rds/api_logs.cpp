// Log files of DB instances, and the events of all that RDS keeps.
#include <charconv>
#include <set>

#include "services/rds/api.hpp"
#include "services/rds/model_log.hpp"

namespace landfall::rds {
namespace {

constexpr std::size_t kLinesMax = 10'000;

Judged<std::vector<databases::LogFile>> logs_of(Rds& rds, const DbInstance& instance) {
    if (rds.host() == nullptr || !rds.host()->exists(instance.resource_id))
        return std::vector<databases::LogFile>{};
    return TRY(rds.host()->logs(instance.resource_id));
}

Verdict describe_logs(Rds& rds, const CallContext& call, api::DescribeDBLogFiles::In in,
                      api::DescribeDBLogFiles::Out out) {
    const DbInstance instance = TRY(rds.instances().find(scope_of(call), in.db_instance_identifier())).value;
    const PageAsked page =
        TRY(page_in(rds, call, "logs/" + instance.self.name, in.max_records(), in.marker()));
    auto files = TRY(logs_of(rds, instance));
    const auto millis = [](Instant at) { return at.ns / 1'000'000; };
    std::erase_if(files, [&](const databases::LogFile& file) {
        return file.name.find(in.filename_contains().value_or("")) == std::string::npos ||
               millis(file.written) < in.file_last_written().value_or(0) ||
               static_cast<std::int64_t>(file.size.count) < in.file_size().value_or(0);
    });
    out.start_describe_db_log_files();
    put_page(
        rds, page, files, [](const databases::LogFile& file) -> const std::string& { return file.name; },
        [&](const databases::LogFile& file) {
            auto one = out.add_describe_db_log_files();
            one.set_log_file_name(file.name);
            one.set_last_written(millis(file.written));
            one.set_size(static_cast<std::int64_t>(file.size.count));
        },
        out);
    return {};
}

/// Where the portion begins: behind the marker, or so that the file's last lines are in it.
Judged<std::uint64_t> begin_in(api::DownloadDBLogFilePortion::In in, const databases::DatabaseHost& host,
                               const DbInstance& instance, const databases::LogFile& file,
                               std::size_t lines) {
    if (const auto marker = in.marker()) {
        std::uint64_t from = 0;
        const auto [end, code] = std::from_chars(marker->data(), marker->data() + marker->size(), from);
        if (code != std::errc{} || end != marker->data() + marker->size() || from > file.size.count)
            return invalid_value("Invalid marker: " + std::string{*marker});
        return from;
    }
    const std::uint64_t from = file.size.count > kPortionMax.count ? file.size.count - kPortionMax.count : 0;
    const std::string tail =
        TRY(host.read_log(instance.resource_id, file.name, ByteOffset{from}, kPortionMax));
    return from + begin_of_last(tail, lines);
}

Verdict download(Rds& rds, const CallContext& call, api::DownloadDBLogFilePortion::In in,
                 api::DownloadDBLogFilePortion::Out out) {
    const DbInstance instance = TRY(rds.instances().find(scope_of(call), in.db_instance_identifier())).value;
    const auto files = TRY(logs_of(rds, instance));
    const auto file = std::find_if(files.begin(), files.end(), [&](const databases::LogFile& each) {
        return each.name == in.log_file_name();
    });
    if (file == files.end())
        return Fault{FaultCode::log_not_found,
                     "DBLog File: " + std::string{in.log_file_name()} + ", is not found on the DB instance"};
    const std::int32_t asked = in.number_of_lines().value_or(static_cast<std::int32_t>(kLinesMax));
    if (asked < 1 || asked > static_cast<std::int32_t>(kLinesMax))
        return invalid_value("NumberOfLines must be from 1 to 10000");
    const auto lines = static_cast<std::size_t>(asked);
    const std::uint64_t from = TRY(begin_in(in, *rds.host(), instance, *file, lines));
    const std::string text =
        TRY(rds.host()->read_log(instance.resource_id, file->name, ByteOffset{from}, kPortionMax));
    const Following following = text.size() == kPortionMax.count ? Following::more : Following::nothing;
    const std::string_view portion = portion_of(text, lines, following);
    const std::uint64_t next = from + portion.size();
    out.set_log_file_data(clean_text(portion));
    out.set_marker(std::to_string(next));
    out.set_additional_data_pending(next < file->size.count);
    return {};
}

/// Which events are asked for.
struct EventsAsked {
    Instant from, to;
    std::string source, type;
    std::set<std::string, std::less<>> categories;

    [[nodiscard]] bool has(const state::LogLine& line, const RdsEvent& event) const {
        return line.at >= from && line.at < to && (source.empty() || source == event.source.name) &&
               (type.empty() || type == event.source_type) &&
               (categories.empty() || categories.contains(event.category));
    }
};

Judged<EventsAsked> asked_in(api::DescribeEvents::In in, Instant now) {
    constexpr std::int32_t kMinutesMax = 14 * 24 * 60;
    const std::int32_t minutes = in.duration().value_or(60);
    if (minutes < 1 || minutes > kMinutesMax)
        return invalid_value("Duration must be from 1 to 20160 minutes");
    EventsAsked asked{.to = in.end_time().value_or(now + std::chrono::seconds{1})};
    asked.from = in.start_time().value_or(asked.to - std::chrono::minutes{minutes});
    asked.source = lowered(in.source_identifier().value_or(""));
    asked.type = in.source_type().value_or("");
    if (!asked.source.empty() && asked.type.empty())
        return invalid_combination("If SourceIdentifier is supplied, SourceType must also be provided.");
    for (const std::string_view category : in.event_categories()) asked.categories.emplace(category);
    return asked;
}

void put_event(api::out::Event out, const state::LogLine& line, const RdsEvent& event) {
    out.set_source_identifier(event.source.name);
    out.set_source_type(event.source_type);
    out.set_message(event.message);
    out.start_event_categories();
    out.add_event_categories(event.category);
    out.set_date(line.at);
    out.set_source_arn(
        arn_of(event.source, event.source_type == "db-parameter-group" ? "pg" : DbInstance::kThing));
}

Verdict describe_events(Rds& rds, const CallContext& call, api::DescribeEvents::In in,
                        api::DescribeEvents::Out out) {
    const EventsAsked asked = TRY(asked_in(in, rds.parts().clock.now()));
    const PageAsked page = TRY(page_in(rds, call, "events", in.max_records(), in.marker()));
    std::uint64_t after = 0;
    std::from_chars(page.after.data(), page.after.data() + page.after.size(), after);
    out.start_events();
    constexpr std::size_t kPiece = 500;
    for (std::size_t count = 0;;) {
        const auto lines = TRY(rds.parts().state.lines(event_stream(scope_of(call)), after, kPiece));
        for (const state::LogLine& line : lines) {
            const RdsEvent event = event_of(line, scope_of(call));
            if (asked.has(line, event)) {
                if (count == page.size) {
                    out.set_marker(rds.parts().tokens.seal(std::to_string(after), page.filter));
                    return {};
                }
                put_event(out.add_events(), line, event);
                ++count;
            }
            after = line.seq;
        }
        if (lines.size() < kPiece) return {};
    }
}

}  // namespace

void register_logs(Operations& operations) {
    operations.on<api::DescribeDBLogFiles>(describe_logs);
    operations.on<api::DownloadDBLogFilePortion>(download);
    operations.on<api::DescribeEvents>(describe_events);
}

}  // namespace landfall::rds
