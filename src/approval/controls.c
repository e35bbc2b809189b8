#include "approval/controls.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/inner.h"
#include "base/text.h"
#include "base/vec.h"

const struct rule_info rule_info[RULES] = {
#define RULE( \
    id, name, version, population, question, test, criteria, nist, reasoning, explanations) \
	{ name, version, POP_##population, question, test, criteria, nist, reasoning, \
		explanations },
#include "approval/rules.def"
#undef RULE
};

void
controls_init(struct controls *k, const struct parameters *p, int64_t from, int64_t to)
{
	memset(k, 0, sizeof *k);
	k->p = p;
	k->from = from;
	k->to = to;
}

void
controls_release(struct controls *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->exception[i].sentence);
	free(k->exception);
	free(k->untested);
	ledger_release(k);
}

/*
 * Exceptions that stand whatever rows may be missing: what they tell of is here, and no further
 * row takes it back. All others, and
 * every pass, may rest on a row that is not here.
 */
static const bool stands_alone[RULES] = {
	[RULE_AP06] = true,
	[RULE_AP07] = true,
	[RULE_AP12] = true,
	[RULE_AP13] = true,
	[RULE_AP14] = true,
	[RULE_AP16] = true,
	[RULE_AP18] = true,
	[RULE_AP21] = true,
	[RULE_AP24] = true,
	[RULE_AP28] = true,
	[RULE_AP31] = true,
	[RULE_CP04] = true,
};

/* Rules that compare remediations with each other rest on all of them. */
static const bool looks_across[RULES] = {
	[RULE_AP15] = true, [RULE_AP20] = true, [RULE_AP23] = true, [RULE_AP34] = true
};

static const char rows_missing[] = "rows are known to be missing that this may rest on (see "
				   "limits)";

static bool
limited(const struct controls *k, enum rule_id rule, const struct correlation *c)
{
	return k->limited && k->limited(k->limited_arg, looks_across[rule] ? NULL : c);
}

void
pass(struct test *t)
{
	if (limited(t->k, t->rule, t->c))
		cannot_test(t, rows_missing);
	else
		t->k->tally[t->rule].passed++;
}

void
not_applicable(struct test *t, const char *reason)
{
	struct tally *y = &t->k->tally[t->rule];
	unsigned i = 0;

	while (i < REASONS - 1 && y->na[i].reason && y->na[i].reason != reason)
		i++;
	y->na[i].reason = reason;
	y->na[i].n++;
}

void
cannot_test(struct test *t, const char *reason)
{
	struct controls *k = t->k;

	k->tally[t->rule].untestable++;
	if (k->n_untested == k->untested_cap) {
		void *p = vec_resize(k->untested, k->untested_cap * 2 + 64, sizeof *k->untested);

		if (p == NULL) {
			k->nomem = true;
			return;
		}
		k->untested = p;
		k->untested_cap = k->untested_cap * 2 + 64;
	}
	k->untested[k->n_untested++] = (struct untested){ t->rule, t->c, reason };
}

static struct exception *
new_exception(struct controls *k, enum rule_id rule, const struct correlation *c)
{
	k->tally[rule].exceptions++;
	if (k->n == k->cap) {
		void *p = vec_resize(k->exception, k->cap * 2 + 64, sizeof *k->exception);

		if (p == NULL) {
			k->nomem = true;
			return NULL;
		}
		k->exception = p;
		k->cap = k->cap * 2 + 64;
	}
	k->exception[k->n] = (struct exception){ .rule = rule,
		.c = c,
		.state = { EXPLAINED_CANNOT_TELL, EXPLAINED_CANNOT_TELL, EXPLAINED_CANNOT_TELL } };
	return &k->exception[k->n++];
}

void
exception(struct test *t, const unsigned *at, unsigned n, const char *fmt, ...)
{
	struct exception *x;
	va_list ap;

	if (!stands_alone[t->rule] && limited(t->k, t->rule, t->c)) {
		cannot_test(t, rows_missing);
		return;
	}
	if ((x = new_exception(t->k, t->rule, t->c)) == NULL)
		return;
	memcpy(x->state, t->state, sizeof x->state);
	for (unsigned i = 0; i < n && i < PROOFS; i++) {
		uuid_of(t->f->s->m[at[i]].id, x->event[i].id);
		x->event[i].position = t->f->s->m[at[i]].position;
	}
	x->n_events = n < PROOFS ? n : PROOFS;
	x->more = n - x->n_events;
	va_start(ap, fmt);
	if (vasprintf(&x->sentence, fmt, ap) < 0) {
		x->sentence = NULL;
		t->k->nomem = true;
	}
	va_end(ap);
}

void
exception_of(struct controls *k, enum rule_id rule, const struct correlation *c,
    const char *const *id, const uint64_t *position, unsigned n, const char *fmt, ...)
{
	struct exception *x;
	va_list ap;

	if (!stands_alone[rule] && limited(k, rule, c)) {
		struct test t = { .k = k, .rule = rule, .c = c };

		cannot_test(&t, rows_missing);
		return;
	}
	if ((x = new_exception(k, rule, c)) == NULL)
		return;
	for (unsigned i = 0; i < n && i < PROOFS; i++) {
		snprintf(x->event[i].id, sizeof x->event[i].id, "%s", id[i]);
		x->event[i].position = position[i];
	}
	x->n_events = n < PROOFS ? n : PROOFS;
	x->more = n - x->n_events;
	va_start(ap, fmt);
	if (vasprintf(&x->sentence, fmt, ap) < 0) {
		x->sentence = NULL;
		k->nomem = true;
	}
	va_end(ap);
}

void
controls_remediation(struct controls *k, const struct facts *f)
{
	uint64_t in = populations_of(f, k->from, k->to);

	k->remediations += in >> POP_REMEDIATIONS & 1;
	for (unsigned r = 0; r < RULES; r++)
		k->tally[r].population += in >> rule_info[r].population & 1;
	rules_of_one(k, f);
	ledger_note(k, f);
}

static int
by_rule(const void *pa, const void *pb)
{
	const struct exception *a = pa, *b = pb;
	int c;

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->c != b->c) { /* the first event of each in the log */
		if (a->c->at[0].archive != b->c->at[0].archive)
			return a->c->at[0].archive < b->c->at[0].archive ? -1 : 1;
		if (a->c->at[0].position != b->c->at[0].position)
			return a->c->at[0].position < b->c->at[0].position ? -1 : 1;
	}
	c = strcmp(a->event[0].id, b->event[0].id);
	return c ? c : strcmp(a->sentence ? a->sentence : "", b->sentence ? b->sentence : "");
}

static int
by_rule_untested(const void *pa, const void *pb)
{
	const struct untested *a = pa, *b = pb;

	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->c->at[0].archive != b->c->at[0].archive)
		return a->c->at[0].archive < b->c->at[0].archive ? -1 : 1;
	return a->c->at[0].position < b->c->at[0].position ?
	    -1 :
	    a->c->at[0].position > b->c->at[0].position;
}

int
controls_finish(struct controls *k)
{
	rules_across(k);
	if (k->n)
		qsort(k->exception, k->n, sizeof *k->exception, by_rule);
	if (k->n_untested)
		qsort(k->untested, k->n_untested, sizeof *k->untested, by_rule_untested);
	return k->nomem ? -1 : 0;
}
