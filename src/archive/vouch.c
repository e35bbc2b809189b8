#include "archive/vouch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/reader_inner.h"
#include "archive/sequence.h"
#include "base/text.h"

const char *const vouched_name[] = {
	[VOUCHED_NOT] = "no key was given",
	[VOUCHED_UNSEALED] = "never sealed",
	[VOUCHED_STRANGER] = "none of the keys given",
	[VOUCHED_FALSE] = "a false signature",
	[VOUCHED_EXPECTED] = "an expected checkpoint",
	[VOUCHED_KEY] = "a key given",
};

/* Two checkpoints of one log and size with other roots: one of them is of another log, and nothing
 * could be met. */
static int
contradiction(const struct expect *x, unsigned n, struct err *e)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			if (!x[i].remembered && !x[k].remembered &&
			    strcmp(x[i].c.origin, x[k].c.origin) == 0 &&
			    x[i].c.size == x[k].c.size && memcmp(x[i].c.root, x[k].c.root, 32))
				return err_set(e, EX_USAGE_ERR,
				    "--expect: two checkpoints of %s at size %" PRIu64 " have "
				    "different "
				    "roots: "
				    "one of them is not of this log",
				    x[i].c.origin, x[i].c.size);
	return 0;
}

/* What is said of a checkpoint that was seen before: of one that the files contain, or that they
 * cannot be held against. at: the file that reaches farthest; last, first: how far they reach. */
static void
tell_remembered(struct archive *const *a, unsigned at, const struct expect *x, uint64_t last,
    uint64_t first, const char *place, struct findings *f)
{
	if (x->met)
		finding_say(f, N11_CONTAINED, at, place,
		    GIVING(TEXT(x->c.origin), NUM(x->c.size), TEXT(x->remembered)));
	else if (x->c.size > last && (a[at]->known_next = x->c.size) > 0)
		finding_values(
		    finding_say(f, K08_ROLLED_BACK, at, place,
			GIVING(TEXT(x->c.origin), NUM(x->c.size), TEXT(x->remembered), NUM(last))),
		    x->note, archive_seal_note(a[at]) ? archive_seal_note(a[at]) : "");
	else
		finding_say(f, K09_UNLINKED, at, place,
		    GIVING(TEXT(x->c.origin), NUM(x->c.size), TEXT(x->remembered), NUM(first)));
}

/* What the files prove of one expected checkpoint. */
static int
compare_expected(
    struct archive *const *a, unsigned n, struct expect *x, struct findings *f, struct err *e)
{
	char want[65], have[65] = "", place[96];
	uint64_t last = 0, first = UINT64_MAX;
	uint8_t root[32];
	bool any = false;
	unsigned at = 0;
	int rc;

	hex_of(x->c.root, 32, want);
	snprintf(place, sizeof place, "%s checkpoint of size %" PRIu64,
	    x->remembered ? "remembered" : "expected", x->c.size);
	/* every file of this log, since each may hold the size */
	for (unsigned k = 0; k < n; k++) {
		if (!a[k]->readable || strcmp(a[k]->origin, x->c.origin))
			continue;
		any = true;
		/* the files' range, for the sentence if none holds the size */
		if (a[k]->next > last)
			last = a[k]->next, at = k;
		if (a[k]->first < first)
			first = a[k]->first;
		if ((rc = sequence_root_at(a[k], x->c.size, root, e)) < 0)
			return rc;
		if (rc == 0)
			continue;
		/* one file that agrees is enough; one that does not refutes it, and is told once */
		if (memcmp(x->c.root, root, 32) == 0) {
			x->met = true;
		} else if (!x->refuted) {
			x->refuted = true;
			at = k;
			hex_of(root, 32, have);
			if (x->remembered)
				finding_values(finding_say(f, K07_SPLIT, k, place,
						   GIVING(TEXT(x->c.origin), NUM(x->c.size),
						       TEXT(x->remembered))),
				    x->note,
				    archive_seal_note(a[k]) ? archive_seal_note(a[k]) : "");
			else
				finding_values(finding_say(f, K04_REFUTED, k, place,
						   GIVING(TEXT(x->c.origin), NUM(x->c.size))),
				    want, have);
		}
	}
	/* a remembered one is told by other sentences, whatever came out */
	if (x->remembered && any && !x->refuted)
		tell_remembered(a, at, x, last, first, place, f);
	if (x->met || x->refuted || x->remembered)
		return 0;
	/* neither met nor refuted: the size lies outside of what is here, and in which direction
	 * says what it means */
	if (!any)
		finding_say(f, K05_NO_FILE, at, place, GIVING(TEXT(x->c.origin)));
	else if (x->c.size > last && (a[at]->known_next = x->c.size) > 0)
		finding_say(f, L06_LATER, at, place,
		    GIVING(TEXT(x->c.origin), NUM(x->c.size), NUM(last), NUM(x->c.size - 1)));
	else
		finding_say(f, K05_OUTSIDE, at, place,
		    GIVING(TEXT(x->c.origin), NUM(x->c.size), NUM(first)));
	return 0;
}

/*
 * A whole file lies below a checkpoint that was met if some file proves both its root and, on the
 * way, the root at this
 * file's end: leaves before a proved root cannot differ.
 */
static int
lies_below(struct archive *const *a, unsigned n, struct archive *file, const struct expect *x,
    struct err *e)
{
	uint8_t root[32];
	int rc;

	if (!x->met || x->refuted || strcmp(x->c.origin, file->origin) || file->next > x->c.size)
		return 0;
	for (unsigned k = 0; k < n; k++) {
		if (!a[k]->readable || strcmp(a[k]->origin, x->c.origin))
			continue;
		if ((rc = sequence_root_at(a[k], x->c.size, root, e)) < 0)
			return rc;
		if (rc == 0 || memcmp(root, x->c.root, 32))
			continue;
		if ((rc = sequence_root_at(a[k], file->next, root, e)) < 0)
			return rc;
		if (rc && memcmp(root, file->root, 32) == 0)
			return 1;
	}
	return 0;
}

static int
judge_file(struct archive *const *a, unsigned n, unsigned i, size_t n_keys, const struct expect *x,
    unsigned n_x, struct err *e)
{
	struct archive *file = a[i];
	int rc = 0;

	if (file->sealed && file->seal_sig == SIG_VERIFIED && file->root_signed) {
		file->vouched = VOUCHED_KEY;
		return 0;
	}
	for (unsigned k = 0; k < n_x && rc == 0; k++)
		if (file->origin[0] && (rc = lies_below(a, n, file, &x[k], e)) < 0)
			return rc;
	/* a key that was given and did not sign outranks the checkpoint */
	file->vouched = !file->sealed && file->origin[0] == '\0'          ? VOUCHED_UNSEALED :
	    file->seal_sig == SIG_FALSE || file->seal_sig == SIG_VERIFIED ? VOUCHED_FALSE :
	    n_keys                                                        ? VOUCHED_STRANGER :
	    rc                                                            ? VOUCHED_EXPECTED :
									    VOUCHED_NOT;
	return 0;
}

/* Names and fingerprints of the keys given, for who has to find out which of them is the wrong
 * one. */
static void
list_keys(const struct vkey *keys, size_t n_keys, char out[600])
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n_keys && at < 500; i++)
		at += (size_t)snprintf(out + at, 600 - at, "%s%.80s (%.19s …)", i ? ", " : "",
		    keys[i].name, keys[i].fingerprint);
	if (at >= 600)
		out[599] = '\0';
}

static void
tell_key(
    const struct archive *a, unsigned i, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	char given[600];

	switch (a->vouched) {
	case VOUCHED_UNSEALED:
		finding_say(f, K03_UNSEALED, i, "the file", GIVING_NOTHING);
		break;
	case VOUCHED_NOT:
		if (a->sealed)
			finding_say(f, K01_NO_KEY, i, "the seal",
			    GIVING(TEXT(archive_name(a)), TEXT(a->claimed_key)));
		break;
	case VOUCHED_STRANGER:
		list_keys(keys, n_keys, given);
		if (a->sealed)
			finding_say(f, K02_STRANGER, i, "the seal",
			    GIVING(TEXT(archive_name(a)), TEXT(a->claimed_key), TEXT(given)));
		break;
	default:
		break;
	}
}

/* A key that signed no file here: perhaps the right one of a file that is not here, perhaps the
 * wrong one. */
static void
unused_keys(struct archive *const *a, unsigned n, const struct vkey *keys, size_t n_keys,
    struct findings *f)
{
	bool some = false;

	for (unsigned k = 0; k < n; k++)
		some |= a[k]->vouched == VOUCHED_KEY;
	for (size_t i = 0; some && i < n_keys; i++) {
		bool used = false;

		for (unsigned k = 0; k < n; k++) {
			struct note seal;
			const char *why;

			if (!a[k]->sealed ||
			    note_parse(&seal, a[k]->seal_note, strlen(a[k]->seal_note), &why))
				continue;
			for (unsigned s = 0; s < seal.n_sig; s++)
				used |= note_sig_of(&seal.sig[s], &keys[i]);
		}
		if (!used)
			finding_say(f, N05_UNUSED, 0, "the keys given",
			    GIVING(TEXT(keys[i].name), TEXT(keys[i].fingerprint)));
	}
}

/* Positions before the first file are missing like any others, unless the auditor anchors that
 * very place (J-2). */
static void
tell_beginnings(
    struct archive *const *a, unsigned n, const struct expect *x, unsigned n_x, struct findings *f)
{
	char place[64];

	for (unsigned i = 0; i < n; i++) {
		bool first = a[i]->readable && a[i]->origin[0] && a[i]->first, anchored = false;

		for (unsigned k = 0; k < n && first; k++)
			if (k != i && a[k]->readable && strcmp(a[k]->origin, a[i]->origin) == 0 &&
			    (a[k]->first < a[i]->first || (a[k]->first == a[i]->first && k < i)))
				first = false;
		for (unsigned k = 0; k < n_x && first; k++)
			anchored |= x[k].met && !x[k].refuted && x[k].c.size == a[i]->first &&
			    strcmp(x[k].c.origin, a[i]->origin) == 0;
		a[i]->anchored = anchored;
		if (!first || anchored)
			continue;
		snprintf(place, sizeof place, "positions 0 to %" PRIu64, a[i]->first - 1);
		finding_say(
		    f, L04_BEFORE, i, place, GIVING(NUM(a[i]->first - 1), TEXT(a[i]->origin)));
	}
}

int
vouch_judge(struct archive *const *a, unsigned n, const struct vkey *keys, size_t n_keys,
    struct expect *x, unsigned n_x, struct findings *f, struct err *e)
{
	if (contradiction(x, n_x, e))
		return -1;
	for (unsigned i = 0; i < n_x; i++)
		if (compare_expected(a, n, &x[i], f, e))
			return -1;
	for (unsigned i = 0; i < n; i++) {
		if (!a[i]->readable)
			continue;
		if (judge_file(a, n, i, n_keys, x, n_x, e))
			return -1;
		tell_key(a[i], i, keys, n_keys, f);
	}
	tell_beginnings(a, n, x, n_x, f);
	unused_keys(a, n, keys, n_keys, f);
	return f->failed ? err_nomem(e) : 0;
}
