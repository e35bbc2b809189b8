/* What one pass over all stories leaves for the report. */
#include "report/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/populations.h"
#include "base/utc.h"
#include "report/report.h"

int
notes_begin(struct report_notes *n, int64_t from, int64_t to)
{
	*n = (struct report_notes){ .from = from, .to = to };
	numbering_init(&n->actors, 32);
	numbering_init(&n->policies, 32);
	n->sha = sha256_new();
	return n->sha == NULL ? -1 : 0;
}

static char *
copy(struct report_notes *n, const char *s)
{
	char *p = s ? strdup(s) : NULL;

	n->nomem |= s && p == NULL;
	return p;
}

static bool
before_day(const void *key, const void *member)
{
	return ((const struct note_day *)member)->day < *(const int32_t *)key;
}

/* A day, which begins where there is room for it; NULL: there is none. */
static struct note_day *
day_of(struct report_notes *n, int32_t day)
{
	size_t at = lower_bound(&day, n->day, n->n_days, sizeof *n->day, before_day);
	if (at < n->n_days && n->day[at].day == day)
		return &n->day[at];
	/* the caller counts what finds no room: no bar of a chart is too short in silence */
	if (n->n_days == NOTE_DAYS)
		return NULL;
	if (vec_grow(&n->day, &n->days_cap, n->n_days + 1, sizeof *n->day)) {
		n->nomem = true;
		return NULL;
	}
	memmove(n->day + at + 1, n->day + at, (n->n_days - at) * sizeof *n->day);
	n->n_days++;
	n->day[at] = (struct note_day){ .day = day };
	return &n->day[at];
}

static void
note_time(struct report_notes *n, int64_t us)
{
	int32_t day = utc_days(us);
	struct note_day *d = day_of(n, day);

	if (d)
		d->hour[(us - (int64_t)day * 86400000000) / 3600000000]++;
	else
		n->beyond_days++;
}

/* The number of texts that may hold anything; those beyond what is told get none, so that nothing
 * grows. */
static uint32_t
number_of(struct report_notes *n, struct numbering *t, bool full, unsigned kind, const char *a,
    const char *b)
{
	uint8_t d[32], k = (uint8_t)kind;

	/* a NUL between the two, which is in neither: a + bc and ab + c are two */
	sha256_begin(n->sha);
	sha256_add(n->sha, &k, 1);
	sha256_add(n->sha, a, strlen(a) + 1);
	sha256_add(n->sha, b, strlen(b));
	sha256_end(n->sha, d);
	return full ? numbering_find(t, d) : numbering_of(t, d);
}

static void
note_actor(
    struct report_notes *n, const char *type, const char *id, enum note_word word, int64_t time)
{
	bool full = n->n_actors == NOTE_ACTORS;
	size_t place =
	    (strlen(id) * 31 + (unsigned char)id[0] * 7 + strlen(type) + word) % NOTE_MET;
	uint32_t at = n->met[place];
	struct note_actor *a;

	/* few act often: most were met just now */
	if (at >= n->n_actors || n->actor[at].word != word || strcmp(n->actor[at].id, id) ||
	    strcmp(n->actor[at].type, type))
		at = number_of(n, &n->actors, full, word, type, id);
	n->met[place] = at;
	if (at == NUMBER_NONE) {
		n->beyond_actors++;
		return;
	}
	if (at == n->n_actors) {
		if (vec_grow(&n->actor, &n->actors_cap, at + 1, sizeof *n->actor)) {
			n->nomem = true;
			return;
		}
		n->actor[n->n_actors++] = (struct note_actor){ .type = copy(n, type),
			.id = copy(n, id),
			.word = word,
			.first = time,
			.last = time };
	}
	/* stories come by remediation and not by time, so both ends move */
	a = &n->actor[at];
	a->acts++;
	a->first = time < a->first ? time : a->first;
	a->last = time > a->last ? time : a->last;
}

static void
note_late(struct report_notes *n, const struct moment *m)
{
	n->all_late++;
	if (n->n_late == NOTE_LATE)
		return;
	if (vec_grow(&n->late, &n->late_cap, n->n_late + 1, sizeof *n->late)) {
		n->nomem = true;
		return;
	}
	n->late[n->n_late++] = (struct note_late){ m->archive, m->position, m->time };
}

static int
by_archive(const void *pa, const void *pb)
{
	const struct note_late *a = pa, *b = pb;

	if (a->archive != b->archive)
		return a->archive < b->archive ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

void
notes_story(struct report_notes *n, const struct story *s)
{
	for (unsigned i = 0; i < s->n && !n->nomem; i++) {
		const struct moment *m = &s->m[i];
		/* what an admission webhook writes is of whom the API server authenticated */
		bool admitted = m->type &&
		    (strncmp(m->type, "webhook.", 8) == 0 || strstr(m->type, ".admitted.") != NULL);

		note_time(n, m->time);
		if (m->late)
			note_late(n, m);
		note_actor(n, m->actor_type ? m->actor_type : "", m->actor_id ? m->actor_id : "",
		    admitted ? ADMITTED : STATED, m->time);
	}
}

static void
note_decision(struct report_notes *n, const struct facts *f)
{
	struct note_decision *d;

	if (f->ruling == RULING_NONE)
		return;
	/* whom a decision names is not who was authenticated (CT-1): the two stand apart in the
	 * list */
	if (f->asserted_by && f->by)
		note_actor(n, "", f->by, ASSERTED,
		    f->decided_at == NO_TIME ? f->s->m[0].time : f->decided_at);
	if (n->n_decisions == NOTE_DECISIONS) {
		n->beyond_decisions++;
		return;
	}
	if (vec_grow(&n->decision, &n->decisions_cap, n->n_decisions + 1, sizeof *n->decision)) {
		n->nomem = true;
		return;
	}
	d = &n->decision[n->n_decisions++];
	*d = (struct note_decision){ .c = f->c,
		.requested_at = f->requested_at,
		.decided_at = f->decided_at,
		.human = f->human,
		.other = f->override == OVERRIDE_INFERRED };
	d->word = f->ruling == RULING_APPROVED ? NOTE_APPROVED :
	    f->ruling == RULING_REJECTED       ? NOTE_REJECTED :
						 NOTE_EXPIRED;
	d->by = copy(n, f->by);
	d->asserted_by = copy(n, f->asserted_by);
	d->workflow = copy(n, f->workflow);
}

static void
note_policy(struct report_notes *n, const struct facts *f)
{
	struct note_policy *p;
	int64_t time;
	uint32_t at;

	if (f->rego < 0)
		return;
	time = f->s->m[f->rego].time;
	/* policies are told apart by their hash, and counted up to a limit */
	at = number_of(n, &n->policies, n->n_policies == NOTE_POLICIES, 0,
	    f->policy_hash ? f->policy_hash : "", "");
	if (at == NUMBER_NONE) {
		n->beyond_policies++;
		return;
	}
	if (at == n->n_policies) {
		if (vec_grow(&n->policy, &n->policies_cap, at + 1, sizeof *n->policy)) {
			n->nomem = true;
			return;
		}
		n->policy[n->n_policies++] =
		    (struct note_policy){ .hash = copy(n, f->policy_hash ? f->policy_hash : ""),
			    .first = time,
			    .last = time };
	}
	p = &n->policy[at];
	/* each decision of it, and when it was in force */
	p->allowed += f->policy_says == POLICY_AUTO;
	p->asked += f->policy_says == POLICY_ASKS;
	p->otherwise += f->policy_says != POLICY_AUTO && f->policy_says != POLICY_ASKS;
	p->first = time < p->first ? time : p->first;
	p->last = time > p->last ? time : p->last;
}

static int
by_log(const void *pa, const void *pb)
{
	const struct correlation *a = ((const struct note_row *)pa)->c,
				 *b = ((const struct note_row *)pb)->c;

	if (a->at[0].archive != b->at[0].archive)
		return a->at[0].archive < b->at[0].archive ? -1 : 1;
	return a->at[0].position < b->at[0].position ? -1 : a->at[0].position > b->at[0].position;
}

/* Keeps the first rows of a list that has become twice as long as it will be shown. */
static void
list_cut(struct note_rows *l)
{
	qsort(l->row, l->n, sizeof *l->row, by_log);
	for (size_t i = NOTE_ROWS; i < l->n; i++)
		free(l->row[i].html);
	l->n = NOTE_ROWS;
}

static void
note_row(struct report_notes *n, struct note_rows *l, const struct facts *f,
    bool (*row)(struct buf *b, const struct facts *f, struct mention *ret))
{
	struct note_row *x;
	struct buf b;

	if (vec_grow(&l->row, &l->cap, l->n + 1, sizeof *l->row)) {
		n->nomem = true;
		return;
	}
	buf_init(&b, 1u << 20);
	x = &l->row[l->n];
	*x = (struct note_row){ .c = f->c };
	x->names = row(&b, f, &x->event);
	buf_byte(&b, '\0');
	x->html = b.failed ? NULL : strdup((char *)b.p);
	n->nomem |= x->html == NULL;
	l->n++;
	l->all++;
	buf_release(&b);
	/* remediations come in no order of the log, so which rows are the first is known at the
	 * end; twice as many bound what waits */
	if (l->n == 2 * NOTE_ROWS && !n->nomem)
		list_cut(l);
}

void
notes_remediation(struct report_notes *n, const struct facts *f)
{
	uint64_t of = populations_of(f, n->from, n->to);

	note_decision(n, f);
	note_policy(n, f);
	/* rows are made here, while the story is in memory: the report is printed when it is
	 * gone */
	if (of >> POP_CREATED & 1)
		note_row(n, &n->changes, f, report_change);
	if (of >> POP_POLICY_AUTO & 1)
		note_row(n, &n->allowed, f, report_allowed);
}

static int
by_acts(const void *pa, const void *pb)
{
	const struct note_actor *a = pa, *b = pb;
	int c;

	if (a->acts != b->acts)
		return a->acts > b->acts ? -1 : 1;
	if ((c = strcmp(a->id, b->id)) != 0 || (c = strcmp(a->type, b->type)) != 0)
		return c;
	return a->word < b->word ? -1 : a->word > b->word;
}

static int
by_person(const void *pa, const void *pb)
{
	const struct note_decision *a = pa, *b = pb;
	int c = strcmp(a->by ? a->by : "", b->by ? b->by : "");

	if (c)
		return c;
	if (a->decided_at != b->decided_at)
		return a->decided_at < b->decided_at ? -1 : 1;
	return by_log(&(struct note_row){ .c = a->c }, &(struct note_row){ .c = b->c });
}

static int
by_first(const void *pa, const void *pb)
{
	const struct note_policy *a = pa, *b = pb;

	return a->first != b->first ? (a->first < b->first ? -1 : 1) : strcmp(a->hash, b->hash);
}

int
notes_finish(struct report_notes *n)
{
	if (n->nomem)
		return -1;
	/* qsort wants an array, also of none */
	if (n->changes.n)
		qsort(n->changes.row, n->changes.n, sizeof *n->changes.row, by_log);
	if (n->allowed.n)
		qsort(n->allowed.row, n->allowed.n, sizeof *n->allowed.row, by_log);
	if (n->n_actors)
		qsort(n->actor, n->n_actors, sizeof *n->actor, by_acts);
	if (n->n_decisions)
		qsort(n->decision, n->n_decisions, sizeof *n->decision, by_person);
	if (n->n_policies)
		qsort(n->policy, n->n_policies, sizeof *n->policy, by_first);
	if (n->n_late)
		qsort(n->late, n->n_late, sizeof *n->late, by_archive);
	return 0;
}

static void
list_release(struct note_rows *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->row[i].html);
	free(l->row);
}

void
notes_release(struct report_notes *n)
{
	for (size_t i = 0; i < n->n_actors; i++) {
		free(n->actor[i].type);
		free(n->actor[i].id);
	}
	for (size_t i = 0; i < n->n_decisions; i++) {
		free(n->decision[i].by);
		free(n->decision[i].asserted_by);
		free(n->decision[i].workflow);
	}
	for (size_t i = 0; i < n->n_policies; i++)
		free(n->policy[i].hash);
	list_release(&n->changes);
	list_release(&n->allowed);
	free(n->day);
	free(n->actor);
	free(n->decision);
	free(n->policy);
	free(n->late);
	numbering_release(&n->actors);
	numbering_release(&n->policies);
	sha256_free(n->sha);
}
