#include "services/s3/model_multipart.hpp"

#include <algorithm>

namespace landfall::s3 {
namespace {

std::string lowered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(
        out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::string_view unquoted(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') return etag.substr(1, etag.size() - 2);
    return etag;
}

Fault invalid_part(const NamedPart& part) {
    return Fault{Code::invalid_part}
        .with("PartNumber", std::to_string(part.number))
        .with("ETag", std::string{unquoted(part.etag)});
}

/// A composite checksum that the client asked for holds only if the client repeats every part's.
Verdict check_named_sum(const UploadChecksum& upload, const NamedPart& named, const StoredPart& stored) {
    if (!named.checksum) {
        if (!upload.declared || upload.type == ChecksumType::full_object) return {};
        return Fault{
            Code::invalid_request,
            "The upload was created using a " + lowered(landfall::name_of(upload.algorithm)) +
                " checksum. The complete request must include the checksum for each part. It was missing "
                "for part " +
                std::to_string(named.number) + " in the request."};
    }
    if (named.checksum->algorithm != upload.algorithm) {
        // Without a declared algorithm a part may have come with any; it was verified when it arrived.
        return upload.declared ? Verdict{invalid_part(named)} : Verdict{};
    }
    if (TRY(sum_of(*named.checksum)) != stored.sum) return invalid_part(named);
    return {};
}

Verdict check_order(const std::vector<NamedPart>& parts) {
    if (parts.empty()) return Fault{Code::malformed_xml};
    for (std::size_t i = 1; i < parts.size(); ++i)
        if (parts[i].number <= parts[i - 1].number) return Fault{Code::invalid_part_order};
    return {};
}

Verdict check_whole(const UploadChecksum& upload, const Completion& completion, const CompletionPlan& plan) {
    if (completion.size && *completion.size != plan.size) {
        return Fault{Code::invalid_request,
                     "The provided 'x-amz-mp-object-size' header does not match what was computed."};
    }
    if (completion.type && upload.declared && *completion.type != upload.type) {
        return Fault{Code::invalid_request,
                     "The upload was created using the " + std::string{name_of(upload.type)} +
                         " checksum mode. The complete request must use the same checksum mode."};
    }
    if (!completion.checksum) return {};
    ClaimedChecksum claim = *completion.checksum;
    if (claim.algorithm != upload.algorithm) {
        if (!upload.declared) return {};
        return Fault{Code::bad_digest, "The " + lowered(landfall::name_of(claim.algorithm)) +
                                           " you specified did not match the calculated checksum."};
    }
    // A composite claim carries its "-parts"; only the sum itself is compared.
    if (plan.checksum.type == ChecksumType::composite)
        claim.text = claim.text.substr(0, claim.text.find('-'));
    return check_claim(claim, plan.checksum.sum);
}

}  // namespace

Answer<UploadChecksum> upload_checksum(std::string_view algorithm, std::string_view type) {
    if (algorithm.empty()) {
        if (type.empty()) return UploadChecksum{};
        return Fault{
            Code::invalid_request,
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."};
    }
    UploadChecksum upload{.algorithm = TRY(parse_algorithm(algorithm)), .declared = true};
    upload.type = type.empty() ? default_type(upload.algorithm) : TRY(parse_checksum_type(type));
    TRY(check_combination(upload.algorithm, upload.type));
    return upload;
}

Verdict check_part_number(std::int64_t number) {
    if (number >= 1 && number <= kPartNumberMax) return {};
    return Fault{Code::invalid_argument, "Part number must be an integer between 1 and 10000, inclusive"}
        .with("ArgumentName", "partNumber")
        .with("ArgumentValue", std::to_string(number));
}

Verdict check_part_claim(const UploadChecksum& upload, const ClaimedChecksum& claim) {
    if (!upload.declared || claim.algorithm == upload.algorithm) return {};
    return Fault{Code::invalid_request,
                 "Checksum Type mismatch occurred, expected checksum Type: " +
                     lowered(landfall::name_of(upload.algorithm)) +
                     ", actual checksum Type: " + lowered(landfall::name_of(claim.algorithm))};
}

Answer<CompletionPlan> plan_completion(const UploadChecksum& upload, const StoredParts& stored,
                                       const Completion& completion) {
    TRY(check_order(completion.parts));
    CompletionPlan plan;
    std::vector<Md5> md5s;
    for (std::size_t i = 0; i < completion.parts.size(); ++i) {
        const NamedPart& named = completion.parts[i];
        const auto number = static_cast<std::uint32_t>(named.number);
        const auto found = check_part_number(named.number).ok() ? stored.find(number) : stored.end();
        if (found == stored.end()) return invalid_part(named);
        const StoredPart& part = found->second;
        if (lowered(unquoted(named.etag)) != etag_of(part.md5)) return invalid_part(named);
        TRY(check_named_sum(upload, named, part));
        if (part.size < kPartSizeMin && i + 1 < completion.parts.size()) {
            return Fault{Code::entity_too_small}
                .with("ProposedSize", std::to_string(part.size.count))
                .with("MinSizeAllowed", std::to_string(kPartSizeMin.count))
                .with("PartNumber", std::to_string(number))
                .with("ETag", etag_of(part.md5));
        }
        plan.numbers.push_back(number);
        plan.parts.push_back(PartSum{.size = part.size, .sum = part.sum});
        plan.size += part.size;
        md5s.push_back(part.md5);
    }
    plan.etag = multipart_etag(md5s);
    plan.checksum = joined(upload.type, plan.parts);
    TRY(check_whole(upload, completion, plan));
    return plan;
}

}  // namespace landfall::s3
