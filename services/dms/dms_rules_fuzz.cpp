// Texts that clients give as JSON, and SQL that is read for what stands in its way: no crash, and rules that
// are handed out are taken back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/dms/model_overwrite.hpp"
#include "services/dms/model_rules.hpp"
#include "services/dms/model_settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace dms = landfall::dms;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto selection = dms::parse_selection(text); selection.ok()) {
        for (const dms::SelectionRule& rule : selection->rules) {
            if (rule.action != dms::RuleAction::explicit_) continue;
            const auto below = rule.schemas ? dms::Below::schemas : dms::Below::itself;
            const auto again = dms::parse_one_explicit(dms::selection_of(rule.place, below));
            CHECK(again.ok() && again->place == rule.place);
        }
    }
    (void)dms::parse_transformations(text);
    if (const auto merged = dms::merged_configuration({}, text); merged.ok()) {
        CHECK(dms::settings_of(*merged).ok());
        CHECK(dms::merged_configuration(*merged, text).ok());
    }
    for (const std::string_view statement : dms::statements_of(text)) CHECK(!dms::is_comment_only(statement));
    (void)dms::removals_of(text);
    return 0;
}
