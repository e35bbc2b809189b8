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
gather(struct pass *p, struct groups *t, const uint8_t key[32], enum finding_id id,
    const struct record *r, struct str corr, const char *sentence)
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
		f = finding_add(l, id, archive_file(p->a), place, "%s", sentence);
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
tell_row(struct pass *p, enum finding_id id, const struct record *r, struct str corr,
    struct str type, const char *sentence, bool values)
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
	buf_byte(&t, '\0');
	f = finding_add(p->rows->findings, id, archive_file(p->a), place, "Event %s (%s) %s", uuid,
	    t.p ? (char *)t.p : "", sentence);
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
		tell_row(p, r->flags & FLAG_TIME_INVALID ? F_S25 : F_S01, r, corr, type,
		    r->flags & FLAG_TIME_INVALID ? "has a hash, and a time that the source does "
						   "not accept: none, infinite, or of no year from "
						   "1 to 9999." :
						   "has a hash, but no retention_days or "
						   "is_sensitive: the source hashes and writes "
						   "both.",
		    false);
	} else if (looks_sanitised(p, r)) {
		p->rows->sanitised++;
		tell_row(p, F_S10, r, corr, type,
		    "does not give its hash and holds the mark of the collector's sanitiser.",
		    true);
	} else {
		tell_row(p, why ? why->id : F_S01, r, corr, type,
		    why ? why->sentence : "does not give the hash that the source stored for it.",
		    true);
	}
}

static int
gather_expected(struct pass *p, uint32_t correlation, const struct record *r, struct str corr)
{
	struct buf list;
	char sentence[2048];

	buf_init(&list, 2000);
	expected_missing(&p->rows->expected, correlation, &list);
	snprintf(sentence, sizeof sentence,
	    "Beside the events listed the source writes %.*s; the correlation holds none.",
	    (int)list.len, list.p ? (char *)list.p : "");
	buf_release(&list);
	return gather(p, &p->expected, r->correlation, F_S29, r, corr, sentence);
}

/* What is said of rows whose place in the tree is odd: once for all that stand behind one row. */
static const struct {
	enum finding_id id;
	size_t groups; /* where, in struct pass */
	const char *sentence;
} odd_place[] = {
	{ F_S23, offsetof(struct pass, forks),
	    "Behind one row of this correlation several branches go on in time (the rows listed: "
	    "that one, and those that name it); the source's writer makes one such branch at "
	    "most." },
	{ F_S24, offsetof(struct pass, beginnings),
	    "This correlation has more than one first row: rows that name no predecessor." },
	{ F_S28, offsetof(struct pass, late),
	    "Rows of this correlation lie more than 7 days and an hour before the time of the row "
	    "that they were written behind: the source's API accepts no such time; a dead letter "
	    "replayed late, or a writer past the API." },
	{ F_S36, offsetof(struct pass, renumbered),
	    "Numbers of insert_seq contradict the links of this correlation: the rows listed were "
	    "not stored in the order of their numbers." },
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
			if (odd_place[i].id == o->id &&
			    gather(p, (struct groups *)((char *)p + odd_place[i].groups), key,
				o->id, r, corr, odd_place[i].sentence))
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
	if (x->unlike)
		tell_row(p, F_S43, r, corr, type,
		    "was sealed without its values, and its digest is not the hash that the source "
		    "stored: edited before the export, or a spelling of the database.",
		    true);
	if (x->content == CONTENT_UNKNOWN_ALGORITHM)
		tell_row(p, F_S06, r, corr, type,
		    "names a hash algorithm that the source does not have.", false);
	if (x->content == CONTENT_MISMATCH)
		edited(p, r, why, corr, type);
	else if (why && why->id != F_S02)
		tell_row(p, why->id, r, corr, type, why->sentence, false);
	else if (x->content == CONTENT_NO_HASH && !x->bare &&
	    gather(p, &p->no_hash, r->correlation, F_S04, r, corr,
		"Rows of this correlation have no hash: nothing protects what they say."))
		return -1;
	if ((x->link == LINK_MISSING || (why && why->id == F_S02)) &&
	    gather(p, &p->missing, r->correlation, F_S02, r, corr,
		"Rows of this correlation name predecessors that are not in the files given."))
		return -1;
	if (x->link == LINK_ELSEWHERE && why == NULL)
		tell_row(p, F_S07, r, corr, type,
		    "names a predecessor that belongs to another correlation.", false);
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

	for (uint32_t i = 0; i < p->forks.key.n; i++) {
		const struct group *g = &p->forks.g[i];

		if (g->finding != UINT32_MAX)
			finding_explain(l, &l->f[g->finding],
			    g->several ? EXPLAINED_FITS : EXPLAINED_RULED_OUT,
			    g->several ? "the source's database was restored from a backup between "
					 "two exports, and went on from there" :
					 "a database that was restored from a backup: all these "
					 "rows come from one export");
	}
	for (uint32_t i = 0; i < p->beginnings.key.n; i++) {
		const struct group *g = &p->beginnings.g[i];

		if (g->finding == UINT32_MAX)
			continue;
		if (g->several)
			finding_becomes(l, &l->f[g->finding], F_S26,
			    "This correlation has first rows in more than one export: its earlier "
			    "rows had been deleted from the source when it began anew.");
		else
			finding_explain(l, &l->f[g->finding], EXPLAINED_RULED_OUT,
			    "its earlier rows had been deleted when it began anew: they stand in "
			    "the same export");
	}
	rows->forks = p->shape.forks;
	rows->forks_unexplained = p->shape.unexplained;
	if (p->shape.seq_proved)
		finding_add(l, F_S30, 0, "source records",
		    "%" PRIu64 " rows, from insert_seq %" PRIu64 " on, are linked in the order of "
		    "insert_seq, as "
		    "the source's newer writer does; %" PRIu64 " are not.",
		    p->shape.seq_rows - p->shape.seq_odd, p->shape.seq_from, p->shape.seq_odd);
	if (p->shape.unordered)
		finding_add(l, F_S27, 0, "source records",
		    "%" PRIu64 " of %" PRIu64 " events share their second with another of the same "
		    "correlation; "
		    "for %" PRIu64 " of them no link tells the order inside it.",
		    p->shape.shared, rows->events - rows->repeats, p->shape.unordered);
	if (p->shape.late)
		finding_add(l, F_S28, 0, "source records",
		    "%" PRIu64 " events were written behind an event of a later time of the same "
		    "correlation.",
		    p->shape.late);
}

void
tell_unchecked(struct rows *rows)
{
	if (rows->content[CONTENT_NO_KEY])
		finding_add(rows->findings, F_S03, 0, "source records",
		    "%" PRIu64 " of %" PRIu64 " hashed events are keyed and no key was given: "
		    "neither confirmed "
		    "nor contradicted.",
		    rows->content[CONTENT_NO_KEY], rows->hashed);
	if (rows->n_hmac && rows->hmac_rows && rows->hmac_fit == 0)
		finding_add(rows->findings, F_S08, 0, "source records",
		    "None of %" PRIu64 " keyed events fits any of the %u keys given: wrong key or "
		    "altered, cannot tell.",
		    rows->hmac_rows, rows->n_hmac);
	if (rows->content[CONTENT_NOT_CARRIED])
		finding_add(rows->findings, F_S09, 0, "source records",
		    "%" PRIu64 " events came from an input that leaves out hashed columns: their "
		    "content "
		    "cannot be checked.",
		    rows->content[CONTENT_NOT_CARRIED]);
	if (rows->content[CONTENT_WITHHELD])
		finding_add(rows->findings, F_N04, 0, "source records",
		    "%" PRIu64 " events were sealed without some of their values: marks and masks "
		    "stand "
		    "in their place, links and digests are whole. Of %" PRIu64 " of them the "
		    "sealed "
		    "digest is the hash that the source stored.",
		    rows->content[CONTENT_WITHHELD], rows->withheld_fit);
}
