/*
 * The verdict (judgement.md J-1): statements, headlines, what was not checked and the exit
 * status, all from the rows of
 * verdict.def over counted facts.
 */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include "base/buf.h"
#include "verify/grounds.h"

enum claim_kind { CLAIM_HEADLINE, CLAIM_STATEMENT, CLAIM_SOURCE, CLAIM_UNCHECKED };

/* A row of verdict.def. */
struct claim {
	const char *name;
	enum claim_kind kind;
	enum part part; /* of a statement */
	enum state state;
	int status; /* at least; EX_OK: none */
	bool (*applies)(const struct grounds *f);
	/* of a source line; what a statement rests on; advice of a headline */
	const char *(*label)(const struct grounds *f);
	void (*words)(const struct grounds *f, struct buf *out);
};

extern const struct claim verdict_claim[];
extern const unsigned verdict_claims;

extern const char *const dimension_name[], *const state_name[], *const part_name[PARTS];

/* The state that says less, and the status that outranks (O-1). */
enum state state_worse(enum state a, enum state b);
int status_worse(int a, int b);

/* What the rows make of facts: the first statement that applies to each part, and the exit status;
 * sets f->good. */
void verdict_of(struct grounds *f, const struct claim *ret_statement[PARTS], int *ret_status);

#endif
