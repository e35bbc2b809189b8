#include "finding/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

#define SENTENCE_MOST (1u << 20) /* bytes */

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
/* what was not looked at is neither here nor gone */
#define UNCOVERED \
	{ \
		PART_SOURCE_SEALED, STATE_NOT_PROVEN, EX_INCOMPLETE \
	}
#define UNCHECKED \
	{ \
		PART_NONE, STATE_NOT_PROVEN, EX_NOT_PROVEN \
	}

const struct finding_info finding_info[FINDING_COUNT] = {
#define FINDING(id, class, level, forces, clause, meaning, todo, hand) \
	{ #id, class, clause, meaning, todo, hand, level, forces },
#define SAYS(id, variant, sentence)
#include "finding/finding.def"
#undef SAYS
#undef FINDING
};

const char *const level_name[LEVELS] = { [LEVEL_NOTE] = "note",
	[LEVEL_GAP] = "gap",
	[LEVEL_UNREADABLE] = "unreadable",
	[LEVEL_ALARM] = "alarm" };

const char *const verdict_name[VERDICTS] = { [VERDICT_VERIFIED] = "verified",
	[VERDICT_ALTERED] = "altered",
	[VERDICT_INCOMPLETE] = "incomplete",
	[VERDICT_NOT_PROVEN] = "not proven",
	[VERDICT_CONFLICT] = "conflict",
	[VERDICT_UNREADABLE] = "unreadable",
	[VERDICT_INTACT] = "intact" };

_Static_assert((int)VERDICT_VERIFIED == EX_OK && (int)VERDICT_ALTERED == EX_ALTERED &&
	(int)VERDICT_INCOMPLETE == EX_INCOMPLETE && (int)VERDICT_NOT_PROVEN == EX_NOT_PROVEN &&
	(int)VERDICT_CONFLICT == EX_CONFLICT && (int)VERDICT_UNREADABLE == EX_UNREADABLE,
    "a verdict is the word of its exit status (O-1)");

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
	/* a want of memory is taken along: a verdict over half of the findings would be too good */
	to->failed |= from->failed;
	for (unsigned i = 0; i < from->n; i++) {
		struct finding *f = &from->f[i], *at;

		/* FINDING_COUNT: dropped by whoever made it. What is over FINDINGS_KEPT is counted
		 * all the same, so that no number on a screen depends on how many were kept. */
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

/* Room for one that is kept, with its place. NULL: it is only counted, or there is no memory. */
static struct finding *
fresh(struct findings *l, enum finding_id id, unsigned file, const char *place)
{
	struct finding *f;

	/* counted before there is memory for it: the verdict is made of counts (J-1), so it can
	 * only be worse than what could be told */
	if (l->counted[id]++ >= FINDINGS_KEPT || (f = next_slot(l)) == NULL)
		return NULL;
	memset(f, 0, sizeof *f);
	f->id = id;
	f->file = file;
	f->place = strdup(place);
	return f;
}

/* Keeps it, if its texts could be kept. */
static struct finding *
kept(struct findings *l, struct finding *f)
{
	if (f->sentence && f->place) {
		l->n++;
		return f;
	}
	free(f->sentence);
	free(f->place);
	l->failed = true;
	nomem_note();
	return NULL;
}

/* The text of a sentence, for the caller to free. NULL: no memory. */
static char *
sentence_of(enum said said, const struct value *v, size_t n)
{
	struct buf b;

	buf_init(&b, SENTENCE_MOST);
	said_put(&b, said, v, n);
	buf_byte(&b, '\0');
	if (!b.failed)
		return (char *)b.p;
	buf_release(&b);
	return NULL;
}

struct finding *
finding_say(struct findings *l, enum said said, unsigned file, const char *place,
    const struct value *v, size_t n)
{
	struct finding *f = fresh(l, said_info[said].id, file, place);

	if (f == NULL)
		return NULL;
	f->sentence = sentence_of(said, v, n);
	return kept(l, f);
}

void
finding_values(struct finding *f, const char *expected, const char *found)
{
	if (f == NULL)
		return;
	/* both or none: one of two values would be read as the other */
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
finding_digests(struct finding *f, const uint8_t expected[32], const uint8_t found[32])
{
	char want[65], have[65];

	hex_of(expected, 32, want);
	hex_of(found, 32, have);
	finding_values(f, want, have);
}

void
finding_numbers(struct finding *f, uint64_t expected, uint64_t found, const char *unit)
{
	char want[64], have[64];

	snprintf(want, sizeof want, "%" PRIu64 "%s", expected, unit);
	snprintf(have, sizeof have, "%" PRIu64 "%s", found, unit);
	finding_values(f, want, have);
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
finding_becomes(struct findings *l, struct finding *f, enum finding_id id)
{
	/* the verdict goes by counts: one finding must not be judged under two ids */
	l->counted[f->id]--;
	l->counted[f->id = id]++;
}

void
finding_retell(
    struct findings *l, struct finding *f, enum said said, const struct value *v, size_t n)
{
	char *p = sentence_of(said, v, n);

	if (p == NULL) {
		l->failed = true;
		nomem_note();
		return;
	}
	free(f->sentence);
	f->sentence = p;
	finding_becomes(l, f, said_info[said].id);
}

const char *const explained_name[] = { "fits", "ruled out", "cannot tell" };

void
finding_explain(
    struct findings *l, struct finding *f, enum because because, const struct value *v, size_t n)
{
	struct explanation *x;
	struct buf b;

	if (f == NULL || f->n_explanations == sizeof f->explanation / sizeof *f->explanation)
		return;
	buf_init(&b, SENTENCE_MOST);
	because_put(&b, because, v, n);
	buf_byte(&b, '\0');
	if (b.failed) {
		buf_release(&b);
		l->failed = true;
		nomem_note();
		return;
	}
	x = &f->explanation[f->n_explanations++];
	x->sentence = (char *)b.p;
	x->state = because_info[because].state;
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

void
findings_by_level(struct findings *l)
{
	struct finding *f = calloc(l->n + 1, sizeof *f);
	unsigned n = 0;

	if (f == NULL) {
		l->failed = true;
		nomem_note();
		return;
	}
	/* stable, so that of one level what was found first, by the order of the log, is told
	 * first */
	for (int level = LEVEL_ALARM; level >= LEVEL_NOTE; level--)
		for (unsigned i = 0; i < l->n; i++)
			if ((int)finding_info[l->f[i].id].level == level)
				f[n++] = l->f[i];
	/* a list that is empty has no memory either */
	if (n)
		memcpy(l->f, f, n * sizeof *f);
	free(f);
}
