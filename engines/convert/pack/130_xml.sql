-- XMLTYPE: PostgreSQL's xml. A method is one function: xmltype_method(self, …). Namespaces are said as in Oracle:
-- 'xmlns:p="uri" xmlns="uri"'.

CREATE OR REPLACE FUNCTION oracle_ext.xmltype(value text) RETURNS xml
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT XMLPARSE(DOCUMENT $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.xmltype(value xml) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.xmltype_createxml(value text) RETURNS xml
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT XMLPARSE(DOCUMENT $1) $body$;

-- XPath 1.0 has no default namespace: it gets a prefix, and so do the steps of the path that have none.
CREATE OR REPLACE FUNCTION oracle_ext._xml_namespaces(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(pg_catalog.array_agg(ARRAY[coalesce(nullif(m[1], ''), 'default_'), coalesce(m[2], m[3])]), '{}')
    FROM pg_catalog.regexp_matches($1, 'xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|''([^'']*)'')', 'g') AS m $body$;
CREATE OR REPLACE FUNCTION oracle_ext._xml_path(path text, said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN coalesce($2, '') !~ 'xmlns\s*=' THEN $1
        ELSE pg_catalog.regexp_replace($1, '(^|/|\[|::|\(|\|\s*)([[:alpha:]_][\w.-]*)(?=\s*($|[]/=!<>|)[]))', '\1default_:\2', 'g') END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._xml_nodes(value xml, path text, said text) RETURNS xml[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.xpath(oracle_ext._xml_path($2, $3), $1, oracle_ext._xml_namespaces($3)) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.xmltype_extract(value xml, path text, namespaces text DEFAULT NULL) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.xmlagg(x ORDER BY i)
    FROM pg_catalog.unnest(oracle_ext._xml_nodes($1, $2, $3)) WITH ORDINALITY AS t (x, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.xmltype_existsnode(value xml, path text, namespaces text DEFAULT NULL) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.cardinality(oracle_ext._xml_nodes($1, $2, $3)) > 0 THEN 1 ELSE 0 END::numeric $body$;
CREATE OR REPLACE FUNCTION oracle_ext.xmltype_getstringval(value xml) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1::text, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.xmltype_getclobval(value xml) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1::text $body$;
CREATE OR REPLACE FUNCTION oracle_ext.xmltype_getnumberval(value xml) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_number($1::text) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.extractvalue(value xml, path text, namespaces text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
        pg_catalog.regexp_replace(n[1]::text, '<[^>]*>', '', 'g'), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&amp;', '&'), '')
    FROM (SELECT oracle_ext._xml_nodes($1, $2, $3) AS n) AS q $body$;
CREATE OR REPLACE FUNCTION oracle_ext.existsnode(value xml, path text, namespaces text DEFAULT NULL) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.xmltype_existsnode($1, $2, $3) $body$;
-- TABLE(XMLSEQUENCE(x)) t: a row for each node at the top; VALUE(t) is it.
CREATE OR REPLACE FUNCTION oracle_ext.xmlsequence(value xml) RETURNS SETOF xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.unnest(pg_catalog.xpath('/all/*', ('<all>' || $1::text || '</all>')::xml)) $body$;
