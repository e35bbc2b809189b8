/* The rules of rules.def held against every remediation (formats/controls.md CT-8). */
#ifndef APPROVAL_CONTROLS_H
#define APPROVAL_CONTROLS_H

#include "approval/facts.h"
#include "approval/parameters.h"
#include "approval/populations.h"
#include "finding/finding.h"

enum rule_id {
#define RULE( \
    id, name, version, population, question, test, criteria, nist, reasoning, explanations) \
	RULE_##id,
#include "approval/rules.def"
#undef RULE
	RULES
};

struct rule_info {
	const char *name;
	unsigned version;
	enum population population;
	const char *question, *test, *criteria, *nist, *reasoning, *explanations;
};
extern const struct rule_info rule_info[RULES];

#define EXPLANATIONS 3
#define PROOFS 8 /* events that an exception names; more are counted */

struct exception {
	enum rule_id rule;
	const struct correlation *c;
	char *sentence;
	struct {
		char id[37];
		uint64_t position;
	} event[PROOFS];
	unsigned n_events, more;
	enum explained state[EXPLANATIONS];
};

struct untested {
	enum rule_id rule;
	const struct correlation *c;
	const char *reason;
};

#define REASONS 8
struct tally {
	uint64_t population, passed, exceptions, untestable;
	struct {
		const char *reason;
		uint64_t n;
	} na[REASONS]; /* not applicable, by reason */
};

struct decided; /* of ledger.c */

struct controls {
	const struct parameters *p;
	int64_t from, to; /* the period, µs */
	struct tally tally[RULES];
	struct exception *exception; /* by rule, then as the log has them */
	size_t n, cap;
	struct untested *untested;
	size_t n_untested, untested_cap;
	struct decided *decided; /* what rules need that look across remediations */
	size_t n_decided, decided_cap;
	struct author *author; /* who registered which workflow */
	size_t n_authors, authors_cap;
	uint64_t remediations;
	/*
	 * Is something known to be missing that reaches this remediation (judgement.md J-3), or,
	 * without one, anything at all? NULL: no.
	 * What then rests on an absence is not testable.
	 */
	bool (*limited)(void *arg, const struct correlation *c);
	void *limited_arg;
	bool nomem;
};

void controls_init(struct controls *k, const struct parameters *p, int64_t from, int64_t to);
void controls_release(struct controls *k);

/* One remediation: every rule that looks at one. */
void controls_remediation(struct controls *k, const struct facts *f);
/* Another correlation: who registered workflows. */
void controls_other(struct controls *k, const struct story *s);
/* Who had registered a workflow by a time (µs): names, each once, at most max of them; behind
 * controls_finish. Returns how many; they live as long as k. */
unsigned controls_authors(
    const struct controls *k, const char *workflow, int64_t by, const char **ret, unsigned max);
/* When all were seen: the rules that look across, and the order. -1: no memory. */
int controls_finish(struct controls *k);

#endif
