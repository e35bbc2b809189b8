/* sample: a draw that anybody can repeat, and its worksheet (formats/controls.md CT-11). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/controls.h"
#include "base/text.h"
#include "cmd/analyze/gather.h"
#include "digest/digest.h"

struct drawn {
	const struct entry *e;
	char key[65]; /* hex; decides the order */
	char stratum[80];
	uint64_t place; /* in its stratum, from 1 */
	bool taken;
};

/* Attributes of the worksheet, by the rule that fills them in. */
static const struct {
	const char *letter;
	enum rule_id rule;
} attribute[] = { { "A", RULE_AP01 }, { "B", RULE_AP05 }, { "C", RULE_AP06 }, { "D", RULE_AP08 },
	{ "E", RULE_AP09 }, { "F", RULE_AP26 }, { "G", RULE_AP19 }, { "H", RULE_AP25 } };
#define ATTRIBUTES (sizeof attribute / sizeof *attribute)

struct sample {
	const struct cli *c;
	struct gathering g;
	struct registry r;
	struct parameters p;
	struct controls k; /* over everything, for the exceptions */
	struct period period;
	enum population population;
	const char *seed, *strata;
	uint64_t number, after;
	enum { TABLE, JSON, CSV } form;
	char digest[65];
	struct drawn *d;
	size_t n, shown;
	struct buf out;
};

static int
by_key(const void *pa, const void *pb)
{
	const struct drawn *a = pa, *b = pb;
	int c = strcmp(a->stratum, b->stratum);

	return c ? c : strcmp(a->key, b->key);
}

static void
stratum_of(const struct sample *s, struct drawn *d)
{
	struct buf t;

	if (s->strata == NULL) {
		d->stratum[0] = '\0';
	} else if (strcmp(s->strata, "path") == 0) {
		snprintf(d->stratum, sizeof d->stratum, "%s", d->e->path);
	} else if (strcmp(s->strata, "namespace") == 0) {
		snprintf(d->stratum, sizeof d->stratum, "%s", d->e->namespace);
	} else {
		buf_init(&t, 64);
		utc_print(&t, UTC_REST, d->e->first, 0);
		snprintf(
		    d->stratum, sizeof d->stratum, "%.*s", t.len >= 7 ? 7 : 0, (const char *)t.p);
		buf_release(&t);
	}
}

/* All members in the order of the draw, the ones that are taken marked. 0 or -1. */
static int
draw(struct sample *s)
{
	size_t n;
	const struct correlation **ids = registry_members(&s->r, s->population, &n);
	struct sha256 *sha = sha256_new();
	uint8_t d[32];
	int rc = -1;

	if (ids == NULL || sha == NULL || population_digest(ids, n, d) ||
	    (s->d = calloc(n + 1, sizeof *s->d)) == NULL)
		goto out;
	hex_of(d, 32, s->digest);
	for (size_t i = 0; i < s->r.n; i++) {
		struct drawn *x = &s->d[s->n];

		if (!(s->r.entry[i].populations >> s->population & 1))
			continue;
		x->e = &s->r.entry[i];
		sha256_begin(sha);
		sha256_add(sha, s->seed, strlen(s->seed));
		sha256_add(sha, s->digest, 64);
		sha256_add(sha, x->e->c->text, x->e->c->n);
		sha256_end(sha, d);
		hex_of(d, 32, x->key);
		stratum_of(s, x);
		s->n++;
	}
	if (s->n)
		qsort(s->d, s->n, sizeof *s->d, by_key);
	for (size_t i = 0; i < s->n; i++) {
		s->d[i].place = i && strcmp(s->d[i].stratum, s->d[i - 1].stratum) == 0 ?
		    s->d[i - 1].place + 1 :
		    1;
		s->d[i].taken = s->d[i].place > s->after && s->d[i].place - s->after <= s->number;
		s->shown += s->d[i].taken;
	}
	rc = 0;
out:
	sha256_free(sha);
	free(ids);
	return rc;
}

/* What a rule says of one remediation, into out. */
static void
verdict(const struct controls *one, enum rule_id rule, struct buf *out)
{
	const struct tally *y = &one->tally[rule];

	if (y->exceptions) {
		buf_str(out, "exception: ");
		for (size_t i = 0; i < one->n; i++)
			if (one->exception[i].rule == rule)
				buf_str(out, one->exception[i].sentence);
	} else if (y->untestable) {
		buf_str(out, "not testable: ");
		for (size_t i = 0; i < one->n_untested; i++)
			if (one->untested[i].rule == rule)
				buf_str(out, one->untested[i].reason);
	} else if (y->passed) {
		buf_str(out, "pass");
	} else {
		buf_printf(out, "n.a.: %s",
		    y->na[0].reason ? y->na[0].reason : "it is not about such a remediation");
	}
}

static void
cell(struct buf *b, const char *text, size_t n, bool *escaped)
{
	buf_byte(b, ',');
	*escaped |= text_csv(b, text ? text : "", text ? n : 0);
}

static void
word(struct buf *b, const char *text, bool *escaped)
{
	cell(b, text, text ? strlen(text) : 0, escaped);
}

static void
moment(struct buf *b, int64_t us)
{
	buf_byte(b, ',');
	if (us != NO_TIME)
		utc_print(b, UTC_REST, us, 0);
}

static int64_t
time_of(const struct facts *f, const struct seen *k)
{
	return k->n ? f->s->m[k->at[0]].time : NO_TIME;
}

static void
put_events(struct buf *b, const struct facts *f, const char *between, const char *quote)
{
	struct role role[64];
	unsigned n = facts_roles(f, role, 64);
	char id[37];

	for (unsigned i = 0; i < n; i++) {
		uuid_of(f->s->m[role[i].at].id, id);
		buf_printf(b, "%s%s%s%s", i ? between : "", quote, id, quote);
	}
}

static void
put_row(struct sample *s, bool random, const struct drawn *d, const struct facts *f,
    const struct controls *one)
{
	static const char *const parameters[] = { "not known", "yes", "no" };
	struct buf *b = &s->out, v;
	bool escaped = false;

	if (random)
		buf_printf(b, "%llu,random", (unsigned long long)d->place);
	else
		buf_str(b, ",judgemental");
	word(b, d->stratum, &escaped);
	cell(b, f->c->text, f->c->n, &escaped);
	buf_printf(b, ",%s", d->key);
	word(b, f->cluster, &escaped);
	word(b, f->target_namespace, &escaped);
	word(b, f->target_kind, &escaped);
	word(b, f->target_name, &escaped);
	word(b, f->signal, &escaped);
	word(b, f->severity, &escaped);
	word(b, f->requested_by, &escaped);
	word(b, f->policy_word ? f->policy_word : f->policy_outcome, &escaped);
	word(b, f->policy_hash, &escaped);
	word(b, f->confidence_text ? f->confidence_text : f->confidence, &escaped);
	word(b, f->workflow, &escaped);
	moment(b, f->requested_at);
	moment(b, f->deadline);
	word(b, f->word, &escaped);
	word(b, f->by, &escaped);
	word(b, f->on_behalf_of, &escaped);
	word(b, f->via, &escaped);
	moment(b, f->decided_at);
	buf_byte(b, ',');
	if (f->requested_at != NO_TIME && f->decided_at != NO_TIME)
		buf_printf(b, "%lld", (long long)((f->decided_at - f->requested_at) / 1000000));
	word(b, f->reason, &escaped);
	word(b, f->executed_workflow ? f->executed_workflow : f->created_workflow, &escaped);
	word(b, f->created_version, &escaped);
	word(b, f->executed_bundle, &escaped);
	word(b, f->started.n ? parameters[f->parameters] : NULL, &escaped);
	moment(b, time_of(f, &f->started));
	moment(b, time_of(f, &f->finished));
	word(b, f->effect, &escaped);
	word(b, f->assessment, &escaped);
	word(b, f->outcome, &escaped);
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		buf_init(&v, 65536);
		verdict(one, attribute[i].rule, &v);
		cell(b, (const char *)v.p, v.len, &escaped);
		buf_release(&v);
	}
	buf_byte(b, ',');
	put_events(b, f, " ", "");
	buf_printf(b, ",,,%s\r\n", escaped ? ",yes" : ",");
}

static void
put_item(struct sample *s, const struct drawn *d, const struct facts *f, const struct controls *one)
{
	struct buf *b = &s->out, v;

	buf_printf(b, "%s{\"no\":%llu,\"stratum\":", b->p[b->len - 1] == '[' ? "" : ",",
	    (unsigned long long)d->place);
	if (s->strata)
		text_json(b, d->stratum, strlen(d->stratum));
	else
		buf_str(b, "null");
	buf_str(b, ",\"correlation_id\":");
	text_json(b, f->c->text, f->c->n);
	buf_printf(b, ",\"key\":\"%s\",\"path\":\"%s\",\"attributes\":{", d->key, f->path);
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		buf_init(&v, 65536);
		verdict(one, attribute[i].rule, &v);
		buf_printf(b, "%s\"%s\":", i ? "," : "", attribute[i].letter);
		text_json(b, v.p, v.len);
		buf_release(&v);
	}
	buf_str(b, "},\"event_ids\":[");
	put_events(b, f, ",", "\"");
	buf_str(b, "]}");
}

static void
put_line(struct sample *s, const struct drawn *d, const struct facts *f)
{
	struct buf *b = &s->out;
	size_t at = b->len;

	buf_printf(b, "%5llu  %.16s…  ", (unsigned long long)d->place, d->key);
	text_plain(b, f->c->text, f->c->n);
	while (b->len < at + 70 && !b->failed)
		buf_byte(b, ' ');
	buf_printf(b, " %s, %s", f->path, f->effect);
	if (s->strata) {
		buf_str(b, "  [");
		text_plain(b, d->stratum, strlen(d->stratum));
		buf_byte(b, ']');
	}
	buf_byte(b, '\n');
}

/* One of the sheet. 0 or -1 (err). */
static int
put(struct sample *s, bool random, const struct drawn *d)
{
	struct controls one;
	struct story story;
	struct facts f;
	int rc = gather_one(&s->g, d->e->c, &story, &f);

	controls_init(&one, &s->p, s->period.from, s->period.to);
	if (rc == 0) {
		controls_remediation(&one, &f);
		if (s->form == CSV)
			put_row(s, random, d, &f, &one);
		else if (s->form == JSON)
			put_item(s, d, &f, &one);
		else
			put_line(s, d, &f);
		rc = one.nomem || s->out.failed ? err_nomem(s->g.e) : 0;
	}
	controls_release(&one);
	facts_release(&f);
	story_release(&story);
	return rc;
}

static void
begin(struct sample *s)
{
	struct buf *b = &s->out;

	if (s->form == CSV) {
		buf_str(b,
		    "no,draw,stratum,correlation_id,draw_key,cluster,namespace,kind,name,signal,"
		    "severity,requested_by,policy_decision,policy_hash,confidence,requested_"
		    "workflow,requested_at,deadline,decision,"
		    "decided_by,on_behalf_of,via,decided_at,seconds_to_decide,words,executed_"
		    "workflow,version,image,parameters_as_requested,started_at,ended_at,result,"
		    "assessment,outcome");
		for (unsigned i = 0; i < ATTRIBUTES; i++)
			buf_printf(
			    b, ",%s_%s", attribute[i].letter, rule_info[attribute[i].rule].name);
		buf_str(b, ",event_ids,tester,date,remark,_escaped\r\n");
	} else if (s->form == JSON) {
		buf_printf(b,
		    "{\"population\":\"%s\",\"definition\":\"%s\",\"count\":%zu,\"digest\":\"%s\","
		    "\"seed\":",
		    population_info[s->population].name, population_info[s->population].definition,
		    s->n, s->digest);
		text_json(b, s->seed, strlen(s->seed));
		buf_printf(b, ",\"number\":%llu,\"after\":%llu,\"strata\":%s%s%s,\"attributes\":{",
		    (unsigned long long)s->number, (unsigned long long)s->after,
		    s->strata ? "\"" : "", s->strata ? s->strata : "null", s->strata ? "\"" : "");
		for (unsigned i = 0; i < ATTRIBUTES; i++)
			buf_printf(b, "%s\"%s\":{\"rule\":\"%s\",\"question\":\"%s\"}",
			    i ? "," : "", attribute[i].letter, rule_info[attribute[i].rule].name,
			    rule_info[attribute[i].rule].question);
		buf_str(b, "},\"items\":[");
	} else {
		buf_printf(b, "SAMPLE of %s: %zu of %zu remediations%s\n",
		    population_info[s->population].name, s->shown, s->n,
		    s->strata ? ", so many of each stratum" : "");
		buf_printf(b, "  population  sha256 %s\n  seed        ", s->digest);
		text_plain(b, s->seed, strlen(s->seed));
		buf_str(b,
		    "\n  order       by SHA-256 of seed, that digest and the id; by hand: printf "
		    "%s%s%s SEED DIGEST ID | sha256sum\n\n");
	}
}

static int
by_correlation(const void *pa, const void *pb)
{
	const struct exception *a = pa, *b = pb;

	return a->c != b->c ? a->c < b->c ? -1 : 1 : (int)a->rule - (int)b->rule;
}

/* Where the exceptions of a remediation begin; they are sorted by_correlation. */
static size_t
first_exception(const struct controls *k, const struct correlation *c)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (k->exception[mid].c < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Remediations of the population with exceptions to any rule, in the order of the draw; they are
 * no part of it. */
static int
apart(struct sample *s)
{
	struct buf *b = &s->out;
	const struct controls *k = &s->k;
	bool any = false;
	int rc = 0;

	if (s->form == JSON)
		buf_str(b, "],\"exceptions\":[");
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		const struct correlation *c = s->d[i].e->c;
		size_t first = first_exception(k, c), x = first;

		if (x == k->n || k->exception[x].c != c)
			continue;
		if (s->form == CSV) {
			rc = s->d[i].taken ? 0 : put(s, false, &s->d[i]);
			continue;
		}
		if (s->form == JSON) {
			buf_str(b, any ? ",{\"correlation_id\":" : "{\"correlation_id\":");
			text_json(b, c->text, c->n);
			buf_str(b, ",\"rules\":[");
		} else {
			buf_str(b,
			    any ? "    " :
				  "\nEXCEPTIONS of this population, apart from the draw (exhibit "
				  "controls tells them)\n    ");
			text_plain(b, c->text, c->n);
		}
		for (; x < k->n && k->exception[x].c == c; x++)
			if (s->form == JSON)
				buf_printf(b, "%s\"%s\"", x > first ? "," : "",
				    rule_info[k->exception[x].rule].name);
			else
				buf_printf(b, " %s", rule_info[k->exception[x].rule].name);
		buf_str(b, s->form == JSON ? "]}" : "\n");
		any = true;
	}
	if (s->form == JSON)
		buf_str(b, "]}\n");
	return rc;
}

static int
remediation(void *arg, const struct facts *f)
{
	struct sample *s = arg;

	controls_remediation(&s->k, f);
	return s->k.nomem ? -1 : 0;
}

static int
other(void *arg, const struct correlation *c, const struct story *story)
{
	struct sample *s = arg;

	(void)c;
	controls_other(&s->k, story);
	return s->k.nomem ? -1 : 0;
}

static int
run(struct sample *s, struct browse *b)
{
	struct err *e = &b->ev.err;
	int rc;

	if (gather_open(&s->g, &b->r, &b->cat, e) || gather_registry(&s->g, &s->r, &s->period) ||
	    gather_each(&s->g, remediation, other, s) ||
	    (controls_finish(&s->k) | draw(s) ? err_nomem(e) : 0))
		return -1;
	if (s->k.n)
		qsort(s->k.exception, s->k.n, sizeof *s->k.exception, by_correlation);
	begin(s);
	rc = s->out.failed ? err_nomem(e) : 0;
	for (size_t i = 0; i < s->n && rc == 0; i++)
		if (s->d[i].taken)
			rc = put(s, true, &s->d[i]);
	return rc || apart(s) ? -1 : 0;
}

int
cmd_sample(const struct cli *c)
{
	const char *period = cli_get(c, "period"), *number = cli_get(c, "number"),
		   *after = cli_get(c, "after"), *name = cli_get(c, "population");
	struct sample s = { .c = c,
		.seed = cli_get(c, "seed"),
		.strata = cli_get(c, "strata"),
		.period = { INT64_MIN, INT64_MAX },
		.form = c->form == OUT_JSON ? JSON :
		    c->form == OUT_CSV      ? CSV :
					      TABLE };
	struct browse b;
	int status;

	if (name == NULL)
		return cli_usage(
		    c, "sample wants --population NAME (exhibit populations FILE lists them)");
	s.population = population_named(name);
	if (s.seed == NULL || number == NULL)
		return cli_usage(c, "sample wants -n N and --seed TEXT");
	dec_u64(number, strlen(number), &s.number);
	if (s.number == 0)
		return cli_usage(c, "-n 0: nothing to draw");
	if (after)
		dec_u64(after, strlen(after), &s.after);
	if (period)
		period_parse(period, &s.period);
	parameters_default(&s.p);
	buf_init(&s.out, 512u << 20);
	controls_init(&s.k, &s.p, s.period.from, s.period.to);
	s.k.limited = limited;
	s.k.limited_arg = &b.ev;
	if ((status = browse_open(&b, c, NULL)) == 0 && (status = policy_parse(&b.ev, &s.p)) == 0) {
		if (run(&s, &b) || s.out.failed) {
			err_nomem(&b.ev.err);
			status = cli_fail(c, &b.ev.err);
		} else {
			if (s.form == JSON)
				evidence_put_limits(&b.ev, &s.out);
			fwrite(s.out.p, 1, s.out.len, stdout);
			status = evidence_banner(&b.ev);
		}
	}
	controls_release(&s.k);
	parameters_release(&s.p);
	registry_release(&s.r);
	gather_release(&s.g);
	free(s.d);
	buf_release(&s.out);
	browse_close(&b);
	return status;
}
