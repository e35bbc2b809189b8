/* A random sample of a population that anybody can draw again (formats/controls.md CT-11). */
#ifndef APPROVAL_SAMPLE_H
#define APPROVAL_SAMPLE_H

#include "approval/controls.h"
#include "approval/registry.h"

/* Attributes of the worksheet: letters, each filled in by a rule. */
#define ATTRIBUTES 8u
extern const enum rule_id sample_attribute[ATTRIBUTES];

/* What a draw is divided by, and the words; one stratum of all has none. */
enum strata { STRATA_NONE, STRATA_MONTH, STRATA_NAMESPACE, STRATA_PATH, STRATA };
extern const char *const strata_name[STRATA];
/* The one of a word; NULL: STRATA_NONE. False: there is none such. */
bool strata_named(const char *word, enum strata *ret);

struct sample_wish {
	enum population population;
	const char *seed;
	uint64_t number, after; /* so many of each stratum, behind the first `after` */
	enum strata by;
	/* what the auditor states of the seed; NULL: nothing */
	const char *source, *chosen;
};

struct stratum {
	char name[80];
	size_t first, members, taken;
	/* members for which the rule of an attribute passes or is an exception, and those of them
	 * that were drawn; sample_tested() fills it */
	struct {
		uint64_t tested, drawn, found; /* found: exceptions among the drawn */
	} attribute[ATTRIBUTES];
};

struct drawn {
	const struct entry *e;
	char key[65]; /* hex; decides the order */
	unsigned stratum;
	uint64_t place; /* in its stratum, from 1 */
	bool taken;
};

struct sample {
	struct drawn *d; /* all members, by stratum and then in the order of the draw */
	size_t n, taken;
	struct stratum *s;
	unsigned n_strata;
	char digest[65]; /* of the population */
	size_t *place;   /* of each member in d, by the place of its entry in the registry */
	const struct registry *r;
};

/* Draws; r must outlive it. 0; -1: no memory. To be released in any case. */
int sample_draw(struct sample *s, const struct registry *r, const struct sample_wish *wish);
void sample_release(struct sample *s);

/* The member that a correlation is; NULL: it is none of the population. */
struct drawn *sample_member(const struct sample *s, const struct correlation *c);
/* Counts what the rules of the attributes say of a member; `one` has seen just that one. */
void sample_tested(struct sample *s, const struct drawn *d, const struct controls *one);

#endif
