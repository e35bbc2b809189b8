/* The rules that look across remediations (CT-8), judged when all were seen: from what each one
 * says, which ledger.c keeps in short. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "approval/inner.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/vec.h"

#define SECOND 1000000 /* µs */

static bool
same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static struct test
test_of(struct controls *k, enum rule_id rule, const struct correlation *c)
{
	return (struct test){ .k = k, .rule = rule, .c = c };
}

static void
one_exception(struct controls *k, enum rule_id rule, const struct decided *x, const char *sentence)
{
	const char *id = x->decision.id;

	exception_of(k, rule, x->c, &id, &x->decision.position, 1, "%s", sentence);
}

static void
authors(struct controls *k, const struct decided *x)
{
	struct test t = test_of(k, RULE_AP07, x->c);
	const struct author *a;
	bool known = false;
	char s[1200];
	size_t n;

	if (x->workflow == NULL) {
		cannot_test(&t, "which workflow was asked for is not in evidence");
		return;
	}
	n = ledger_authors(k, x->workflow, &a);
	for (size_t i = 0; i < n; i++) {
		const char *id[2] = { x->decision.id, a[i].event };
		const uint64_t position[2] = { x->decision.position, a[i].position };

		if (a[i].time > x->decided_at)
			continue;
		known = true;
		if (!same(a[i].by, x->by))
			continue;
		snprintf(s, sizeof s, "%.300s decided on workflow %.300s, and had registered it.",
		    x->by, x->workflow);
		exception_of(k, RULE_AP07, x->c, id, position, 2, "%s", s);
		return;
	}
	if (known)
		pass(&t);
	else
		cannot_test(&t,
		    "who registered the workflow is not in evidence: no event of its registration "
		    "is here");
}

/* By who decided, then time, then id. */
static int
by_person(const void *pa, const void *pb)
{
	const struct decided *a = pa, *b = pb;
	int c = strcmp(a->by ? a->by : "", b->by ? b->by : "");

	if (c)
		return c;
	return a->decided_at != b->decided_at ? a->decided_at < b->decided_at ? -1 : 1 :
						strcmp(a->decision.id, b->decision.id);
}

#define ALIKE 1000u /* neighbours that are compared at most */

/* AP-15 for the decisions of one person, k->decided[from..to), by time. */
static void
bursts(struct controls *k, size_t from, size_t to)
{
	int64_t window = (int64_t)(k->p->burst_window * SECOND);
	size_t lo = from, hi = from;
	char s[700];

	for (size_t i = from; i < to; i++) {
		const struct decided *x = &k->decided[i];
		struct test t = test_of(k, RULE_AP15, x->c);
		size_t alike = 0;

		if (!x->human)
			continue;
		while (lo < to && k->decided[lo].decided_at < x->decided_at - window)
			lo++;
		while (hi < to && k->decided[hi].decided_at <= x->decided_at)
			hi++;
		if (hi - lo < (size_t)k->p->burst_decisions || k->p->burst_decisions < 1) {
			pass(&t);
			continue;
		}
		for (size_t j = lo; j < hi && j - lo < ALIKE; j++)
			alike += same(k->decided[j].fingerprint, x->fingerprint);
		snprintf(s, sizeof s, "%.300s made %zu decisions within %.0f s up to this one%s.",
		    x->by, hi - lo, k->p->burst_window,
		    hi - lo > ALIKE      ? "" :
			alike == hi - lo ? ", all on the same signal" :
					   ", on different signals");
		one_exception(k, RULE_AP15, x, s);
	}
}

static int
by_words(const void *pa, const void *pb)
{
	const struct decided *a = pa, *b = pb;
	int c = strcmp(a->by ? a->by : "", b->by ? b->by : "");

	if (c == 0)
		c = strcmp(a->message ? a->message : "", b->message ? b->message : "");
	return c ? c : strcmp(a->decision.id, b->decision.id);
}

/* AP-18 for the decisions of one person: each run of the same words. */
static void
reasons(struct controls *k, size_t from, size_t to)
{
	char s[700];

	for (size_t i = from, j; i < to; i = j) {
		for (j = i + 1; j < to && same(k->decided[i].message, k->decided[j].message); j++)
			;
		for (size_t n = i; n < j; n++) {
			const struct decided *x = &k->decided[n];
			struct test t = test_of(k, RULE_AP18, x->c);

			if (!(x->populations >> POP_DECIDED_WEBHOOK & 1))
				continue;
			if (x->message == NULL)
				snprintf(s, sizeof s, "%.300s decided without a word.",
				    x->by ? x->by : "Somebody");
			else
				snprintf(s, sizeof s,
				    "%.300s gave the same words in %zu decisions.",
				    x->by ? x->by : "Somebody", j - i);
			if (x->message == NULL ||
			    (j - i >= (size_t)k->p->canned_words && k->p->canned_words >= 1))
				one_exception(k, RULE_AP18, x, s);
			else
				pass(&t);
		}
	}
}

static int
by_namespace(const void *pa, const void *pb)
{
	const struct decided *a = pa, *b = pb;
	int c = strcmp(a->namespace ? a->namespace : "", b->namespace ? b->namespace : "");

	return c ? c : by_person(a, b);
}

/* AP-20 for the human decisions of one namespace. */
static void
concentration(struct controls *k, size_t from, size_t to)
{
	size_t all = 0, most = 0, run = 0, last = from;
	const struct decided *top = NULL;
	char s[900];

	for (size_t i = from; i < to; i++) {
		if (!k->decided[i].human)
			continue;
		run = all && same(k->decided[last].by, k->decided[i].by) ? run + 1 : 1;
		last = i;
		all++;
		if (run > most) {
			most = run;
			top = &k->decided[i];
		}
	}
	for (size_t i = from; i < to; i++) {
		struct test t = test_of(k, RULE_AP20, k->decided[i].c);

		if (!k->decided[i].human)
			continue;
		if ((double)all < k->p->concentration_decisions) {
			not_applicable(&t, "its namespace has too few decisions to speak of");
		} else if (top == &k->decided[i] &&
		    (double)most > k->p->concentration_share * (double)all) {
			snprintf(s, sizeof s,
			    "%.300s made %zu of the %zu decisions for namespace %.253s; this is "
			    "the last one.",
			    top->by, most, all, top->namespace ? top->namespace : "-");
			one_exception(k, RULE_AP20, top, s);
		} else {
			pass(&t);
		}
	}
}

static int
by_target(const void *pa, const void *pb)
{
	const struct decided *a = pa, *b = pb;
	int c = strcmp(a->target ? a->target : "", b->target ? b->target : "");

	if (c)
		return c;
	return a->ended != b->ended ? a->ended < b->ended ? -1 : 1 : strcmp(a->c->text, b->c->text);
}

/* AP-23 for one target, by the end of what ran there: how many executions had failed before each
 * approval. */
static void
failures(struct controls *k, size_t from, size_t to)
{
	/* failures up to each place */
	size_t *failed = malloc((to - from + 1) * sizeof *failed), n = 0;
	char s[1200];

	if (failed == NULL) {
		k->nomem = true;
		return;
	}
	failed[0] = 0;
	for (size_t i = from; i < to; i++, n++)
		failed[n + 1] = failed[n] + k->decided[i].failed;
	for (size_t i = from; i < to; i++) {
		const struct decided *x = &k->decided[i];
		struct test t = test_of(k, RULE_AP23, x->c);
		size_t lo = from, hi = to;

		if (!(x->populations >> POP_APPROVED & 1))
			continue;
		if (x->target == NULL) {
			cannot_test(&t, "the target is not in evidence");
			continue;
		}
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (k->decided[mid].ended < x->decided_at)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (failed[lo - from] >= (size_t)k->p->failed_before && k->p->failed_before >= 1) {
			snprintf(s, sizeof s,
			    "%.300s approved behind %zu failed executions on %.600s.",
			    x->by ? x->by : "Somebody", failed[lo - from], x->target);
			one_exception(k, RULE_AP23, x, s);
		} else {
			pass(&t);
		}
	}
	free(failed);
}

static int
by_policy_time(const void *pa, const void *pb)
{
	const struct decided *a = pa, *b = pb;

	return a->policy.time != b->policy.time ? a->policy.time < b->policy.time ? -1 : 1 :
						  strcmp(a->policy.id, b->policy.id);
}

/* AP-34: where the policy's hash is another than at the evaluation before. */
static void
policy_changes(struct controls *k)
{
	const struct decided *last = NULL;

	qsort(k->decided, k->n_decided, sizeof *k->decided, by_policy_time);
	for (size_t i = 0; i < k->n_decided; i++) {
		const struct decided *x = &k->decided[i];
		struct test t = test_of(k, RULE_AP34, x->c);
		const char *id[2] = { x->policy.id, last ? last->policy.id : "" };
		const uint64_t position[2] = { x->policy.position,
			last ? last->policy.position : 0 };

		if (!(x->populations >> POP_REMEDIATIONS & 1))
			continue;
		if (x->policy.id[0] == '\0') {
			not_applicable(&t, "no policy was evaluated");
			continue;
		}
		if (x->policy_hash == NULL) {
			cannot_test(
			    &t, "the policy's hash is not recorded (versions before August 2026)");
			continue;
		}
		if (last && strcmp(last->policy_hash, x->policy_hash) &&
		    !words_have(&k->p->policy_hashes, x->policy_hash))
			exception_of(k, RULE_AP34, x->c, id, position, 2,
			    "From this evaluation on the policy is %.16s…; before, it was %.16s….",
			    x->policy_hash, last->policy_hash);
		else
			pass(&t);
		last = x;
	}
}

static int
by_spelling(const void *pa, const void *pb)
{
	const struct decided *a = *(const struct decided *const *)pa,
			     *b = *(const struct decided *const *)pb;
	int c = strcasecmp(a->by, b->by);

	return c ? c : strcmp(a->by, b->by);
}

/* CP-05: machines, and names that differ in case only. person: each spelling once, sorted
 * by_spelling. */
static void
names(struct controls *k, const struct decided *x, const struct decided *const *person, size_t n)
{
	struct test t = test_of(k, RULE_CP05, x->c);
	size_t lo = 0, hi = n;
	char s[900];

	if (x->machine) {
		snprintf(s, sizeof s,
		    "%.300s decided: a service account, and nobody is named that it acted for.",
		    x->by ? x->by : "A machine");
		one_exception(k, RULE_CP05, x, s);
		return;
	}
	while (x->by && lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcasecmp(person[mid]->by, x->by) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; x->by && lo < n && strcasecmp(person[lo]->by, x->by) == 0; lo++)
		if (strcmp(person[lo]->by, x->by)) {
			snprintf(s, sizeof s,
			    "%.300s decided; %.300s decided elsewhere: one name under two "
			    "spellings.",
			    x->by, person[lo]->by);
			one_exception(k, RULE_CP05, x, s);
			return;
		}
	pass(&t);
}

/* Remediations that no entry stands for: nothing that a rule across could look at. */
static void
rest(struct controls *k)
{
	struct tally *y = &k->tally[RULE_AP34];
	uint64_t seen = y->passed + y->exceptions + y->untestable;
	struct test t = test_of(k, RULE_AP34, NULL);

	for (unsigned i = 0; i < REASONS; i++)
		seen += y->na[i].n;
	for (; seen < y->population; seen++)
		not_applicable(&t, "no policy was evaluated");
}

static void
groups(struct controls *k, int (*by)(const void *, const void *),
    const char *(*key)(const struct decided *), void (*each)(struct controls *, size_t, size_t))
{
	qsort(k->decided, k->n_decided, sizeof *k->decided, by);
	for (size_t i = 0, j; i < k->n_decided; i = j) {
		for (j = i + 1;
		     j < k->n_decided && strcmp(key(&k->decided[i]), key(&k->decided[j])) == 0; j++)
			;
		each(k, i, j);
	}
}

static const char *
key_by(const struct decided *x)
{
	return x->by ? x->by : "";
}
static const char *
key_namespace(const struct decided *x)
{
	return x->namespace ? x->namespace : "";
}
static const char *
key_target(const struct decided *x)
{
	return x->target ? x->target : "";
}

void
rules_across(struct controls *k)
{
	const struct decided **people;
	size_t n = 0;

	ledger_sort(k);
	if (k->n_decided) {
		groups(k, by_words, key_by, reasons);
		groups(k, by_person, key_by, bursts);
		if ((people = malloc(k->n_decided * sizeof *people)) == NULL) {
			k->nomem = true;
			return;
		}
		/* each spelling once: they are sorted */
		for (size_t i = 0; i < k->n_decided; i++)
			if (k->decided[i].by &&
			    (n == 0 || strcmp(people[n - 1]->by, k->decided[i].by)))
				people[n++] = &k->decided[i];
		if (n)
			qsort(people, n, sizeof *people, by_spelling);
		for (size_t i = 0; i < k->n_decided; i++) {
			if (k->decided[i].populations >> POP_HUMAN & 1)
				authors(k, &k->decided[i]);
			if (k->decided[i].populations >> POP_DECIDED_WEBHOOK & 1)
				names(k, &k->decided[i], people, n);
		}
		free(people);
		groups(k, by_namespace, key_namespace, concentration);
		groups(k, by_target, key_target, failures);
		policy_changes(k);
	}
	rest(k);
}
