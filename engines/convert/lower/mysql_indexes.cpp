// Indexes of MySQL: parts of columns, expressions, words of texts.
#include <algorithm>

#include "engines/convert/lower/mysql_parts.hpp"
#include "engines/convert/text/letter_case.hpp"

namespace landfall::convert {
namespace {

using namespace mysql_code;

const Column* column_of(const CreateTable* table, const Expr* value) {
    const auto* name = as<Name>(value);
    if (table == nullptr || name == nullptr || name->parts.empty()) return nullptr;
    for (const Column* each : table->columns)
        if (in_lower_case(each->name.name) == in_lower_case(name->parts.back().name)) return each;
    return nullptr;
}

bool has_type(const Column* column, Text type) {
    return column != nullptr && column->type != nullptr && column->type->name != nullptr &&
           !column->type->name->parts.empty() && column->type->name->parts.back().name == type;
}

class IndexLowering {
public:
    IndexLowering(CreateIndex& index, const CreateTable* table, LowerContext& context)
        : index_{index}, table_{table}, context_{context} {}

    Statement* lower() {
        if (index_.spatial || !index_.domain_type.empty())
            return drop(kSpatial, index_.spatial ? "a spatial index" : "an index of vectors");
        if (index_.full_text) return full_text();
        if (index_.invisible) {
            tell(kInvisible, Complexity::info, "the index is visible to the optimizer");
            index_.invisible = false;
        }
        for (KeyColumn* part : index_.columns) lower_part(*part);
        return &index_;
    }

private:
    void tell(int code, Complexity complexity, std::string_view detail) {
        context_.add_finding(code, complexity, index_.span, detail);
    }
    Statement* drop(int code, std::string_view why) {
        tell(code, Complexity::complex, why);
        return nullptr;
    }
    /// The first n characters: a unique key means just these; a plain one on a long text would not fit.
    void lower_part(KeyColumn& part) {
        if (part.prefix_length.empty()) return;
        const Column* column = column_of(table_, part.value);
        const Text length = std::exchange(part.prefix_length, Text{});
        const bool bytes = has_type(column, "bytea"), text = has_type(column, "text");
        if (!index_.unique && !bytes && !text) {
            tell(kPrefix, Complexity::info, "the index holds whole values, not their first characters");
            return;
        }
        const Make make{context_.tree, part.span};
        part.value = make.splice(bytes ? "substring(@ from 1 for @)" : "left(@, @)",
                                 {part.value, make.number(length)});
        tell(kPrefix, index_.unique ? Complexity::info : Complexity::simple,
             "the index is of an expression: queries use it only where they say the same");
    }
    Statement* full_text() {
        const Make make{context_.tree, index_.span};
        std::string pattern = "to_tsvector('simple'::regconfig, ";
        std::vector<Node*> operands;
        for (const KeyColumn* part : index_.columns) {
            pattern += operands.empty() ? "coalesce(@, '')" : " || ' ' || coalesce(@, '')";
            operands.push_back(part->value);
        }
        KeyColumn* words = context_.tree.make<KeyColumn>(index_.span);
        words->value = make.splice(pattern + ")", operands);
        index_.columns = context_.tree.list<KeyColumn*>({words});
        index_.method = "gin";
        index_.full_text = index_.unique = false;
        tell(kFullText, Complexity::medium,
             "words are looked for by to_tsvector('simple', …) @@ …, without MySQL's stop words and ranks");
        return &index_;
    }

    CreateIndex& index_;
    const CreateTable* table_;
    LowerContext& context_;
};

}  // namespace

Statement* lower_mysql_index(CreateIndex& index, const CreateTable* table, LowerContext& context) {
    return IndexLowering{index, table, context}.lower();
}

}  // namespace landfall::convert
