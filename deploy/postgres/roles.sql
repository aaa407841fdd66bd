-- The four services' roles and schemas in the database that this runs in, by its superuser, any number of times.
-- Each password is a setting of the session, so that none stands in a file or in a log:
--   PGOPTIONS="-c alumnibus.password_members=… -c alumnibus.password_events=… …" psql -f roles.sql
-- A role gets its own schema and the words of the extensions; whatever is not granted here nobody has.

DO $$
DECLARE
    service text;
    database text := current_database();
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', database);
    REVOKE ALL ON SCHEMA public FROM PUBLIC;

    CREATE SCHEMA IF NOT EXISTS extensions;
    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;
    CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA extensions;

    FOREACH service IN ARRAY ARRAY['members', 'events', 'matching', 'notifications'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            EXECUTE format('CREATE ROLE %I', service);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L',
            service, current_setting('alumnibus.password_' || service)
        );
        -- An idle poll of the outbox costs hundreds of times more when it is compiled first.
        EXECUTE format('ALTER ROLE %I SET jit = off', service);
        -- What the server says of an error may quote the row, and so a person's name and address: it says that in
        -- DETAIL, which terse leaves out, in the statement's text and in its parameters.
        EXECUTE format('ALTER ROLE %I SET log_error_verbosity = terse', service);
        EXECUTE format('ALTER ROLE %I SET log_min_error_statement = panic', service);
        EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', service);
        EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', service);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', database, service);
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service);
        EXECUTE format('GRANT USAGE ON SCHEMA extensions TO %I', service);
    END LOOP;
END
$$;
