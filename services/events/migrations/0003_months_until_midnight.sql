-- What ends at midnight doesn't touch the day that begins then: the months of such offers are made anew.
UPDATE offer SET months = (
    SELECT array_agg(DISTINCT to_char(touched, 'YYYY-MM') ORDER BY to_char(touched, 'YYYY-MM'))
    FROM jsonb_to_recordset(occurrences) AS occurrence (starts timestamp, ends timestamp),
        generate_series(date_trunc('month', starts), ends - interval '1 microsecond', interval '1 month') AS touched
)
WHERE jsonb_path_exists(occurrences, '$[*].ends ? (@ like_regex "-01T00:00")');
