/*
 * Notes with cosignatures and time stamps, held against the files given (trust.md W-7): which of
 * them date a checkpoint of the log, which contradict it, and why others count for nothing.
 */
#ifndef TRUST_ANCHORS_H
#define TRUST_ANCHORS_H

#include "archive/dated.h"
#include "archive/reader.h"
#include "trust/cosigned.h"
#include "trust/stamp.h"

/* A text that may be one. Borrowed. */
struct anchor {
	const char *name; /* of its file, as messages have it */
	const char *text;
	size_t n;
	bool stamp;    /* else a note */
	bool beside;   /* it lay beside the file number `file`: given by the sender */
	unsigned file; /* as they were given */
	/* a stamp over the bytes of the one before it in the list (W-6) */
	bool renews;
};

/* Whom the auditor believes. Borrowed. */
struct anchor_judges {
	const struct vkey *log_key; /* that count for the files' logs */
	size_t n_log_keys;
	const struct witness_key *witness;
	size_t n_witnesses;
	const struct authorities *authorities; /* NULL: none */
};

/* Files must be vouched for. Fills dates, and says what was found. -1: the tool failed (e). */
int anchors_judge(const struct anchor *x, unsigned n, const struct anchor_judges *by,
    struct archive *const *a, unsigned n_archives, struct dates *ret, struct findings *f,
    struct err *e);

#endif
