#include "engines/convert/lower/lower.hpp"

#include <array>
#include <iterator>

#include "engines/convert/lower/passes.hpp"

namespace landfall::convert {
namespace {

/// The order is a part of the meaning:
///   0. what no script makes is told, names get the schema that they mean, methods and objects become calls
///      and rows, while names are Oracle's;
///   1. expressions and queries of any statement (query_*, expression_*): they know Oracle's bindings;
///   2. tables and what stands beside them (table_*);
///   3. statements of code (code_*): calls, cursors, exceptions, dynamic SQL;
///   4. last the units: routines, triggers and packages come apart into statements of PostgreSQL.
constexpr std::array kPasses{
    Pass{note_absent_objects}, Pass{lower_owned_names}, Pass{lower_json},        Pass{lower_methods},
    Pass{lower_object_rows},   Pass{lower_queries},     Pass{lower_expressions}, Pass{lower_tables},
    Pass{lower_definitions},   Pass{lower_units},
};

}  // namespace

std::vector<Statement*> lower(Statement* statement, LowerContext& context) {
    std::vector<Statement*> present{statement};
    for (const Pass pass : kPasses) {
        std::vector<Statement*> next;
        for (Statement* each : present) {
            context.before.clear();
            context.after.clear();
            pass(each, context);
            std::copy(context.before.begin(), context.before.end(), std::back_inserter(next));
            if (each != nullptr) next.push_back(each);
            std::copy(context.after.begin(), context.after.end(), std::back_inserter(next));
        }
        present = std::move(next);
    }
    return present;
}

}  // namespace landfall::convert
