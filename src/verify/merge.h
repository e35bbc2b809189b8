/*
 * What the workers say of single blocks (block.h), put together in the order of the log: one block
 * after the other into what is known of its file, and of the rows of all files. Only here do blocks
 * meet, so that what is found never depends on which thread was first.
 */
#ifndef VERIFY_MERGE_H
#define VERIFY_MERGE_H

#include "chain/links.h"
#include "verify/block.h"
#include "verify/pages.h"

/* What goes on from file to file while blocks are merged. */
struct gathered {
	struct links *links;
	struct versions versions; /* conflicts of all files */
	uint64_t blocks;          /* of the files before */
	uint64_t cap;             /* room in the arrays of rows.event, rows.node and rows.seq */
};

/* The file whose blocks are merged. */
struct merge {
	struct verification *v;
	struct gathered *all;
	bool copy;                  /* another of the files given holds all of it */
	uint64_t kinds[8], left[8]; /* as headers say; left out of them */
	uint64_t left_plain;
	struct index_facts facts;
	struct inputs inputs;
	struct versions versions; /* of this file */
	struct utc_range time;    /* of this file's events */
	bool unread;              /* a block could not be read */
	/* of the block before (C-7) */
	bool was_ok, was_polled, was_manifest;
};

/* The next block: takes what the job holds. -1: the tool failed (e). */
int merge_block(struct merge *m, struct job *j, struct err *e);

#endif
