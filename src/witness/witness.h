/*
 * Witnesses of a log (trust.md W-1 to W-3): each is asked to cosign the seal of a file, and what it
 * signs is kept beside that seal.
 */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

#include "archive/reader.h"
#include "trust/cosigned.h"
#include "witness/http.h"

enum witness_end {
	WITNESS_COSIGNED, /* a line of it stands in the note */
	WITNESS_NOTHING,  /* it gave none that counts: said */
	WITNESS_CONTRADICTS
};

/* What came of asking one. */
struct witness_answer {
	enum witness_end end;
	char said[400];               /* WITNESS_NOTHING, WITNESS_CONTRADICTS: in words */
	char name[NOTE_NAME_MAX + 1]; /* WITNESS_COSIGNED: of the key that counted */
	bool checked;                 /* by a key that was given */
	uint64_t time;                /* that its line states; 0: it states none */
	uint64_t needs_earlier;    /* not 0: the size it has, which this file proves nothing of */
	uint64_t from;             /* the size it was asked from last */
	struct http_answer answer; /* owned: the last one */
};

/* The note of one seal, while witnesses are asked. */
struct witnessing {
	struct archive *archive;       /* borrowed: it holds the seal */
	const struct witness_key *key; /* borrowed; none: lines are not checked */
	size_t n_keys;
	const struct http_options *http;
	struct sha256 *sha; /* owned */
	struct buf note;    /* owned: the seal's text, its line, others' */
	/* key ids and names that counted in this run: no witness counts twice */
	struct note_sig counted[NOTE_SIGS];
	unsigned n_counted;
};

/*
 * Begins with the seal and, where there is one, the note that lies beside it (kept: its bytes, n =
 * 0: none). The archive must be able to prove something (archive_cannot_prove). 0 or -1 (e: the
 * note is of another seal, or is none).
 */
int witnessing_begin(
    struct witnessing *w, struct archive *a, const char *kept, size_t n, struct err *e);
/* Asks one. 0 and ret, which is to be released by http_release(&ret->answer); -1 the tool failed
 * (e). */
int witness_ask(struct witnessing *w, const char *url, struct witness_answer *ret, struct err *e);
void witnessing_release(struct witnessing *w);

#endif
