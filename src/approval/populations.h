/* Who is counted where, and how the counts add up (formats/controls.md CT-5 to CT-7). */
#ifndef APPROVAL_POPULATIONS_H
#define APPROVAL_POPULATIONS_H

#include "approval/facts.h"

enum population {
#define POPULATION(id, rests_on, name, definition, date) POP_##id,
#define SUM(...)
#define VERSUS(...)
#include "approval/populations.def"
#undef POPULATION
#undef SUM
#undef VERSUS
	POPULATIONS
};

/* PRESENCE: what is counted of it is a lower bound, whatever rows are missing. */
enum population_rests { PRESENCE, ABSENCE };
struct population_info {
	enum population_rests on;
	const char *name, *definition, *date;
};
extern const struct population_info population_info[POPULATIONS];

/* A reconciliation: a sum of n parts, or one against another (why). */
struct reconciliation {
	enum population whole, part[4];
	unsigned n;
	const char *why;
};
extern const struct reconciliation reconciliation[];
extern const unsigned n_reconciliations;

/* The populations of a remediation, bit by bit; only those whose date lies in [from, to). */
uint64_t populations_of(const struct facts *f, int64_t from, int64_t to);
/* The date by which it belongs to one of them; NO_TIME if it does not. */
int64_t population_date(enum population p, const struct facts *f);
/* By name; POPULATIONS if there is none. */
enum population population_named(const char *name);

/* CT-6: SHA-256 over the ids in the order of their bytes, each as a JSON string with a line feed
 * behind it. ids are sorted. -1: no memory. */
int population_digest(const struct correlation *const *ids, size_t n, uint8_t ret[32]);

#endif
