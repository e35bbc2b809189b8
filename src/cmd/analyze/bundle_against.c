/*
 * What is new, gone or changed since an earlier bundle (formats/bundle.md X-11). Nothing that
 * stands in its tables is believed: populations, exceptions, deciders and policies of it are made
 * again from its archives and its policy.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/analyze/bundle_again.h"
#include "cmd/analyze/cluster.h"
#include "cmd/analyze/unpacked.h"

/* ---- what one bundle has */

static int
add(struct holdings *s, const char *what, const char *name, size_t name_n, const char *id,
    size_t id_n, char *value)
{
	struct item *x;

	if (value == NULL || vec_grow(&s->item, &s->cap, s->n + 1, sizeof *s->item)) {
		free(value);
		return -1;
	}
	x = &s->item[s->n++];
	*x = (struct item){ what, strndup(name, name_n), strndup(id, id_n), value };
	return x->name && x->id ? 0 : -1;
}

static int
add_str(struct holdings *s, const char *what, const char *name, const char *value)
{
	return add(s, what, name, strlen(name), "", 0, strdup(value ? value : "none"));
}

static int
add_count(struct holdings *s, const char *what, const char *name, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, n);
	return add_str(s, what, name, text);
}

/* A name that was met once more. */
static int
tally(struct holdings *s, const char *what, const char *name)
{
	for (size_t i = 0; i < s->n_tallies; i++)
		if (s->tally[i].what == what && strcmp(s->tally[i].name, name) == 0) {
			s->tally[i].n++;
			return 0;
		}
	if (vec_grow(&s->tally, &s->tally_cap, s->n_tallies + 1, sizeof *s->tally))
		return -1;
	s->tally[s->n_tallies] = (struct tally_of){ what, strdup(name), 1 };
	return s->tally[s->n_tallies++].name ? 0 : -1;
}

static int
decision(void *arg, const struct facts *f)
{
	struct holdings *s = arg;

	return (f->human && f->by && tally(s, "approver", f->by)) ||
		(f->policy_hash && tally(s, "policy", f->policy_hash)) ?
	    -1 :
	    0;
}

static int
populations(struct holdings *s, const struct registry *r)
{
	int rc = 0;

	for (unsigned p = 0; p < POPULATIONS && rc == 0; p++)
		rc = add_count(s, "population", population_info[p].name,
		    registry_count(r, (enum population)p));
	for (size_t i = 0; i < r->n && rc == 0; i++) {
		const struct correlation *c = r->entry[i].c;
		struct buf names;

		buf_init(&names, 4096);
		for (unsigned p = 0; p < POPULATIONS; p++)
			if (r->entry[i].populations >> p & 1)
				buf_printf(
				    &names, "%s%s", names.len ? " " : "", population_info[p].name);
		buf_byte(&names, '\0');
		rc = names.failed ||
			add(s, "remediation", "", 0, c->text, c->n, strdup((char *)names.p)) ?
		    -1 :
		    0;
		buf_release(&names);
	}
	return rc;
}

/* By what they are of; the order of `what` is that of the table. */
static int
by_item(const void *pa, const void *pb)
{
	static const char *const order[] = { "verdict", "period", "auditor's policy", "population",
		"approver", "policy", "exception", "remediation" };
	const struct item *a = pa, *b = pb;
	unsigned i = 0, k = 0;
	int c;

	while (i < 7 && strcmp(order[i], a->what))
		i++;
	while (k < 7 && strcmp(order[k], b->what))
		k++;
	if (i != k)
		return i < k ? -1 : 1;
	if ((c = strcmp(a->name, b->name)) == 0)
		c = strcmp(a->id, b->id);
	return c ? c : strcmp(a->value, b->value);
}

int
holdings_of(struct holdings *s, struct worksheet *w, const char *verdict, const char *period)
{
	const struct controls *k = &w->k;
	int rc = add_str(s, "verdict", "", verdict) || add_str(s, "period", "", period) ||
		add_str(s, "auditor's policy", "", w->p.digest[0] ? w->p.digest : NULL) ||
		populations(s, &w->r) || gather_each(&w->g, decision, NULL, s) ?
	    -1 :
	    0;

	for (size_t i = 0; i < k->n && rc == 0; i++) {
		const struct exception *x = &k->exception[i];
		const char *rule = rule_info[x->rule].name;

		rc = add(
		    s, "exception", rule, strlen(rule), x->c->text, x->c->n, strdup(x->sentence));
	}
	for (size_t i = 0; i < s->n_tallies && rc == 0; i++)
		rc = add_count(s, s->tally[i].what, s->tally[i].name, s->tally[i].n);
	if (s->n)
		qsort(s->item, s->n, sizeof *s->item, by_item);
	return rc ? err_nomem(&w->ev->err) : 0;
}

void
holdings_release(struct holdings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->item[i].name);
		free(s->item[i].id);
		free(s->item[i].value);
	}
	for (size_t i = 0; i < s->n_tallies; i++)
		free(s->tally[i].name);
	free(s->item);
	free(s->tally);
	*s = (struct holdings){ 0 };
}

/* ---- the earlier bundle */

struct earlier {
	struct unpacked u;
	struct again k;
	struct bundle b;
};

static int
earlier_open(struct earlier **ret, struct bundle *b, const char *given)
{
	struct earlier *x = calloc(1, sizeof *x);
	struct sha256 *sha = sha256_new();
	struct err *e = &b->ev.err;
	char path[4200], *sums = NULL;
	uint8_t digest[32];
	size_t n;
	int status;

	*ret = x;
	if (x == NULL || sha == NULL) {
		sha256_free(sha);
		return err_nomem(e);
	}
	x->b = (struct bundle){ .c = &x->k.c, .shelf.dir.fd = -1, .shelf.target.fd = -1 };
	parameters_default(&x->b.w.p);
	/* the digest of its list of digests is what names the earlier bundle in this one */
	if (unpacked_open(&x->u, b->c, given, e) == 0) {
		snprintf(path, sizeof path, "%.3800s/SHA256SUMS", x->u.dir);
		sums = file_slurp(path, 64u << 20, &n, e);
	}
	if (sums) {
		sha256_once(sha, sums, n, digest);
		hex_of(digest, 32, b->against);
	}
	sha256_free(sha);
	free(sums);
	if (e->status || again_open(&x->k, b->c, x->u.dir, e) || bundle_names(&x->b, &x->k.c)) {
		unpacked_say(&x->u, e);
		return -1;
	}
	status = evidence_attach(&x->b.ev, &x->k.c, x->k.c.arg, x->k.c.n_args, NULL);
	/* all that is needed of it is open */
	unpacked_close(&x->u);
	return status;
}

static int
earlier_read(struct earlier *x, struct bundle *b)
{
	struct bundle *o = &x->b;
	struct err *e = &o->ev.err;
	struct cluster_left left;
	int status;

	if (again_read(&x->k, e))
		return cli_fail(b->c, e);
	if ((status = evidence_authenticate(&o->ev)) != 0 ||
	    (status = policy_parse(&o->ev, &o->w.p)) != 0)
		return status;
	o->w.period = (struct period){ INT64_MIN, INT64_MAX };
	evidence_period(&o->ev, &o->w.period);
	o->w.ev = &o->ev;
	o->w.found = &o->v.findings;
	o->w.wish = (struct sample_wish){ .population = POP_REMEDIATIONS, .seed = "" };
	if ((status = evidence_verify(&o->ev, &o->v)) != 0 ||
	    (status = evidence_limits(&o->ev, true)) != 0)
		return status;
	return reading_init(&o->r, o->ev.archive, o->ev.n, &o->v.findings, e) ||
		catalog_load(&o->cat, &o->r, e) ||
		cluster_choose(&x->k.c, &o->r, &o->cat, &left, e) ||
		worksheet_gather(&o->w, &o->r, &o->cat) ||
		holdings_of(&b->before, &o->w, o->v.verdict, bundle_period(o)) ?
	    cli_fail(b->c, e) :
	    0;
}

void
earlier_close(struct earlier *x)
{
	if (x == NULL)
		return;
	unpacked_close(&x->u);
	bundle_release(&x->b);
	again_release(&x->k);
	free(x);
}

int
bundle_earlier(struct bundle *b, struct earlier **ret, const char *dir)
{
	int status;

	*ret = NULL;
	if (dir == NULL)
		return 0;
	status = earlier_open(ret, b, dir);
	return status < 0 ? cli_fail(b->c, b->ev.err.status ? &b->ev.err : &(*ret)->b.ev.err) :
			    status;
}

int
bundle_since(struct bundle *b, struct earlier **x)
{
	int status = *x ? earlier_read(*x, b) : 0;

	/* its memory goes before the new one is made */
	earlier_close(*x);
	*x = NULL;
	return status;
}

/* ---- the table */

const struct form_column against_column[] = { { "what", NULL, COLUMN_TEXT, 16, 0 },
	{ "name", NULL, COLUMN_TEXT, 28, 0 }, { "correlation_id", NULL, COLUMN_TEXT, 34, 0 },
	{ "change", NULL, COLUMN_TEXT, 10, 0 }, { "before", NULL, COLUMN_TEXT, 60, 0 },
	{ "now", NULL, COLUMN_TEXT, 60, 0 } };

static void
row(struct form *f, const struct item *was, const struct item *now)
{
	const struct item *x = now ? now : was;

	form_str(f, x->what);
	form_str(f, x->name);
	form_str(f, x->id);
	form_str(f, was == NULL ? "new" : now == NULL ? "gone" : "changed");
	form_str(f, was ? was->value : NULL);
	form_str(f, now ? now->value : NULL);
}

static int
same_item(const struct item *a, const struct item *b)
{
	struct item x = *a, y = *b;

	x.value = y.value = (char[]){ "" };
	return by_item(&x, &y);
}

void
against_rows(struct bundle *b, struct form *f)
{
	const struct holdings *was = &b->before, *now = &b->now;
	size_t i = 0, k = 0;

	while (i < was->n || k < now->n) {
		int c = i == was->n ? 1 :
		    k == now->n     ? -1 :
				      same_item(&was->item[i], &now->item[k]);

		if (c < 0)
			row(f, &was->item[i++], NULL);
		else if (c > 0)
			row(f, NULL, &now->item[k++]);
		else {
			if (strcmp(was->item[i].value, now->item[k].value))
				row(f, &was->item[i], &now->item[k]);
			i++;
			k++;
		}
	}
}
