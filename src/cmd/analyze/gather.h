/* The facts of every remediation, for the verbs that look at approvals. */
#ifndef CMD_ANALYZE_GATHER_H
#define CMD_ANALYZE_GATHER_H

#include "approval/registry.h"
#include "cmd/analyze/analyze.h"
#include "objects/deadlines.h"
#include "report/report.h"

struct gathering {
	struct reading *r;
	const struct catalog *cat;
	struct err *e;
	struct evidence *ev; /* what is known to be missing; NULL: not asked for */
	/* every story as it stands under its own name, before others join it; NULL: nobody asks */
	void (*seen)(void *arg, const struct story *s);
	void *seen_arg;
	struct deadlines deadlines;
};

/* Reads what collected objects tell: the deadlines. 0 or -1 (e). To be released in any case. */
int gather_open(struct gathering *g, struct reading *r, const struct catalog *cat, struct err *e);
/* From now on facts say which of them may lack rows (J-3). 0 or -1 (e). */
int gather_limits(struct gathering *g, struct evidence *ev);
void gather_release(struct gathering *g);

/* --policy FILE of the auditor, which the evidence has read, or the defaults. 0, or the exit
 * status (printed). To be released in any case. */
struct parameters;
int policy_parse(struct evidence *v, struct parameters *p);

/* One remediation: its story, with what older versions filed under other names, and its facts;
 * both to be released in any case. 0 or -1 (err). */
int gather_one(struct gathering *g, const struct correlation *c, struct story *s, struct facts *f);
/*
 * Every remediation in one pass, in an order that the log decides. each() gives 0, or -1 (err);
 * other(), if it is given, gets every other correlation's story.
 * 0 or -1 (err).
 */
int gather_each(struct gathering *g, int (*each)(void *arg, const struct facts *f),
    int (*other)(void *arg, const struct correlation *c, const struct story *s), void *arg);

/* Every remediation in one pass, in the order of the log. 0 or -1 (err). */
int gather_in_order(struct gathering *g, int (*each)(void *arg, const struct facts *f), void *arg);

/* For controls: is something known to be missing that reaches this remediation, or, without one,
 * anything? arg: struct evidence. */
bool limited(void *arg, const struct correlation *c);

/* cmd_report.c: the report of evidence that was verified, which goes to `to`. 0 or -1 (err). */
struct sample_wish;
struct report_made {
	/* what is drawn, as the options of a bundle say it; NULL: --sample says it, or nothing */
	const struct sample_wish *wish;
	const struct report_selftest *selftest; /* that was given; NULL: none */
	struct outlet to;
	unsigned chosen, remediations;
	size_t exceptions;
};
int report_make(const struct cli *c, struct evidence *ev, struct verification *v,
    const struct parameters *p, const struct period *period, struct report_made *ret);

/* rules_sql.c: the control rules as SQL; returns how many there are. */
unsigned rules_sql(struct report_sql ret[RULES]);

/* All of them into a registry. 0 or -1 (err). */
int gather_registry(struct gathering *g, struct registry *r, const struct period *period);

#endif
