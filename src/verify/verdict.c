#include "verify/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/limits.h"
#include "base/err.h"
#include "base/text.h"
#include "verify/verify.h"

const char *const dimension_name[DIMENSIONS] = { "integrity", "completeness", "authenticity",
	"time", "semantics" };
const char *const state_name[] = { "proven", "disproved", "not proven", "not checked" };
const char *const part_name[PARTS] = {
	"integrity",
	"sealed-here",
	"source-sealed",
	"happened-source",
	"authenticity",
	"time",
	"semantics",
};

/* ---- the rows ---- */

static const char *
S(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* 4733 → 4,733. The text lives until N was called 16 times more by this thread. */
static const char *
N(uint64_t n)
{
	static _Thread_local char ring[16][32];
	static _Thread_local unsigned next;

	return text_grouped(n, ring[next++ % 16]);
}

static void say(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct buf *out, const char *fmt, ...)
{
	char t[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t, sizeof t, fmt, ap);
	va_end(ap);
	buf_str(out, t);
}

/* Each row becomes three small functions over facts. */
#define ROW(name, condition, beside, ...) \
	static bool applies_##name(const struct grounds *f) \
	{ \
		(void)f; \
		return condition; \
	} \
	static const char *label_##name(const struct grounds *f) \
	{ \
		(void)f; \
		return beside; \
	} \
	static void words_##name(const struct grounds *f, struct buf *out) \
	{ \
		(void)f; \
		say(out, __VA_ARGS__); \
	}
#define HEADLINE(name, status, condition, advice, ...) ROW(H_##name, condition, advice, __VA_ARGS__)
#define STATEMENT(name, part, state, status, condition, rests, ...) \
	ROW(C_##name, condition, rests, __VA_ARGS__)
#define SOURCE(name, label, condition, ...) ROW(S_##name, condition, label, __VA_ARGS__)
#define UNCHECKED(name, condition, ...) ROW(U_##name, condition, "", __VA_ARGS__)
#include "verify/verdict.def"
#undef HEADLINE
#undef STATEMENT
#undef SOURCE
#undef UNCHECKED

#define ENTRY(name, kind, part, state, status) \
	{ #name, kind, part, state, status, applies_##name, label_##name, words_##name },
#define HEADLINE(name, status, condition, advice, ...) \
	ENTRY(H_##name, CLAIM_HEADLINE, PART_NONE, STATE_PROVEN, status)
#define STATEMENT(name, part, state, status, condition, rests, ...) \
	ENTRY(C_##name, CLAIM_STATEMENT, part, state, status)
#define SOURCE(name, label, condition, ...) \
	ENTRY(S_##name, CLAIM_SOURCE, PART_NONE, STATE_PROVEN, EX_OK)
#define UNCHECKED(name, condition, ...) \
	ENTRY(U_##name, CLAIM_UNCHECKED, PART_NONE, STATE_PROVEN, EX_OK)
const struct claim verdict_claim[] = {
#include "verify/verdict.def"
};
const unsigned verdict_claims = sizeof verdict_claim / sizeof *verdict_claim;

/* ---- what they make of facts ---- */

void
verdict_of(struct grounds *f, const struct claim *ret_statement[PARTS], int *ret_status)
{
	int status = f->status;

	memset(ret_statement, 0, PARTS * sizeof *ret_statement);
	f->good = false;
	for (unsigned i = 0; i < verdict_claims; i++) {
		const struct claim *c = &verdict_claim[i];

		if ((c->kind == CLAIM_STATEMENT && ret_statement[c->part]) ||
		    c->kind > CLAIM_STATEMENT || !c->applies(f))
			continue;
		status = status_worse(status, c->status);
		if (c->kind == CLAIM_STATEMENT)
			ret_statement[c->part] = c;
	}
	f->good = status == EX_OK;
	*ret_status = status;
}

static char *
words_of(const struct claim *c, const struct grounds *f)
{
	struct buf b;

	buf_init(&b, 8192);
	c->words(f, &b);
	buf_byte(&b, '\0');
	if (b.failed) {
		nomem_note();
		buf_release(&b);
		return NULL;
	}
	return (char *)b.p;
}

static void
add_line(char **line, unsigned *n, unsigned max, char *text)
{
	if (text && *n < max)
		line[(*n)++] = text;
	else
		free(text);
}

static enum verdict_word
archive_verdict(const struct grounds *f)
{
	return f->archive_alarms              ? VERDICT_ALTERED :
	    f->conflict                       ? VERDICT_CONFLICT :
	    f->unreadable || f->readable == 0 ? VERDICT_UNREADABLE :
	    f->unread_records                 ? VERDICT_INCOMPLETE :
	    f->vouched && !f->open_files      ? VERDICT_VERIFIED :
						VERDICT_NOT_PROVEN;
}

static enum verdict_word
source_verdict(const struct grounds *f)
{
	return f->source_alarms ? VERDICT_ALTERED :
	    f->missing || f->unread_events || f->forced[PART_SOURCE_SEALED] == STATE_DISPROVED ?
				  VERDICT_INCOMPLETE :
	    f->unchecked || f->events == 0 ? VERDICT_NOT_PROVEN :
					     VERDICT_INTACT;
}

void
verdict_make(struct verification *v)
{
	static const enum dimension of[PARTS] = { DIM_INTEGRITY, DIM_COMPLETENESS, DIM_COMPLETENESS,
		DIMENSIONS, DIM_AUTHENTICITY, DIM_TIME, DIM_SEMANTICS };
	const struct claim *statement[PARTS];
	struct grounds *f = &v->grounds;

	/* facts first; a claim looks at nothing else */
	grounds_of(f, v);
	verdict_of(f, statement, &v->exit);
	v->archive_verdict = archive_verdict(f);
	v->source_verdict = source_verdict(f);
	v->verdict = verdict_name[v->exit];
	/* in the order of the table, which is that of the screen */
	for (unsigned i = 0; i < verdict_claims; i++) {
		const struct claim *c = &verdict_claim[i];

		if (c->kind == CLAIM_HEADLINE && c->applies(f))
			add_line(v->headline, &v->n_headlines, HEADLINES_MAX, words_of(c, f));
		else if (c->kind == CLAIM_UNCHECKED && c->applies(f))
			add_line(v->not_checked, &v->n_not_checked, HEADLINES_MAX, words_of(c, f));
	}
	/* completeness is the worst of what can be proved of it: what happened before the source
	 * stored it never is (J-2) */
	for (unsigned p = 0; p < PARTS; p++) {
		enum dimension d = of[p];

		v->part[p].state = statement[p]->state;
		v->part[p].rests_on = statement[p]->label(f);
		v->part[p].why = words_of(statement[p], f);
		if (d == DIMENSIONS)
			continue;
		if (p == PART_SOURCE_SEALED)
			v->dim[d].state = state_worse(v->dim[d].state, v->part[p].state);
		else
			v->dim[d].state = v->part[p].state;
	}
	/* the parts of completeness stand in one sentence */
	for (unsigned p = 0; p < PARTS; p++) {
		char *to = of[p] == DIMENSIONS ? v->dim[DIM_COMPLETENESS].why : v->dim[of[p]].why;
		size_t at = strlen(to), size = sizeof v->dim[0].why;
		const char *name = p == PART_SEALED_HERE ? "sealed to here: " :
		    p == PART_SOURCE_SEALED              ? "; source to sealed: " :
		    p == PART_HAPPENED_SOURCE            ? "; happened to source: " :
							   "";

		snprintf(to + at, size - at, "%s%s", name, v->part[p].why ? v->part[p].why : "");
	}
}
