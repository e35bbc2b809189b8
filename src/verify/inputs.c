#include "verify/inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"

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
			void *p = vec_resize(name, d->node[o].count, sizeof *name);

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

/* When the source was looked at, by the exporter's clock. */
static int64_t
look_of(enum context_kind kind, const struct json_doc *d)
{
	if (kind == CONTEXT_POLL)
		return option_time(d, "at", INT64_MIN);
	return kind == CONTEXT_INPUT_START ? option_time(d, "started_at", INT64_MIN) : INT64_MIN;
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
	ret->look = INT64_MIN;
	/* told apart by its first bytes: of those that are no business of ours nothing is parsed */
	if (r->body_len < sizeof begin + 12 || memcmp(r->body, begin, sizeof begin - 1)) {
		ret->malformed =
		    r->body_len < sizeof begin || memcmp(r->body, begin, sizeof begin - 1) != 0;
		return 0;
	}
	/* a closed list: an unknown kind is kept by archives of later versions */
	for (unsigned k = CONTEXT_INPUT_START; k <= CONTEXT_VANISHED; k++) {
		size_t n = strlen(known[k]);

		if (r->body_len > sizeof begin + n && memcmp(name, known[k], n) == 0 &&
		    name[n] == '"')
			ret->kind = (enum context_kind)k;
	}
	if (ret->kind == CONTEXT_OTHER)
		return 0;
	/* depth 64: these records are ours */
	if ((rc = json_parse(d, (const char *)r->body, r->body_len, 64)) != 0) {
		ret->malformed = rc > 0;
		return rc < 0 ? -1 : 0;
	}
	/* a member that stands twice has two meanings */
	ret->doubled = json_doubled(d, &rc) != JSON_NONE;
	json_u64(d, 0, "source", &ret->source);
	json_u64(d, 0, "input", &ret->input);
	ret->look = look_of(ret->kind, d);
	/* what was asked for decides what may be missing */
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
	/* repeated in the manifest, where they are compared by digest */
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
	x->asked.from = INT64_MIN;
	x->asked.to = INT64_MAX;
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
disorder(struct inputs *x, const struct inputs_record *r, enum said said)
{
	if (x->told)
		return;
	x->told = true;
	finding_say(x->f, said, archive_file(x->a), at_position(r->position).text,
	    GIVING(NUM(r->position)));
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
		disorder(x, r, A28_NUMBER);
	if (x->n == x->cap) {
		uint32_t cap = x->cap ? x->cap * 2 : 16;

		if ((p = vec_resize(x->source, cap, sizeof *p)) == NULL)
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

static void
looked(struct looks *l, int64_t at)
{
	if (l->n && at - l->last > l->widest) {
		l->widest = at - l->last;
		l->from = l->last;
	}
	if (l->n == 0 || at > l->last)
		l->last = at;
	l->n++;
}

static int
context(struct inputs *x, const struct inputs_record *r)
{
	const struct context_head *h = r->head;
	struct source *s;

	/* malformed, and told: what it says is not used */
	if (h->malformed || h->doubled)
		disorder(x, r, h->doubled ? A28_TWICE : A28_MALFORMED);
	else if (h->look != INT64_MIN)
		looked(&x->looks, h->look);
	switch (h->kind) {
	case CONTEXT_INPUT_START:
		/* inputs come one after the other, never in each other */
		if (x->current || x->behind)
			disorder(x, r, A28_NESTED);
		/* of a file that follows its source every run is an input, and started at a time
		 * of its own */
		if (x->inputs++ == 0 || archive_follows(x->a))
			x->start_told |= archive_manifest(x->a) &&
			    json_text_is(archive_manifest(x->a),
				json_member(archive_manifest(x->a), 0, "started_at"),
				h->started_at);
		if (new_source(x, r, false))
			return -1;
		x->current = x->n;
		/* the file holds what all its inputs were asked for */
		if (h->since > x->asked.from)
			x->asked.from = h->since;
		if (h->until < x->asked.to)
			x->asked.to = h->until;
		break;
	case CONTEXT_TABLE:
		if (x->current == 0 || h->input != x->current)
			/* a table belongs to the input that is open */
			disorder(x, r, A28_OTHER_TABLE);
		x->tables++;
		return new_source(x, r, true);
	case CONTEXT_INPUT_END:
		/* an end closes the input that began */
		if (x->current == 0 || h->input != x->current || r->source != h->input)
			disorder(x, r, A28_NOT_BEGUN);
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

/* What a record of a source may be, by what its input said at its beginning. */
static void
check_kind(struct inputs *x, const struct inputs_record *r, const struct source *in)
{
	if (r->flags & FLAG_WITHHELD && !in->redact)
		disorder(x, r, A28_WITHHELD);
	if (r->kind == KIND_DEAD_LETTER && !in->letters)
		disorder(x, r, A28_LETTER);
}

/* Late is told of a time; of what the exporter had before, more cannot be than the files
 * before hold. The first file of a log has nothing before it that a row could be late against. */
static void
check_late(struct inputs *x, const struct inputs_record *r)
{
	int64_t before = x->earlier;

	if (archive_follows(x->a) && x->newest > before)
		before = x->newest;
	if (archive_first(x->a) == 0 && !archive_follows(x->a) &&
	    r->flags & (FLAG_LATE | FLAG_MAYBE_REPEAT))
		disorder(x, r, A28_FIRST_LATE);
	if (x->whole && r->flags & FLAG_LATE && r->time >= before)
		disorder(x, r, A28_LATE);
	/* for the next row */
	if (r->kind == KIND_EVENT && r->time > x->newest)
		x->newest = r->time;
}

/* Counted by kind, to be held against what the input's end says. */
static void
count_record(struct source *in, const struct inputs_record *r)
{
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
}

int
inputs_record(struct inputs *x, const struct inputs_record *r, bool unread)
{
	struct source *s, *in;

	/* from a gap on, order cannot be held against what came before: what stands in a block
	 * that cannot be read is not known */
	if (unread)
		x->told = true;
	/* the last record belongs to no input */
	if (r->kind == KIND_MANIFEST)
		return 0;
	if (r->kind == KIND_CONTEXT && r->head && context(x, r))
		return -1;
	if (r->kind == KIND_CONTEXT && r->head &&
	    (r->head->kind == CONTEXT_INPUT_END || r->head->kind == CONTEXT_VANISHED))
		return 0;
	/* every other record names the table it came from, and through it the input */
	s = source_of(x, r->source);
	in = s ? source_of(x, s->input) : NULL;
	if (in == NULL) {
		disorder(x, r, A28_NO_SOURCE);
		return 0;
	}
	/* an input's records stand between its beginning and its end */
	if (s->input != x->current)
		disorder(x, r, A28_OUTSIDE);
	/* rows in the order of the input; what is kept aside is told when it is understood,
	 * which may be later */
	if (r->kind == KIND_EVENT || r->kind == KIND_CONFLICT) {
		if (r->ordinal < s->ordinal)
			disorder(x, r, A28_ORDINAL);
		s->ordinal = r->ordinal;
	}
	check_kind(x, r, in);
	check_late(x, r);
	count_record(in, r);
	return 0;
}

/* ---- the manifest ---- */

static void
count_differs(struct inputs *x, uint64_t input, const char *what, uint64_t want, uint64_t have)
{
	char place[64];

	snprintf(place, sizeof place, "manifest, input %" PRIu64, input);
	finding_numbers(finding_say(x->f, A18_INPUT, archive_file(x->a), place,
			    GIVING(NUM(input), NUM(want), TEXT(what), NUM(have))),
	    want, have, "");
}

/* what an input says of itself, in its input-end and so in the manifest. */
static void
check_input(struct inputs *x, uint32_t entry, uint64_t number, const struct source *s)
{
	const struct json_doc *m = archive_manifest(x->a);
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
copy_differs(struct inputs *x, enum said said)
{
	finding_say(x->f, said, archive_file(x->a), "manifest", GIVING_NOTHING);
}

static int
manifest_copies(struct inputs *x)
{
	const struct json_doc *m = archive_manifest(x->a);
	struct sha256 *sha = sha256_new();
	uint64_t inputs = 0, tables = 0, n;
	uint8_t d[32];
	bool same = true;

	if (sha == NULL)
		return -1;
	/* each copy in the manifest against the record it was made of, in their order */
	for (uint32_t i = json_first_of(m, 0, "inputs"); i != JSON_NONE; i = m->node[i].next) {
		const struct source *s = json_u64(m, i, "input", &n) ? source_of(x, n) : NULL;

		sha256_once(sha, json_src(m, i), m->node[i].src_len, d);
		same = same && s && s->input == n && s->ended && memcmp(s->digest, d, 32) == 0;
		if (same)
			check_input(x, i, n, s);
		inputs++;
	}
	/* an open file's last input has not ended yet */
	if (!same || inputs + (x->current != 0) != x->inputs ||
	    (x->current && !archive_still_open(x->a)))
		copy_differs(x, A18_INPUTS);
	/* and the tables */
	same = true;
	for (uint32_t i = json_first_of(m, 0, "tables"); i != JSON_NONE; i = m->node[i].next) {
		const struct source *s = json_u64(m, i, "source", &n) ? source_of(x, n) : NULL;

		sha256_once(sha, json_src(m, i), m->node[i].src_len, d);
		same = same && s && s->input != n && memcmp(s->digest, d, 32) == 0;
		tables++;
	}
	if (!same || tables != x->tables)
		copy_differs(x, A18_TABLES);
	sha256_free(sha);
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
	const struct json_doc *m = archive_manifest(x->a);
	uint32_t i;
	int rc;

	if (json_doubled(m, &rc) != JSON_NONE)
		finding_say(x->f, A17_TWICE, archive_file(x->a), "manifest", GIVING_NOTHING);
	if (rc || unread)
		return rc;
	if (manifest_copies(x))
		return -1;
	if (!same_time(m, "first_event", events, false) ||
	    !same_time(m, "last_event", events, true))
		copy_differs(x, A18_TIMES);
	if (archive_follows(x->a) && x->polls == 0)
		copy_differs(x, A18_POLLS);
	i = json_member(m, 0, "exporter");
	if (i == JSON_NONE || m->node[i].type != JSON_STRING || m->node[i].str_len == 0)
		copy_differs(x, A18_EXPORTER);
	if (x->inputs && !x->start_told)
		copy_differs(x, A18_START);
	for (uint32_t k = 0, letters = 0; k <= x->n; k++)
		if (k < x->n)
			letters |= x->source[k].letters;
		else if ((letters != 0) != archive_letters(x->a))
			copy_differs(x, A18_LETTERS);
	return 0;
}
