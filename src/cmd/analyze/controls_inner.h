/* What the verb controls has gathered, for the files that print it. */
#ifndef CMD_ANALYZE_CONTROLS_INNER_H
#define CMD_ANALYZE_CONTROLS_INNER_H

#include "approval/controls.h"
#include "cmd/analyze/analyze.h"

struct decider { /* who decided on a remediation */
	const struct correlation *c;
	char *by;
};

struct controls_run {
	const struct cli *c;
	struct parameters p;
	struct controls k;
	struct period period;
	bool json, csv;
	struct decider *decider; /* for --by-person, sorted by c */
	size_t n_deciders, deciders_cap;
	struct buf out;
};

/* Is a rule one of those that --rule names, or are none named? */
bool controls_chosen(const struct cli *c, const char *rule);
/* The i-th of a rule's innocent explanations, up to the next bar; false: there is none. */
bool controls_explanation(enum rule_id rule, unsigned i, const char **ret, int *n);

/* controls_screen.c: for people: rules with exceptions first, then what could not be tested, then
 * the others in a line; or exceptions by who had decided. */
void controls_screen(struct controls_run *r);

#endif
