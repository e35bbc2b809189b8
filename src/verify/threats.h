/*
 * The ledger of threats: each is excluded, found, or not excluded; on what that rests, and what
 * would close it (judgement.md J-1, J-6). threats.def has the rows; terminal, JSON and report print
 * them (output.md O-32).
 */
#ifndef VERIFY_THREATS_H
#define VERIFY_THREATS_H

struct verification;

enum threat_state { THREAT_EXCLUDED, THREAT_FOUND, THREAT_NOT_EXCLUDED };

extern const char *const threat_state_name[];

struct threat {
	const char *name; /* what could have been done */
	enum threat_state state;
	const char *why;    /* where it is excluded: what excludes it; else NULL */
	const char *if_;    /* where it is excluded: what that assumes; else NULL */
	const char *closed; /* where it is not excluded: what would; else NULL */
};

#define THREATS_MAX 32u

/* Of a verification that was judged. Returns how many there are, always the same number. */
unsigned threats_of(const struct verification *v, struct threat ret[THREATS_MAX]);

#endif
