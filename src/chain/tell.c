#include "chain/phases_inner.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

void
groups_release(struct groups *t)
{
	numbering_release(&t->key);
	free(t->g);
}

/* The group of a key, a fresh one if the key is new. NULL: no memory. */
static struct group *
group_of(struct groups *t, const uint8_t key[32])
{
	size_t before = t->key.n;
	uint32_t i;

	if (t->key.width == 0)
		numbering_init(&t->key, 32);
	if ((i = numbering_of(&t->key, key)) == NUMBER_NONE ||
	    vec_grow(&t->g, &t->cap, t->key.n, sizeof *t->g))
		return NULL;
	if (t->key.n > before)
		t->g[i] = (struct group){ .finding = UINT32_MAX, .since = INT64_MAX };
	return &t->g[i];
}

static void
put_place(char place[96], const struct record *r)
{
	snprintf(place, 96, "position %" PRIu64 ", row %" PRIu64 " of its input", r->position,
	    r->ordinal);
}

static int
gather(struct pass *p, struct groups *t, const uint8_t key[32], enum said said,
    const struct record *r, struct str corr, const char *detail)
{
	char place[96];
	size_t before = t->key.n;
	struct group *g = group_of(t, key);
	const struct table *table = archive_table_of(p->a, r->source);
	struct findings *l = p->rows->findings;
	uint32_t input = table ? table->input : 0;

	if (g == NULL)
		return -1;
	if (t->key.n > before) {
		struct finding *f;

		put_place(place, r);
		f = detail ? finding_say(l, said, archive_file(p->a), place, GIVING(TEXT(detail))) :
			     finding_say(l, said, archive_file(p->a), place, GIVING_NOTHING);
		finding_correlation(f, corr.p, corr.n);
		if (f)
			g->finding = (unsigned)(f - l->f);
		g->archive = archive_file(p->a);
		g->input = input;
	}
	g->several |= g->archive != archive_file(p->a) || g->input != input;
	if (r->time < g->since && !(r->flags & FLAG_TIME_INVALID))
		g->since = r->time;
	if (g->finding != UINT32_MAX)
		finding_event(l, &l->f[g->finding], r->id);
	return 0;
}

void
tell_row(struct pass *p, enum said said, const struct record *r, struct str corr, struct str type,
    const char *detail, bool values)
{
	char place[96], uuid[37], want[65], have[65];
	struct buf t;
	struct finding *f;

	put_place(place, r);
	uuid_of(r->id, uuid);
	buf_init(&t, 4096);
	utc_print(&t, UTC_REST, r->time, 0);
	buf_str(&t, ", ");
	text_plain(&t, type.p, type.n > 100 ? 100 : type.n);
	f = finding_say(p->rows->findings, said, archive_file(p->a), place,
	    (const struct value[]){ TEXT(uuid), STR(t.p, t.len), TEXT(detail) }, detail ? 3 : 2);
	finding_correlation(f, corr.p, corr.n);
	finding_event(p->rows->findings, f, r->id);
	if (f && values) {
		struct aside_item i;

		hex_of(r->body_digest, 32, have);
		if (r->claimed_form == FORM_HEX)
			hex_of(r->claimed, 32, want);
		else if (aside_find(r, COL_HASH, &i) && i.n > 1)
			snprintf(
			    want, sizeof want, "%.*s", (int)(i.n - 1 < 64 ? i.n - 1 : 64), i.p + 1);
		else
			want[0] = '\0';
		finding_values(f, want, r->algorithm == ALGO_HMAC ? "no key given fits" : have);
	}
	buf_release(&t);
}

/* The inputs of an archive that are must-gathers whose events went through the collector's
 * sanitiser (R-15 `collection`). */
int
tell_sanitised(struct pass *p)
{
	const struct told_inputs *told = archive_told(p->a);

	free(p->sanitised);
	p->n_sanitised = archive_tables(p->a) + 1u;
	if ((p->sanitised = calloc(p->n_sanitised / 8 + 1, 1)) == NULL)
		return -1;
	for (uint32_t i = 0; i < told->n; i++) {
		uint32_t number = told->input[i].number;

		if (number < p->n_sanitised && told->input[i].sanitised)
			p->sanitised[number / 8] |= (uint8_t)(1u << number % 8);
	}
	return 0;
}

/* Only where the collector says that its sanitiser ran, and where its mark stands. */
static bool
looks_sanitised(const struct pass *p, const struct record *r)
{
	const struct table *t = archive_table_of(p->a, r->source);

	return t && t->input < p->n_sanitised && p->sanitised[t->input / 8] >> t->input % 8 & 1 &&
	    (memmem(r->body, r->body_len, "[REDACTED]", 10) ||
		memmem(r->body, r->body_len, "********", 8));
}

static void
edited(struct pass *p, const struct record *r, const struct cause *why, struct str corr,
    struct str type)
{
	if (r->algorithm == ALGO_HMAC && p->rows->n_hmac && p->rows->hmac_fit == 0)
		return; /* key-unfit is said once */
	if (r->body_form == BODY_VERBATIM) {
		tell_row(p, r->flags & FLAG_TIME_INVALID ? S25_TIME : S01_LACKING, r, corr, type,
		    NULL, false);
	} else if (looks_sanitised(p, r)) {
		p->rows->sanitised++;
		tell_row(p, S10_MARK, r, corr, type, NULL, true);
	} else {
		tell_row(p, why ? why->said : S01_HASH, r, corr, type,
		    why && why->has_detail ? why->detail : NULL, true);
	}
}

static int
gather_expected(struct pass *p, uint32_t correlation, const struct record *r, struct str corr)
{
	struct buf list;
	int rc;

	buf_init(&list, 2000);
	expected_missing(&p->rows->expected, correlation, &list);
	buf_byte(&list, '\0');
	rc = gather(
	    p, &p->expected, r->correlation, S29_BESIDE, r, corr, list.p ? (char *)list.p : "");
	buf_release(&list);
	return rc;
}

/* What is said of rows whose place in the tree is odd: once for all that stand behind one row. */
static const struct {
	enum said said;
	size_t groups; /* where, in struct pass */
} odd_place[] = {
	{ S23_BRANCHES, offsetof(struct pass, forks) },
	{ S24_BEGINNINGS, offsetof(struct pass, beginnings) },
	{ S28_LATE_ROWS, offsetof(struct pass, late) },
	{ S36_ORDER, offsetof(struct pass, renumbered) },
};

/* What is said of a row's place in its tree. */
static int
tell_place(struct pass *p, const struct record *r, uint64_t n, struct str corr)
{
	const struct shape *s = &p->shape;

	for (const struct odd_shape *o = shape_of(s, n); o < s->odd + s->n && o->event == n; o++) {
		uint8_t key[32] = { 0 };

		if (o->id == F_S29 && gather_expected(p, o->with, r, corr))
			return -1;
		store_be(key, o->with, 4);
		for (size_t i = 0; i < sizeof odd_place / sizeof *odd_place; i++)
			if (said_info[odd_place[i].said].id == o->id &&
			    gather(p, (struct groups *)((char *)p + odd_place[i].groups), key,
				odd_place[i].said, r, corr, NULL))
				return -1;
	}
	return 0;
}

/* What is said of a remarkable row. */
int
tell_event(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct record *r = &b->rec[i];
	const struct event_result *x = &p->rows->event[n];
	const struct cause *why = causes_of(p->causes, n);
	struct str corr, type;

	if (pass_names(p, b, i, &corr, &type))
		return -1;
	/* each of these says another thing of the row, and several may hold */
	if (x->unlike)
		tell_row(p, S43_UNLIKE, r, corr, type, NULL, true);
	if (x->content == CONTENT_UNKNOWN_ALGORITHM)
		tell_row(p, S06_ALGORITHM, r, corr, type, NULL, false);
	/* an edit is explained by its cause, where one is known */
	if (x->content == CONTENT_MISMATCH)
		edited(p, r, why, corr, type);
	else if (why && why->said != S02_MISSING)
		tell_row(p, why->said, r, corr, type, why->has_detail ? why->detail : NULL, false);
	else if (x->content == CONTENT_NO_HASH && !x->bare &&
	    gather(p, &p->no_hash, r->correlation, S04_ROWS, r, corr, NULL))
		/* rows without a hash are told by correlation: thousands would say the same */
		return -1;
	if ((x->link == LINK_MISSING || (why && why->said == S02_MISSING)) &&
	    gather(p, &p->missing, r->correlation, S02_MISSING, r, corr, NULL))
		return -1;
	if (x->link == LINK_ELSEWHERE && why == NULL)
		tell_row(p, S07_ELSEWHERE, r, corr, type, NULL, false);
	/* its place in the tree */
	return x->odd ? tell_place(p, r, n, corr) : 0;
}

static void
explain_gaps(struct pass *p, const struct groups *t, bool expected)
{
	for (uint32_t i = 0; i < t->key.n; i++) {
		const struct group *g = &t->g[i];

		if (g->finding != UINT32_MAX)
			gaps_explain(&p->gaps, &p->rows->findings->f[g->finding],
			    numbering_key(&t->key, i), g->archive, g->input, g->since, expected);
	}
}

void
tell_gaps(struct pass *p)
{
	explain_gaps(p, &p->missing, false);
	explain_gaps(p, &p->expected, true);
}

/* Findings about the shape of trees, once all their rows are gathered. */
void
tell_shapes(struct pass *p)
{
	struct rows *rows = p->rows;
	struct findings *l = rows->findings;

	/* whether the rows came in one export decides what can explain the fork */
	for (uint32_t i = 0; i < p->forks.key.n; i++) {
		const struct group *g = &p->forks.g[i];

		if (g->finding != UINT32_MAX)
			finding_explain(l, &l->f[g->finding],
			    g->several ? BECAUSE_RESTORED_BETWEEN : BECAUSE_RESTORED_NOT,
			    GIVING_NOTHING);
	}
	/* a correlation that begins twice */
	for (uint32_t i = 0; i < p->beginnings.key.n; i++) {
		const struct group *g = &p->beginnings.g[i];

		if (g->finding == UINT32_MAX)
			continue;
		if (g->several)
			finding_retell(l, &l->f[g->finding], S26_AGAIN, GIVING_NOTHING);
		else
			finding_explain(
			    l, &l->f[g->finding], BECAUSE_BEGAN_ANEW_NOT, GIVING_NOTHING);
	}
	/* counted for the verdict */
	rows->forks = p->shape.forks;
	rows->forks_unexplained = p->shape.unexplained;
	/* that the newer writer was at work is a fact, and not an alarm */
	if (p->shape.seq_proved)
		finding_say(l, S30_IN_ORDER, 0, "source records",
		    GIVING(NUM(p->shape.seq_rows - p->shape.seq_odd), NUM(p->shape.seq_from),
			NUM(p->shape.seq_odd)));
	/* what order cannot be told, and how many were written late */
	if (p->shape.unordered)
		finding_say(l, S27_SECOND, 0, "source records",
		    GIVING(NUM(p->shape.shared), NUM(rows->events - rows->repeats),
			NUM(p->shape.unordered)));
	if (p->shape.late)
		finding_say(l, S28_BEHIND, 0, "source records", GIVING(NUM(p->shape.late)));
}

void
tell_unchecked(struct rows *rows)
{
	if (rows->content[CONTENT_NO_KEY])
		finding_say(rows->findings, S03_NO_KEY, 0, "source records",
		    GIVING(NUM(rows->content[CONTENT_NO_KEY]), NUM(rows->hashed)));
	if (rows->n_hmac && rows->hmac_rows && rows->hmac_fit == 0)
		finding_say(rows->findings, S08_UNFIT, 0, "source records",
		    GIVING(NUM(rows->hmac_rows), NUM(rows->n_hmac)));
	if (rows->content[CONTENT_NOT_CARRIED])
		finding_say(rows->findings, S09_COLUMNS, 0, "source records",
		    GIVING(NUM(rows->content[CONTENT_NOT_CARRIED])));
	if (rows->content[CONTENT_WITHHELD])
		finding_say(rows->findings, N04_WITHHELD, 0, "source records",
		    GIVING(NUM(rows->content[CONTENT_WITHHELD]), NUM(rows->withheld_fit)));
}
