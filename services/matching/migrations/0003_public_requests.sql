-- What the world was told of a request: under which id, how often, and in which state last (NULL: nothing yet). The id
-- is random, and all goes out in its order, so that the order tells nothing.
ALTER TABLE request
    ADD COLUMN public_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN public_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN public_state text;

-- Of requests that are there already the world was told at each change, by their own id.
UPDATE request SET public_id = request, public_version = version, public_state = state;

CREATE UNIQUE INDEX request_public ON request (public_id);
CREATE INDEX request_due ON request (public_id) WHERE public_state IS DISTINCT FROM state;
