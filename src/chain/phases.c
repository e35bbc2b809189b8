#include "chain/phases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "chain/across.h"
#include "chain/causes.h"
#include "chain/gaps.h"
#include "chain/keyed.h"
#include "chain/neighbours.h"
#include "chain/numbers.h"
#include "chain/restored.h"
#include "chain/shape.h"
#include "chain/tool_changes.h"
#include "event/view.h"

#define VARIANT_BYTES (2ull << 30) /* hashed at most in search of variants, per archive */

/* A finding that gathers the events of one correlation, or of one fork. */
struct group {
	uint8_t key[32];
	unsigned finding; /* index into findings; UINT32_MAX: only counted */
	int64_t since;    /* earliest time of an event gathered */
	unsigned archive;
	uint32_t input; /* of the first one */
	bool several;   /* others are of other inputs */
};

struct groups {
	struct group *g;
	uint32_t n, *slot, n_slots;
};

struct pass {
	struct rows *rows;
	struct archive *a;
	struct judge jd;
	struct view *view;
	struct groups missing, no_hash, forks, beginnings, late, expected, renumbered;
	uint64_t budget;
	struct links *links;
	struct causes *causes;
	struct tool_changes *changes;
	struct shape shape;
	/* walk: every event of a block that holds a wanted one */
	bool whole;
	/* while decide() runs: hashed rows without an algorithm column (output.md O-5) */
	struct neighbours near;
	struct gaps gaps; /* what can explain that rows are not here */
	/* bits by source number: inputs whose texts a sanitiser changed */
	uint8_t *sanitised;
	uint64_t n_sanitised; /* bits */
};

static struct group *
group_of(struct groups *t, const uint8_t key[32], bool *ret_new)
{
	uint32_t s;
	void *p;

	*ret_new = false;
	if (2 * (t->n + 1) > t->n_slots) {
		uint32_t n = t->n_slots ? t->n_slots * 2 : 256, *q = malloc(n * sizeof *q);

		if (q == NULL)
			return NULL;
		memset(q, 0xff, n * sizeof *q);
		for (uint32_t i = 0; i < t->n; i++) {
			for (s = (uint32_t)load_be(t->g[i].key, 4) & (n - 1); q[s] != UINT32_MAX;
			     s = (s + 1) & (n - 1))
				;
			q[s] = i;
		}
		free(t->slot);
		t->slot = q;
		t->n_slots = n;
		if ((p = realloc(t->g, n * sizeof *t->g)) == NULL)
			return NULL;
		t->g = p;
	}
	for (s = (uint32_t)load_be(key, 4) & (t->n_slots - 1); t->slot[s] != UINT32_MAX;
	     s = (s + 1) & (t->n_slots - 1))
		if (memcmp(t->g[t->slot[s]].key, key, 32) == 0)
			return &t->g[t->slot[s]];
	t->slot[s] = t->n;
	t->g[t->n] = (struct group){ .finding = UINT32_MAX };
	memcpy(t->g[t->n].key, key, 32);
	t->g[t->n].since = INT64_MAX;
	*ret_new = true;
	return &t->g[t->n++];
}

static void
groups_release(struct groups *t)
{
	free(t->g);
	free(t->slot);
}

static int
gather(struct pass *p, struct groups *t, const uint8_t key[32], enum finding_id id,
    const struct record *r, struct str corr, const char *place, const char *sentence)
{
	bool fresh;
	struct group *g = group_of(t, key, &fresh);
	const struct table *table = archive_table_of(p->a, r->source);
	struct findings *l = p->rows->findings;
	uint32_t input = table ? table->input : 0;

	if (g == NULL)
		return -1;
	if (fresh) {
		struct finding *f = finding_add(l, id, p->a->file, place, "%s", sentence);

		finding_correlation(f, corr.p, corr.n);
		if (f)
			g->finding = (unsigned)(f - l->f);
		g->archive = p->a->file;
		g->input = input;
	}
	g->several |= g->archive != p->a->file || g->input != input;
	if (r->time < g->since && !(r->flags & FLAG_TIME_INVALID))
		g->since = r->time;
	if (g->finding != UINT32_MAX)
		finding_event(l, &l->f[g->finding], r->id);
	return 0;
}

static void
row_finding(struct pass *p, enum finding_id id, const struct record *r, struct str corr,
    struct str type, const char *place, const char *sentence, bool values)
{
	char uuid[37], want[65], have[65];
	struct buf t;
	struct finding *f;

	uuid_of(r->id, uuid);
	buf_init(&t, 4096);
	utc_print(&t, UTC_REST, r->time, 0);
	buf_str(&t, ", ");
	text_plain(&t, type.p, type.n > 100 ? 100 : type.n);
	buf_byte(&t, '\0');
	f = finding_add(p->rows->findings, id, p->a->file, place, "Event %s (%s) %s", uuid,
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

/* Anything but a matching, linked row is looked at again, with its text. */
static bool
remarkable(const struct event_result *x)
{
	return x->cause || x->odd || x->unlike || x->content == CONTENT_VARIANT ||
	    x->content == CONTENT_MISMATCH || x->content == CONTENT_UNKNOWN_ALGORITHM ||
	    x->content == CONTENT_NO_HASH || x->content == CONTENT_UNDECIDED ||
	    x->link == LINK_MISSING || x->link == LINK_ELSEWHERE;
}

static int
names_of(struct pass *p, const struct block *b, uint32_t i, struct str *corr, struct str *type)
{
	return block_names(b, i, p->view, archive_table_of(p->a, b->rec[i].source), corr, type);
}

static void
put_place(char place[96], const struct record *r)
{
	snprintf(place, 96, "position %llu, row %llu of its input", (unsigned long long)r->position,
	    (unsigned long long)r->ordinal);
}

/* First look at a remarkable row: is it a spelling? */
static int
look(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	struct rows *rows = p->rows;
	const struct record *r = &b->rec[i];
	struct event_result *x = &rows->event[n];
	struct str corr, type;
	char place[96], name[200], sentence[300];
	int key;

	if ((x->content == CONTENT_MISMATCH || x->content == CONTENT_UNDECIDED) &&
	    judge_variant(&p->jd, r, &p->budget, &rows->gave_up, &key, name)) {
		struct variant_name *q = rows->variant;

		if ((rows->n_variants & (rows->n_variants - 1)) == 0 &&
		    (q = realloc(q, (rows->n_variants ? rows->n_variants * 2 : 1) * sizeof *q)) ==
			NULL)
			return -1;
		rows->variant = q;
		q[rows->n_variants].event = n;
		memcpy(q[rows->n_variants++].name, name, sizeof name);
		x->content = CONTENT_VARIANT;
		x->key = (int8_t)key;
		rows->hmac_fit += r->algorithm == ALGO_HMAC;
		snprintf(sentence, sizeof sentence,
		    "matches its hash once the database's respelling is undone: %s.", name);
		if (names_of(p, b, i, &corr, &type))
			return -1;
		put_place(place, r);
		row_finding(p, F_S05, r, corr, type, place, sentence, false);
	}
	return 0;
}

/* Once undecided rows are settled: what must be known to say why a row is odd. */
static int
suspect(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	struct str corr, type;

	return names_of(p, b, i, &corr, &type) ?
	    -1 :
	    causes_suspect(p->causes, &b->rec[i], &p->rows->event[n], type);
}

static int
relate(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct table *table;
	struct str corr, type;

	if (names_of(p, b, i, &corr, &type))
		return -1;
	table = archive_table_of(p->a, b->rec[i].source);
	return causes_row(p->causes, &b->rec[i], p->a->file << 16 ^ (table ? table->input : 0), n,
	    &p->rows->event[n], corr, type, links_mixed(p->links, b->rec[i].correlation));
}

/* The inputs of an archive that are must-gathers whose events went through the collector's
 * sanitiser (R-15 `collection`). */
static int
note_sanitised(struct pass *p)
{
	struct json_doc *m = &p->a->manifest;
	uint32_t from, flag;
	uint64_t source;

	free(p->sanitised);
	p->n_sanitised = p->a->n_tables + 1u;
	if ((p->sanitised = calloc(p->n_sanitised / 8 + 1, 1)) == NULL)
		return -1;
	for (uint32_t i = archive_inputs(p->a); i != JSON_NONE; i = m->node[i].next) {
		from = json_path(m, i, "collection.events_from");
		flag = json_path(m, i, "collection.sanitised");
		if (json_u64(m, i, "input", &source) && source < p->n_sanitised &&
		    flag != JSON_NONE && m->node[flag].type == JSON_TRUE && from != JSON_NONE &&
		    m->node[from].type == JSON_STRING &&
		    (m->node[from].str_len < 13 ||
			memcmp(
			    json_str(m, from) + m->node[from].str_len - 13, ".pre-sanitize", 13)))
			p->sanitised[source / 8] |= (uint8_t)(1u << source % 8);
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
    struct str type, const char *place)
{
	if (r->algorithm == ALGO_HMAC && p->rows->n_hmac && p->rows->hmac_fit == 0)
		return; /* key-unfit is said once */
	if (r->body_form == BODY_VERBATIM) {
		row_finding(p, r->flags & FLAG_TIME_INVALID ? F_S25 : F_S01, r, corr, type, place,
		    r->flags & FLAG_TIME_INVALID ? "has a hash, and a time that the source does "
						   "not accept: none, infinite, or of no year from "
						   "1 to 9999." :
						   "has a hash, but no retention_days or "
						   "is_sensitive: the source hashes and writes "
						   "both.",
		    false);
	} else if (looks_sanitised(p, r)) {
		p->rows->sanitised++;
		row_finding(p, F_S10, r, corr, type, place,
		    "does not give its hash and holds the mark of the collector's sanitiser.",
		    true);
	} else {
		row_finding(p, why ? why->id : F_S01, r, corr, type, place,
		    why ? why->sentence : "does not give the hash that the source stored for it.",
		    true);
	}
}

static int
gather_expected(struct pass *p, const uint8_t key[32], uint32_t correlation, const struct record *r,
    struct str corr, const char *place)
{
	struct buf list;
	char sentence[2048];

	buf_init(&list, 2000);
	expected_missing(&p->rows->expected, correlation, &list);
	snprintf(sentence, sizeof sentence,
	    "Beside the events listed the source writes %.*s; the correlation holds none.",
	    (int)list.len, list.p ? (char *)list.p : "");
	buf_release(&list);
	return gather(p, &p->expected, key, F_S29, r, corr, place, sentence);
}

/* What is said of a row's place in its tree. */
static int
tell_shape(struct pass *p, const struct record *r, uint64_t n, struct str corr, const char *place)
{
	const struct shape *s = &p->shape;
	uint8_t key[32] = { 0 };

	for (const struct odd_shape *o = shape_of(s, n); o < s->odd + s->n && o->event == n; o++) {
		if (o->id == F_S29)
			memcpy(key, r->correlation, 32);
		else
			store_be(key, o->with, 4);
		if (o->id == F_S29     ? gather_expected(p, key, o->with, r, corr, place) :
			o->id == F_S28 ? gather(p, &p->late, key, F_S28, r, corr, place,
					     "Rows of this correlation lie more than 7 days and an "
					     "hour before the time of the row that they were "
					     "written behind: "
					     "the source's API accepts no such time; a dead letter "
					     "replayed late, or a writer past the API.") :
			o->id == F_S36 ? gather(p, &p->renumbered, key, F_S36, r, corr, place,
					     "Numbers of insert_seq contradict the links of this "
					     "correlation: the rows listed were not stored in the "
					     "order of their numbers.") :
			o->id == F_S24 ? gather(p, &p->beginnings, key, F_S24, r, corr, place,
					     "This correlation has more than one first row: rows "
					     "that name no predecessor.") :
					 gather(p, &p->forks, key, F_S23, r, corr, place,
					     "Behind one row of this correlation several branches "
					     "go on in time (the rows listed: that one, and those "
					     "that name it); "
					     "the source's writer makes one such branch at most."))
			return -1;
	}
	return 0;
}

/* What is said of a remarkable row. */
static int
tell(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct record *r = &b->rec[i];
	const struct event_result *x = &p->rows->event[n];
	const struct cause *why = causes_of(p->causes, n);
	struct str corr, type;
	char place[96];

	if (names_of(p, b, i, &corr, &type))
		return -1;
	put_place(place, r);
	if (x->unlike)
		row_finding(p, F_S43, r, corr, type, place,
		    "was sealed without its values, and its digest is not the hash that the source "
		    "stored: edited before the export, or a spelling of the database.",
		    true);
	if (x->content == CONTENT_UNKNOWN_ALGORITHM)
		row_finding(p, F_S06, r, corr, type, place,
		    "names a hash algorithm that the source does not have.", false);
	if (x->content == CONTENT_MISMATCH)
		edited(p, r, why, corr, type, place);
	else if (why && why->id != F_S02)
		row_finding(p, why->id, r, corr, type, place, why->sentence, false);
	else if (x->content == CONTENT_NO_HASH &&
	    gather(p, &p->no_hash, r->correlation, F_S04, r, corr, place,
		"Rows of this correlation have no hash: the source never protected them."))
		return -1;
	if ((x->link == LINK_MISSING || (why && why->id == F_S02)) &&
	    gather(p, &p->missing, r->correlation, F_S02, r, corr, place,
		"Rows of this correlation name predecessors that are not in the files given."))
		return -1;
	if (x->link == LINK_ELSEWHERE && why == NULL)
		row_finding(p, F_S07, r, corr, type, place,
		    "names a predecessor that belongs to another correlation.", false);
	return x->odd ? tell_shape(p, r, n, corr, place) : 0;
}

static int
walk(struct pass *p, uint64_t first_block, bool (*want)(const struct event_result *),
    int (*f)(struct pass *, const struct block *, uint32_t, uint64_t), struct err *e)
{
	struct archive *a = p->a;
	struct unpacker *u = NULL;
	struct findings ignore = { 0 };
	struct buf blob;
	int rc = 0;

	buf_init(&blob, EX_MAX_BLOB);
	for (uint64_t i = 0; i < a->n_rows && rc == 0; i++) {
		uint64_t n = p->rows->block_event[first_block + i],
			 end = p->rows->block_event[first_block + i + 1];
		struct block b;
		bool any = false;

		for (uint64_t k = n; k < end && !any; k++)
			any = want(&p->rows->event[k]);
		if (!any)
			continue;
		if (u == NULL && (u = unpacker_new(a->dict, a->dict_len)) == NULL) {
			rc = err_nomem(e);
			break;
		}
		if ((rc = archive_block(a, i, u, &blob, &b, &ignore, e)) != 0) {
			/* damaged: found when it was first read */
			rc = rc < 0 ? rc : 0;
			continue;
		}
		for (uint32_t j = 0; j < b.n && rc == 0; j++)
			if (b.rec[j].kind == KIND_EVENT) {
				if ((p->whole || want(&p->rows->event[n])) && f(p, &b, j, n))
					rc = err_nomem(e);
				n++;
			}
	}
	unpacker_free(u);
	findings_release(&ignore);
	buf_release(&blob);
	return rc;
}

static int
note_row(struct pass *p, const struct block *b, uint32_t i, uint64_t n)
{
	const struct record *r = &b->rec[i];
	const struct table *table = archive_table_of(p->a, r->source);

	if (r->algorithm != ALGO_ABSENT || p->rows->event[n].content == CONTENT_NO_HASH ||
	    p->rows->event[n].content == CONTENT_NOT_CARRIED)
		return 0;
	return neighbours_add(&p->near,
	    (struct neighbour){ r->time, n, load_be(r->correlation, 8), table ? table->input : 0,
		r->flags & FLAG_WITHHELD ?
		    r->claimed_form == FORM_HEX && memcmp(r->claimed, r->body_digest, 32) == 0 :
		    content_fits(p->rows->event[n].content) && p->rows->event[n].key < 0 });
}

static bool
any_event(const struct event_result *x)
{
	(void)x;
	return true;
}

static int
decide(struct pass *p, uint64_t first_block, struct err *e)
{
	int rc = walk(p, first_block, any_event, note_row, e);

	neighbours_sort(&p->near);
	if (rc == 0 && keyed_settle(&p->near, p->rows))
		rc = err_nomem(e);
	neighbours_release(&p->near);
	return rc;
}

/* Why the rows that a group of a correlation lacks are not here. */
static void
tell_gap(struct gaps *gaps, struct rows *rows, const struct group *g, bool expected)
{
	if (g->finding != UINT32_MAX)
		gaps_explain(gaps, &rows->findings->f[g->finding], g->key, g->archive, g->input,
		    g->since, expected);
}

/* Findings about the shape of trees, once all their rows are gathered. */
static void
conclude_shape(struct pass *p)
{
	struct rows *rows = p->rows;
	struct findings *l = rows->findings;

	for (uint32_t i = 0; i < p->forks.n; i++) {
		const struct group *g = &p->forks.g[i];

		if (g->finding != UINT32_MAX)
			finding_explain(l, &l->f[g->finding],
			    g->several ? EXPLAINED_FITS : EXPLAINED_RULED_OUT,
			    g->several ? "the source's database was restored from a backup between "
					 "two exports, and went on from there" :
					 "a database that was restored from a backup: all these "
					 "rows come from one export");
	}
	for (uint32_t i = 0; i < p->beginnings.n; i++) {
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
		    "%llu rows, from insert_seq %llu on, are linked in the order of insert_seq, as "
		    "the source's newer writer does; %llu are not.",
		    (unsigned long long)(p->shape.seq_rows - p->shape.seq_odd),
		    (unsigned long long)p->shape.seq_from, (unsigned long long)p->shape.seq_odd);
	if (p->shape.unordered)
		finding_add(l, F_S27, 0, "source records",
		    "%llu of %llu events share their second with another of the same correlation; "
		    "for %llu of them no link tells the order inside it.",
		    (unsigned long long)p->shape.shared,
		    (unsigned long long)(rows->events - rows->repeats),
		    (unsigned long long)p->shape.unordered);
	if (p->shape.late)
		finding_add(l, F_S28, 0, "source records",
		    "%llu events were written behind an event of a later time of the same "
		    "correlation.",
		    (unsigned long long)p->shape.late);
}

int
chain_judge(struct rows *rows, struct links *links, struct err *e)
{
	struct pass p = { .rows = rows, .links = links };
	uint64_t first = 0, undecided = 0;
	int rc = -1;

	if (judge_init(&p.jd, rows->hmac, rows->n_hmac) || (p.view = view_new()) == NULL ||
	    (p.causes = causes_new(rows)) == NULL || (p.changes = tool_changes_new(rows)) == NULL) {
		err_nomem(e);
		goto out;
	}
	for (unsigned k = 0; k < rows->n_archives; k++) {
		p.a = &rows->archive[k];
		p.budget = VARIANT_BYTES;
		if (walk(&p, first, remarkable, look, e) ||
		    tool_changes_find(p.changes, rows, k, first, e))
			goto out;
		undecided = 0;
		for (uint64_t i = rows->block_event[first];
		     i < rows->block_event[first + p.a->n_rows]; i++)
			undecided +=
			    rows->event[i].content == CONTENT_UNDECIDED || rows->event[i].unlike;
		if ((undecided && decide(&p, first, e)) || walk(&p, first, remarkable, suspect, e))
			goto out;
		first += p.a->n_rows;
	}
	if (shape_find(&p.shape, rows)) {
		err_nomem(e);
		goto out;
	}
	if (restored_find(&p.shape, rows, e))
		goto out;
	first = 0;
	p.whole = true;
	for (unsigned k = 0;
	     k < rows->n_archives && (causes_any(p.causes) || links_any_mixed(links)); k++) {
		p.a = &rows->archive[k];
		/* a gap alone is looked at in its own blocks: honest archives have gaps, and pay
		 * for nothing more */
		if (walk(&p, first,
			causes_need_all(p.causes) || links_any_mixed(links) ? any_event :
									      remarkable,
			relate, e))
			goto out;
		first += p.a->n_rows;
	}
	p.whole = false;
	p.budget = CAUSES_HASHED;
	if (causes_decide(p.causes, rows, &p.budget)) {
		err_nomem(e);
		goto out;
	}
	first = 0;
	for (unsigned k = 0; k < rows->n_archives; k++) {
		p.a = &rows->archive[k];
		if (note_sanitised(&p)) {
			err_nomem(e);
			goto out;
		}
		if (walk(&p, first, remarkable, tell, e))
			goto out;
		first += p.a->n_rows;
	}
	for (uint64_t i = 0; i < rows->events; i++) {
		rows->content[rows->event[i].content]++;
		rows->unkeyed_fit += content_fits(rows->event[i].content) && rows->event[i].key < 0;
		rows->keyed_fit += content_fits(rows->event[i].content) && rows->event[i].key >= 0;
		rows->links[rows->event[i].link]++;
	}
	rows->gap_correlations = p.missing.n;
	if (gaps_open(&p.gaps, rows, e))
		goto out;
	for (uint32_t i = 0; i < rows->expected.n; i++)
		rows->decisions_missing += expected_lacks_decision(&rows->expected, i);
	for (uint32_t i = 0; i < p.missing.n; i++)
		tell_gap(&p.gaps, rows, &p.missing.g[i], false);
	for (uint32_t i = 0; i < p.expected.n; i++)
		tell_gap(&p.gaps, rows, &p.expected.g[i], true);
	conclude_shape(&p);
	if (keyed_downgrades(rows, e) || numbers_check(rows, e))
		goto out;
	tool_changes_tell(p.changes, rows);
	rows->hashed =
	    rows->events - rows->content[CONTENT_NO_HASH] - rows->content[CONTENT_REPEAT];
	if (rows->content[CONTENT_NO_KEY])
		finding_add(rows->findings, F_S03, 0, "source records",
		    "%llu of %llu hashed events are keyed and no key was given: neither confirmed "
		    "nor contradicted.",
		    (unsigned long long)rows->content[CONTENT_NO_KEY],
		    (unsigned long long)rows->hashed);
	if (rows->n_hmac && rows->hmac_rows && rows->hmac_fit == 0)
		finding_add(rows->findings, F_S08, 0, "source records",
		    "None of %llu keyed events fits any of the %u keys given: wrong key or "
		    "altered, cannot tell.",
		    (unsigned long long)rows->hmac_rows, rows->n_hmac);
	if (rows->content[CONTENT_NOT_CARRIED])
		finding_add(rows->findings, F_S09, 0, "source records",
		    "%llu events came from an input that leaves out hashed columns: their content "
		    "cannot be checked.",
		    (unsigned long long)rows->content[CONTENT_NOT_CARRIED]);
	if (rows->content[CONTENT_WITHHELD])
		finding_add(rows->findings, F_N04, 0, "source records",
		    "%llu events were sealed without some of their values: marks and masks stand "
		    "in their place, links and digests are whole. Of %llu of them the sealed "
		    "digest is the hash that the source stored.",
		    (unsigned long long)rows->content[CONTENT_WITHHELD],
		    (unsigned long long)rows->withheld_fit);
	rc = 0;
out:
	judge_release(&p.jd);
	view_free(p.view);
	causes_free(p.causes);
	tool_changes_free(p.changes);
	free(p.sanitised);
	shape_release(&p.shape);
	gaps_release(&p.gaps);
	groups_release(&p.missing);
	groups_release(&p.no_hash);
	groups_release(&p.forks);
	groups_release(&p.beginnings);
	groups_release(&p.late);
	groups_release(&p.expected);
	groups_release(&p.renumbered);
	return rc;
}
