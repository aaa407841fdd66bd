-- An organisation's own lists, the newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS import_organisation ON import (organisation, import);
