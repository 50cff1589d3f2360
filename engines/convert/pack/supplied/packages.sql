-- What code names of the packages that Oracle brings, in Oracle's language: types, constants, and the procedures that
-- give something back. Read by the converter (supplied_declarations()), not installed anywhere. Values of constants are
-- those of Oracle's documentation.
CREATE PACKAGE dbms_lob AS
  file_readonly CONSTANT INTEGER := 0;
  lob_readonly CONSTANT INTEGER := 0;
  lob_readwrite CONSTANT INTEGER := 1;
  lobmaxsize CONSTANT INTEGER := 2147483647;
  session CONSTANT INTEGER := 10;
  call CONSTANT INTEGER := 12;
  default_csid CONSTANT INTEGER := 0;
  default_lang_ctx CONSTANT INTEGER := 0;
  no_warning CONSTANT INTEGER := 0;
  warn_inconvertible_char CONSTANT INTEGER := 1;
  PROCEDURE append(dest_lob IN OUT CLOB, src_lob CLOB);
  PROCEDURE writeappend(lob_loc IN OUT CLOB, amount INTEGER, buffer VARCHAR2);
  PROCEDURE write(lob_loc IN OUT CLOB, amount INTEGER, offset INTEGER, buffer VARCHAR2);
  PROCEDURE trim(lob_loc IN OUT CLOB, newlen INTEGER);
  PROCEDURE createtemporary(lob_loc IN OUT CLOB, cache BOOLEAN, dur INTEGER DEFAULT 10);
  PROCEDURE freetemporary(lob_loc IN OUT CLOB);
  PROCEDURE copy(dest_lob IN OUT CLOB, src_lob CLOB, amount INTEGER, dest_offset INTEGER DEFAULT 1, src_offset INTEGER DEFAULT 1);
  PROCEDURE erase(lob_loc IN OUT CLOB, amount INTEGER, offset INTEGER DEFAULT 1);
  PROCEDURE read(lob_loc CLOB, amount IN OUT INTEGER, offset INTEGER, buffer OUT VARCHAR2);
  PROCEDURE converttoblob(dest_lob IN OUT BLOB, src_clob CLOB, amount INTEGER, dest_offset IN OUT INTEGER,
    src_offset IN OUT INTEGER, blob_csid NUMBER, lang_context IN OUT INTEGER, warning OUT INTEGER);
  PROCEDURE converttoclob(dest_lob IN OUT CLOB, src_blob BLOB, amount INTEGER, dest_offset IN OUT INTEGER,
    src_offset IN OUT INTEGER, blob_csid NUMBER, lang_context IN OUT INTEGER, warning OUT INTEGER);
END;
/
CREATE PACKAGE dbms_crypto AS
  hash_md4 CONSTANT INTEGER := 1;
  hash_md5 CONSTANT INTEGER := 2;
  hash_sh1 CONSTANT INTEGER := 3;
  hash_sh256 CONSTANT INTEGER := 4;
  hash_sh384 CONSTANT INTEGER := 5;
  hash_sh512 CONSTANT INTEGER := 6;
  hmac_md5 CONSTANT INTEGER := 1;
  hmac_sh1 CONSTANT INTEGER := 2;
  hmac_sh256 CONSTANT INTEGER := 3;
  hmac_sh384 CONSTANT INTEGER := 4;
  hmac_sh512 CONSTANT INTEGER := 5;
  encrypt_des CONSTANT INTEGER := 1;
  encrypt_3des_2key CONSTANT INTEGER := 2;
  encrypt_3des CONSTANT INTEGER := 3;
  encrypt_aes CONSTANT INTEGER := 4;
  encrypt_aes128 CONSTANT INTEGER := 6;
  encrypt_aes192 CONSTANT INTEGER := 7;
  encrypt_aes256 CONSTANT INTEGER := 8;
  encrypt_rc4 CONSTANT INTEGER := 129;
  chain_cbc CONSTANT INTEGER := 256;
  chain_cfb CONSTANT INTEGER := 512;
  chain_ecb CONSTANT INTEGER := 768;
  chain_ofb CONSTANT INTEGER := 1024;
  pad_pkcs5 CONSTANT INTEGER := 4096;
  pad_none CONSTANT INTEGER := 8192;
  pad_zero CONSTANT INTEGER := 12288;
  des_cbc_pkcs5 CONSTANT INTEGER := 4353;
  des3_cbc_pkcs5 CONSTANT INTEGER := 4355;
END;
/
CREATE PACKAGE dbms_sql AS
  v6 CONSTANT INTEGER := 0;
  native CONSTANT INTEGER := 1;
  v7 CONSTANT INTEGER := 2;
  varchar2_type CONSTANT INTEGER := 1;
  number_type CONSTANT INTEGER := 2;
  long_type CONSTANT INTEGER := 8;
  date_type CONSTANT INTEGER := 12;
  raw_type CONSTANT INTEGER := 23;
  char_type CONSTANT INTEGER := 96;
  clob_type CONSTANT INTEGER := 112;
  blob_type CONSTANT INTEGER := 113;
  timestamp_type CONSTANT INTEGER := 180;
  TYPE desc_rec IS RECORD (col_type INTEGER, col_max_len INTEGER, col_name VARCHAR2(32), col_name_len INTEGER,
    col_schema_name VARCHAR2(32), col_schema_name_len INTEGER, col_precision INTEGER, col_scale INTEGER,
    col_charsetid INTEGER, col_charsetform INTEGER, col_null_ok BOOLEAN);
  TYPE desc_tab IS TABLE OF desc_rec INDEX BY BINARY_INTEGER;
  TYPE desc_tab2 IS TABLE OF desc_rec INDEX BY BINARY_INTEGER;
  TYPE varchar2a IS TABLE OF VARCHAR2(32767) INDEX BY BINARY_INTEGER;
  TYPE varchar2s IS TABLE OF VARCHAR2(256) INDEX BY BINARY_INTEGER;
  TYPE varchar2_table IS TABLE OF VARCHAR2(4000) INDEX BY BINARY_INTEGER;
  TYPE number_table IS TABLE OF NUMBER INDEX BY BINARY_INTEGER;
  TYPE date_table IS TABLE OF DATE INDEX BY BINARY_INTEGER;
  TYPE clob_table IS TABLE OF CLOB INDEX BY BINARY_INTEGER;
  TYPE blob_table IS TABLE OF BLOB INDEX BY BINARY_INTEGER;
  PROCEDURE describe_columns(c INTEGER, col_cnt OUT INTEGER, desc_t OUT desc_tab);
  PROCEDURE describe_columns2(c INTEGER, col_cnt OUT INTEGER, desc_t OUT desc_tab2);
  PROCEDURE column_value(c INTEGER, position INTEGER, value OUT VARCHAR2);
  PROCEDURE close_cursor(c IN OUT INTEGER);
END;
/
CREATE PACKAGE dbms_utility AS
  TYPE uncl_array IS TABLE OF VARCHAR2(227) INDEX BY BINARY_INTEGER;
  TYPE lname_array IS TABLE OF VARCHAR2(4000) INDEX BY BINARY_INTEGER;
  TYPE name_array IS TABLE OF VARCHAR2(30) INDEX BY BINARY_INTEGER;
  TYPE number_array IS TABLE OF NUMBER INDEX BY BINARY_INTEGER;
  PROCEDURE comma_to_table(list VARCHAR2, tablen OUT INTEGER, tab OUT uncl_array);
  PROCEDURE db_version(version OUT VARCHAR2, compatibility OUT VARCHAR2);
END;
/
CREATE PACKAGE dbms_output AS
  TYPE chararr IS TABLE OF VARCHAR2(32767) INDEX BY BINARY_INTEGER;
  PROCEDURE get_line(line OUT VARCHAR2, status OUT INTEGER);
END;
/
CREATE PACKAGE dbms_application_info AS
  PROCEDURE read_client_info(client_info OUT VARCHAR2);
  PROCEDURE read_module(module_name OUT VARCHAR2, action_name OUT VARCHAR2);
END;
/
CREATE PACKAGE dbms_job AS
  PROCEDURE submit(job OUT NUMBER, what VARCHAR2, next_date DATE DEFAULT NULL, interval VARCHAR2 DEFAULT NULL);
END;
/
CREATE PACKAGE dbms_lock AS
  nl_mode CONSTANT INTEGER := 1;
  ss_mode CONSTANT INTEGER := 2;
  sx_mode CONSTANT INTEGER := 3;
  s_mode CONSTANT INTEGER := 4;
  ssx_mode CONSTANT INTEGER := 5;
  x_mode CONSTANT INTEGER := 6;
  maxwait CONSTANT INTEGER := 32767;
  PROCEDURE allocate_unique(lockname VARCHAR2, lockhandle OUT VARCHAR2, expiration_secs INTEGER DEFAULT 864000);
END;
/
CREATE PACKAGE dbms_xmlgen AS
  entity_encode CONSTANT INTEGER := 0;
  entity_decode CONSTANT INTEGER := 1;
  SUBTYPE ctxhandle IS NUMBER;
  SUBTYPE ctxtype IS NUMBER;
END;
/
CREATE PACKAGE dbms_xmldom AS
  element_node CONSTANT INTEGER := 1;
  attribute_node CONSTANT INTEGER := 2;
  text_node CONSTANT INTEGER := 3;
  SUBTYPE domnode IS VARCHAR2(32767);
  SUBTYPE domelement IS VARCHAR2(32767);
  SUBTYPE domattr IS VARCHAR2(32767);
  SUBTYPE domtext IS VARCHAR2(32767);
  SUBTYPE domcomment IS VARCHAR2(32767);
  SUBTYPE domdocument IS VARCHAR2(32767);
  SUBTYPE domdocumentfragment IS VARCHAR2(32767);
  SUBTYPE domnodelist IS VARCHAR2(32767);
  SUBTYPE domnamednodemap IS VARCHAR2(32767);
  SUBTYPE domimplementation IS VARCHAR2(32767);
END;
/
CREATE PACKAGE dbms_xmlparser AS
  SUBTYPE parser IS VARCHAR2(32767);
END;
/
CREATE PACKAGE dbms_scheduler AS
  PROCEDURE evaluate_calendar_string(calendar_string VARCHAR2, start_date TIMESTAMP, return_date_after TIMESTAMP,
    next_run_date OUT TIMESTAMP);
END;
/
CREATE PACKAGE utl_file AS
  SUBTYPE file_type IS VARCHAR2(32767);
  PROCEDURE get_line(file VARCHAR2, buffer OUT VARCHAR2, len INTEGER DEFAULT NULL);
  PROCEDURE fgetattr(location VARCHAR2, filename VARCHAR2, fexists OUT BOOLEAN, file_length OUT NUMBER,
    block_size OUT NUMBER);
END;
/
CREATE PACKAGE utl_tcp AS
  TYPE connection IS RECORD (remote_host VARCHAR2(255), remote_port INTEGER, local_host VARCHAR2(255),
    local_port INTEGER, charset VARCHAR2(30), newline VARCHAR2(2), tx_timeout INTEGER, private_sd INTEGER);
END;
/
CREATE PACKAGE utl_smtp AS
  TYPE connection IS RECORD (host VARCHAR2(255), port INTEGER, tx_timeout INTEGER, private_state INTEGER);
  TYPE reply IS RECORD (code INTEGER, text VARCHAR2(508));
END;
/
CREATE PACKAGE utl_http AS
  http_version_1_0 CONSTANT VARCHAR2(10) := 'HTTP/1.0';
  http_version_1_1 CONSTANT VARCHAR2(10) := 'HTTP/1.1';
  http_ok CONSTANT INTEGER := 200;
  http_not_found CONSTANT INTEGER := 404;
  http_continue CONSTANT INTEGER := 100;
  http_switching_protocols CONSTANT INTEGER := 101;
  http_created CONSTANT INTEGER := 201;
  http_accepted CONSTANT INTEGER := 202;
  http_non_authoritative CONSTANT INTEGER := 203;
  http_no_content CONSTANT INTEGER := 204;
  http_reset_content CONSTANT INTEGER := 205;
  http_partial_content CONSTANT INTEGER := 206;
  http_multiple_choices CONSTANT INTEGER := 300;
  http_moved_permanently CONSTANT INTEGER := 301;
  http_found CONSTANT INTEGER := 302;
  http_see_other CONSTANT INTEGER := 303;
  http_not_modified CONSTANT INTEGER := 304;
  http_use_proxy CONSTANT INTEGER := 305;
  http_temporary_redirect CONSTANT INTEGER := 307;
  http_bad_request CONSTANT INTEGER := 400;
  http_unauthorized CONSTANT INTEGER := 401;
  http_payment_required CONSTANT INTEGER := 402;
  http_forbidden CONSTANT INTEGER := 403;
  http_method_not_allowed CONSTANT INTEGER := 405;
  http_not_acceptable CONSTANT INTEGER := 406;
  http_proxy_auth_required CONSTANT INTEGER := 407;
  http_request_timeout CONSTANT INTEGER := 408;
  http_conflict CONSTANT INTEGER := 409;
  http_gone CONSTANT INTEGER := 410;
  http_length_required CONSTANT INTEGER := 411;
  http_precondition_failed CONSTANT INTEGER := 412;
  http_request_entity_too_large CONSTANT INTEGER := 413;
  http_request_uri_too_large CONSTANT INTEGER := 414;
  http_unsupported_media_type CONSTANT INTEGER := 415;
  http_requested_range_not_satisfiable CONSTANT INTEGER := 416;
  http_expectation_failed CONSTANT INTEGER := 417;
  http_internal_server_error CONSTANT INTEGER := 500;
  http_not_implemented CONSTANT INTEGER := 501;
  http_bad_gateway CONSTANT INTEGER := 502;
  http_service_unavailable CONSTANT INTEGER := 503;
  http_gateway_timeout CONSTANT INTEGER := 504;
  TYPE req IS RECORD (url VARCHAR2(32767), method VARCHAR2(64), http_version VARCHAR2(64), private_hndl INTEGER);
  TYPE resp IS RECORD (status_code INTEGER, reason_phrase VARCHAR2(256), http_version VARCHAR2(64),
    private_hndl INTEGER);
  TYPE html_pieces IS TABLE OF VARCHAR2(2000) INDEX BY BINARY_INTEGER;
  TYPE cookie IS RECORD (name VARCHAR2(4096), value VARCHAR2(4096), domain VARCHAR2(256), expire DATE,
    path VARCHAR2(1024), secure BOOLEAN, version INTEGER, comment_ VARCHAR2(1024));
  TYPE cookie_table IS TABLE OF cookie INDEX BY BINARY_INTEGER;
  SUBTYPE request_context_key IS INTEGER;
END;
/
CREATE PACKAGE utl_raw AS
  big_endian CONSTANT INTEGER := 1;
  little_endian CONSTANT INTEGER := 2;
  machine_endian CONSTANT INTEGER := 3;
END;
/
CREATE PACKAGE utl_encode AS
  base64 CONSTANT INTEGER := 1;
  quoted_printable CONSTANT INTEGER := 2;
END;
/
CREATE PACKAGE owa AS
  TYPE vc_arr IS TABLE OF VARCHAR2(32767) INDEX BY BINARY_INTEGER;
END;
/
CREATE PACKAGE owa_util AS
  TYPE vc_arr IS TABLE OF VARCHAR2(32767) INDEX BY BINARY_INTEGER;
  TYPE ident_arr IS TABLE OF VARCHAR2(30) INDEX BY BINARY_INTEGER;
  SUBTYPE ident_narr IS VARCHAR2(30);
END;
/
CREATE PACKAGE owa_cookie AS
  TYPE vc_arr IS TABLE OF VARCHAR2(4096) INDEX BY BINARY_INTEGER;
  TYPE cookie IS RECORD (name VARCHAR2(4096), vals vc_arr, num_vals INTEGER);
END;
/
CREATE PACKAGE apex_application_global AS
  TYPE vc_arr2 IS TABLE OF VARCHAR2(32767) INDEX BY BINARY_INTEGER;
END;
/
CREATE PACKAGE wwv_flow_global AS
  TYPE vc_arr2 IS TABLE OF VARCHAR2(32767) INDEX BY BINARY_INTEGER;
END;
/
CREATE PACKAGE htp AS
  TYPE htbuf_arr IS TABLE OF VARCHAR2(256) INDEX BY BINARY_INTEGER;
END;
/
