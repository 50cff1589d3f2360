// How a message reads as an e-mail: header fields and body, ready for an SMTP server.
//
// Invariants
//   1. A mail has exactly the header fields that are written here: no value can add one. Control characters
//      become blanks, what is not ASCII becomes encoded words.
//   2. Every line ends in CRLF and has at most 998 bytes. A body that is no short-lined ASCII text goes out
//      as base64.
//   3. A second attempt is the same mail, its Message-ID included: readers recognise it where the answer to
//      the first one got lost.
// Sources: RFC 5322, 2045, 2047; subjects and the two formats as "Email notifications" of the developer guide
// tells them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "services/sns/model_envelope.hpp"

namespace landfall::sns {

struct MailFacts {
    const StoredMessage& message;
    const Wrapping& wrapping;
    std::string_view display_name;  ///< of the topic; may be empty
    std::string_view from;          ///< is_mail_address
    std::string_view to;            ///< is_mail_address
    std::string_view subscription_arn;
};

/// The whole mail; `wrapping.protocol` says in which of the two formats: email has the text and a link to
/// unsubscribe, email-json the JSON document.
[[nodiscard]] std::string mail_of(const MailFacts& facts);

/// A text as a header field may have it: itself, or encoded words on lines of their own (RFC 2047).
[[nodiscard]] std::string header_text(std::string_view text);

}  // namespace landfall::sns
