#include "finding/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/vec.h"

#define ALARM LEVEL_ALARM
#define GAP LEVEL_GAP
#define NOTE LEVEL_NOTE
#define UNREADABLE LEVEL_UNREADABLE

/* What a finding forces (judgement.md J-1): the part of the verdict, the state it gets at best,
 * and the status at least. */
#define NOTHING \
	{ \
		PART_NONE, STATE_PROVEN, EX_OK \
	}
#define ALTERED \
	{ \
		PART_INTEGRITY, STATE_DISPROVED, EX_ALTERED \
	}
#define UNJUDGED \
	{ \
		PART_INTEGRITY, STATE_NOT_CHECKED, EX_UNREADABLE \
	}
#define CONFLICT \
	{ \
		PART_AUTHENTICITY, STATE_DISPROVED, EX_CONFLICT \
	}
#define UNFOUNDED \
	{ \
		PART_AUTHENTICITY, STATE_NOT_PROVEN, EX_NOT_PROVEN \
	}
#define ABSENT \
	{ \
		PART_SEALED_HERE, STATE_DISPROVED, EX_INCOMPLETE \
	}
#define OPEN \
	{ \
		PART_SEALED_HERE, STATE_NOT_PROVEN, EX_NOT_PROVEN \
	}
#define LACKING \
	{ \
		PART_SOURCE_SEALED, STATE_DISPROVED, EX_INCOMPLETE \
	}
#define UNCHECKED \
	{ \
		PART_NONE, STATE_NOT_PROVEN, EX_NOT_PROVEN \
	}

const struct finding_info finding_info[FINDING_COUNT] = {
#define FINDING(id, class, level, forces, clause, meaning, todo, hand) \
	{ #id, class, clause, meaning, todo, hand, level, forces },
#include "finding/finding.def"
#undef FINDING
};

static void
finding_release(struct finding *f)
{
	free(f->place);
	free(f->sentence);
	free(f->expected);
	free(f->found);
	free(f->correlation);
	free(f->event);
	for (unsigned i = 0; i < f->n_correlations; i++)
		free(f->correlations[i]);
	free(f->correlations);
	for (unsigned i = 0; i < f->n_explanations; i++)
		free(f->explanation[i].sentence);
}

void
findings_release(struct findings *l)
{
	for (unsigned i = 0; i < l->n; i++)
		finding_release(&l->f[i]);
	free(l->f);
	memset(l, 0, sizeof *l);
}

/* Room for one more. NULL: no memory. */
static struct finding *
next_slot(struct findings *l)
{
	struct finding *f;

	if (l->n == l->cap) {
		unsigned cap = l->cap ? l->cap * 2 : 16;

		if ((f = vec_resize(l->f, cap, sizeof *f)) == NULL) {
			l->failed = true;
			nomem_note();
			return NULL;
		}
		l->f = f;
		l->cap = cap;
	}
	return &l->f[l->n];
}

void
findings_take(struct findings *to, struct findings *from)
{
	to->failed |= from->failed;
	for (unsigned i = 0; i < from->n; i++) {
		struct finding *f = &from->f[i], *at;

		if (f->id == FINDING_COUNT || to->counted[f->id]++ >= FINDINGS_KEPT ||
		    (at = next_slot(to)) == NULL) {
			finding_release(f);
		} else {
			*at = *f;
			to->n++;
		}
	}
	from->n = 0;
	findings_release(from);
}

struct finding *
finding_add(
    struct findings *l, enum finding_id id, unsigned file, const char *place, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	if (l->counted[id]++ >= FINDINGS_KEPT)
		return NULL;
	if ((f = next_slot(l)) == NULL)
		return NULL;
	memset(f, 0, sizeof *f);
	f->id = id;
	f->file = file;
	va_start(ap, fmt);
	if (vasprintf(&f->sentence, fmt, ap) < 0)
		f->sentence = NULL;
	va_end(ap);
	f->place = strdup(place);
	if (f->sentence == NULL || f->place == NULL) {
		free(f->sentence);
		free(f->place);
		l->failed = true;
		nomem_note();
		return NULL;
	}
	l->n++;
	return f;
}

void
finding_values(struct finding *f, const char *expected, const char *found)
{
	if (f == NULL)
		return;
	f->expected = strdup(expected);
	f->found = strdup(found);
	if (f->expected == NULL || f->found == NULL) {
		nomem_note();
		free(f->expected);
		free(f->found);
		f->expected = f->found = NULL;
	}
}

void
finding_correlation(struct finding *f, const char *p, size_t n)
{
	if (f == NULL)
		return;
	free(f->correlation);
	if ((f->correlation = strndup(p, n)) == NULL)
		nomem_note();
}

void
finding_becomes(struct findings *l, struct finding *f, enum finding_id id, const char *sentence)
{
	char *p = sentence ? strdup(sentence) : NULL;

	l->failed |= sentence && p == NULL;
	if (sentence && p == NULL) {
		nomem_note();
	} else if (sentence) {
		free(f->sentence);
		f->sentence = p;
	}
	l->counted[f->id]--;
	l->counted[f->id = id]++;
}

const char *const explained_name[] = { "fits", "ruled out", "cannot tell" };

void
finding_explain(struct findings *l, struct finding *f, enum explained state, const char *fmt, ...)
{
	struct explanation *x;
	va_list ap;

	if (f == NULL || f->n_explanations == sizeof f->explanation / sizeof *f->explanation)
		return;
	x = &f->explanation[f->n_explanations];
	va_start(ap, fmt);
	if (vasprintf(&x->sentence, fmt, ap) < 0) {
		l->failed = true;
		nomem_note();
	} else {
		f->n_explanations++;
	}
	va_end(ap);
	x->state = state;
}

void
finding_names(struct findings *l, struct finding *f, const char *correlation)
{
	void *p;

	if (f == NULL)
		return;
	if ((f->n_correlations & (f->n_correlations - 1)) == 0) {
		p = vec_resize(f->correlations, f->n_correlations ? f->n_correlations * 2 : 1,
		    sizeof *f->correlations);
		if (p == NULL) {
			l->failed = true;
			nomem_note();
			return;
		}
		f->correlations = p;
	}
	if ((f->correlations[f->n_correlations] = strdup(correlation)) == NULL) {
		l->failed = true;
		nomem_note();
	} else {
		f->n_correlations++;
	}
}

void
finding_event(struct findings *l, struct finding *f, const uint8_t id[16])
{
	void *p;

	if (f == NULL)
		return;
	if ((f->n_events & (f->n_events - 1)) == 0) {
		if ((p = vec_resize(
			 f->event, f->n_events ? f->n_events * 2 : 1, sizeof *f->event)) == NULL) {
			l->failed = true;
			nomem_note();
			return;
		}
		f->event = p;
	}
	memcpy(f->event[f->n_events++], id, 16);
}

unsigned
findings_of_level(const struct findings *l, enum finding_level level)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += finding_info[l->f[i].id].level == level;
	return n;
}
