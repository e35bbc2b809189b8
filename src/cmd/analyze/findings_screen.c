/*
 * Findings as a person reads them (formats/output.md O-26): from the worst on, those of one cause
 * together. A cause is what is said, and what could explain it; what differs is where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"

#define PLACES 3u /* of one cause that are named */

/* A signed note, a line each: either of two that contradict each other is evidence. */
static void
print_note(const char *label, const char *note)
{
	print_line("", "%s:", label);
	for (const char *p = note; *p; p += strcspn(p, "\n"), p += *p == '\n')
		print_line("", "  %.*s", (int)strcspn(p, "\n"), p);
}

/* What two findings of one cause have in common. What has values of its own is its own cause. */
static int
by_cause(const struct finding *a, const struct finding *b)
{
	int c = a->id < b->id ? -1 : a->id > b->id;

	if (c == 0)
		c = (a->expected != NULL) - (b->expected != NULL);
	if (c == 0 && a->expected)
		c = a < b ? -1 : a > b;
	if (c == 0)
		c = strcmp(a->sentence, b->sentence);
	if (c == 0)
		c = (int)a->n_explanations - (int)b->n_explanations;
	for (unsigned i = 0; c == 0 && i < a->n_explanations; i++) {
		c = (int)a->explanation[i].state - (int)b->explanation[i].state;
		if (c == 0)
			c = strcmp(a->explanation[i].sentence, b->explanation[i].sentence);
	}
	return c;
}

static int
by_cause_then_order(const void *pa, const void *pb)
{
	const struct finding *a = *(const struct finding *const *)pa,
			     *b = *(const struct finding *const *)pb;
	int c = by_cause(a, b);

	return c ? c : a < b ? -1 : a > b;
}

/* Findings of one cause, in the order in which they were made. */
struct cause {
	const struct finding **f;
	unsigned n;
};

static int
by_order(const void *pa, const void *pb)
{
	const struct cause *a = pa, *b = pb;

	return a->f[0] < b->f[0] ? -1 : a->f[0] > b->f[0];
}

static int
by_text(const void *pa, const void *pb)
{
	return strcmp(*(const char *const *)pa, *(const char *const *)pb);
}

/* How many correlations they are about; 0 where that cannot be told (no memory, or of none). */
static unsigned
correlations_of(const struct cause *x)
{
	const char **name = malloc(x->n * sizeof *name);
	unsigned n = 0, different = 0;

	for (unsigned i = 0; name && i < x->n; i++)
		if (x->f[i]->correlation)
			name[n++] = x->f[i]->correlation;
	if (n)
		qsort(name, n, sizeof *name, by_text);
	for (unsigned i = 0; i < n; i++)
		different += i == 0 || strcmp(name[i - 1], name[i]) != 0;
	free(name);
	return n == x->n ? different : 0;
}

static void
print_place(const struct verification *v, const struct finding *f)
{
	const struct finding_info *d = &finding_info[f->id];

	print_line("", "%s%s%sat %s%s%s%s%s%s", f->correlation ? "correlation " : "",
	    f->correlation ? f->correlation : "", f->correlation ? ", " : "", f->place,
	    v->n_archives > 1 ? " of " : "",
	    v->n_archives > 1 ? archive_path(v->archive[f->file]) : "", d->clause[0] ? " [" : "",
	    d->clause, d->clause[0] ? "]" : "");
}

/* How many events, in how many correlations; of a single one its id, unless the sentence has it. */
static void
print_extent(const struct cause *x)
{
	const struct finding *f = x->f[0];
	unsigned correlations = correlations_of(x);
	uint64_t events = 0;
	char id[37] = "", n[32], k[32];

	for (unsigned i = 0; i < x->n; i++)
		events += x->f[i]->n_events;
	if (f->n_events)
		uuid_of(f->event[0], id);
	if (x->n == 1) {
		if (events > 1 || (events == 1 && strncmp(f->sentence, "Event ", 6) != 0))
			print_line("", events > 1 ? "%u events, the first %s" : "%u event, %s",
			    f->n_events, id);
		return;
	}
	/* of several the first places stand below */
	if (correlations)
		print_line("", "%s event%s in %s correlation%s%s", text_grouped(events, n),
		    events == 1 ? "" : "s", text_grouped(correlations, k),
		    correlations == 1 ? "" : "s", x->n > PLACES ? ", the first of them:" : ":");
	else
		print_line("", "%s times%s", text_grouped(x->n, n),
		    x->n > PLACES ? ", the first of them:" : ":");
}

static void
print_cause(const struct verification *v, const struct cause *x)
{
	const struct finding *f = x->f[0];

	print_line(finding_info[f->id].id, "%s", f->sentence);
	print_extent(x);
	for (unsigned i = 0; i < x->n && i < PLACES; i++)
		print_place(v, x->f[i]);
	/* what could explain it, what cannot last */
	for (unsigned i = 0; i < f->n_explanations; i++)
		if (f->explanation[i].state != EXPLAINED_RULED_OUT)
			print_line("", "%s: %s", explained_name[f->explanation[i].state],
			    f->explanation[i].sentence);
	for (unsigned i = 0; i < f->n_explanations; i++)
		if (f->explanation[i].state == EXPLAINED_RULED_OUT)
			print_line("", "ruled out: %s", f->explanation[i].sentence);
	if (f->expected && strchr(f->expected, '\n')) {
		print_note("you saw", f->expected);
		print_note("here", f->found);
	} else if (f->expected) {
		print_line("", "stored   %s", f->expected);
		print_line("", "computed %s", f->found);
	}
}

/* The causes of some findings, by their first one. cause: room for n. Returns their number. */
static unsigned
causes_of(const struct finding **f, unsigned n, struct cause *cause)
{
	unsigned k = 0;

	qsort(f, n, sizeof *f, by_cause_then_order);
	for (unsigned i = 0; i < n; i++)
		if (k && by_cause(f[i - 1], f[i]) == 0)
			cause[k - 1].n++;
		else
			cause[k++] = (struct cause){ f + i, 1 };
	if (k)
		qsort(cause, k, sizeof *cause, by_order);
	return k;
}

/* The first few causes of each class, then how many more findings there are: a screen is for
 * reading, JSON has them all. */
static void
print_level(const struct verification *v, enum finding_level level, const char *title)
{
	static const unsigned most[] = {
		[LEVEL_NOTE] = 3, [LEVEL_GAP] = 5, [LEVEL_ALARM] = 20, [LEVEL_UNREADABLE] = 20
	};
	unsigned all = findings_of_level(&v->findings, level), n = 0, causes = 0;
	unsigned met[FINDING_COUNT] = { 0 };
	uint64_t told[FINDING_COUNT] = { 0 };
	const struct finding **f = malloc((all + 1) * sizeof *f);
	struct cause *cause = malloc((all + 1) * sizeof *cause);
	char b[32];

	if (all)
		printf("\n%s\n", title);
	for (unsigned i = 0; f && cause && i < v->findings.n; i++)
		if (finding_info[v->findings.f[i].id].level == level)
			f[n++] = &v->findings.f[i];
	if (f && cause)
		causes = causes_of(f, n, cause);
	for (unsigned i = 0; i < causes; i++) {
		enum finding_id id = cause[i].f[0]->id;

		/* what a collection lacks is said whole */
		if (met[id]++ >= most[level] && id != F_I01)
			continue;
		print_cause(v, &cause[i]);
		told[id] += cause[i].n;
	}
	for (int id = 0; id < FINDING_COUNT; id++)
		if (finding_info[id].level == level && v->findings.counted[id] > told[id])
			print_line("and", "%s more %s like these; all of them: -o json",
			    text_grouped(v->findings.counted[id] - told[id], b),
			    finding_info[id].id);
	free(f);
	free(cause);
}

void
print_findings(const struct verification *v)
{
	print_level(
	    v, LEVEL_ALARM, "Alarms: not explained by the known behaviour of source and exporter");
	print_level(v, LEVEL_UNREADABLE, "Not readable");
	print_level(v, LEVEL_GAP, "Gaps: something is missing or cannot be judged");
	print_level(v, LEVEL_NOTE, "Notes: honest, worth knowing");
}
