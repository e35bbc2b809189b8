/* One source record against the hash its source stored (event.md, source chain): content, and
 * which spelling or key made it fit. */
#ifndef CHAIN_CONTENT_H
#define CHAIN_CONTENT_H

#include "digest/digest.h"
#include "event/column.h"
#include "event/event.h"
#include "record/record.h"

enum content {
	CONTENT_MATCH,
	CONTENT_VARIANT,
	CONTENT_MISMATCH,
	CONTENT_NO_KEY,
	CONTENT_UNKNOWN_ALGORITHM,
	CONTENT_NO_HASH,
	CONTENT_NOT_CARRIED,
	/* no algorithm column, no key, not unkeyed: its neighbours decide */
	CONTENT_UNDECIDED,
	CONTENT_WITHHELD, /* what was hashed is not here */
	/* an earlier file holds it too (J-10): it takes part in nothing */
	CONTENT_REPEAT,
	CONTENTS
};

extern const char *const content_name[CONTENTS];

/* Does a row of this content stand as its source hashed it? */
static inline bool
content_fits(unsigned c)
{
	return c == CONTENT_MATCH || c == CONTENT_VARIANT;
}

struct judge {
	struct sha256 *sha;
	struct hmac256 *key[64];
	unsigned n_keys;
};

int judge_init(struct judge *j, const struct str *keys, unsigned n_keys);
void judge_release(struct judge *j);

/* *ret_key: index of the key that fits, -1 if none was needed. t: the table that the record names,
 * may be NULL. */
enum content
judge_content(struct judge *j, const struct record *r, const struct table *t, int *ret_key);

/*
 * Looks for a spelling that fits (E-13) for a record whose content is a mismatch or undecided.
 * Returns its name in out (≤ 200 characters) or
 * false. *budget: bytes that may still be hashed; *ret_gave_up: some combinations were not tried.
 */
bool judge_variant(struct judge *j, const struct record *r, uint64_t *budget, bool *ret_gave_up,
    int *ret_key, char out[200]);

/*
 * Does a body give the record's claimed hash over the record's own predecessor, under its algorithm
 * and any key? *ret_key as above.
 */
bool judge_gives(struct judge *j, const struct record *r, const void *body, size_t n, int *ret_key);

/*
 * Calls f with every other spelling of a canonical body (E-13) and its name, until f returns
 * true: then true. *ret_gave_up: too many zeros for all
 * of them. Nothing is charged: f counts what it hashes, and may end by returning true.
 */
typedef bool
spelling_fn(void *arg, const void *body, size_t n, enum body_form form, const char *name);
bool judge_spellings(
    const void *body, size_t n, enum body_form form, bool *ret_gave_up, spelling_fn *f, void *arg);

/*
 * respell.c: the same with every form that the body may have had before a tool changed it (E-13 d),
 * but for digits below a millisecond: those are a thousand. The name is that of the change.
 */
bool judge_tool_forms(
    const void *body, size_t n, enum body_form form, bool *ret_gave_up, spelling_fn *f, void *arg);

#endif
