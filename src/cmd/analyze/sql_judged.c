/*
 * What verification says of events (the columns content and link): of all, once, or of one
 * correlation by itself where that says the same.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/analyze/sql_inner.h"
#include "chain/content.h"

#define FEW 2048u /* events of a correlation that is judged by itself */

static int
judge(void *arg, const struct rows *rows, const struct record *r, struct str correlation,
    const struct event_result *result, const char *variant)
{
	struct sql_tables *t = arg;

	(void)correlation;
	(void)variant;
	for (unsigned i = 0; i < rows->n_archives; i++) {
		const struct archive *a = rows->archive[i];

		/*
		 * files of one log count on; of two logs the source of the block decides, which is
		 * met in order
		 */
		if (archive_is_copy(a) || !archive_readable(a) || r->position < archive_first(a) ||
		    r->position >= archive_next(a) ||
		    t->judged[i].content[r->position - archive_first(a)] != CONTENTS)
			continue;
		t->judged[i].content[r->position - archive_first(a)] = result->content;
		t->judged[i].link[r->position - archive_first(a)] = result->link;
		return 0;
	}
	return 0;
}

/* Verifies all and keeps what is found of each event. 0 or -1 (e). */
static int
verify_all(struct sql_tables *t, struct err *e)
{
	struct evidence *ev = &t->b->ev;
	struct findings so_far = ev->findings;
	int rc;

	memset(&ev->findings, 0, sizeof ev->findings);
	rc = evidence_verify(ev, &t->verification);
	ev->findings = so_far;
	if (rc)
		return err_set(e, rc, "the archive could not be verified");
	if ((t->judged = calloc(ev->n + 1, sizeof *t->judged)) == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < ev->n; i++) {
		size_t n = (size_t)(archive_next(ev->archive[i]) - archive_first(ev->archive[i]));

		t->judged[i].content = malloc(n + 1);
		t->judged[i].link = calloc(n + 1, 1);
		if (t->judged[i].content == NULL || t->judged[i].link == NULL)
			return err_nomem(e);
		memset(t->judged[i].content, CONTENTS, n + 1);
	}
	return rows_each(&t->verification.rows, judge, t, e) ? -1 : 0;
}

void
judged_free(struct sql_tables *t)
{
	for (unsigned i = 0; t->judged && i < t->b->ev.n; i++) {
		free(t->judged[i].content);
		free(t->judged[i].link);
	}
	free(t->judged);
	t->judged = NULL;
	verify_release(&t->verification);
	memset(&t->verification, 0, sizeof t->verification);
	t->judged_all = false;
}

int
verified(struct sql_tables *t, struct err *e)
{
	if (t->judged_all)
		return 0;
	if (verify_all(t, e)) {
		judged_free(t);
		return -1;
	}
	t->judged_all = true;
	return 0;
}

/* An event while its correlation is judged. */
struct waiting {
	uint8_t claimed[32], previous[32];
	bool hashed, waits;
};

/* As the whole judges one event (block.c), before it looks at others. */
static void
judge_one(struct judge *j, const struct archive *a, const struct record *r, struct waiting *w,
    uint8_t *content, uint8_t *link)
{
	int key;

	*content = (uint8_t)judge_content(j, r, archive_table_of(a, r->source), &key);
	*link = LINK_NONE;
	w->hashed = r->claimed_form == FORM_HEX;
	memcpy(w->claimed, r->claimed, 32);
	memcpy(w->previous, r->previous, 32);
	if (*content == CONTENT_NO_HASH)
		return;
	w->waits = r->previous_form == FORM_HEX;
	*link = r->previous_form == FORM_TEXT            ? LINK_MISSING :
	    !w->waits && r->previous_form != FORM_ABSENT ? LINK_FIRST :
							   LINK_NONE;
}

/* Is the predecessor among them? */
static bool
is_here(const struct waiting *w, unsigned n, const uint8_t hash[32])
{
	for (unsigned i = 0; i < n; i++)
		if (w[i].hashed && memcmp(w[i].claimed, hash, 32) == 0)
			return true;
	return false;
}

static int
judge_all_of(struct sql_tables *t, const struct correlation *c, struct judge *j, struct waiting *w,
    struct err *e)
{
	for (unsigned i = 0; i < c->n_at; i++) {
		const struct record *r;
		int rc = reading_record(&t->b->r, c->at[i].archive, c->at[i].position, &r, e);

		if (rc < 0)
			return -1;
		if (rc == 0 && r->kind == KIND_EVENT)
			judge_one(j, t->b->r.archive[c->at[i].archive], r, &w[i],
			    &t->few.content[i], &t->few.link[i]);
	}
	for (unsigned i = 0; i < c->n_at; i++)
		if (w[i].waits && is_here(w, c->n_at, w[i].previous))
			t->few.link[i] = LINK_LINKED;
	/* what others may explain, or hold, only the whole can say */
	for (unsigned i = 0; i < c->n_at; i++)
		if ((t->few.content[i] != CONTENT_MATCH && t->few.content[i] != CONTENT_NO_HASH) ||
		    (w[i].waits && t->few.link[i] != LINK_LINKED))
			t->few.content[i] = CONTENTS;
	return 0;
}

int
judged_few(struct sql_tables *t, const struct correlation *c, struct err *e)
{
	struct evidence *ev = &t->b->ev;
	struct waiting *w;
	struct judge j;
	int rc;

	/* of several files one may hold the event again, which is judged once */
	if (t->b->r.n != 1 || c->n_at > FEW)
		return 0;
	if (t->few.c == c)
		return 1;
	free(t->few.content);
	free(t->few.link);
	t->few.c = NULL;
	t->few.content = malloc(c->n_at + 1);
	t->few.link = calloc(c->n_at + 1, 1);
	w = calloc(c->n_at + 1, sizeof *w);
	if (t->few.content == NULL || t->few.link == NULL || w == NULL ||
	    judge_init(&j, ev->hmac, ev->n_hmac)) {
		free(w);
		return err_nomem(e);
	}
	memset(t->few.content, CONTENTS, c->n_at + 1);
	rc = judge_all_of(t, c, &j, w, e);
	judge_release(&j);
	free(w);
	t->few.c = rc ? NULL : c;
	return rc ? -1 : 1;
}
