-- Likely doubles are called duplicate candidates, with all that has their name.
ALTER TABLE likely_double RENAME TO duplicate_candidate;
ALTER TABLE duplicate_candidate RENAME COLUMN double TO duplicate;
ALTER INDEX likely_double_other RENAME TO duplicate_candidate_other;
ALTER INDEX likely_double_open RENAME TO duplicate_candidate_open;

DO $$
DECLARE
    old text;
BEGIN
    FOR old IN SELECT conname FROM pg_constraint WHERE conrelid = 'duplicate_candidate'::regclass LOOP
        EXECUTE format(
            'ALTER TABLE duplicate_candidate RENAME CONSTRAINT %I TO %I', old,
            replace(replace(old, 'likely_double', 'duplicate_candidate'), '_double_', '_duplicate_')
        );
    END LOOP;
END
$$;
