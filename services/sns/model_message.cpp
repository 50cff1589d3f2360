#include "services/sns/model_message.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/hash.hpp"
#include "core/state/record.hpp"
#include "services/sns/model_json.hpp"

namespace landfall::sns {
namespace {

constexpr std::size_t kAttributeNameMax = 256;
constexpr std::size_t kSubjectMax = 100;
constexpr std::size_t kTokenMax = 128;
constexpr std::size_t kBatchIdMax = 80;

Fault bad_value(std::string text) { return {FaultCode::parameter_value, std::move(text)}; }

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string hex_upper(unsigned char c) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    if (c > 15) out.push_back(kDigits[c >> 4]);
    out.push_back(kDigits[c & 15]);
    return out;
}

Verdict check_name(std::string_view name) {
    if (name.size() > kAttributeNameMax)
        return bad_value("Length of message attribute name must be less than 256 bytes.");
    for (const char c : name)
        if (!is_alphanumeric(c) && c != '_' && c != '-' && c != '.')
            return bad_value(
                "Invalid non-alphanumeric character '#x" + hex_upper(static_cast<unsigned char>(c)) +
                "' was found in the message attribute name. Can only include alphanumeric characters, "
                "hyphens, underscores, or dots.");
    if (name.starts_with('.'))
        return bad_value("Invalid message attribute name starting with character '.' was found.");
    if (name.ends_with('.'))
        return bad_value("Invalid message attribute name ending with character '.' was found.");
    if (name.find("..") != std::string_view::npos)
        return bad_value("Message attribute name can not have successive '.' character.");
    return {};
}

bool known_type(std::string_view type) {
    for (const std::string_view base : {"String", "Number", "Binary"}) {
        if (type == base) return true;
        if (type.starts_with(base) && type.size() > base.size() + 1 && type[base.size()] == '.') return true;
    }
    return false;
}

Judged<MessageAttribute> check_attribute(const AttributeDraft& draft) {
    TRY(check_name(draft.name));
    const std::string who = "The message attribute '" + std::string{draft.name} + "' ";
    const std::string type{draft.type};
    if (!known_type(type))
        return bad_value(who +
                         "has an invalid message attribute type, the set of supported type prefixes is "
                         "Binary, Number, and String.");
    const std::string empty =
        who + "must contain non-empty message attribute value for message attribute type '" + type + "'.";
    if (!draft.text && !draft.binary) return bad_value(empty);
    const bool binary = type.starts_with("Binary");
    const auto& value = binary ? draft.binary : draft.text;
    if (!value)
        return bad_value(who + "with type '" + type + "' must use field '" + (binary ? "Binary" : "String") +
                         "'.");
    if (value->empty()) return bad_value(empty);
    if (type.starts_with("Number")) {
        auto number = parse_json(*value);
        if (!number.ok() || !number->is(Json::Kind::number))
            return bad_value("Could not cast message attribute '" + std::string{draft.name} +
                             "' value to number.");
    }
    return MessageAttribute{std::string{draft.name}, type, std::string{*value}};
}

Verdict check_subject(std::string_view subject) {
    const auto refused = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (subject.empty() || subject.size() > kSubjectMax || subject.front() == ' ' ||
        std::any_of(subject.begin(), subject.end(), refused))
        return invalid("Subject");
    return {};
}

Verdict check_token(std::string_view value, std::string_view parameter) {
    const bool right = !value.empty() && value.size() <= kTokenMax &&
                       std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (right) return {};
    return invalid(std::string{parameter} +
                   " Reason: must be 1 to 128 alphanumeric or punctuation characters long");
}

Verdict check_structure(std::string_view text) {
    auto parsed = parse_json(text);
    if (!parsed.ok() || !parsed->is(Json::Kind::object))
        return invalid("Message Structure - JSON message body failed to parse");
    const Json* entry = parsed->find("default");
    if (entry == nullptr || !entry->is(Json::Kind::string))
        return invalid("Message Structure - No default entry in JSON message body");
    return {};
}

}  // namespace

Judged<std::vector<MessageAttribute>> check_attributes(const std::vector<AttributeDraft>& drafts) {
    std::vector<MessageAttribute> attributes;
    for (const AttributeDraft& draft : drafts) attributes.push_back(TRY(check_attribute(draft)));
    return attributes;
}

Bytes Message::size() const {
    std::size_t total = text.size();
    for (const MessageAttribute& attribute : attributes)
        total += attribute.name.size() + attribute.type.size() + attribute.value.size();
    return Bytes{total};
}

Judged<Message> check(const MessageDraft& draft) {
    Message message;
    if (draft.subject) {
        TRY(check_subject(*draft.subject));
        message.subject = std::string{*draft.subject};
    }
    if (draft.text.empty()) return invalid("Empty message");
    message.text = std::string{draft.text};
    if (draft.structure && !draft.structure->empty()) {
        if (*draft.structure != "json") return invalid("MessageStructure");
        TRY(check_structure(draft.text));
        message.structure = MessageStructure::json;
    }
    message.attributes = TRY(check_attributes(draft.attributes));
    if (draft.group) {
        TRY(check_token(*draft.group, "MessageGroupId"));
        message.group = std::string{*draft.group};
    }
    if (draft.dedup_id) {
        TRY(check_token(*draft.dedup_id, "MessageDeduplicationId"));
        message.dedup_id = std::string{*draft.dedup_id};
    }
    return message;
}

Verdict check_size(const Message& message) {
    if (message.size() > kMessageBytesMax) return invalid("Message too long");
    return {};
}

std::string text_for(const Message& message, std::string_view protocol) {
    if (message.structure == MessageStructure::plain) return message.text;
    auto parsed = parse_json(message.text);
    if (!parsed.ok()) return message.text;
    for (const std::string_view name : {protocol, std::string_view{"default"}})
        if (const Json* entry = parsed->find(name); entry != nullptr && entry->is(Json::Kind::string))
            return entry->text;
    return message.text;
}

Verdict check_order(Message& message, TopicOrder order, ContentDedup content) {
    if (order == TopicOrder::standard) {
        if (!message.dedup_id.empty())
            return invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that "
                "is not "
                "valid for this topic type");
        return {};
    }
    if (message.group.empty()) return invalid("The MessageGroupId parameter is required for FIFO topics");
    if (!message.dedup_id.empty()) return {};
    if (content == ContentDedup::off)
        return invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
            "provided "
            "explicitly");
    message.dedup_id = sha256(message.text).hex();
    return {};
}

Verdict check_batch_ids(const std::vector<std::string_view>& ids) {
    if (ids.empty()) return Fault{FaultCode::batch_empty, "The batch request doesn't contain any entries."};
    if (ids.size() > kBatchMax)
        return Fault{FaultCode::batch_too_many, "The batch request contains more entries than permissible."};
    std::set<std::string_view> seen;
    for (const std::string_view id : ids) {
        if (id.size() > kBatchIdMax)
            return Fault{FaultCode::batch_id_invalid,
                         "The Id of a batch entry in the batch request is too long: " + std::string{id}};
        const auto right = [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; };
        if (id.empty() || !std::all_of(id.begin(), id.end(), right))
            return Fault{
                FaultCode::batch_id_invalid,
                "The Id of a batch entry in the batch request contains an impermissible character: " +
                    std::string{id}};
        if (!seen.insert(id).second)
            return Fault{FaultCode::batch_ids_not_distinct,
                         "Two or more batch entries in the request have the same Id."};
    }
    return {};
}

Verdict check_batch_size(Bytes total) {
    if (total > kMessageBytesMax)
        return Fault{FaultCode::batch_too_long,
                     "The length of all the messages put together is more than the limit."};
    return {};
}

std::string encode_headers(const Headers& headers) {
    state::Record record;
    record.set("topic", headers.topic_arn).set("url", headers.base_url).set("at", headers.published);
    if (headers.subject) record.set("subject", *headers.subject);
    if (headers.structure == MessageStructure::json) record.set("json", true);
    state::Record::Texts attributes;
    for (const MessageAttribute& attribute : headers.attributes) {
        attributes.push_back(attribute.name);
        attributes.push_back(attribute.type);
        attributes.push_back(attribute.value);
    }
    if (!attributes.empty()) record.set("attributes", std::move(attributes));
    state::Record::Texts signatures;
    for (const auto& [protocol, signature] : headers.signatures) {
        signatures.push_back(protocol);
        signatures.push_back(signature);
    }
    if (!signatures.empty()) {
        record.set("signatures", std::move(signatures)).set("sigver", headers.signature_version);
        record.set("cert", headers.certificate_path);
    }
    if (!headers.sequence_number.empty()) record.set("sequence", headers.sequence_number);
    if (!headers.group.empty()) record.set("group", headers.group);
    if (!headers.sender.empty()) record.set("sender", headers.sender);
    return record.encode();
}

Result<Headers> decode_headers(std::string_view bytes) {
    const state::Record record = TRY(state::Record::decode(bytes));
    Headers headers{.topic_arn = TRY(record.need_text("topic")),
                    .base_url = record.text("url"),
                    .published = record.instant("at")};
    if (record.has("subject")) headers.subject = record.text("subject");
    if (record.flag("json")) headers.structure = MessageStructure::json;
    const auto& attributes = record.texts("attributes");
    const auto& signatures = record.texts("signatures");
    if (attributes.size() % 3 != 0 || signatures.size() % 2 != 0)
        return Error{Errc::corrupt, "headers of a message: a list ends early"};
    for (std::size_t i = 0; i < attributes.size(); i += 3)
        headers.attributes.push_back({attributes[i], attributes[i + 1], attributes[i + 2]});
    for (std::size_t i = 0; i < signatures.size(); i += 2)
        headers.signatures[signatures[i]] = signatures[i + 1];
    if (!signatures.empty()) headers.signature_version = record.text("sigver");
    headers.certificate_path = record.text("cert");
    headers.sequence_number = record.text("sequence");
    headers.group = record.text("group");
    headers.sender = record.text("sender");
    return headers;
}

}  // namespace landfall::sns
