/*
 * The auditor's memory (formats/memory.md): which key of a log its auditor confirmed, and the
 * newest checkpoint of it that was seen. A text of the auditor's own; nothing in it comes from
 * evidence but what was proven.
 */
#ifndef TRUST_MEMORY_H
#define TRUST_MEMORY_H

#include "base/utc.h"
#include "archive/vouch.h"
#include "log/succession.h"

#define MEMORY_MAX (4u << 20) /* bytes of a memory */
#define MEMORY_LOGS 1000u     /* keys in one */
#define MEMORY_CONFLICTS 16u  /* notes kept of one key; the first ones */
#define MEMORY_TIME UTC_TEXT  /* bytes of a time as text */

/* A checkpoint that was seen, or that cannot be of the log that was seen. */
struct memory_note {
	char at[MEMORY_TIME]; /* by the clock of the auditor's host */
	char *note;           /* owned; signed */
};

/* One key of one log. */
struct memory_log {
	struct vkey key;                                   /* its name is the log's origin */
	char confirmed[MEMORY_TIME], revoked[MEMORY_TIME]; /* revoked: '' if it is not */
	/* another key follows it from the end of this checkpoint on (S-15) */
	bool succeeded;
	struct checkpoint last;
	bool seen;
	struct checkpoint newest;
	struct memory_note newest_note;
	uint8_t file_sha256[32]; /* of the file that showed it */
	char verdict[16];
	struct memory_note conflict[MEMORY_CONFLICTS];
	unsigned n_conflicts;
};

struct auditor_memory {
	struct memory_log *log; /* in the order in which they were confirmed */
	unsigned n;
};

/* An empty text is an empty memory. 0 or -1 (e: 65 with the line, or no memory). */
int memory_parse(struct auditor_memory *m, const char *text, size_t n, struct err *e);
void memory_print(const struct auditor_memory *m, struct buf *out);
void memory_release(struct auditor_memory *m);

/* The key that counts for a log, which no other follows; NULL: it has none, or it was revoked. */
struct memory_log *memory_active(const struct auditor_memory *m, const char *origin);
/* Is any key of the log known, revoked or not? */
bool memory_knows(const struct auditor_memory *m, const char *origin);
/* A known origin that this one can be mistaken for; NULL: it is known itself, or looks like none
 * (M-3). */
const char *memory_look_alike(const struct auditor_memory *m, const char *origin);

/* ---- what changes it. at: now, as text */

/* 0; 1: another key of this log counts, and was not revoked; -1 (e). */
int memory_confirm(struct auditor_memory *m, const struct vkey *key, const char *at, struct err *e);
/*
 * The younger key of a note that was read counts from its end on, the older one up to there. 0; 1:
 * the older one is not the key that counts, or the younger was confirmed before; -1 (e): what was
 * seen of the log contradicts the note (4), or no memory.
 */
int
memory_succeed(struct auditor_memory *m, const struct succession *s, const char *at, struct err *e);
/* The archive's seal becomes the newest checkpoint of its key. 0 or -1 (e). */
int memory_see(struct memory_log *l, const struct archive *a, const char *at, const char *verdict,
    struct err *e);
/* Keeps a note that cannot be of the log that was seen; once. 0 or -1 (e). */
int memory_keep_conflict(struct memory_log *l, const char *note, const char *at, struct err *e);

/* ---- what it says of files */

/*
 * Adds what the memory knows of the logs of these files to a list of expectations, which is
 * vouch_judge's. *x: grown with realloc. 0 or -1 (e).
 */
int memory_expects(const struct auditor_memory *m, struct archive *const *a, unsigned n_archives,
    struct expect **x, unsigned *n, struct err *e);
/* Files must be vouched for: keys that were not confirmed, were revoked, or belong to a name that
 * looks like a known one (K10 to K12),
 * or follow, or are followed by, another (K13, K14). */
void memory_judge(
    const struct auditor_memory *m, struct archive *const *a, unsigned n, struct findings *f);

#endif
