REM People who work in places: a small schema of our own, as people write them for SQL*Plus.
SET DEFINE ON
DEFINE company = 'Landfall'
PROMPT Creating the tables of &company

CREATE SEQUENCE person_ids START WITH 1000 INCREMENT BY 1 NOCACHE;

CREATE TABLE places (
  place_id   NUMBER(4)      CONSTRAINT places_pk PRIMARY KEY,
  name       VARCHAR2(40)   NOT NULL,
  country    CHAR(2)        DEFAULT 'NL' NOT NULL,
  CONSTRAINT places_name_uk UNIQUE (name)
);

CREATE TABLE people (
  person_id  NUMBER(6)      CONSTRAINT people_pk PRIMARY KEY,
  name       VARCHAR2(60)   NOT NULL,
  mail       VARCHAR2(80),
  started    DATE           DEFAULT SYSDATE NOT NULL,
  salary     NUMBER(8,2)    CONSTRAINT people_salary_ck CHECK (salary > 0),
  boss_id    NUMBER(6),
  place_id   NUMBER(4)
) TABLESPACE users PCTFREE 10;

ALTER TABLE people ADD CONSTRAINT people_place_fk FOREIGN KEY (place_id) REFERENCES places (place_id);
ALTER TABLE people ADD CONSTRAINT people_boss_fk FOREIGN KEY (boss_id) REFERENCES people (person_id);

CREATE TABLE raises (
  person_id  NUMBER(6)      NOT NULL REFERENCES people (person_id) ON DELETE CASCADE,
  given      TIMESTAMP      DEFAULT SYSTIMESTAMP NOT NULL,
  before     NUMBER(8,2),
  after      NUMBER(8,2)    NOT NULL
);

CREATE INDEX people_name_ix ON people (UPPER(name));
CREATE INDEX raises_person_ix ON raises (person_id, given DESC);

COMMENT ON TABLE people IS 'Who works here, and who is whose boss';
COMMENT ON COLUMN people.mail IS 'May be unknown';
