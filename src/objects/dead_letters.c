/* The source's dead letters held against its rows (record.md R-21): what was accepted and is not
 * among them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"
#include "objects/objects.h"

struct dead_letter {
	uint8_t id[16];
	char *correlation;
	unsigned archive;
	uint64_t position;
	bool stored;
	bool decides; /* it records what a person decided */
};

struct pile {
	struct dead_letter *l;
	size_t n, cap;
};

static char *
text_at(const struct json_doc *d, const char *path)
{
	uint32_t i = json_path(d, 0, path);

	return i == JSON_NONE || d->node[i].type != JSON_STRING ?
	    strdup("") :
	    strndup(json_str(d, i), d->node[i].str_len);
}

/* 0 or -1: no memory. One without a readable event id is none that could be looked for. */
static int
note(struct pile *p, const struct record *r, unsigned archive)
{
	struct dead_letter l = { .archive = archive, .position = r->position };
	struct json_doc d;
	char *id = NULL, *type = NULL;
	void *q;
	int rc;

	/* what is no JSON was told when it was read; here it simply names no event */
	json_init(&d);
	if ((rc = json_parse(&d, (const char *)r->body, r->body_len, EX_JSON_DEPTH)) == 0) {
		id = text_at(&d, "payload.event_id");
		l.correlation = text_at(&d, "payload.correlation_id");
		type = text_at(&d, "payload.event_type");
		rc = id && l.correlation && type ? 0 : -1;
		if (rc == 0)
			l.decides = expected_is_decision((struct str){ type, strlen(type) });
	}
	json_release(&d);
	/* of a letter without an id nothing can be looked for */
	if (rc == 0 && uuid_to(id, strlen(id), l.id)) {
		if (p->n == p->cap &&
		    (q = vec_resize(p->l, p->cap * 2 + 32, sizeof *p->l)) != NULL) {
			p->l = q;
			p->cap = p->cap * 2 + 32;
		}
		if (p->n < p->cap) {
			p->l[p->n++] = l;
			l.correlation = NULL;
		} else {
			rc = -1;
		}
	}
	free(id);
	free(type);
	free(l.correlation);
	return rc < 0 ? -1 : 0;
}

static int
by_id(const void *a, const void *b)
{
	return memcmp(((const struct dead_letter *)a)->id, ((const struct dead_letter *)b)->id, 16);
}

/* Every record of a kind, or every event: marks what is stored. 0 or -1 (e). */
static int
pass(struct reading *r, struct pile *p, bool letters, struct err *e)
{
	const struct record *rec;
	int rc = 0;

	for (unsigned k = 0; k < r->n && rc == 0; k++) {
		const struct archive *a = r->archive[k];
		uint64_t n = 0;

		if (!archive_counts(a) ||
		    (letters && archive_manifest_u64(a, "counts", "dead_letters", &n) && n == 0))
			continue;
		for (uint64_t at = archive_first(a); at < archive_next(a) && rc == 0; at++) {
			struct dead_letter key, *l;

			/* a damaged block is told by the verification; its rows are neither here
			 * nor missing */
			if ((rc = reading_record(r, k, at, &rec, e)) > 0) {
				at = archive_end_of_block(a, at);
				rc = 0;
				continue;
			}
			if (rc)
				break;
			if (letters && rec->kind == KIND_DEAD_LETTER && note(p, rec, k))
				rc = err_nomem(e);
			if (letters || rec->kind != KIND_EVENT)
				continue;
			memcpy(key.id, rec->id, 16);
			if ((l = bsearch(&key, p->l, p->n, sizeof *p->l, by_id)) == NULL)
				continue;
			/* an event may be given up more than once: each letter of it learns that it
			 * was stored */
			while (l > p->l && memcmp(l[-1].id, key.id, 16) == 0)
				l--;
			for (; l < p->l + p->n && memcmp(l->id, key.id, 16) == 0; l++)
				l->stored = true;
		}
	}
	return rc;
}

int
dead_letters_check(struct verification *v, struct err *e)
{
	struct reading r = { 0 };
	struct pile p = { 0 };
	int rc = 0;

	/* archives without dead letters, which is nearly all, cost nothing */
	if (v->dead_letters == 0)
		return 0;
	if ((rc = reading_init(&r, v->archive, v->n_archives, &v->findings, e)) == 0 &&
	    (rc = pass(&r, &p, true, e)) == 0 && p.n) {
		/* sorted once, so that the second pass finds by bisection */
		qsort(p.l, p.n, sizeof *p.l, by_id);
		rc = pass(&r, &p, false, e);
	}
	for (size_t i = 0; rc == 0 && i < p.n; i++) {
		struct finding *f;
		char id[37];

		if (p.l[i].stored || (i && memcmp(p.l[i].id, p.l[i - 1].id, 16) == 0))
			/* stored after all, or told already: given up, it stands in two streams */
			continue;
		v->letters_deciding += p.l[i].decides;
		uuid_of(p.l[i].id, id);
		f = finding_say(&v->findings, S31_ACCEPTED, p.l[i].archive,
		    at_position(p.l[i].position).text, GIVING(TEXT(id)));
		finding_correlation(f, p.l[i].correlation, strlen(p.l[i].correlation));
		finding_event(&v->findings, f, p.l[i].id);
		finding_explain(&v->findings, f, BECAUSE_LETTER_WAITED, GIVING_NOTHING);
		finding_explain(&v->findings, f, BECAUSE_LETTER_REFUSED, GIVING_NOTHING);
	}
	/* the correlation's text is the pile's own: findings keep a copy */
	for (size_t i = 0; i < p.n; i++)
		free(p.l[i].correlation);
	free(p.l);
	reading_release(&r);
	return rc;
}
