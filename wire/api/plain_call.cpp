#include "wire/api/plain_call.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "wire/api/dispatcher.hpp"
#include "wire/model/catalogue.hpp"
#include "wire/model/validate.hpp"
#include "wire/models/embedded.hpp"
#include "wire/protocols/errors.hpp"
#include "wire/protocols/json.hpp"
#include "wire/protocols/protocol.hpp"

namespace landfall::wire {
namespace {

PlainAnswer failed(const Face& face, const ApiError& error) {
    const WireError wire = resolve_error(error_style_of(face.protocol), &face.model(), error);
    return {.status = wire.status, .code = std::string{wire.code}, .message = error.message};
}

std::string drained(BodySource& source, Bytes length) {
    std::string text;
    std::array<std::byte, 65536> piece{};
    while (text.size() < length.count) {
        const std::size_t n = source.read(piece).value();
        if (n == 0) break;
        text.append(text_of(ByteSpan{piece}.first(n)));
    }
    CHECK(text.size() == length.count);
    return text;
}

PlainAnswer answer_of(Call& call, const Dispatcher& dispatcher) {
    if (!call.answer.ok()) return failed(*call.face, call.answer.error());
    const Model& model = call.face->model();
    PlainAnswer answer;
    if (call.output.root != nullptr)
        write_json(answer.output, model, *model.output_of(*call.operation), *call.output.root, kPlainJson);
    if (call.output.body) answer.body = drained(*call.output.body, call.output.body_length);
    HttpReply reply = dispatcher.reply(call);
    answer.status = reply.status;
    answer.headers = std::move(reply.headers);
    return answer;
}

}  // namespace

Result<std::size_t> TextBody::read(MutableByteSpan into) {
    const std::size_t n = std::min(into.size(), text_.size() - at_);
    if (n > 0) std::memcpy(into.data(), text_.data() + at_, n);
    at_ += n;
    return n;
}

PlainCaller::PlainCaller(const Registry& registry)
    : catalogue_{std::make_unique<Catalogue>(embedded_models())}, registry_{registry} {
    context.caller = {.account = "000000000000",
                      .arn = "arn:aws:iam::000000000000:root",
                      .user_id = "000000000000",
                      .access_key = "AKIDEXAMPLE"};
    context.account = "000000000000";
    context.region = "us-east-1";
    context.request_id = "test-request";
    context.host = "127.0.0.1:4566";
    context.source_ip = "127.0.0.1";
    context.received = Instant::from_seconds(1'700'000'000);
}

PlainCaller::~PlainCaller() = default;

PlainAnswer PlainCaller::call(std::string_view service, std::string_view operation, std::string_view input,
                              std::unique_ptr<BodyReader> body) const {
    const Face* face = catalogue_->find(service);
    CHECK(face != nullptr);
    const Model& model = face->model();
    const Operation* op = model.find(operation);
    CHECK(op != nullptr);
    auto call = std::make_unique<Call>();
    call->face = face;
    call->operation = op;
    call->head_request = op->method == "HEAD";
    call->body = input;
    call->reader = std::move(body);
    call->context = context;
    if (const Structure* in = model.input_of(*op)) {
        call->input = make_record(call->arena, static_cast<std::uint32_t>(in->members.size()));
        const Status read = read_json(call->body, model, *in, *call->input, call->arena, kPlainJson);
        if (!read.ok()) return failed(*face, {common_code(CommonError::malformed), read.error().message()});
        if (call->reader) call->input->at(in->payload) = Slot::of_stream(call->reader.get());
        if (const auto error = validated(model, *in, *call->input)) return failed(*face, *error);
    }
    if (const Structure* out = model.output_of(*op))
        call->output.root = make_record(call->arena, static_cast<std::uint32_t>(out->members.size()));

    const Dispatcher dispatcher{*catalogue_, registry_};
    std::mutex mutex;
    std::condition_variable done;
    std::unique_ptr<Call> completed;
    call->completed = [&](std::unique_ptr<Call> finished) {
        const std::lock_guard lock{mutex};
        completed = std::move(finished);
        done.notify_one();
    };
    dispatcher.run(std::move(call));
    std::unique_lock lock{mutex};
    done.wait(lock, [&] { return completed != nullptr; });
    return answer_of(*completed, dispatcher);
}

}  // namespace landfall::wire
