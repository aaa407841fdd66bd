-- How a member is looked for: the name in small letters, without accents, the family name first, as much of it as an
-- index holds.
CREATE FUNCTION key_name(given text, family text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(regexp_replace(normalize(lower(btrim(family || ' ' || given)), NFKD), '[\u0300-\u036f]', '', 'g'), 100)
$$;

-- Each affiliation beside the member's name, so that an organisation's members are found and filtered by the name by
-- an index alone. Triggers keep it, whoever changes a name or an affiliation, an older version of the service included.
CREATE TABLE roster (
    affiliation bigint PRIMARY KEY REFERENCES affiliation ON DELETE CASCADE,
    organisation text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    member uuid NOT NULL,
    programme text,
    cohort int,
    role text NOT NULL
);
CREATE INDEX roster_name ON roster (organisation, name_key, member);
CREATE INDEX roster_programme ON roster (organisation, programme, name_key, member);
CREATE INDEX roster_cohort ON roster (organisation, cohort, name_key, member);
CREATE INDEX roster_role ON roster (organisation, role, name_key, member);

CREATE FUNCTION enter_roster() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO roster (affiliation, organisation, name_key, member, programme, cohort, role)
    SELECT id, organisation, key_name(given_name, family_name), member, programme, cohort, role
    FROM added JOIN member USING (member);
    RETURN NULL;
END
$$;
CREATE FUNCTION change_in_roster() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE roster SET (organisation, programme, cohort, role) = (NEW.organisation, NEW.programme, NEW.cohort, NEW.role)
    WHERE affiliation = NEW.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION rename_in_roster() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE roster SET name_key = key_name(NEW.given_name, NEW.family_name)
    WHERE affiliation IN (SELECT id FROM affiliation WHERE member = NEW.member);
    RETURN NULL;
END
$$;
CREATE TRIGGER roster_entered AFTER INSERT ON affiliation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION enter_roster();
CREATE TRIGGER roster_changed AFTER UPDATE OF organisation, programme, cohort, role ON affiliation
    FOR EACH ROW EXECUTE FUNCTION change_in_roster();
CREATE TRIGGER roster_renamed AFTER UPDATE OF given_name, family_name ON member
    FOR EACH ROW EXECUTE FUNCTION rename_in_roster();

INSERT INTO roster (affiliation, organisation, name_key, member, programme, cohort, role)
SELECT id, organisation, key_name(given_name, family_name), member, programme, cohort, role
FROM affiliation JOIN member USING (member);
