// PARTITION BY of tables.
#include "engines/convert/syntax/grammar.hpp"

namespace landfall::convert {

/// (PARTITION p VALUES LESS THAN (…) …, PARTITION q …)
List<Partition*> Grammar::partition_list() {
    List<Partition*> parts;
    cursor_.expect("(");
    do tree_.add(parts, partition());
    while (cursor_.accept(","));
    cursor_.expect(")");
    return parts;
}

Partition* Grammar::partition() {
    Partition* made = tree_.make<Partition>(cursor_.look().span);
    if (!cursor_.accept("SUBPARTITION")) cursor_.expect("PARTITION");
    if (at_identifier() && !cursor_.at("VALUES")) made->name = identifier();
    if (cursor_.accept("VALUES")) {
        if (cursor_.accept("LESS")) cursor_.expect("THAN");
        cursor_.expect("(");
        do {
            // MAXVALUE and DEFAULT are values of their own.
            if (cursor_.at("DEFAULT")) {
                Name* other = tree_.make<Name>(cursor_.look().span);
                other->parts = tree_.list<Identifier>({{.name = "default", .span = cursor_.look().span}});
                cursor_.take();
                tree_.add(made->values, other);
            } else {
                tree_.add(made->values, expression());
            }
        } while (cursor_.accept(","));
        cursor_.expect(")");
    }
    while (!cursor_.done() && !cursor_.at_any({",", ")"})) {
        if (cursor_.at("(") && cursor_.at("SUBPARTITION", 1))
            made->parts = partition_list();
        else
            skip_one();  // storage
    }
    made->span = cursor_.since(made->span.begin);
    return made;
}

void Grammar::partition_method(Partitioning& made) {
    using What = Partitioning::What;
    if (cursor_.accept("RANGE"))
        made.what = What::range;
    else if (cursor_.accept("LIST"))
        made.what = What::list;
    else if (cursor_.accept("HASH"))
        made.what = What::hash;
    else if (cursor_.accept("REFERENCE"))
        made.what = What::reference;
    else if (cursor_.accept("SYSTEM"))
        made.what = What::system;
    else
        cursor_.fail("RANGE, LIST or HASH");
    if (made.what == What::reference) {
        cursor_.expect("(");
        made.reference = name();
        cursor_.expect(")");
    } else if (!cursor_.at_all({"(", "PARTITION"}) && cursor_.accept("(")) {
        made.columns = expressions();
        cursor_.expect(")");
    }
}

Partitioning* Grammar::partitioning() {
    Partitioning* made = tree_.make<Partitioning>(cursor_.look().span);
    cursor_.take();
    cursor_.expect("BY");
    partition_method(*made);
    for (bool more = true; more && !cursor_.done();) {
        if (cursor_.accept("INTERVAL")) {
            cursor_.expect("(");
            made->interval = expression();
            cursor_.expect(")");
        } else if (cursor_.accept("AUTOMATIC")) {
        } else if (cursor_.at_all({"STORE", "IN"})) {
            cursor_.take();
            cursor_.take();
            skip_one();
        } else if (cursor_.accept("PARTITIONS")) {
            made->hash_count = cursor_.text(cursor_.take());
        } else if (cursor_.accept("SUBPARTITIONS")) {
            cursor_.take();
        } else if (cursor_.at_all({"SUBPARTITION", "BY"})) {
            made->sub = tree_.make<Partitioning>(cursor_.look().span);
            cursor_.take();
            cursor_.take();
            partition_method(*made->sub);
        } else if (cursor_.at_all({"SUBPARTITION", "TEMPLATE"})) {
            cursor_.take();
            cursor_.take();
            if (cursor_.at_all({"(", "SUBPARTITION"}))
                made->sub_template = partition_list();
            else
                skip_one();
        } else if (cursor_.at_all({"(", "PARTITION"})) {
            made->parts = partition_list();
        } else {
            more = false;
        }
    }
    made->span = cursor_.since(made->span.begin);
    return made;
}

}  // namespace landfall::convert
