// Accounts and their access keys: for the root of the first account alone.
#include <algorithm>

#include "services/admin/service.hpp"
#include "wire/api/registry.hpp"
#include "wire/views/landfall.hpp"

namespace landfall::admin {
namespace {

namespace api = wire::landfall;
namespace errors = wire::landfall::errors;
using wire::Answer;
using wire::ApiError;
using wire::CallContext;
using wire::Runs;

/// Who may hand out the keys of every account. The answer names nothing that is there.
std::optional<ApiError> refused(const CallContext& call, std::string_view action) {
    const std::string owner = "arn:aws:iam::" + std::string{access::kFirstAccount} + ":root";
    if (call.caller.arn == owner) return std::nullopt;
    return ApiError{wire::common_code(wire::CommonError::access_denied),
                    "User: " + call.caller.arn +
                        " is not authorized to perform: landfall:" + std::string{action} +
                        " because only the root of account " + std::string{access::kFirstAccount} + " may"};
}

state::Cause cause_of(const CallContext& call, std::string_view operation) {
    state::Cause cause;
    cause.actor = call.caller.arn;
    cause.key_id = call.caller.access_key;
    cause.source_ip = call.source_ip;
    cause.request_id = call.request_id;
    cause.service = "landfall";
    cause.operation = operation;
    return cause;
}

void put_new_key(api::out::NewAccessKey out, const access::NewKey& made) {
    out.set_account_id(made.key.principal.account);
    out.set_access_key_id(made.key.id);
    out.set_secret_access_key(made.secret.reveal());
    out.set_created(made.key.created);
}

Answer add_account(Admin& admin, const CallContext& call, api::AddAccount::In in, api::AddAccount::Out out) {
    if (auto error = refused(call, "AddAccount")) return *std::move(error);
    const auto made =
        admin.parts().keys.add_account(in.account_id(), in.name().value_or(""), cause_of(call, "AddAccount"));
    if (made.is(Errc::invalid)) return ApiError{errors::kInvalidAccountException, made.error().message()};
    if (made.is(Errc::already_exists))
        return ApiError{errors::kAccountAlreadyExistsException,
                        "There is an account " + std::string{in.account_id()} + " already"};
    if (!made.ok()) return wire::api_error_of(made.error());
    put_new_key(out.set_access_key(), *made);
    return Answer::success();
}

Answer add_key(Admin& admin, const CallContext& call, api::AddAccessKey::In in, api::AddAccessKey::Out out) {
    if (auto error = refused(call, "AddAccessKey")) return *std::move(error);
    const auto made = admin.parts().keys.add_key(in.account_id(), cause_of(call, "AddAccessKey"));
    if (made.is(Errc::not_found) || made.is(Errc::precondition))
        return ApiError{errors::kAccountNotFoundException,
                        "There is no account " + std::string{in.account_id()}};
    if (!made.ok()) return wire::api_error_of(made.error());
    put_new_key(out.set_access_key(), *made);
    return Answer::success();
}

Answer list_accounts(Admin& admin, const CallContext& call, api::ListAccounts::Out out) {
    if (auto error = refused(call, "ListAccounts")) return *std::move(error);
    auto accounts = TRY(admin.parts().keys.accounts());
    std::sort(accounts.begin(), accounts.end(),
              [](const access::Account& a, const access::Account& b) { return a.id < b.id; });
    out.start_accounts();
    for (const access::Account& account : accounts) {
        auto put = out.add_accounts();
        put.set_account_id(account.id);
        if (!account.name.empty()) put.set_name(account.name);
        put.set_created(account.created);
        put.start_access_keys();
        for (const access::AccessKey& key : admin.parts().keys.keys(account.id)) {
            auto one = put.add_access_keys();
            one.set_access_key_id(key.id);
            one.set_status(key.status == access::KeyStatus::active ? "Active" : "Inactive");
            one.set_created(key.created);
        }
    }
    return Answer::success();
}

/// What removing a key and disabling it are refused for.
Answer answer_of_change(const Status& changed, std::string_view key) {
    if (changed.is(Errc::not_found))
        return ApiError{errors::kAccessKeyNotFoundException, "There is no access key " + std::string{key}};
    if (changed.is(Errc::precondition))
        return ApiError{errors::kInvalidStateException,
                        "It is the last active key of account " + std::string{access::kFirstAccount} +
                            ", without which nobody could administer the server"};
    if (!changed.ok()) return wire::api_error_of(changed.error());
    return Answer::success();
}

Answer set_key_status(Admin& admin, const CallContext& call, api::SetAccessKeyStatus::In in) {
    if (auto error = refused(call, "SetAccessKeyStatus")) return *std::move(error);
    const auto status = in.status() == "Active" ? access::KeyStatus::active : access::KeyStatus::inactive;
    const state::Cause cause = cause_of(call, "SetAccessKeyStatus");
    return answer_of_change(admin.parts().keys.set_status(in.access_key_id(), status, cause),
                            in.access_key_id());
}

Answer remove_key(Admin& admin, const CallContext& call, api::RemoveAccessKey::In in) {
    if (auto error = refused(call, "RemoveAccessKey")) return *std::move(error);
    const Status removed = admin.parts().keys.remove(in.access_key_id(), cause_of(call, "RemoveAccessKey"));
    return answer_of_change(removed, in.access_key_id());
}

}  // namespace

void Admin::register_access(wire::Registry& registry) {
    registry.on<api::AddAccount>(
        Runs::worker, [this](const CallContext& call, api::AddAccount::In in, api::AddAccount::Out out) {
            return add_account(*this, call, in, out);
        });
    registry.on<api::AddAccessKey>(
        Runs::worker, [this](const CallContext& call, api::AddAccessKey::In in, api::AddAccessKey::Out out) {
            return add_key(*this, call, in, out);
        });
    registry.on<api::ListAccounts>(
        Runs::worker, [this](const CallContext& call, api::ListAccounts::In, api::ListAccounts::Out out) {
            return list_accounts(*this, call, out);
        });
    registry.on<api::SetAccessKeyStatus>(
        Runs::worker, [this](const CallContext& call, api::SetAccessKeyStatus::In in,
                             api::SetAccessKeyStatus::Out) { return set_key_status(*this, call, in); });
    registry.on<api::RemoveAccessKey>(
        Runs::worker, [this](const CallContext& call, api::RemoveAccessKey::In in,
                             api::RemoveAccessKey::Out) { return remove_key(*this, call, in); });
}

}  // namespace landfall::admin
