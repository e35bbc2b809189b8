/* What finding a restored source (restored.c) and telling it (restored_tell.c) share. */
#ifndef CHAIN_RESTORED_INNER_H
#define CHAIN_RESTORED_INNER_H

#include "chain/restored.h"

#define IDS 1000u /* rows and correlations named in one finding */

/* A place where branches part, or the begin of a correlation with several. */
struct parting {
	/* the row; of a correlation: its first one, as shape.h has it */
	uint32_t at;
	uint32_t corr;
	/* root: they have no row in common; kept: an abandoned row is still in the source */
	bool root, fits, kept;
	uint32_t later; /* the first file of a later branch */
};

/* What is known of one file. */
struct export
{
	uint64_t forks, restarts, reused, abandoned;
	int64_t since, until; /* latest row in common; earliest abandoned */
	/* its inputs hold whole tables: rows that are gone are named */
	bool tells;
	bool named;
	struct finding *f;
	unsigned finding;
	char identity[160]; /* system identifier and timeline, as far as told */
};

struct restored {
	struct rows *rows;
	struct shape *s;
	struct export *export;
	uint64_t *start; /* first event of each archive, and the end */
	/* children of each row: child[first[e]] to child[first[e + 1]] */
	uint32_t *child, *first;
	/* min, max: files that a row and all behind it come from */
	uint32_t *stack, *min, *max;
	uint32_t *group; /* of abandoned events: parting + 1 */
	struct parting *part;
	uint32_t n;
	/* ids of vanished rows with the file that says so, sorted */
	uint8_t (*gone)[20];
	uint64_t n_gone;
	unsigned char *corr_named;
	uint64_t at;
	bool telling;
};

/* The file that an event comes from. */
uint32_t restored_export_of(const struct restored *x, uint32_t event);
/* The file of the same log before this one; itself if there is none. */
uint32_t restored_before(const struct restored *x, uint32_t k);
/* What the manifest says of the databases that a file was read from. */
void restored_identity(const struct archive *a, struct export *to);
/* Counts numbers that a later file has for other rows than an earlier one. -1: no memory. */
int restored_reused(struct restored *x);
/* The sentence about file k, once all is counted, and what can have led to it. */
void restored_conclude(struct restored *x, uint32_t k);

#endif
