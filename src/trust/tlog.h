/*
 * src/trust/: what one file alone cannot tell, and how it is handed on: tlog.h is a proof of one
 * record as a text (C2SP tlog-proof), prove.h makes it of an archive, proven.h judges it without
 * one. What is said of a proof stands in proven.def.
 *
 * The proof's text (seal.md S-14): nothing of it is believed here.
 */
#ifndef TRUST_TLOG_H
#define TRUST_TLOG_H

#include "base/err.h"
#include "base/limits.h"
#include "log/path.h"
#include "record/record.h"

#define TLOG_FIRST_LINE "c2sp.org/tlog-proof@v1\n"

/* Of a proof: a record with its aside in base64, and the rest. */
#define TLOG_MAX \
	((size_t)(RECORD_HEADER + RECORD_OPENING + EX_MAX_BODY + EX_MAX_ASIDE + 2) / 3 * 4 + \
	    2 * EX_MAX_NOTE)

struct tlog_proof {
	uint64_t index;
	struct path path;
	struct buf extra; /* owned; decoded, empty where the line is missing */
	const char *note; /* borrowed from the text: a signed note */
	size_t note_len;
};

/* Is it the beginning of a proof? */
bool tlog_is(const void *p, size_t n);
/*
 * Parses a text, which must outlive ret. 0 fine; 1 it is none (why, with its line); -1 no memory.
 * ret is to be released in any case.
 */
int tlog_parse(struct tlog_proof *ret, const char *text, size_t n, char why[200]);
void tlog_release(struct tlog_proof *p);
/* Appends the text; the note must end in a line feed. */
void tlog_print(const struct tlog_proof *p, struct buf *out);

#endif
