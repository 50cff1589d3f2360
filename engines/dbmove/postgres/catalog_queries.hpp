// What is asked of a source's catalog. @users stands for "in a schema of users", @own for "of no extension",
// @shape for kShape.
//
// With an empty search_path every name in the answers is qualified. pg_catalog is searched all the same.
#pragma once

#include <string_view>

namespace landfall::dbmove::postgres::queries {

inline constexpr std::string_view kUsers =
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> 'landfall'";
inline constexpr std::string_view kOwn =
    "NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = @oid AND e.deptype = 'e')";

/// All of a table's columns as one text: another one, and its definition has changed. @table: its oid.
inline constexpr std::string_view kShape = R"(
(SELECT md5(string_agg(concat_ws(' ', s.attnum, s.atttypid, s.atttypmod, s.attcollation, s.attnotnull,
                                 s.attidentity, s.attgenerated, s.attname), chr(31) ORDER BY s.attnum))
   FROM pg_attribute s WHERE s.attrelid = @table AND s.attnum > 0 AND NOT s.attisdropped))";

/// Parents before their partitions. The thirteenth: the log can tell its rows apart. A key that is checked
/// late is no identity, and such a table refuses updates while it is published.
inline constexpr std::string_view kTables = R"(
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.relpersistence,
       pg_relation_size(c.oid) / current_setting('block_size')::int,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
       CASE WHEN c.relispartition
            THEN (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid) END,
       pg_get_expr(c.relpartbound, c.oid),
       obj_description(c.oid, 'pg_class'),
       NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid),
       c.relreplident = 'f' OR EXISTS (
           SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indimmediate AND i.indisvalid
              AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident END),
       coalesce(pg_relation_filenode(c.oid), 0), c.relnatts, @shape(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND @users AND @own(c.oid)
 ORDER BY (SELECT count(*) FROM pg_partition_ancestors(c.oid)), n.nspname, c.relname)";

/// A type may travel in binary form where that holds no oid of this database: what the system brings, enums
/// (their label), domains over such. The oids are the types that a column's type is made of.
inline constexpr std::string_view kColumns = R"(
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> t.typcollation
            THEN (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
                    JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END,
       pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum),
       a.attidentity, a.attgenerated, a.attnotnull,
       t.oid < 16384 AND t.typsend <> 0 OR t.typtype = 'e' OR t.typtype = 'd' AND t.typbasetype < 16384,
       t.oid IN (20, 21, 23),
       t.oid, t.typelem, t.typbasetype, a.atttypmod, a.attnum, a.atthasmissing,
       CASE WHEN cardinality(a.attmissingval::text::text[]) = 1 THEN (a.attmissingval::text::text[])[1] END
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND @users
 ORDER BY a.attrelid, a.attnum)";

/// The columns of a primary key: not of one that is checked late, since within a transaction it may hold
/// twice. The last column: it is the table's own, and does not come with its parent's.
inline constexpr std::string_view kConstraints = R"(
SELECT k.conrelid, k.conname, k.contype, pg_get_constraintdef(k.oid),
       CASE WHEN k.contype = 'p' AND NOT k.condeferrable THEN (
           SELECT string_agg(a.attname, chr(31) ORDER BY u.at)
             FROM unnest(k.conkey) WITH ORDINALITY u (attnum, at)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) END,
       k.conparentid = 0 AND k.coninhcount = 0
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('p', 'u', 'c', 'x', 'f') AND c.relkind IN ('r', 'p') AND @users
 ORDER BY k.conrelid, k.contype <> 'p', k.conname)";

inline constexpr std::string_view kIndexes = R"(
SELECT i.indrelid, x.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisvalid AND NOT x.relispartition AND c.relkind IN ('r', 'p') AND @users
   AND NOT EXISTS (
       SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY i.indrelid, x.relname)";

inline constexpr std::string_view kSequences = R"(
SELECT n.nspname, c.relname,
       format('AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s',
              format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
              CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END),
       coalesce(d.refobjid, 0), a.attname, d.deptype = 'i'
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE c.relpersistence <> 't' AND @users AND @own(c.oid)
 ORDER BY n.nspname, c.relname)";

/// Enums and domains, in the order in which they were made: a domain may stand on another one.
inline constexpr std::string_view kTypes = R"(
SELECT t.oid, t.typbasetype, n.nspname,
       CASE t.typtype WHEN 'e' THEN
           format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
                  (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e
                    WHERE e.enumtypid = t.oid))
       ELSE
           format('CREATE DOMAIN %I.%I AS %s%s%s%s', n.nspname, t.typname,
                  format_type(t.typbasetype, t.typtypmod), ' DEFAULT ' || t.typdefault,
                  CASE WHEN t.typnotnull THEN ' NOT NULL' END,
                  (SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), ''
                                     ORDER BY k.conname)
                     FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))
       END
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype IN ('e', 'd') AND @users AND @own(t.oid)
 ORDER BY t.oid)";

/// What a migration does not take along.
inline constexpr std::string_view kOthers = R"(
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END,
       n.nspname || '.' || c.relname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm', 'f') AND @users AND @own(c.oid)
 UNION ALL
SELECT 'routine', n.nspname || '.' || p.proname
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE @users AND @own(p.oid)
 UNION ALL
SELECT 'trigger', n.nspname || '.' || c.relname || ' ' || t.tgname
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND @users
 ORDER BY 1, 2)";

}  // namespace landfall::dbmove::postgres::queries
