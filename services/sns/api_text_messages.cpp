// Text messages: settings, opted-out numbers and the sandbox, kept per account and region.
#include "services/sns/api.hpp"

namespace landfall::sns {
namespace {

using Sort = MobileRecord::Sort;

Judged<Attributes> settings(Sns& sns, const CallContext& call, std::string_view id) {
    auto stored = sns.records().get<MobileRecord>(mobile_key(call.account, call.region, id));
    if (stored.is(Errc::not_found)) return Attributes{};
    if (!stored.ok()) return stored.error();
    return std::move(stored->value.attributes);
}

/// Sets attributes of a record that may not be there yet.
Verdict put(Sns& sns, const CallContext& call, Sort sort, const std::string& id, const Attributes& given) {
    const MobileRecord made{sort, call.account, call.region, id, {}, given};
    const Status created = sns.records().create(cause_of(call, "SetAttributes"), made);
    if (created.ok()) return {};
    if (!created.is(Errc::already_exists)) return created.error();
    TRY(sns.records().update<MobileRecord>(cause_of(call, "SetAttributes"),
                                           mobile_key(call.account, call.region, id),
                                           [&](MobileRecord& record) -> Verdict {
                                               for (const auto& [key, value] : given)
                                                   record.attributes[key] = value;
                                               return {};
                                           }));
    return {};
}

Judged<std::vector<MobileRecord>> every(Sns& sns, const CallContext& call, std::string prefix) {
    const state::Query query{.kind = "sns.mobile",
                             .account = call.account,
                             .region = call.region,
                             .by = state::ById{std::move(prefix), {}},
                             .after = {},
                             .limit = 1000};
    const state::Page found = TRY(sns.records().store().list(query));
    std::vector<MobileRecord> records;
    for (const state::Resource& resource : found.items) {
        MobileRecord record = TRY(Kind<MobileRecord>::decode(resource));
        records.push_back(std::move(record));
    }
    return records;
}

Verdict check_number(std::string_view number) {
    if (!is_phone_number(number)) return invalid("PhoneNumber Reason: input incorrectly formatted");
    return {};
}

void register_opt_out(Operations& operations, Sns& sns) {
    operations.on<api::CheckIfPhoneNumberIsOptedOut>(
        [&sns](const CallContext& call, api::CheckIfPhoneNumberIsOptedOut::In in,
               api::CheckIfPhoneNumberIsOptedOut::Out out) -> Verdict {
            TRY(check_number(in.phone_number()));
            const Attributes there = TRY(settings(sns, call, "optout/" + std::string{in.phone_number()}));
            out.set_is_opted_out(!there.empty());
            return {};
        });
    operations.on<api::ListPhoneNumbersOptedOut>([&sns](const CallContext& call,
                                                        api::ListPhoneNumbersOptedOut::In,
                                                        api::ListPhoneNumbersOptedOut::Out out) -> Verdict {
        const auto records = TRY(every(sns, call, "optout/"));
        out.start_phone_numbers();
        for (const MobileRecord& record : records) out.add_phone_numbers(record.id.substr(7));
        return {};
    });
    operations.on<api::OptInPhoneNumber>(
        [&sns](const CallContext& call, api::OptInPhoneNumber::In in, api::OptInPhoneNumber::Out) -> Verdict {
            TRY(check_number(in.phone_number()));
            const std::string id = "optout/" + std::string{in.phone_number()};
            TRY(sns.records().erase(cause_of(call, "OptInPhoneNumber"),
                                    {mobile_key(call.account, call.region, id)}));
            return {};
        });
}

void register_sandbox(Operations& operations, Sns& sns) {
    operations.on<api::GetSMSSandboxAccountStatus>([](const CallContext&, api::GetSMSSandboxAccountStatus::In,
                                                      api::GetSMSSandboxAccountStatus::Out out) -> Verdict {
        out.set_is_in_sandbox(true);
        return {};
    });
    operations.on<api::CreateSMSSandboxPhoneNumber>([&sns](const CallContext& call,
                                                           api::CreateSMSSandboxPhoneNumber::In in,
                                                           api::CreateSMSSandboxPhoneNumber::Out) -> Verdict {
        TRY(check_number(in.phone_number()));
        return put(sns, call, Sort::sandbox_number, "sandbox/" + std::string{in.phone_number()},
                   {{"Status", "Pending"}});
    });
    operations.on<api::VerifySMSSandboxPhoneNumber>([&sns](const CallContext& call,
                                                           api::VerifySMSSandboxPhoneNumber::In in,
                                                           api::VerifySMSSandboxPhoneNumber::Out) -> Verdict {
        const std::string id = "sandbox/" + std::string{in.phone_number()};
        const Attributes there = TRY(settings(sns, call, id));
        if (there.empty())
            return Fault{FaultCode::resource_not_found, "The phone number is not in the sandbox"};
        // No text message is sent from here, so any code that looks like one is taken.
        if (in.one_time_password().size() < 5)
            return Fault{FaultCode::verification, "The one-time password is not valid"};
        return put(sns, call, Sort::sandbox_number, id, {{"Status", "Verified"}});
    });
    operations.on<api::DeleteSMSSandboxPhoneNumber>([&sns](const CallContext& call,
                                                           api::DeleteSMSSandboxPhoneNumber::In in,
                                                           api::DeleteSMSSandboxPhoneNumber::Out) -> Verdict {
        const std::string id = "sandbox/" + std::string{in.phone_number()};
        const Attributes there = TRY(settings(sns, call, id));
        if (there.empty())
            return Fault{FaultCode::resource_not_found, "The phone number is not in the sandbox"};
        TRY(sns.records().erase(cause_of(call, "DeleteSMSSandboxPhoneNumber"),
                                {mobile_key(call.account, call.region, id)}));
        return {};
    });
    operations.on<api::ListSMSSandboxPhoneNumbers>(
        [&sns](const CallContext& call, api::ListSMSSandboxPhoneNumbers::In,
               api::ListSMSSandboxPhoneNumbers::Out out) -> Verdict {
            const auto records = TRY(every(sns, call, "sandbox/"));
            out.start_phone_numbers();
            for (const MobileRecord& record : records) {
                auto one = out.add_phone_numbers();
                one.set_phone_number(record.id.substr(8));
                const auto status = record.attributes.find("Status");
                one.set_status(status == record.attributes.end() ? "Pending" : status->second);
            }
            return {};
        });
}

}  // namespace

void register_text_messages(Operations& operations, Sns& sns) {
    operations.on<api::SetSMSAttributes>(
        [&sns](const CallContext& call, api::SetSMSAttributes::In in, api::SetSMSAttributes::Out) -> Verdict {
            const Attributes given = attributes_in(in.attributes());
            TRY(check_sms_attributes(given));
            return put(sns, call, Sort::sms_settings, "sms", given);
        });
    operations.on<api::GetSMSAttributes>([&sns](const CallContext& call, api::GetSMSAttributes::In in,
                                                api::GetSMSAttributes::Out out) -> Verdict {
        const Attributes there = TRY(settings(sns, call, "sms"));
        out.start_attributes();
        for (const auto& [key, value] : there) {
            bool asked = in.attributes().empty();
            for (const std::string_view name : in.attributes()) asked = asked || name == key;
            if (asked) out.put_attributes(key, value);
        }
        return {};
    });
    operations.on<api::ListOriginationNumbers>([](const CallContext&, api::ListOriginationNumbers::In,
                                                  api::ListOriginationNumbers::Out out) -> Verdict {
        out.start_phone_numbers();
        return {};
    });
    register_opt_out(operations, sns);
    register_sandbox(operations, sns);
}

}  // namespace landfall::sns
