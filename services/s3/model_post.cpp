#include "services/s3/model_post.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "services/s3/model_names.hpp"

namespace landfall::s3 {
namespace {

constexpr std::string_view kFileName = "${filename}";

std::string lowered(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

Fault not_a_policy(std::string why) {
    return Fault{Code::invalid_policy_document, "Invalid Policy: " + std::move(why)};
}

Fault against_policy(const std::string& why) {
    return Fault{Code::access_denied, "Invalid according to Policy: " + why};
}

std::string text_of_condition(const PostCondition& condition) {
    const std::string_view kind = condition.kind == PostCondition::Kind::equal ? "eq" : "starts-with";
    return "Policy Condition failed: [\"" + std::string{kind} + "\", \"$" + condition.field + "\", \"" +
           condition.value + "\"]";
}

/// A number, or one in quotes, as S3 takes both.
std::optional<std::uint64_t> number_in(simdjson::dom::element element) {
    std::uint64_t number = 0;
    if (element.get(number) == simdjson::SUCCESS) return number;
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

Answer<PostCondition> condition_of(simdjson::dom::array parts) {
    std::array<simdjson::dom::element, 3> part;
    bool three = parts.size() == part.size();
    for (std::size_t i = 0; three && i < part.size(); ++i)
        three = parts.at(i).get(part[i]) == simdjson::SUCCESS;
    std::string_view verb;
    if (!three || part[0].get(verb) != simdjson::SUCCESS)
        return not_a_policy("Invalid Condition: a condition in brackets has an operator and two values.");
    const std::string kind = lowered(verb);
    if (kind == "content-length-range") {
        const auto least = number_in(part[1]);
        const auto most = number_in(part[2]);
        if (!least || !most) return not_a_policy("Invalid Content-Length-Range: two numbers are expected.");
        return PostCondition{PostCondition::Kind::length, {}, {}, Bytes{*least}, Bytes{*most}};
    }
    if (kind != "eq" && kind != "starts-with")
        return not_a_policy("Invalid Condition: unknown operation '" + std::string{verb} + "'.");
    std::string_view field;
    std::string_view value;
    const bool texts = part[1].get(field) == simdjson::SUCCESS && part[2].get(value) == simdjson::SUCCESS;
    if (!texts || !field.starts_with('$') || field.size() == 1)
        return not_a_policy("Invalid Condition: a '$' with the name of a field, and a text, are expected.");
    return PostCondition{kind == "eq" ? PostCondition::Kind::equal : PostCondition::Kind::starts_with,
                         lowered(field.substr(1)),
                         std::string{value},
                         {},
                         {}};
}

Answer<PostCondition> simple_condition_of(simdjson::dom::object pairs) {
    if (pairs.size() != 1) {
        return not_a_policy(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    }
    const auto pair = *pairs.begin();
    std::string_view text;
    if (pair.value.get(text) != simdjson::SUCCESS)
        return not_a_policy("Invalid Simple-Condition: value must be a string.");
    return PostCondition{PostCondition::Kind::equal, lowered(pair.key), std::string{text}, {}, {}};
}

bool holds(const PostCondition& condition, std::string_view value) {
    if (condition.kind == PostCondition::Kind::equal) return value == condition.value;
    // A Content-Type may be a list, of which each must begin so.
    if (condition.field != "content-type") return value.starts_with(condition.value);
    while (true) {
        const std::size_t comma = value.find(',');
        if (!value.substr(0, comma).starts_with(condition.value)) return false;
        if (comma == std::string_view::npos) return true;
        value.remove_prefix(comma + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    }
}

bool needs_no_condition(std::string_view field) {
    static constexpr std::array<std::string_view, 5> kFree{"file", "policy", "x-amz-signature", "signature",
                                                           "awsaccesskeyid"};
    return std::ranges::find(kFree, field) != kFree.end() || field.starts_with("x-ignore-");
}

Fault missing(std::string_view name) {
    return Fault{Code::invalid_argument, "Bucket POST must contain a field named '" + std::string{name} +
                                             "'.  If it is specified, please check the order of the fields."}
        .with("ArgumentName", std::string{name})
        .with("ArgumentValue", "");
}

Answer<PostSignature> v4_signature(const FormFields& fields) {
    for (const std::string_view name :
         {"policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"})
        if (field_of(fields, name).empty()) return missing(name);
    const auto wrong = [&](std::string_view name, std::string_view why) {
        return Fault{Code::invalid_argument, std::string{why}}
            .with("ArgumentName", std::string{name})
            .with("ArgumentValue", std::string{field_of(fields, name)});
    };
    if (field_of(fields, "x-amz-algorithm") != "AWS4-HMAC-SHA256")
        return wrong("x-amz-algorithm", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    std::array<std::string_view, 5> scope{};
    std::string_view rest = field_of(fields, "x-amz-credential");
    for (std::size_t i = scope.size(); i-- > 1;) {
        const std::size_t slash = std::min(rest.rfind('/'), rest.size());
        scope[i] = rest.substr(std::min(slash + 1, rest.size()));
        rest = rest.substr(0, slash);
    }
    const std::string_view date = field_of(fields, "x-amz-date");
    const bool fits = !rest.empty() && !scope[2].empty() && scope[3] == "s3" && scope[4] == "aws4_request";
    if (!fits) {
        return wrong("x-amz-credential",
                     "The X-Amz-Credential is malformed; expecting "
                     "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
    }
    if (!parse_basic_iso8601(date) || scope[1].size() != 8 || !date.starts_with(scope[1]))
        return wrong("x-amz-date",
                     "X-Amz-Date must be formatted via ISO8601 Long format, on the credential's day");
    return PostSignature{.scheme = PostSignature::Scheme::v4,
                         .key_id = std::string{rest},
                         .day = std::string{scope[1]},
                         .region = std::string{scope[2]},
                         .token = std::string{field_of(fields, "x-amz-security-token")},
                         .signature = std::string{field_of(fields, "x-amz-signature")},
                         .policy = std::string{field_of(fields, "policy")}};
}

Answer<PostSignature> v2_signature(const FormFields& fields) {
    for (const std::string_view name : {"policy", "awsaccesskeyid", "signature"})
        if (field_of(fields, name).empty())
            return missing(name == "awsaccesskeyid" ? "AWSAccessKeyId" : name);
    return PostSignature{.scheme = PostSignature::Scheme::v2,
                         .key_id = std::string{field_of(fields, "awsaccesskeyid")},
                         .day = {},
                         .region = {},
                         .token = std::string{field_of(fields, "x-amz-security-token")},
                         .signature = std::string{field_of(fields, "signature")},
                         .policy = std::string{field_of(fields, "policy")}};
}

std::string signature_of(const PostSignature& form, const SecretString& secret) {
    if (form.scheme == PostSignature::Scheme::v2)
        return base64_encode(HmacSha1{bytes_of(secret.reveal())}.of(form.policy).span());
    const SecretString first{"AWS4" + secret.reveal()};
    Sha256 key = HmacSha256{bytes_of(first.reveal())}.of(form.day);
    for (const std::string_view part : {std::string_view{form.region}, std::string_view{"s3"},
                                        std::string_view{"aws4_request"}, std::string_view{form.policy}})
        key = HmacSha256{key.span()}.of(part);
    return key.hex();
}

}  // namespace

Answer<PostPolicy> parse_post_policy(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::object root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS)
        return not_a_policy("Invalid JSON.");
    std::string_view expiration;
    simdjson::dom::array conditions;
    if (root["expiration"].get(expiration) != simdjson::SUCCESS)
        return not_a_policy("Policy missing expiration.");
    if (root["conditions"].get(conditions) != simdjson::SUCCESS)
        return not_a_policy("Policy missing conditions.");
    const auto expires = parse_iso8601(expiration);
    if (!expires) return not_a_policy("Invalid 'expiration' value: '" + std::string{expiration} + "'");
    PostPolicy policy{.expires = *expires, .conditions = {}};
    for (const simdjson::dom::element condition : conditions) {
        simdjson::dom::array parts;
        simdjson::dom::object pairs;
        if (condition.get(parts) == simdjson::SUCCESS) {
            policy.conditions.push_back(TRY(condition_of(parts)));
        } else if (condition.get(pairs) == simdjson::SUCCESS) {
            policy.conditions.push_back(TRY(simple_condition_of(pairs)));
        } else {
            return not_a_policy("Invalid Condition: an array or an object is expected.");
        }
    }
    return policy;
}

Verdict check_post_policy(const PostPolicy& policy, const PostScene& scene) {
    if (scene.now >= policy.expires) return against_policy("Policy expired.");
    for (const PostCondition& condition : policy.conditions) {
        if (condition.kind == PostCondition::Kind::length) continue;
        const std::string_view value =
            condition.field == "bucket" ? scene.bucket : field_of(scene.fields, condition.field);
        if (!holds(condition, value)) return against_policy(text_of_condition(condition));
    }
    for (const auto& [name, value] : scene.fields) {
        const bool covered =
            std::ranges::any_of(policy.conditions, [&name = name](const PostCondition& condition) {
                return condition.kind != PostCondition::Kind::length && condition.field == name;
            });
        if (!covered && !needs_no_condition(name)) return against_policy("Extra input fields: " + name);
    }
    return {};
}

LengthRange length_range(const PostPolicy& policy) {
    LengthRange range;
    for (const PostCondition& condition : policy.conditions) {
        if (condition.kind != PostCondition::Kind::length) continue;
        range.least = std::max(range.least, condition.least);
        range.most = range.most ? std::min(*range.most, condition.most) : condition.most;
    }
    return range;
}

Answer<PostSignature> post_signature(const FormFields& fields) {
    static constexpr std::array<std::string_view, 6> kSigning{
        "policy", "x-amz-signature", "x-amz-credential", "x-amz-algorithm", "signature", "awsaccesskeyid"};
    const auto there = [&](std::string_view name) { return !field_of(fields, name).empty(); };
    if (std::ranges::none_of(kSigning, there)) return Fault{Code::access_denied};
    const bool v2 = !there("x-amz-algorithm") && (there("awsaccesskeyid") || there("signature"));
    return v2 ? v2_signature(fields) : v4_signature(fields);
}

Verdict check_post_signature(const PostSignature& signature, const SecretString& secret) {
    if (equal_in_constant_time(bytes_of(signature_of(signature, secret)), bytes_of(signature.signature)))
        return {};
    return Fault{Code::signature_does_not_match}
        .with("AWSAccessKeyId", signature.key_id)
        .with("StringToSign", signature.policy)
        .with("SignatureProvided", signature.signature);
}

Answer<std::string> post_key(const FormFields& fields, std::string_view file_name) {
    std::string key{field_of(fields, "key")};
    if (key.empty()) return missing("key");
    for (std::size_t at = key.find(kFileName); at != std::string::npos; at = key.find(kFileName, at)) {
        key.replace(at, kFileName.size(), file_name);
        at += file_name.size();
        if (at > kKeyBytesMax) break;  // the check below refuses it; it need not grow further
    }
    TRY(check_key(key));
    return key;
}

}  // namespace landfall::s3
