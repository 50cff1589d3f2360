#include "engines/convert/lower/synonyms.hpp"

#include "engines/convert/lower/make.hpp"
#include "engines/convert/meaning/catalog.hpp"

namespace landfall::convert {
namespace {

constexpr int kSynonym = 5352;

class Synonym {
public:
    Synonym(const CreateSynonym& synonym, LowerContext& context)
        : synonym_{synonym}, context_{context}, make_{context.tree, synonym.span} {}

    Statement* lowered() {
        if (!synonym_.target->link.empty())
            return left_out(Complexity::complex, "the target is in another database");
        const bool itself = synonym_.target->parts.size() == synonym_.object->parts.size() &&
                            synonym_.target->parts.back().name == synonym_.object->parts.back().name;
        if (itself) return left_out(Complexity::info, "the name is found without a synonym");
        const Entry* target = context_.catalog.find({}, *synonym_.target);
        switch (target == nullptr ? Symbol::What::table : target->symbol.what) {
            case Symbol::What::package: return of_package();
            case Symbol::What::function:
            case Symbol::What::procedure: return of_routine(*target);
            case Symbol::What::type: return of_type();
            default: return of_relation();
        }
    }

private:
    Statement* left_out(Complexity complexity, std::string_view why) {
        context_.add_finding(kSynonym, complexity, synonym_.span, why);
        return nullptr;
    }
    void tell(std::string_view what) {
        context_.add_finding(kSynonym, Complexity::info, synonym_.span, what);
    }

    /// The rows, and changes as far as a view takes them; a sequence's row, too.
    Statement* of_relation() {
        tell("a view stands for the synonym");
        return make_.statement("CREATE OR REPLACE VIEW @ AS SELECT * FROM @",
                               {synonym_.object, synonym_.target});
    }
    Statement* of_type() {
        tell("a domain stands for the synonym");
        return make_.statement("CREATE DOMAIN @ AS @", {synonym_.object, synonym_.target});
    }

    /// Made where the package's routines are: their arguments are read from PostgreSQL's catalog.
    Statement* of_package() {
        tell("routines of a schema of that name call the package's; a view of that name lists them");
        Literal* name = make_.text(synonym_.object->parts.back().name);
        Literal* package = make_.text(synonym_.target->parts.back().name);
        context_.after.push_back(
            make_.statement("CREATE OR REPLACE VIEW @ AS SELECT * FROM oracle_ext.members_of(@)",
                            {synonym_.object, clone_of(context_.tree, package)}));
        return make_.statement(
            "DO $synonym$ BEGIN PERFORM oracle_ext.make_package_synonym(@, @); END $synonym$",
            {name, package});
    }

    /// A routine of the same parameters, whose body is the call.
    Statement* of_routine(const Entry& target) {
        const auto* source = as<CreateRoutine>(target.declared);
        if (source == nullptr || source->routine == nullptr) return of_relation();
        tell("a routine that calls it stands for the synonym");
        CreateRoutine* made = context_.tree.make<CreateRoutine>(synonym_.span);
        made->object = clone_of(context_.tree, synonym_.object);
        made->replace = true;
        Routine head = *source->routine;
        head.body = nullptr;
        made->routine = clone_of(context_.tree, &head);
        made->routine->name = synonym_.object->parts.back();
        made->routine->body = calling(*made->routine);
        return made;
    }
    Block* calling(const Routine& routine) {
        Call* call = make_.call(clone_of(context_.tree, synonym_.target), {});
        for (const Parameter* each : routine.parameters)
            make_.add_argument(*call, make_.name({each->name.name}));
        Block* block = context_.tree.make<Block>(synonym_.span);
        if (routine.what == Routine::What::function) {
            Return* answer = context_.tree.make<Return>(synonym_.span);
            answer->value = call;
            context_.tree.add(block->body, answer);
        } else {
            context_.tree.add(block->body, make_.call_statement(call, CallStatement::How::call));
        }
        return block;
    }

    const CreateSynonym& synonym_;
    LowerContext& context_;
    Make make_;
};

}  // namespace

void lower_synonym(Statement*& statement, const CreateSynonym& synonym, LowerContext& context) {
    statement = Synonym{synonym, context}.lowered();
}

}  // namespace landfall::convert
