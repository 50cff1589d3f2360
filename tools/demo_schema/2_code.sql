CREATE OR REPLACE VIEW people_by_place AS
  SELECT p.name, NVL(l.name, 'nowhere') AS place, DECODE(l.country, 'NL', 'here', 'abroad') AS side
    FROM people p, places l
   WHERE p.place_id = l.place_id (+);

CREATE OR REPLACE TRIGGER people_bi
  BEFORE INSERT ON people
  FOR EACH ROW
BEGIN
  IF :NEW.person_id IS NULL THEN
    SELECT person_ids.NEXTVAL INTO :NEW.person_id FROM dual;
  END IF;
END;
/

CREATE OR REPLACE FUNCTION years_here(p_person IN people.person_id%TYPE) RETURN NUMBER IS
  l_started people.started%TYPE;
BEGIN
  SELECT started INTO l_started FROM people WHERE person_id = p_person;
  RETURN FLOOR(MONTHS_BETWEEN(SYSDATE, l_started) / 12);
EXCEPTION
  WHEN NO_DATA_FOUND THEN
    RETURN NULL;
END years_here;
/

CREATE OR REPLACE PACKAGE payroll AS
  c_most CONSTANT NUMBER := 20;
  PROCEDURE give_raise(p_person IN NUMBER, p_percent IN NUMBER DEFAULT 3);
  FUNCTION cost_of(p_place IN NUMBER) RETURN NUMBER;
END payroll;
/

CREATE OR REPLACE PACKAGE BODY payroll AS
  PROCEDURE give_raise(p_person IN NUMBER, p_percent IN NUMBER DEFAULT 3) IS
    l_before people.salary%TYPE;
  BEGIN
    IF p_percent > c_most THEN
      RAISE_APPLICATION_ERROR(-20001, 'more than ' || c_most || ' percent');
    END IF;
    SELECT salary INTO l_before FROM people WHERE person_id = p_person FOR UPDATE;
    UPDATE people SET salary = ROUND(l_before * (1 + p_percent / 100), 2) WHERE person_id = p_person;
    INSERT INTO raises (person_id, before, after)
      SELECT person_id, l_before, salary FROM people WHERE person_id = p_person;
  END give_raise;

  FUNCTION cost_of(p_place IN NUMBER) RETURN NUMBER IS
    l_sum NUMBER := 0;
  BEGIN
    FOR r IN (SELECT salary FROM people WHERE place_id = p_place) LOOP
      l_sum := l_sum + NVL(r.salary, 0);
    END LOOP;
    RETURN l_sum;
  END cost_of;
END payroll;
/
