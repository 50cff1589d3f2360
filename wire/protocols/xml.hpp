// XML ⇄ slots: request bodies of rest-xml in; replies of query, ec2 and rest-xml out.
//
// Invariants
//   1. No DOCTYPE, no entities but the five of XML and character references, depth at most kDepthMax: nothing
//      expands.
//   2. Memory grows in proportion to the body. Namespaces are not checked, prefixes of elements are ignored.
//   3. Unknown elements and attributes are skipped.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/model/model.hpp"
#include "wire/model/slot.hpp"

namespace landfall::wire {

/// An element (or attribute) in the arena.
struct XmlNode {
    std::string_view name;  ///< local name of elements; the whole name of attributes
    std::string_view text;  ///< all character data directly inside
    XmlNode* first_child = nullptr;
    XmlNode* first_attribute = nullptr;
    XmlNode* next = nullptr;

    [[nodiscard]] const XmlNode* child(std::string_view wanted) const;
};

/// The root element. invalid: not well-formed, with the offset.
[[nodiscard]] Result<XmlNode*> parse_xml(std::string_view body, Arena& arena);

/// The children of `node` into the members of `record` that live in the body. invalid: a value of the wrong
/// type.
[[nodiscard]] Status read_xml(const XmlNode& node, const Model& model, const Structure& structure,
                              Record& record, Arena& arena);

/// The members of the body as elements, without a root.
void write_xml_members(std::string& out, const Model& model, const Structure& structure,
                       const Record& record);
/// One element with the value of `slot`.
void write_xml_element(std::string& out, const Model& model, const Member& member, std::string_view name,
                       const Slot& slot, std::string_view attributes = {});
void append_xml_text(std::string& out, std::string_view text);

}  // namespace landfall::wire
