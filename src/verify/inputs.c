#include "verify/inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- context records ---- */

struct member_name {
	const char *p;
	size_t n;
	uint32_t node;
};

static int
by_name(const void *a, const void *b)
{
	const struct member_name *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = n ? memcmp(x->p, y->p, n) : 0;

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

uint32_t
json_doubled(const struct json_doc *d, int *ret_rc)
{
	struct member_name *name = NULL;
	uint32_t cap = 0, twice = JSON_NONE;

	*ret_rc = 0;
	for (uint32_t o = 0; o < d->n && twice == JSON_NONE; o++) {
		uint32_t n = 0;

		if (d->node[o].type != JSON_OBJECT || d->node[o].count < 2)
			continue;
		if (d->node[o].count > cap) {
			void *p = realloc(name, d->node[o].count * sizeof *name);

			if (p == NULL) {
				*ret_rc = -1;
				break;
			}
			name = p;
			cap = d->node[o].count;
		}
		for (uint32_t i = d->node[o].first; i != JSON_NONE && n < cap; i = d->node[i].next)
			name[n++] = (struct member_name){ json_name(d, i), d->node[i].name_len, i };
		qsort(name, n, sizeof *name, by_name);
		for (uint32_t i = 1; i < n && twice == JSON_NONE; i++)
			if (by_name(&name[i - 1], &name[i]) == 0)
				twice = name[i].node;
	}
	free(name);
	return twice;
}

static int64_t
option_time(const struct json_doc *d, const char *path, int64_t absent)
{
	uint32_t i = json_path(d, 0, path);
	struct utc t;

	return i != JSON_NONE && d->node[i].type == JSON_STRING &&
		utc_parse(json_str(d, i), d->node[i].str_len, &t) == UTC_OK ?
	    t.us :
	    absent;
}

int
context_read(const struct record *r, struct json_doc *d, struct sha256 *s, struct context_head *ret)
{
	static const char *const known[] = {
		[CONTEXT_INPUT_START] = "input-start",
		[CONTEXT_TABLE] = "table",
		[CONTEXT_INPUT_END] = "input-end",
		[CONTEXT_POLL] = "poll",
		[CONTEXT_VANISHED] = "vanished",
	};
	static const char begin[] = "{\"context\":\"";
	const char *name = (const char *)r->body + sizeof begin - 1;
	uint32_t i;
	int rc;

	memset(ret, 0, sizeof *ret);
	if (r->body_len < sizeof begin + 12 || memcmp(r->body, begin, sizeof begin - 1)) {
		ret->malformed =
		    r->body_len < sizeof begin || memcmp(r->body, begin, sizeof begin - 1) != 0;
		return 0;
	}
	for (unsigned k = CONTEXT_INPUT_START; k <= CONTEXT_VANISHED; k++) {
		size_t n = strlen(known[k]);

		if (r->body_len > sizeof begin + n && memcmp(name, known[k], n) == 0 &&
		    name[n] == '"')
			ret->kind = (enum context_kind)k;
	}
	if (ret->kind == CONTEXT_OTHER)
		return 0;
	if ((rc = json_parse(d, (const char *)r->body, r->body_len, 64)) != 0) {
		ret->malformed = rc > 0;
		return rc < 0 ? -1 : 0;
	}
	ret->doubled = json_doubled(d, &rc) != JSON_NONE;
	json_u64(d, 0, "source", &ret->source);
	json_u64(d, 0, "input", &ret->input);
	if (ret->kind == CONTEXT_INPUT_START) {
		i = json_path(d, 0, "options.redact");
		ret->redact =
		    i != JSON_NONE && d->node[i].type == JSON_STRING && d->node[i].str_len;
		ret->since = option_time(d, "options.since", INT64_MIN);
		ret->until = option_time(d, "options.until", INT64_MAX);
		i = json_member(d, 0, "spellings");
		ret->spellings = i != JSON_NONE && d->node[i].type == JSON_TRUE;
		i = json_member(d, 0, "kind");
		ret->letters = json_text_is(d, i, "dead-letters") || json_text_is(d, i, "redis");
		i = json_member(d, 0, "started_at");
		if (i != JSON_NONE && d->node[i].type == JSON_STRING &&
		    d->node[i].str_len < sizeof ret->started_at)
			memcpy(ret->started_at, json_str(d, i), d->node[i].str_len);
	}
	if (ret->kind == CONTEXT_TABLE || ret->kind == CONTEXT_INPUT_END)
		sha256_once(s, r->body, r->body_len, ret->digest);
	return rc;
}

/* ---- the order of records ---- */

void
inputs_init(struct inputs *x, struct archive *a, struct findings *f)
{
	memset(x, 0, sizeof *x);
	x->a = a;
	x->f = f;
	a->asked_from = INT64_MIN;
	a->asked_to = INT64_MAX;
	x->earlier = x->newest = INT64_MIN;
}

void
inputs_release(struct inputs *x)
{
	free(x->source);
	memset(x, 0, sizeof *x);
}

/* One sentence a file: behind the first break of order everything else would be an echo. */
static void
disorder(struct inputs *x, const struct inputs_record *r, const char *what)
{
	char place[64];

	if (x->told)
		return;
	x->told = true;
	snprintf(place, sizeof place, "position %" PRIu64, r->position);
	finding_add(x->f, F_A28, x->a->file, place, "Position %" PRIu64 ": %s [R-15, R-16].",
	    r->position, what);
}

static struct source *
source_of(struct inputs *x, uint64_t number)
{
	return number && number <= x->n ? &x->source[number - 1] : NULL;
}

/* Sources are numbered from 1 in the order of their records. */
static int
new_source(struct inputs *x, const struct inputs_record *r, bool table)
{
	const struct context_head *h = r->head;
	struct source *p;

	if (h->source != (uint64_t)x->n + 1 || r->source != h->source)
		disorder(x, r, "its source is not the next number");
	if (x->n == x->cap) {
		uint32_t cap = x->cap ? x->cap * 2 : 16;

		if ((p = realloc(x->source, cap * sizeof *p)) == NULL)
			return -1;
		x->source = p;
		x->cap = cap;
	}
	p = &x->source[x->n++];
	memset(p, 0, sizeof *p);
	p->input = table ? (uint32_t)h->input : x->n;
	p->redact = h->redact;
	p->letters = h->letters;
	p->spellings = h->spellings;
	memcpy(p->digest, h->digest, 32);
	return 0;
}

static int
context(struct inputs *x, const struct inputs_record *r)
{
	const struct context_head *h = r->head;
	struct source *s;

	if (h->malformed || h->doubled)
		disorder(x, r,
		    h->doubled ? "a member of a context record stands twice" :
				 "a context record is malformed");
	switch (h->kind) {
	case CONTEXT_INPUT_START:
		if (x->current || x->behind)
			disorder(x, r, "an input begins before the one before it has ended");
		/* of a file that follows its source every run is an input, and started at a time
		 * of its own */
		if (x->inputs++ == 0 || x->a->follows)
			x->start_told |= x->a->manifest_ok &&
			    json_text_is(&x->a->manifest,
				json_member(&x->a->manifest, 0, "started_at"), h->started_at);
		if (new_source(x, r, false))
			return -1;
		x->current = x->n;
		/* the file holds what all its inputs were asked for */
		x->a->asked_from = h->since > x->a->asked_from ? h->since : x->a->asked_from;
		x->a->asked_to = h->until < x->a->asked_to ? h->until : x->a->asked_to;
		break;
	case CONTEXT_TABLE:
		if (x->current == 0 || h->input != x->current)
			disorder(x, r, "a table is not of the input that it stands in");
		x->tables++;
		return new_source(x, r, true);
	case CONTEXT_INPUT_END:
		if (x->current == 0 || h->input != x->current || r->source != h->input)
			disorder(x, r, "an input ends that has not begun");
		if ((s = source_of(x, h->input)) != NULL) {
			s->ended = true;
			memcpy(s->digest, h->digest, 32);
		}
		x->current = 0;
		break;
	case CONTEXT_POLL:
		x->polls++;
		break;
	case CONTEXT_VANISHED:
		x->behind = true;
		break;
	default:
		break;
	}
	return 0;
}

bool
inputs_spelled(const struct inputs *x, uint32_t source)
{
	const struct source *s = source && source <= x->n ? &x->source[source - 1] : NULL;

	return s && s->input && s->input <= x->n && x->source[s->input - 1].spellings;
}

int
inputs_record(struct inputs *x, const struct inputs_record *r, bool unread)
{
	struct source *s, *in;

	if (unread)
		/* what stands in a block that cannot be read is not known */
		x->told = true;
	if (r->kind == KIND_MANIFEST)
		return 0;
	if (r->kind == KIND_CONTEXT && r->head && context(x, r))
		return -1;
	if (r->kind == KIND_CONTEXT && r->head &&
	    (r->head->kind == CONTEXT_INPUT_END || r->head->kind == CONTEXT_VANISHED))
		return 0;
	s = source_of(x, r->source);
	in = s ? source_of(x, s->input) : NULL;
	if (in == NULL) {
		disorder(x, r, "its source names no input or table before it");
		return 0;
	}
	if (s->input != x->current)
		disorder(x, r, "it does not stand between the beginning and the end of its input");
	/* what is kept aside is told when it is understood, which may be later */
	if ((r->kind == KIND_EVENT || r->kind == KIND_CONFLICT) && r->ordinal < s->ordinal)
		disorder(x, r, "its number in the input is less than that of the record before it");
	if (r->kind == KIND_EVENT || r->kind == KIND_CONFLICT)
		s->ordinal = r->ordinal;
	if (r->flags & FLAG_WITHHELD && !in->redact)
		disorder(x, r,
		    "its values were withheld, and the options of its input withhold none [R-22]");
	if (r->kind == KIND_DEAD_LETTER && !in->letters)
		disorder(x, r, "a dead letter stands in an input that brings none [R-21]");
	if (x->a->first == 0 && !x->a->follows && r->flags & (FLAG_LATE | FLAG_MAYBE_REPEAT))
		disorder(x, r,
		    "it is called late, or perhaps a repeat, in the first file of a log [R-4]");
	/* late is told of a time; of what the exporter had before, more cannot be than the files
	 * before hold */
	if (x->whole && r->flags & FLAG_LATE &&
	    r->time >= (x->a->follows && x->newest > x->earlier ? x->newest : x->earlier))
		disorder(x, r, "it is called late, and no event before it has a later time [R-4]");
	if (r->kind == KIND_EVENT && r->time > x->newest)
		x->newest = r->time;
	switch (r->kind) {
	case KIND_EVENT:
		in->events++;
		break;
	case KIND_REJECT:
		in->rejects += !r->goes_on;
		break;
	case KIND_CONFLICT:
		in->conflicts++;
		break;
	case KIND_CONTEXT:
		in->contexts++;
		break;
	default:
		break;
	}
	return 0;
}

/* ---- the manifest ---- */

static void
count_differs(struct inputs *x, uint64_t input, const char *what, uint64_t want, uint64_t have)
{
	char place[64], w[32], h[32];

	snprintf(place, sizeof place, "manifest, input %" PRIu64, input);
	snprintf(w, sizeof w, "%" PRIu64, want);
	snprintf(h, sizeof h, "%" PRIu64, have);
	finding_values(
	    finding_add(x->f, F_A18, x->a->file, place,
		"Input %" PRIu64 " counts %" PRIu64 " %s, and the file holds %" PRIu64 " of it.",
		input, want, what, have),
	    w, h);
}

/* what an input says of itself, in its input-end and so in the manifest. */
static void
check_input(struct inputs *x, uint32_t entry, uint64_t number, const struct source *s)
{
	const struct json_doc *m = &x->a->manifest;
	uint64_t rows = 0, events = 0, rejects = 0, conflicts = 0, repeats = 0, outside = 0;

	json_u64(m, entry, "rows", &rows);
	json_u64(m, entry, "repeats", &repeats);
	json_u64(m, entry, "outside", &outside);
	if (!json_u64(m, entry, "events", &events) || events != s->events)
		count_differs(x, number, "events", events, s->events);
	if (!json_u64(m, entry, "rejects", &rejects) || rejects != s->rejects)
		count_differs(x, number, "rejects", rejects, s->rejects);
	if (!json_u64(m, entry, "conflicts", &conflicts) || conflicts != s->conflicts)
		count_differs(x, number, "conflicts", conflicts, s->conflicts);
	/* a row is an event, a reject, a conflict, a repeat, or was left out: more rows than that
	 * are not accounted for */
	if (rows > events + rejects + conflicts + repeats + outside)
		count_differs(
		    x, number, "rows", rows, events + rejects + conflicts + repeats + outside);
}

static void
copy_differs(struct inputs *x, const char *what)
{
	finding_add(x->f, F_A18, x->a->file, "manifest",
	    "The manifest's %s are not those of the records [R-20].", what);
}

static int
manifest_copies(struct inputs *x)
{
	struct json_doc *m = &x->a->manifest;
	struct sha256 *sha = x->a->sha;
	uint64_t inputs = 0, tables = 0, n;
	uint8_t d[32];
	bool same = true;

	for (uint32_t i = json_first_of(m, 0, "inputs"); i != JSON_NONE; i = m->node[i].next) {
		const struct source *s = json_u64(m, i, "input", &n) ? source_of(x, n) : NULL;

		sha256_once(sha, json_src(m, i), m->node[i].src_len, d);
		same = same && s && s->input == n && s->ended && memcmp(s->digest, d, 32) == 0;
		if (same)
			check_input(x, i, n, s);
		inputs++;
	}
	/* an open file's last input has not ended yet */
	if (!same || inputs + (x->current != 0) != x->inputs || (x->current && !x->a->open))
		copy_differs(x, "inputs");
	same = true;
	for (uint32_t i = json_first_of(m, 0, "tables"); i != JSON_NONE; i = m->node[i].next) {
		const struct source *s = json_u64(m, i, "source", &n) ? source_of(x, n) : NULL;

		sha256_once(sha, json_src(m, i), m->node[i].src_len, d);
		same = same && s && s->input != n && memcmp(s->digest, d, 32) == 0;
		tables++;
	}
	if (!same || tables != x->tables)
		copy_differs(x, "tables");
	return 0;
}

static bool
same_time(const struct json_doc *m, const char *name, const struct utc_range *events, bool last)
{
	uint32_t i = json_member(m, 0, name);
	struct utc t;

	if (i == JSON_NONE || m->node[i].type == JSON_NULL)
		return i != JSON_NONE && !events->any;
	return events->any && m->node[i].type == JSON_STRING &&
	    utc_parse(json_str(m, i), m->node[i].str_len, &t) == UTC_OK &&
	    t.us == (last ? events->max : events->min);
}

int
inputs_finish(struct inputs *x, const struct utc_range *events, bool unread)
{
	struct json_doc *m = &x->a->manifest;
	uint32_t i;
	int rc;

	if (json_doubled(m, &rc) != JSON_NONE)
		finding_add(
		    x->f, F_A17, x->a->file, "manifest", "A member of the manifest stands twice.");
	if (rc || unread)
		return rc;
	if (manifest_copies(x))
		return -1;
	if (!same_time(m, "first_event", events, false) ||
	    !same_time(m, "last_event", events, true))
		copy_differs(x, "first and last event");
	if (x->a->follows && x->polls == 0)
		copy_differs(x, "`follows` and polls");
	i = json_member(m, 0, "exporter");
	if (i == JSON_NONE || m->node[i].type != JSON_STRING || m->node[i].str_len == 0)
		copy_differs(x, "exporter");
	if (x->inputs && !x->start_told)
		copy_differs(x, "start and its inputs'");
	for (uint32_t k = 0, letters = 0; k <= x->n; k++)
		if (k < x->n)
			letters |= x->source[k].letters;
		else if ((letters != 0) != x->a->letters)
			copy_differs(x, "dead letters");
	return 0;
}

/* ---- what the inputs are known to lack ---- */

static void
add_words(char *to, size_t size, const char *p, size_t n)
{
	size_t at = strlen(to);

	if (at + n + 3 >= size || (n && memmem(to, at, p, n)))
		return;
	snprintf(to + at, size - at, "%s%.*s", at ? ", " : "", (int)n, p);
}

/* words: NULL: it counts the input alone, so it tells when the input was cut, and nothing of
 * what the source had. */
static const struct {
	const char *what, *words;
} mark[] = {
	{ "end-mark", "the dump's end mark" },
	{ "data-section", "the data sections of its tables" },
	{ "total", "the total that it tells" },
	{ "has-more", "the last page's word that there is no more" },
	{ "collector-total", "the collector's total" },
	{ "server-counts", "the server's counts of the same snapshot" },
	{ "server-export-total", NULL },
};

static void
account_marks(struct account *t, const struct archive *a, uint32_t entry)
{
	const struct json_doc *m = &a->manifest;
	uint32_t kind = json_member(m, entry, "kind");
	bool any = false;

	for (uint32_t i = json_first_of(m, entry, "compared"); i != JSON_NONE;
	     i = m->node[i].next) {
		uint32_t what = json_member(m, i, "what");
		uint64_t want, have;

		for (unsigned k = 0; k < sizeof mark / sizeof *mark; k++)
			if (mark[k].words && json_text_is(m, what, mark[k].what)) {
				add_words(t->marks, sizeof t->marks, mark[k].words,
				    strlen(mark[k].words));
				any = true;
			}
		if (json_u64(m, i, "expected", &want) && json_u64(m, i, "read", &have) &&
		    want > have)
			t->disagrees = true;
	}
	if (json_member(m, entry, "compared") == JSON_NONE)
		t->older++;
	else if (any)
		t->counted++;
	else if (t->uncounted++ == 0 && kind != JSON_NONE && m->node[kind].type == JSON_STRING)
		snprintf(t->uncounted_kind, sizeof t->uncounted_kind, "%.*s",
		    (int)m->node[kind].str_len, json_str(m, kind));
}

/*
 * every byte that was read was understood, or is in a reject. What is neither may have been
 * rows, so it is known
 * to be missing; a fault of the exporter's counting looks the same, so it is no alarm.
 */
static void
account_bytes(struct account *t, struct archive *a, uint32_t entry, const char *path, int n,
    struct findings *f)
{
	const struct json_doc *m = &a->manifest;
	uint32_t b = json_member(m, entry, "bytes");
	uint64_t read = 0, understood = 0, rejected = 0;
	char what[160];

	if (b == JSON_NONE ||
	    (json_u64(m, b, "read", &read) && json_u64(m, b, "understood", &understood) &&
		json_u64(m, b, "rejected", &rejected) && understood <= UINT64_MAX - rejected &&
		read == understood + rejected))
		return;
	snprintf(what, sizeof what,
	    "of %" PRIu64 " bytes read, %" PRIu64 " were understood and %" PRIu64 " kept as "
	    "rejects, which "
	    "is not all of "
	    "them",
	    read, understood, rejected);
	finding_add(f, F_I03, a->file, "manifest, inputs", "Input %.*s: %s [R-23].", n, path, what);
	if (t->lacks++ == 0)
		snprintf(t->lack, sizeof t->lack, "%s", what);
	t->unknown_number = true;
}

static void
account_lacks(
    struct account *t, struct archive *a, uint32_t entry, bool within_scope, struct findings *f)
{
	const struct json_doc *m = &a->manifest;
	uint32_t path = json_member(m, entry, "path");
	const char *p =
	    path != JSON_NONE && m->node[path].type == JSON_STRING ? json_str(m, path) : "";
	int n = path != JSON_NONE && m->node[path].type == JSON_STRING ?
	    (int)(m->node[path].str_len > 300 ? 300 : m->node[path].str_len) :
	    0;
	uint64_t rows;

	for (uint32_t i = json_first_of(m, entry, "lacks"); i != JSON_NONE; i = m->node[i].next) {
		uint32_t s = json_member(m, i, "sentence");

		if (m->node[i].type != JSON_OBJECT || s == JSON_NONE ||
		    m->node[s].type != JSON_STRING)
			continue;
		finding_add(f, F_I03, a->file, "manifest, inputs", "Input %.*s: %.*s.", n, p,
		    (int)(m->node[s].str_len > 600 ? 600 : m->node[s].str_len), json_str(m, s));
		if (t->lacks++ == 0)
			snprintf(t->lack, sizeof t->lack, "%.*s", (int)m->node[s].str_len,
			    json_str(m, s));
		if (json_u64(m, i, "rows", &rows))
			t->lacking_rows += rows;
		else
			t->unknown_number = true;
	}
	account_bytes(t, a, entry, p, n, f);
	if (!within_scope && json_u64(m, entry, "outside", &rows) && rows) {
		t->outside += rows;
		finding_add(f, F_I04, a->file, "manifest, inputs",
		    "Input %.*s: %" PRIu64 " row%s lay outside the period that was asked for, and "
		    "%s left out.",
		    n, p, rows, rows == 1 ? "" : "s", rows == 1 ? "was" : "were");
	}
}

/* The database that an input was read from, as `SYSTEM-IDENTIFIER/TIMELINE`; '' where it does not
 * tell. */
static void
identity_of(const struct json_doc *m, uint32_t entry, char out[64])
{
	uint32_t id = json_path(m, entry, "database.system_identifier"),
		 line = json_path(m, entry, "database.timeline");

	out[0] = '\0';
	if (id == JSON_NONE || m->node[id].type != JSON_STRING || m->node[id].str_len > 30)
		return;
	snprintf(out, 64, "%.*s/%.*s", (int)m->node[id].str_len, json_str(m, id),
	    line == JSON_NONE || m->node[line].src_len > 20 ? 0 : (int)m->node[line].src_len,
	    line == JSON_NONE ? "" : json_src(m, line));
}

/*
 * An increment without new events is believed only if the newest row of the files before was seen
 * again, in a database that
 * is not another one (judgement.md J-13): a job that points at an empty database looks like it.
 */
static void
no_news(struct account *t, struct archive *a, struct findings *f)
{
	const struct json_doc *m = &a->manifest;
	bool seen = false, other = false;
	uint64_t events;

	if (a->first == 0 || a->open || !archive_manifest_u64(a, "counts", "events", &events) ||
	    events)
		return;
	for (uint32_t i = json_first_of(m, 0, "inputs"); i != JSON_NONE; i = m->node[i].next) {
		uint32_t s = json_path(m, i, "newest_seen.seen");
		char identity[64];

		seen |= s != JSON_NONE && m->node[s].type == JSON_TRUE;
		identity_of(m, i, identity);
		other |= identity[0] && t->identity[0] && strcmp(identity, t->identity);
	}
	if (!seen || other)
		finding_add(f, F_I05, a->file, "manifest, inputs",
		    other ? "%s holds no new event, and was read from another database or "
			    "timeline than the file before it." :
			    "%s holds no new event, and nothing shows that it was read from the "
			    "same source: the "
			    "newest row of the files before it was not seen again.",
		    archive_name(a));
}

void
account_file(struct account *t, struct archive *a, bool within_scope, struct findings *f)
{
	const struct json_doc *m = &a->manifest;

	if (!a->manifest_ok)
		return;
	no_news(t, a, f);
	for (uint32_t i = json_first_of(m, 0, "inputs"); i != JSON_NONE; i = m->node[i].next) {
		char identity[64];

		t->inputs++;
		account_marks(t, a, i);
		account_lacks(t, a, i, within_scope, f);
		identity_of(m, i, identity);
		if (identity[0])
			memcpy(t->identity, identity, sizeof identity);
	}
}
