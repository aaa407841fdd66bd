-- Members get keys by which names are found that are split otherwise or written without vowels, and are compared once
-- more; pairs that are known stay as they are.
INSERT INTO newcomer SELECT member FROM member ON CONFLICT DO NOTHING;
