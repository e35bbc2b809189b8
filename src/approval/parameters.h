/* What the auditor decides: thresholds, lists, hours (formats/controls.md CT-9). From a YAML file,
 * or the defaults. */
#ifndef APPROVAL_PARAMETERS_H
#define APPROVAL_PARAMETERS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/zone.h"

struct person {
	char *name;
	int64_t from, until;
}; /* µs, until exclusive */

struct words {
	char **w;
	unsigned n;
};

struct parameters {
	/* numbers, by their names in the file */
#define PARAMETER(name, value, unit, meaning) double name;
#include "approval/parameters.def"
#undef PARAMETER
	struct person *approver; /* authorised ones; n_approvers 0: no list was given */
	unsigned n_approvers;
	bool approvers_given, hours_given;
	unsigned days;              /* bit 0: Monday */
	int from_minute, to_minute; /* of the day, in the zone */
	/* a zone of the IANA database; NULL: an offset, seconds east of UTC */
	const struct zone *zone;
	int offset;
	/* policy_hashes: changes that are known */
	struct words high_risk_environments, high_risk_severities, front_ends, policy_hashes;
	struct words vkeys;         /* public keys of logs that the auditor vouches for */
	struct words witness_vkeys; /* of witnesses that the auditor believes */
	struct words expectations;  /* checkpoints, as --expect takes them */
	/* for first pages; NULL: not given; owned */
	char *entity, *system, *prepared_by;
	char *period;                   /* as it was given, NULL: it was not; owned */
	int64_t period_from, period_to; /* µs, to exclusive */
	char digest[65];                /* of the file, hex; empty: the defaults */
};

void parameters_default(struct parameters *p);
/* Reads the auditor's file. 0; 1: it is not such a file (why); -1: no memory. */
int parameters_read(struct parameters *p, const char *yaml, size_t n, char why[300]);
void parameters_release(struct parameters *p);

/* Seconds east of UTC that the auditor's clock stands at, at an instant (µs). */
int parameters_offset(const struct parameters *p, int64_t us);

bool words_have(const struct words *w, const char *s);

struct parameter_info {
	const char *name, *unit, *meaning;
	double value;
};
extern const struct parameter_info parameter_info[];
extern const unsigned n_parameters;

/* Members of the file beside `parameters`, for people and for `exhibit policy --print`. */
struct member_info {
	const char *name, *form;
	bool given_by_default; /* text is what holds without the member; else an example */
	const char *text, *meaning;
};
extern const struct member_info member_info[];
extern const unsigned n_members;

/* Appends a policy that holds every parameter and member with its default, its form and what it
 * means, what has no default as a comment: reading it back changes nothing (CT-9). */
void parameters_print(struct buf *out);

#endif
