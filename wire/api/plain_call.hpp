// PlainCaller: one operation by its name, plain JSON in and out, without HTTP: how services test their
// handlers.
//
//   PlainCaller caller{registry};
//   auto made = caller.call("ec2", "CreateVolume", R"({"AvailabilityZone":"us-east-1a","Size":8})");
//   EXPECT_EQ(made.code, ""); EXPECT_EQ(made.output, R"({"VolumeId":…})");
//
// Invariants
//   1. Names are the model's member names whatever the protocol, instants ISO 8601, blobs base64.
//   2. The input is validated as a request's is; the handler runs on the calling thread, a deferred one
//      wherever it completes: call() returns then.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/api/body.hpp"
#include "wire/api/context.hpp"
#include "wire/api/registry.hpp"

namespace landfall::wire {

class Catalogue;

struct PlainAnswer {
    int status = 0;
    std::string code;     ///< of the error, as on the wire; empty on success
    std::string message;  ///< of the error
    std::string output;   ///< plain JSON of the output's members
    std::string body;     ///< a streamed payload, read to its end
    std::vector<std::pair<std::string, std::string>> headers;
};

/// A request body in memory, as a stream.
class TextBody final : public BodyReader {
public:
    explicit TextBody(std::string text) : text_{std::move(text)} {}
    [[nodiscard]] Result<std::size_t> read(MutableByteSpan into) override;
    [[nodiscard]] std::optional<Bytes> declared_length() const override { return Bytes{text_.size()}; }
    [[nodiscard]] std::optional<std::string_view> trailer(std::string_view) const override {
        return std::nullopt;
    }

private:
    std::string text_;
    std::size_t at_ = 0;
};

class PlainCaller {
public:
    /// Over the embedded models. The registry outlives the caller.
    explicit PlainCaller(const Registry& registry);
    ~PlainCaller();

    /// The context of later calls: root of account 000000000000 in us-east-1 until changed.
    CallContext context;

    /// `service` is the face: "ec2", "s3", "sqs". `body` is the payload of an operation that streams it. A
    /// service or operation that does not exist is a bug of the test.
    [[nodiscard]] PlainAnswer call(std::string_view service, std::string_view operation,
                                   std::string_view input, std::unique_ptr<BodyReader> body = nullptr) const;

private:
    std::unique_ptr<Catalogue> catalogue_;
    const Registry& registry_;
};

}  // namespace landfall::wire
