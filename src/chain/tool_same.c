/* Two versions of one row that differ: are both what the source stored, one of them as a tool left
 * it (event.md E-13, d)? Whoever holds two exports, or the source, against each other asks. */
#include <string.h>

#include "chain/tool_changes_inner.h"

#define IN_VAIN 2000u /* pairs that nothing explains, then none is tried any more */

/* Nothing but what the source hashes differs, and its hash and predecessor do not. */
static bool
of_one_hash(const char *names, size_t n)
{
	while (n) {
		const char *comma = memchr(names, ',', n);
		size_t k = comma ? (size_t)(comma - names) : n;
		unsigned col = column_by_name(names, k, true);

		if (col == 0 || !column_info[col].hashed || col == COL_HASH || col == COL_PREVIOUS)
			return false;
		names += k + (comma != NULL);
		n -= k + (comma != NULL);
	}
	return true;
}

/* Does the row give that hash, as it stands or with what a tool did undone? names: what that was;
 * it stays as it is where nothing was. 1, 0, -1: no memory. */
static int
gives_hash(
    struct tool_changes *t, const struct record *r, const uint8_t claimed[32], char names[64])
{
	struct record with = *r;
	char what[64];
	int key, rc;

	if (r->claimed_form != FORM_HEX) {
		with.claimed_form = FORM_HEX;
		with.algorithm = ALGO_SHA256;
	}
	memcpy(with.claimed, claimed, 32);
	if (judge_gives(&t->jd, &with, with.body, with.body_len, &key))
		return 1;
	if ((rc = tool_explains(t, &with, NULL, what)) == 1)
		memcpy(names, what, sizeof what);
	return rc;
}

int
tool_same_row(struct tool_changes *t, const struct record *a, const struct record *b,
    const char *columns, size_t n, char names[64])
{
	const struct record *hashed = a->claimed_form == FORM_HEX ? a : b;
	int rc;

	names[0] = '\0';
	if (t->in_vain >= IN_VAIN || hashed->claimed_form != FORM_HEX ||
	    a->body_form == BODY_VERBATIM || b->body_form == BODY_VERBATIM ||
	    (a->flags | b->flags) & FLAG_WITHHELD || !of_one_hash(columns, n))
		return 0;
	if ((rc = gives_hash(t, a, hashed->claimed, names)) == 1)
		rc = gives_hash(t, b, hashed->claimed, names);
	t->in_vain += rc == 0;
	return rc;
}
