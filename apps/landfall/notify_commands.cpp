// `landfall notify add|list|remove`: which events of the server go to which topics.
#include <simdjson.h>

#include <iomanip>
#include <iostream>

#include "apps/landfall/client.hpp"
#include "apps/landfall/commands.hpp"
#include "base/clock.hpp"

namespace landfall::app {
namespace {

namespace dom = simdjson::dom;

std::string text_at(const dom::element& of, const char* name) {
    std::string_view value;
    return of[name].get(value) == simdjson::SUCCESS ? std::string{value} : std::string{};
}

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        // A control character has no place in what this sends; the server says so of what is left.
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
    return out + "\"";
}

Status add(const Client& client, const NotifyOptions& options, std::ostream& out) {
    std::string body = "{\"TopicArn\":" + json_text(options.topic) + ",\"Events\":[";
    for (const std::string& event : options.events) {
        if (!body.ends_with('[')) body += ',';
        body += json_text(event);
    }
    const std::string reply = TRY(client.call("AddNotification", body + "]}"));
    dom::parser parser;
    dom::element root;
    dom::element made;
    if (parser.parse(reply).get(root) || root["Notification"].get(made))
        return Error{Errc::invalid, "the server's reply has no notification"};
    out << text_at(made, "NotificationId") << '\n';
    return {};
}

Status list(const Client& client, std::ostream& out) {
    const std::string reply = TRY(client.call("ListNotifications", "{}"));
    dom::parser parser;
    dom::element root;
    dom::array rules;
    if (parser.parse(reply).get(root) || root["Notifications"].get(rules))
        return Error{Errc::invalid, "the server's reply has no notifications"};
    out << std::left << std::setw(24) << "ID" << std::setw(56) << "TOPIC"
        << "EVENTS\n";
    for (const dom::element& rule : rules) {
        out << std::setw(24) << text_at(rule, "NotificationId") << std::setw(56) << text_at(rule, "TopicArn");
        dom::array events;
        std::string_view separator;
        if (rule["Events"].get(events)) continue;
        for (const dom::element event : events) {
            std::string_view text;
            if (event.get(text)) continue;
            out << separator << text;
            separator = " ";
        }
        out << '\n';
    }
    return {};
}

Status act(const Settings& settings, NotifyAction action, const NotifyOptions& options, std::ostream& out) {
    const Client client = TRY(Client::make(settings, options.endpoint));
    switch (action) {
        case NotifyAction::add: return add(client, options, out);
        case NotifyAction::list: return list(client, out);
        case NotifyAction::remove: break;
    }
    TRY(client.call("RemoveNotification", "{\"NotificationId\":" + json_text(options.id) + "}"));
    out << "removed " << options.id << '\n';
    return {};
}

}  // namespace

int run_notify(const Settings& settings, NotifyAction action, const NotifyOptions& options,
               std::ostream& out) {
    const Status done = act(settings, action, options, out);
    if (done.ok()) return 0;
    std::cerr << "landfall: " << done.error().message() << '\n';
    return 1;
}

}  // namespace landfall::app
