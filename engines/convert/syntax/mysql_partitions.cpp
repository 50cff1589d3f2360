// Partitions of MySQL's tables.
#include "engines/convert/syntax/mysql_grammar.hpp"

namespace landfall::convert {

/// PARTITION BY method (columns) [PARTITIONS n] [SUBPARTITION BY …] [(partitions)]
Partitioning* MysqlGrammar::partitioning() {
    const Depth depth{*this};
    Partitioning* made = tree_.make<Partitioning>({});
    const std::uint32_t begin = cursor_.take().span.begin;
    cursor_.expect("BY");
    partition_method(*made);
    if (cursor_.accept("PARTITIONS")) made->hash_count = number();
    if (cursor_.at("SUBPARTITION")) {
        made->sub = tree_.make<Partitioning>({});
        const std::uint32_t sub_begin = cursor_.take().span.begin;
        cursor_.expect("BY");
        partition_method(*made->sub);
        if (cursor_.accept("SUBPARTITIONS")) made->sub->hash_count = number();
        made->sub->span = cursor_.since(sub_begin);
    }
    if (cursor_.at("(")) made->parts = partition_list();
    made->span = cursor_.since(begin);
    return made;
}

void MysqlGrammar::partition_method(Partitioning& made) {
    cursor_.accept("LINEAR");
    if (cursor_.accept("RANGE")) {
        made.what = Partitioning::What::range;
        cursor_.accept("COLUMNS");
    } else if (cursor_.accept("LIST")) {
        made.what = Partitioning::What::list;
        cursor_.accept("COLUMNS");
    } else if (cursor_.accept("HASH")) {
        made.what = Partitioning::What::hash;
    } else if (cursor_.accept("KEY")) {
        made.what = Partitioning::What::hash;
        if (cursor_.accept("ALGORITHM")) {
            cursor_.expect("=");
            cursor_.take();
        }
    } else if (cursor_.accept("SYSTEM_TIME")) {
        made.what = Partitioning::What::system;
        while (!cursor_.done() && !cursor_.at("(") && !cursor_.at("PARTITIONS")) cursor_.take();
        return;
    } else {
        cursor_.fail("RANGE, LIST, HASH or KEY");
    }
    cursor_.expect("(");
    if (!cursor_.at(")")) made.columns = expressions();
    cursor_.expect(")");
}

List<Partition*> MysqlGrammar::partition_list() {
    const Depth depth{*this};
    List<Partition*> made;
    cursor_.expect("(");
    while (!cursor_.done() && !cursor_.at(")")) {
        tree_.add(made, partition());
        if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
    return made;
}

Partition* MysqlGrammar::partition() {
    Partition* made = tree_.make<Partition>({});
    const std::uint32_t begin = cursor_.look().span.begin;
    if (!cursor_.accept("SUBPARTITION")) cursor_.expect("PARTITION");
    made->name = identifier();
    partition_values(*made);
    partition_options();
    if (cursor_.at("(")) made->parts = partition_list();
    made->span = cursor_.since(begin);
    return made;
}

/// VALUES LESS THAN (1), VALUES LESS THAN MAXVALUE, VALUES IN (1, 2), DEFAULT
void MysqlGrammar::partition_values(Partition& made) {
    const auto word = [&](std::string_view spelled) {
        tree_.add(made.values, name_of(spelled, cursor_.take().span));
    };
    if (cursor_.at("DEFAULT")) return word("default");
    if (!cursor_.accept("VALUES")) return;
    if (cursor_.accept("LESS")) {
        cursor_.expect("THAN");
        if (cursor_.at("MAXVALUE")) return word("maxvalue");
    } else if (!cursor_.accept("IN")) {
        cursor_.fail("LESS THAN or IN");
    }
    cursor_.expect("(");
    while (!cursor_.done() && !cursor_.at(")")) {
        if (cursor_.at("MAXVALUE"))
            word("maxvalue");
        else
            tree_.add(made.values, expression());
        if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
}

void MysqlGrammar::partition_options() {
    while (cursor_.look().kind == TokenKind::word) {
        if (cursor_.accept("STORAGE")) continue;
        const bool directory = cursor_.at("DATA") || cursor_.at("INDEX");
        cursor_.take();
        if (directory) cursor_.expect("DIRECTORY");
        cursor_.accept("=");
        cursor_.take();
    }
}

}  // namespace landfall::convert
