/* What the files of the rules share. */
#ifndef APPROVAL_INNER_H
#define APPROVAL_INNER_H

#include "approval/controls.h"

/* One rule at one remediation. */
struct test {
	struct controls *k;
	enum rule_id rule;
	const struct correlation *c;
	const struct facts *f; /* NULL for rules that look across */
	enum explained state[EXPLANATIONS];
};

void pass(struct test *t);
/* reasons are texts of our own: they are kept by address */
void not_applicable(struct test *t, const char *reason);
void cannot_test(struct test *t, const char *reason);
/* at: places in the story that prove it. */
void exception(struct test *t, const unsigned *at, unsigned n, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The same where the story is gone: for rules that look across. */
void exception_of(struct controls *k, enum rule_id rule, const struct correlation *c,
    const char *const *id, const uint64_t *position, unsigned n, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));

/* ledger.c: what one remediation says, for the rules that look across; texts are owned, NULL: not
 * told. */
struct decided {
	const struct correlation *c;
	uint64_t populations;
	/* events; id empty: none */
	struct {
		char id[37];
		uint64_t position;
		int64_t time;
	} decision, policy;
	char *by, *message, *namespace, *target, *fingerprint, *policy_hash, *workflow;
	/* failed: its execution did, at `ended` */
	bool human, machine, webhook, approved, failed;
	int64_t decided_at, ended;
};
struct author {
	char *workflow, *by;
	char event[37];
	uint64_t position;
	int64_t time;
};

void ledger_note(struct controls *k, const struct facts *f);
void ledger_release(struct controls *k);
/* Before anybody asks for authors: puts them in the order of workflows. */
void ledger_sort(struct controls *k);
/* Those who registered a workflow, *ret of them, borrowed. Returns their number. */
size_t ledger_authors(const struct controls *k, const char *workflow, const struct author **ret);

void rules_of_one(struct controls *k, const struct facts *f); /* rules.c */
void rules_across(struct controls *k);                        /* once all were seen */

#endif
