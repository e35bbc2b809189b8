/*
 * What the inputs of the files given are known to lack, and what they were counted by, as the
 * manifests say (record.md; judgement.md J-2).
 */
#ifndef VERIFY_ACCOUNT_H
#define VERIFY_ACCOUNT_H

#include "archive/reader.h"

/* What the inputs of all files together are known to lack, and what they were counted by. */
struct account {
	/* of earlier builds; with a count or mark; without one */
	uint64_t inputs, older, counted, uncounted;
	uint64_t lacks, lacking_rows, outside, rejected_rows, bare_rejects, lacking_tables;
	bool unknown_number; /* a lack whose rows nobody counted */
	bool disagrees;      /* a count or mark that does not agree */
	/* system identifier and timeline of the last database read, '' if none was told */
	char identity[64];
	char marks[200];         /* what was compared, in words, each once */
	char uncounted_kind[64]; /* kind of the first input without */
	char lack[300];          /* the first lack's sentence */
};

/*
 * Adds one file's inputs, and a finding for each known lack (I03) and for rows left out (I04).
 * within_scope: the auditor declares a
 * period that lies inside what was asked for, so that what was left out outside is no lack.
 */
void account_file(struct account *t, struct archive *a, bool within_scope, struct findings *f);

#endif
