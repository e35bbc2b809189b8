/* What the files of the rules of one remediation share. */
#ifndef APPROVAL_RULES_INNER_H
#define APPROVAL_RULES_INNER_H

#include <string.h>

#include "base/utc.h"
#include "approval/inner.h"

#define SECOND 1000000 /* µs */

static inline bool
is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static inline const char *
or_none(const char *s)
{
	return s && s[0] ? s : "nobody";
}

static inline int64_t
time_at(const struct test *t, unsigned at)
{
	return t->f->s->m[at].time;
}

/* The event that tells the decision best: the webhook's, else the orchestrator's. */
static inline unsigned
decision_at(const struct facts *f)
{
	return f->webhook.n ? f->webhook.at[0] : f->orchestrator.at[0];
}

static inline void
state(struct test *t, unsigned i, enum explained s)
{
	t->state[i] = s;
}

/* Later: 1; not later: 0; -1: nobody can tell. a and b are events. */
static inline int
later(const struct test *t, unsigned a, unsigned b)
{
	return time_at(t, a) == time_at(t, b) ? -1 : time_at(t, a) > time_at(t, b);
}

/* A time as RFC 3339, for a sentence. */
struct when {
	char text[UTC_TEXT];
};
struct when when(int64_t us);
/* Why nobody can tell which of two events of one time came first. */
const char *same_time(const struct test *t, unsigned a, unsigned b);

/* rules_done.c: what was done, and how it was recorded. */
void ap19(struct test *t);
void ap21(struct test *t);
void ap22(struct test *t);
void ap24(struct test *t);
void ap25(struct test *t);
void ap26(struct test *t);
void ap27(struct test *t);
void ap28(struct test *t);
void ap29(struct test *t);
void ap30(struct test *t);
void ap31(struct test *t);
void ap32(struct test *t);
void ap33(struct test *t);
void cp01(struct test *t);
void cp02(struct test *t);
void cp03(struct test *t);
void cp04(struct test *t);

#endif
