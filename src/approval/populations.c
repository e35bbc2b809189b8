#include "approval/populations.h"

#include <string.h>

#include "base/text.h"
#include "digest/digest.h"

const struct population_info population_info[POPULATIONS] = {
#define POPULATION(id, rests_on, name, definition, date) { rests_on, name, definition, date },
#define SUM(...)
#define VERSUS(...)
#include "approval/populations.def"
#undef POPULATION
#undef SUM
#undef VERSUS
};

#define P(x) POP_##x
#define SUM2(w, a, b) { P(w), { P(a), P(b) }, 2, NULL },
#define SUM3(w, a, b, c) { P(w), { P(a), P(b), P(c) }, 3, NULL },
#define SUM4(w, a, b, c, d) { P(w), { P(a), P(b), P(c), P(d) }, 4, NULL },
#define PICK(a, b, c, d, which, ...) which
const struct reconciliation reconciliation[] = {
#define POPULATION(...)
#define SUM(w, ...) PICK(__VA_ARGS__, SUM4, SUM3, SUM2, )(w, __VA_ARGS__)
#define VERSUS(a, b, why) { P(a), { P(b) }, 1, why },
#include "approval/populations.def"
#undef POPULATION
#undef SUM
#undef VERSUS
};
const unsigned n_reconciliations = sizeof reconciliation / sizeof *reconciliation;

static int64_t
time_of(const struct facts *f, const struct seen *k)
{
	return k->n ? f->s->m[k->at[0]].time : NO_TIME;
}

static int64_t
first_time(const struct facts *f)
{
	int64_t t = INT64_MAX;

	for (unsigned i = 0; i < f->s->n; i++)
		t = f->s->m[i].time < t ? f->s->m[i].time : t;
	return f->s->n ? t : NO_TIME;
}

/* t if the condition holds. */
static int64_t
when(bool holds, int64_t t)
{
	return holds ? t : NO_TIME;
}

int64_t
population_date(enum population p, const struct facts *f)
{
	/* a request that was cleared by policy alone had nobody to ask */
	bool requested = f->requested.n > 0, created = f->created.n > 0, started = f->started.n > 0,
	     by_policy = f->policy_says == POLICY_AUTO && !requested;
	int64_t policy = f->policy >= 0 ? f->s->m[f->policy].time : NO_TIME;

	/* A date and not yes or no: the period is held against when each population's own event
	 * happened, so that one remediation may be in two of them (CT-5). */
	switch (p) {
	case P(REMEDIATIONS):
		return first_time(f);
	case P(POLICY_AUTO):
		return when(f->policy_says == POLICY_AUTO, policy);
	case P(POLICY_REQUIRES):
		return when(f->policy_says == POLICY_ASKS, policy);
	case P(REQUESTED):
		return time_of(f, &f->requested);
	case P(DECIDED_WEBHOOK):
		return time_of(f, &f->webhook);
	case P(DECIDED_ORCHESTRATOR):
		return time_of(f, &f->orchestrator);
	case P(DECIDED_BOTH):
		return when(f->orchestrator.n > 0, time_of(f, &f->webhook));
	case P(EXPIRED_UNWITNESSED):
		return when(
		    f->webhook.n == 0 && f->ruling == RULING_EXPIRED, time_of(f, &f->orchestrator));
	case P(HUMAN):
		return when(f->human, f->decided_at);
	case P(APPROVED):
		return when(f->ruling == RULING_APPROVED, f->decided_at);
	case P(REJECTED):
		return when(f->ruling == RULING_REJECTED, f->decided_at);
	case P(EXPIRED):
		return when(f->ruling == RULING_EXPIRED, f->decided_at);
	case P(UNDECIDED):
		return when(f->ruling == RULING_NONE, time_of(f, &f->requested));
	case P(CREATED):
		return time_of(f, &f->created);
	case P(STARTED):
		return time_of(f, &f->started);
	case P(CREATED_ONLY):
		return when(!started, time_of(f, &f->created));
	case P(AFTER_APPROVAL):
		return when(f->ruling == RULING_APPROVED, time_of(f, &f->started));
	case P(BY_POLICY):
		return when(by_policy && f->ruling != RULING_APPROVED, time_of(f, &f->started));
	case P(OTHERWISE):
		return when(!by_policy && f->ruling != RULING_APPROVED, time_of(f, &f->started));
	case P(WITHOUT_REQUEST):
		return when(!requested, time_of(f, &f->created));
	case P(APPROVED_ONLY):
		return when(f->ruling == RULING_APPROVED && !started, f->decided_at);
	case P(NOTHING):
		return when(!requested && !created, first_time(f));
	case POPULATIONS:
		break;
	}
	return NO_TIME;
}

uint64_t
populations_of(const struct facts *f, int64_t from, int64_t to)
{
	uint64_t bits = 0;

	for (unsigned p = 0; p < POPULATIONS; p++) {
		int64_t t = population_date((enum population)p, f);

		if (t != NO_TIME && t >= from && t < to)
			bits |= 1ull << p;
	}
	return bits;
}

enum population
population_named(const char *name)
{
	unsigned p = 0;

	while (p < POPULATIONS && strcmp(population_info[p].name, name))
		p++;
	return (enum population)p;
}

int
population_digest(const struct correlation *const *ids, size_t n, uint8_t ret[32])
{
	struct sha256 *sha = sha256_new();
	bool failed = sha == NULL;
	struct buf one;

	buf_init(&one, 1u << 20);
	if (sha)
		sha256_begin(sha);
	for (size_t i = 0; i < n && !failed; i++) {
		buf_clear(&one);
		text_json(&one, ids[i]->text, ids[i]->n);
		buf_byte(&one, '\n');
		sha256_add(sha, one.p, one.len);
		failed = one.failed;
	}
	if (sha)
		sha256_end(sha, ret);
	sha256_free(sha);
	buf_release(&one);
	return failed ? -1 : 0;
}
