#include "archive/seals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/container.h"
#include "archive/reader_inner.h"
#include "base/text.h"
#include "base/vec.h"
#include "log/merkle.h"

/* realloc that is noted where it fails: what is read here becomes a finding, and want of memory
 * must not. */
void *
reader_more(void *p, size_t n)
{
	return vec_resize(p, n, 1);
}

char *
reader_copied(const char *p, size_t n)
{
	char *q = strndup(p, n);

	if (q == NULL)
		nomem_note();
	return q;
}

/* A statement over tables whose schema was compared: if SQLite cannot make it, the tool failed,
 * not the evidence. NULL: a->failed is set. */
sqlite3_stmt *
reader_ask(struct archive *a, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(a->db, sql, -1, &st, NULL) != SQLITE_OK)
		a->failed = true;
	return st;
}

/* After the last row: no memory or an error of the medium is the tool's failure, a malformed
 * database is a finding. */
void
reader_asked(struct archive *a, sqlite3_stmt *st, struct findings *f)
{
	switch (sqlite3_finalize(st) & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		finding_say(f, A05_MALFORMED, a->at.file, "database", GIVING_NOTHING);
		break;
	default:
		a->failed = true;
	}
}

/* C-14: every row of `seal`, the last one apart. What is malformed is told when it is judged:
 * a->seal_why. */
bool
seals_read(struct archive *a, struct findings *f)
{
	sqlite3_stmt *st;
	uint64_t cap = 0;

	if ((st = reader_ask(a, "SELECT no, note FROM seal NOT INDEXED ORDER BY no")) == NULL)
		return false;
	for (uint64_t no = 1; sqlite3_step(st) == SQLITE_ROW; no++) {
		const char *s = sqlite3_column_type(st, 1) == SQLITE_TEXT ?
		    (const char *)sqlite3_column_text(st, 1) :
		    NULL;
		struct interim_seal *p, was;
		int n = sqlite3_column_bytes(st, 1);
		const char *why;
		struct note note;

		if (a->seal_note && !a->seal_why) { /* the one before was not the last */
			if (a->n_interim == cap) {
				cap = cap ? cap * 2 : 16;
				if ((p = reader_more(a->interim, cap * sizeof *p)) == NULL)
					break;
				a->interim = p;
			}
			was = (struct interim_seal){ .c = a->seal, .note = a->seal_note };
			a->interim[a->n_interim++] = was;
		} else {
			free(a->seal_note);
		}
		a->seal_note = s && n <= (int)EX_MAX_NOTE ? reader_copied(s, (size_t)n) : NULL;
		/* a row is a text without NUL; numbers go up by one */
		if (a->seal_note == NULL || strlen(a->seal_note) != (size_t)n ||
		    (uint64_t)sqlite3_column_int64(st, 0) != no)
			a->seal_why = "a signed note in each row";
		else if (note_parse(&note, a->seal_note, strlen(a->seal_note), &why))
			a->seal_why = why;
		else if (checkpoint_parse(&a->seal, note.text, note.text_len))
			/* its text is a checkpoint of this log */
			a->seal_why = "a checkpoint of three lines";
		else if (strcmp(a->seal.origin, a->origin))
			a->seal_why = "the origin of table log";
		else if (a->n_interim && a->interim[a->n_interim - 1].c.size >= a->seal.size)
			/* each seal says more than the one before */
			a->seal_why = "ascending sizes";
		/* a bound, since each of them is judged */
		if (a->n_interim > EX_MAX_SEALS)
			a->seal_why = "fewer interim seals [C-15]";
		if (a->seal_why)
			break;
	}
	reader_asked(a, st, f);
	return true;
}

/* The tree at the end of a block: the interim seal of that size has its root. */
void
seals_meet(struct archive *a, uint64_t *next)
{
	uint8_t root[32];

	if (*next == a->n_interim || a->interim[*next].c.size != a->next)
		return;
	merkle_root(&a->tree, a->sha, root);
	a->interim[*next].met = memcmp(root, a->interim[*next].c.root, 32) == 0;
	++*next;
}

static void
judge_interim(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	for (uint64_t i = 0; i < a->n_interim; i++) {
		struct interim_seal *s = &a->interim[i];
		const struct vkey *key;
		struct note note;
		const char *why;
		char place[64];

		snprintf(place, sizeof place, "seal %" PRIu64, i + 1);
		if (!s->met)
			finding_say(f, A14_INTERIM, a->at.file, place, GIVING(NUM(s->c.size)));
		if (note_parse(&note, s->note, strlen(s->note), &why) == 0 &&
		    container_judge_note(a, &note, keys, n_keys, &key) == SIG_FALSE)
			finding_say(f, A15_INTERIM, a->at.file, place,
			    GIVING(NUM(s->c.size), TEXT(key->name)));
	}
}

void
seals_judge(struct archive *a, const struct vkey *keys, size_t n_keys, struct findings *f)
{
	const struct vkey *key;
	struct note note;
	const char *why;

	/* no seal: a named log should have one, a log without a name never had */
	if (a->seal_note == NULL && a->seal_why == NULL) {
		if (a->origin[0])
			finding_say(f, A16_GONE, a->at.file, "table seal", GIVING(TEXT(a->origin)));
		return;
	}
	if (a->seal_why) {
		finding_values(
		    finding_say(f, A16_MALFORMED, a->at.file, "table seal", GIVING_NOTHING),
		    a->seal_why, "something else");
		return;
	}
	/* sealed is what the file claims; who signed it and whether the root fits follow apart */
	a->sealed = true;
	note_parse(&note, a->seal_note, strlen(a->seal_note), &why);
	container_signer(&note, a->claimed_key);
	a->seal_sig = container_judge_note(a, &note, keys, n_keys, &key);
	if (a->seal_sig == SIG_VERIFIED)
		a->signer = key;
	if (a->seal_sig == SIG_FALSE)
		finding_say(f, A15_FALSE, a->at.file, "seal", GIVING(TEXT(key->name)));
	/* size first: a root of another size cannot agree */
	if (a->seal.size != a->next) {
		finding_numbers(finding_say(f, a->next < a->seal.size ? A16_SHORT : A16_BEHIND,
				    a->at.file, "seal", GIVING_NOTHING),
		    a->seal.size, a->next, "");
	} else if (memcmp(a->seal.root, a->root, 32)) {
		finding_digests(finding_say(f, A14_ROOT, a->at.file, "block table", GIVING_NOTHING),
		    a->seal.root, a->root);
	} else {
		a->root_signed = true;
	}
	judge_interim(a, keys, n_keys, f);
}
