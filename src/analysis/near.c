/*
 * What a remediation's own page needs of others, without a look at all of the log (AN-6, AN-10):
 * those that began in the thirty days before and may be like it, and the acts that lie in other
 * correlations. Indexes say where to look; whether it is so is then told by the events themselves,
 * so the figures are those of a whole reading. Where an index or a block is damaged, nothing is
 * left out: the log is read whole.
 */
#include <stdlib.h>

#include "analysis/inner.h"

enum { MARK_SIGNAL = 1, MARK_ACTION, MARK_ELSEWHERE };

/* What of a correlation is looked at: its place in the catalog, and whether it is read whole. */
struct near_one {
	uint32_t at;
	bool maybe; /* like one of those that are asked for, as far as is known */
};

struct near {
	struct analyses *a;
	struct reading *r;
	const struct catalog *cat;
	uint8_t **marks;      /* by archive, position */
	uint8_t **rows;       /* by archive, block: may hold the beginning of one that is like it */
	struct catalog look;  /* what is read first: the events that are marked */
	struct near_one *one; /* by place in it, or in what is read whole */
	bool *maybe;          /* by place in the catalog */
	size_t n_asked;
};

static uint8_t
mark(enum event_type type)
{
	switch (type) {
	case ET_GATEWAY_SIGNAL_RECEIVED:
		return MARK_SIGNAL;
	case ET_REMEDIATION_WORKFLOW_CREATED:
		return MARK_ACTION;
	default:
		return tells_of_others(type) ? MARK_ELSEWHERE : 0;
	}
}

/* One place of the index of types. */
struct marking {
	uint8_t *marks, is;
	uint64_t first, next;
};

static int
place(void *arg, struct str type, bool fresh, uint64_t position, struct err *e)
{
	struct marking *m = arg;

	(void)e;
	if (fresh)
		m->is = mark(event_type_of(type.p, type.n, NULL));
	if (position >= m->first && position < m->next)
		m->marks[position - m->first] = m->is;
	return 0;
}

static void
release(struct near *g)
{
	for (unsigned k = 0; k < g->r->n; k++) {
		if (g->marks)
			free(g->marks[k]);
		if (g->rows)
			free(g->rows[k]);
	}
	for (uint32_t i = 0; i < g->look.n; i++)
		free(g->look.c[i].at);
	free(g->look.c);
	free(g->marks);
	free(g->rows);
	free(g->one);
	free(g->maybe);
}

/* The marks of all types, and the blocks of the time before each that is asked for. */
static int
read_indexes(struct near *g)
{
	struct reading *r = g->r;
	int rc = 0;

	/* by file: which events are of a type that matters, which blocks lie in a time asked for */
	g->marks = calloc(r->n + 1, sizeof *g->marks);
	g->rows = calloc(r->n + 1, sizeof *g->rows);
	g->maybe = calloc(g->cat->n + 1, sizeof *g->maybe);
	g->one = malloc((g->cat->n + 1) * sizeof *g->one);
	g->look.c = calloc(g->cat->n + 1, sizeof *g->look.c);
	if (!g->marks || !g->rows || !g->maybe || !g->one || !g->look.c)
		return err_nomem(g->a->e);
	for (unsigned k = 0; k < r->n && rc == 0; k++) {
		const struct archive *x = r->archive[k];
		struct marking m;

		if (!archive_counts(x))
			continue;
		/* a byte for each position of the file: what sort of type stands there */
		g->marks[k] = calloc(archive_next(x) - archive_first(x) + 1, 1);
		g->rows[k] = calloc(archive_blocks(x) + 1, 1);
		if (g->marks[k] == NULL || g->rows[k] == NULL)
			return err_nomem(g->a->e);
		m = (struct marking){
			.marks = g->marks[k], .first = archive_first(x), .next = archive_next(x)
		};
		/* from the sealed index: no block is unpacked for it */
		rc = reading_by_type(r, k, place, &m, g->a->e);
		for (size_t i = 0; i < g->n_asked && rc == 0; i++)
			rc = reading_times(
			    r, k, g->a->f[i].t0 - SIMILAR_US, g->a->f[i].t0, g->rows[k], g->a->e);
	}
	return rc;
}

/*
 * One correlation. T0 is that of its first signal; so one that has a signal, but none in those
 * blocks, did not begin there, and one that has none is read whole.
 */
static int
choose(struct near *g, uint32_t i)
{
	const struct correlation *c = &g->cat->c[i];
	struct correlation *to = &g->look.c[g->look.n];
	bool near = false, signal = false, near_signal = false;
	unsigned n = 0;

	/* which of its events lie in the blocks that were chosen */
	for (unsigned k = 0; k < c->n_at; k++) {
		const struct archive *x = g->r->archive[c->at[k].archive];
		uint8_t m = g->marks[c->at[k].archive][c->at[k].position - archive_first(x)];
		bool in = g->rows[c->at[k].archive][archive_block_of(x, c->at[k].position)];

		near |= in;
		signal |= m == MARK_SIGNAL;
		near_signal |= m == MARK_SIGNAL && in;
		n += m != 0;
	}
	/* near is asked of the signal, if there is one, else of any event */
	near = c->remediation && (signal ? near_signal : near);
	g->maybe[i] = near && !signal;
	if (n == 0)
		return 0;
	*to = (struct correlation){ .text = c->text, .n = c->n };
	if ((to->at = malloc(n * sizeof *to->at)) == NULL)
		return err_nomem(g->a->e);
	/* only the positions that will be read */
	for (unsigned k = 0; k < c->n_at; k++) {
		const struct archive *x = g->r->archive[c->at[k].archive];
		uint8_t m = g->marks[c->at[k].archive][c->at[k].position - archive_first(x)];

		if (m == MARK_ELSEWHERE || (m && near && signal))
			to->at[to->n_at++] = c->at[k];
	}
	/* none of them: then it is not in the range */
	if (to->n_at == 0) {
		free(to->at);
		return 0;
	}
	g->one[g->look.n++] = (struct near_one){ i, near && signal };
	return 0;
}

static bool
ends_with(struct str s, struct str kind, struct str name)
{
	return s.n >= kind.n + name.n + 2 && memcmp(s.p + s.n - name.n, name.p, name.n) == 0 &&
	    s.p[s.n - name.n - 1] == '/' &&
	    memcmp(s.p + s.n - name.n - 1 - kind.n, kind.p, kind.n) == 0 &&
	    s.p[s.n - name.n - kind.n - 2] == '/';
}

/*
 * May one with these events be like one that is asked for? What an event does not tell may be
 * told elsewhere, so only what it does tell rules it out.
 */
static bool
may_be_like(const struct near *g, struct dossier *d)
{
	unsigned rwc = d->first[K_RWC];
	struct str action = text_at(d, rwc, "action_type");

	for (unsigned at = d->first[K_GSR]; at != NONE; at = dossier_next(d, K_GSR, at)) {
		struct str print = text_at(d, at, "fingerprint"), signal, kind, name;

		signal = text_at(d, at, "signal_name");
		kind = text_at(d, at, "resource_kind");
		name = text_at(d, at, "resource_name");
		for (size_t i = 0; i < g->n_asked; i++) {
			const struct figures *f = &g->a->f[i];

			if (f->fingerprint.n &&
			    (print.n == 0 || str_cmp(print, f->fingerprint) == 0))
				return true;
			if (f->target.n &&
			    (kind.n == 0 || name.n == 0 || ends_with(f->target, kind, name)))
				return true;
			if (f->signal.n && f->action.n &&
			    (signal.n == 0 || str_cmp(signal, f->signal) == 0) &&
			    (action.n == 0 || str_cmp(action, f->action) == 0))
				return true;
		}
	}
	return false;
}

static int
look(void *arg, const struct correlation *c, struct story *s)
{
	struct near *g = arg;
	const struct near_one *x = &g->one[c - g->look.c];
	struct dossier d;
	int rc;

	if (note_elsewhere(g->a, s, c))
		return -1;
	if (!x->maybe)
		return 0;
	rc = dossier_open(&d, s, c) ? -1 : 0;
	if (rc == 0)
		g->maybe[x->at] = may_be_like(g, &d);
	rc = rc || d.nomem ? err_nomem(g->a->e) : 0;
	dossier_release(&d);
	return rc;
}

static int
whole(void *arg, const struct correlation *c, struct story *s)
{
	struct near *g = arg;

	return s->n ? analyses_add(g->a, &g->cat->c[g->one[c - g->look.c].at], s) : 0;
}

/* Those that may be like it, each read whole. */
static int
read_whole(struct near *g)
{
	struct catalog some = { .c = NULL };
	struct correlation *c = calloc(g->cat->n + 1, sizeof *c), *look_at = g->look.c;
	uint32_t n_look = g->look.n;
	int rc;

	if (c == NULL)
		return err_nomem(g->a->e);
	for (size_t i = 0; i < g->n_asked; i++)
		g->maybe[g->a->f[i].c - g->cat->c] = false; /* it is here already */
	for (uint32_t i = 0; i < g->cat->n; i++)
		if (g->maybe[i]) {
			g->one[some.n] = (struct near_one){ i, true };
			c[some.n++] = g->cat->c[i];
		}
	some.c = c;
	g->look.c = c;
	rc = stories_each(g->r, &some, true, whole, g, g->a->e);
	g->look.c = look_at;
	g->look.n = n_look;
	free(c);
	return rc;
}

static uint64_t
damage(const struct reading *r)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < r->n; k++)
		n += archive_damaged_blocks(r->archive[k]);
	return n;
}

int
analyses_near(struct analyses *a, struct reading *r, const struct catalog *cat)
{
	struct near g = { .a = a, .r = r, .cat = cat, .n_asked = a->n };
	int rc = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->f[i].t0 <= SIMILAR_US)
			rc = 1;
	if (rc == 0)
		rc = read_indexes(&g);
	for (uint32_t i = 0; i < cat->n && rc == 0; i++)
		rc = choose(&g, i);
	if (rc == 0)
		rc = stories_each(r, &g.look, false, look, &g, a->e);
	if (rc == 0)
		rc = read_whole(&g);
	release(&g);
	/* known before, or met on the way: what a damaged block held, indexes do not tell */
	return rc == 0 && damage(r) ? 1 : rc;
}
