-- What is searched of the findings that a subject's latest memo holds: their ids, titles and places in lower case, a line
-- each. `worst` is the worst of their severities.
CREATE TABLE watch_words (
    subject INTEGER NOT NULL PRIMARY KEY REFERENCES watch_subject (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    worst INTEGER NOT NULL,
    words TEXT NOT NULL
) STRICT;

-- Until the next look at each target, all of the memo.
INSERT INTO watch_words (subject, target, worst, words)
SELECT s.id, s.target, 0, LOWER(m.value) FROM watch_subject s JOIN watch_memo m ON m.id = s.latest
WHERE s.kind = 'findings';
