/*
 * Two contents under one id (record.md R-18; judgement.md J-7): a conflict within one file is
 * judged like an event, beside the
 * version that it conflicts with. One of them may be explained; else it is an alarm.
 */
#ifndef CHAIN_VERSIONS_H
#define CHAIN_VERSIONS_H

#include "chain/rows.h"

struct version {
	/* of the conflict, and of the version that it conflicts with */
	uint64_t position, before;
	unsigned file, before_file; /* UINT_MAX: that file is not here */
	/* the other one was sealed, or read, before this export */
	bool across;
	uint8_t id[16], digest[32], claimed[32]; /* digest: of the body */
	uint8_t content;                         /* enum content of the conflict */
	/* what differs: a hashed column; that one alone; its text holds the sanitiser's mark */
	bool hashed, retention_only, sanitised;
	/* owned; the names of the columns that differ */
	char *correlation, *columns, *place, *type;
	size_t correlation_len;
	char tool[64]; /* what a tool did to it: with that undone it gives its hash; '': nothing */
	/* what is known of the other one */
	struct {
		uint8_t content;       /* CONTENTS where it cannot be told */
		bool sanitised, event; /* event: it is one, not a conflict itself */
		/* what is hashed of the two is the same, and so are their hashes: NULL in one is ''
		 * in the other */
		bool alike;
		bool same_hash; /* both store one hash */
		uint8_t digest[32];
		char tool[64];
	} other;
};

struct versions {
	struct version *v;
	uint32_t n, cap;
	/* in columns that no hash covers, or only in hashes of the same content: not kept */
	uint64_t unhashed;
};

void versions_release(struct versions *x);
/*
 * Notes a conflict record whose content differs from that of a record before it, of this file or of
 * an earlier one. content: as judge_content says. -1: no memory.
 */
int versions_note(struct versions *x, const struct archive *a, const struct record *r,
    struct str correlation, struct str type, enum content content);
/* Moves all of from behind those of to. -1: no memory. */
int versions_take(struct versions *to, struct versions *from);
/* A finding for each: S41 or, across files, S11; or a note where one version fits its hash and the
 * other is explained. -1: the tool failed (e). */
int versions_tell(struct versions *x, struct rows *rows, struct err *e);

#endif
