#include "chain/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"

struct peer_row {
	uint8_t corr[32], id[16], claimed[32], previous[32], computed[32];
	int64_t time;
	uint64_t order; /* among all events, as rows_each calls */
	/* stored texts that are no 64 hex digits; NULL for those */
	char *claimed_text, *previous_text;
	uint64_t seq; /* insert_seq, 0: none */
	uint8_t content, link, algorithm;
	bool hashed, no_form, has_null, null_previous;
	/* no row has its predecessor's hash; another names the same */
	bool dangling, forked;
};

struct group {
	uint64_t first, n; /* in rows, hashed first */
	uint64_t hashed;
	char *text;
	size_t len;
};

struct peer {
	struct rows *rows;
	struct judge jd;
	struct peer_row *row;
	uint64_t n, cap, at, *where; /* where: order → index in row, once sorted */
	struct group *group;
	uint64_t n_groups;
	bool old_server, assumed, newer;
	/* somewhere a predecessor is '': NULL is NULL, and not how '' is printed */
	bool tells_null;
	/* of one group, for the newer server */
	const struct peer_row **by_claim, **by_previous;
	struct buf text;
};

/* A stored hash or predecessor that is no digest, as text. */
static char *
stored_text(const struct record *r, unsigned form, unsigned col)
{
	struct aside_item i;

	if (form == FORM_TEXT && aside_find(r, col, &i) && i.n)
		return strndup((const char *)i.p + 1, i.n - 1);
	return strdup("");
}

/* Servers up to v1.4 fail on a NULL in one of these columns (peer-limits A13). */
static bool
some_null(struct peer *p, const struct record *r)
{
	struct event ev;
	const char *why;

	if (r->body_form == BODY_VERBATIM ||
	    event_parse_body(
		&ev, (const char *)r->body, r->body_len, r->body_form, false, &p->text, &why))
		return true;
	return !ev.namespace.n || !ev.cluster.n || !ev.severity.n || !ev.duration ||
	    !ev.error_code.n || !ev.error_message.n;
}

static int
collect(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *x, const char *variant)
{
	struct peer *p = arg;
	struct peer_row *w;
	void *q;

	(void)corr;
	(void)variant;
	/* a row of the peer's answer is what the server's walk looks at, and nothing more */
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap + p->cap / 2 : 4096;
		if ((q = vec_resize(p->row, p->cap, sizeof *p->row)) == NULL)
			return -1;
		p->row = q;
	}
	w = &p->row[p->n];
	memset(w, 0, sizeof *w);
	memcpy(w->corr, r->correlation, 32);
	memcpy(w->id, r->id, 16);
	memcpy(w->claimed, r->claimed, 32);
	memcpy(w->previous, r->previous, 32);
	w->time = r->time;
	w->order = p->n;
	w->seq = rows->seq ? rows->seq[p->n] : 0;
	w->content = x->content;
	w->link = x->link;
	w->algorithm = r->algorithm;
	/* an answer without the algorithm cannot tell '' from NULL */
	w->hashed = r->claimed_form == FORM_HEX || r->claimed_form == FORM_TEXT ||
	    (r->claimed_form == FORM_EMPTY && r->algorithm != ALGO_ABSENT);
	w->no_form = r->body_form == BODY_VERBATIM;
	w->null_previous = w->hashed && r->previous_form == FORM_NULL;
	p->tells_null |= r->previous_form == FORM_EMPTY;
	w->has_null = p->old_server && w->hashed && some_null(p, r);
	/* texts where a digest belongs are compared as texts, as the server does */
	if (w->hashed && r->claimed_form != FORM_HEX &&
	    (w->claimed_text = stored_text(r, r->claimed_form, COL_HASH)) == NULL)
		return -1;
	if (w->hashed && r->previous_form != FORM_HEX &&
	    (w->previous_text = stored_text(r, r->previous_form, COL_PREVIOUS)) == NULL)
		return -1;
	p->n++;
	return 0;
}

/* By correlation; in one, rows without a hash last, the others as the server sorts them. */
static int
server_order(const void *pa, const void *pb, void *arg)
{
	const struct peer *p = arg;
	const struct peer_row *a = pa, *b = pb;
	int c = memcmp(a->corr, b->corr, 32);

	if (c == 0)
		c = (int)b->hashed - (int)a->hashed;
	if (c == 0 && p->newer)
		c = a->seq < b->seq ? -1 : a->seq > b->seq;
	if (c == 0)
		c = a->time < b->time ? -1 : a->time > b->time;
	if (c == 0)
		c = memcmp(a->id, b->id, 16);
	return c ? c : a->order < b->order ? -1 : a->order > b->order;
}

static void
print_hash(char *out, size_t n, const uint8_t h[32], const char *text)
{
	char hex[65];

	hex_of(h, 32, hex);
	snprintf(out, n, "%s", text ? text : hex);
}

/* What the server takes for the predecessor of a row: the stored hash of the row before it. */
static void
walked(const struct peer_row *first, const struct peer_row *w, char out[256])
{
	if (w == first)
		out[0] = '\0';
	else
		print_hash(out, 256, w[-1].claimed, w[-1].claimed_text);
}

/* Second pass, in the order of the log: hashes over the walked predecessor, and the texts of
 * correlations. */
static int
compute(void *arg, const struct rows *rows, const struct record *r, struct str corr,
    const struct event_result *x, const char *variant)
{
	struct peer *p = arg;
	uint64_t i = p->where[p->at++];
	struct peer_row *w = &p->row[i];
	uint64_t lo = 0, hi = p->n_groups;
	struct group *g;
	char pre[256];

	(void)rows;
	(void)x;
	(void)variant;
	/* groups are sorted by their first row */
	while (hi - lo > 1) {
		uint64_t mid = (lo + hi) / 2;

		if (p->group[mid].first <= i)
			lo = mid;
		else
			hi = mid;
	}
	g = &p->group[lo];
	/* the text of the correlation, from the first row that is read */
	if (g->text == NULL) {
		if ((g->text = malloc(corr.n + 1)) == NULL)
			return -1;
		memcpy(g->text, corr.p, corr.n);
		g->len = corr.n;
	}
	if (!w->hashed)
		return 0;
	/* the newer server hashes over the predecessor that the row names, the older over the one
	 * it walked to */
	if (p->newer)
		print_hash(pre, sizeof pre, w->previous, w->previous_text);
	else
		walked(&p->row[g->first], w, pre);
	/* without a key nothing is computed, as on a server without one */
	if (r->algorithm == ALGO_HMAC) {
		if (p->jd.n_keys)
			hmac256_of(
			    p->jd.key[0], pre, strlen(pre), r->body, r->body_len, w->computed);
	} else {
		sha256_begin(p->jd.sha);
		sha256_add(p->jd.sha, pre, strlen(pre));
		sha256_add(p->jd.sha, r->body, r->body_len);
		sha256_end(p->jd.sha, w->computed);
	}
	return 0;
}

static int
make_groups(struct peer *p)
{
	void *q;

	for (uint64_t i = 0; i < p->n; i++) {
		struct group *g = p->n_groups ? &p->group[p->n_groups - 1] : NULL;

		if (g == NULL || memcmp(p->row[i].corr, p->row[g->first].corr, 32)) {
			if ((p->n_groups & (p->n_groups - 1)) == 0) {
				if ((q = vec_resize(p->group, p->n_groups ? p->n_groups * 2 : 1,
					 sizeof *p->group)) == NULL)
					return -1;
				p->group = q;
			}
			g = &p->group[p->n_groups++];
			memset(g, 0, sizeof *g);
			g->first = i;
		}
		g->n++;
		g->hashed += p->row[i].hashed;
		p->where[p->row[i].order] = i;
	}
	return 0;
}

static int
by_text(const void *pa, const void *pb)
{
	const struct group *a = pa, *b = pb;
	int c = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return c ? c : a->len < b->len ? -1 : a->len > b->len;
}

/* A stored hash is its digest, or the text that stands there instead. */
static int
compare_stored(const uint8_t a[32], const char *a_text, const uint8_t b[32], const char *b_text)
{
	if (a_text && b_text)
		return strcmp(a_text, b_text);
	return a_text || b_text ? (a_text ? 1 : -1) : memcmp(a, b, 32);
}

static int
by_claim(const void *pa, const void *pb)
{
	const struct peer_row *a = *(const struct peer_row *const *)pa;
	const struct peer_row *b = *(const struct peer_row *const *)pb;

	return compare_stored(a->claimed, a->claimed_text, b->claimed, b->claimed_text);
}

static int
by_previous(const void *pa, const void *pb)
{
	const struct peer_row *a = *(const struct peer_row *const *)pa;
	const struct peer_row *b = *(const struct peer_row *const *)pb;

	return compare_stored(a->previous, a->previous_text, b->previous, b->previous_text);
}

/* Does a row of the group have the hash that w names? */
static bool
is_claimed(const struct peer *p, uint64_t n, const struct peer_row *w)
{
	uint64_t lo = 0, hi = n;

	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;
		const struct peer_row *m = p->by_claim[mid];

		if (compare_stored(m->claimed, m->claimed_text, w->previous, w->previous_text) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n &&
	    compare_stored(p->by_claim[lo]->claimed, p->by_claim[lo]->claimed_text, w->previous,
		w->previous_text) == 0;
}

/* The newer server's two questions about predecessors, for one correlation: n log n. */
static void
ask_links(struct peer *p, struct peer_row *first, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		p->by_claim[i] = p->by_previous[i] = &first[i];
	if (n == 0)
		return;
	qsort(p->by_claim, n, sizeof *p->by_claim, by_claim);
	qsort(p->by_previous, n, sizeof *p->by_previous, by_previous);
	for (uint64_t i = 0; i < n; i++) {
		const struct peer_row **at = &p->by_previous[i];
		struct peer_row *w = &first[*at - first];
		bool none = w->previous_text && *w->previous_text == '\0';

		w->forked = (i && by_previous(at - 1, at) == 0) ||
		    (i + 1 < n && by_previous(at, at + 1) == 0);
		w->dangling = !none && !is_claimed(p, n, w);
	}
}

unsigned
peer_entries(const struct peer_answer *a, uint64_t i, struct peer_entry ret[PEER_ENTRIES])
{
	static const char *const message[] = { "Dangling previous hash: event's claimed "
					       "predecessor is not present in the retrieved chain",
		"Chain fork detected: multiple events claim the same previous_event_hash",
		"Previous hash mismatch: event claims different previous_event_hash",
		"Event hash mismatch: event data has been tampered" };
	const struct peer_row *w = &a->row[i];
	char own[256];
	unsigned n = 0;

	/* what the row itself says */
	print_hash(own, sizeof own, w->previous, w->previous_text);
	/* at most so many messages a row; each is filled as the server fills it */
	for (unsigned k = 0; k < PEER_ENTRIES; k++) {
		ret[k].id = w->id;
		ret[k].time = w->time;
		ret[k].hash = false;
		if (a->newer)
			memcpy(ret[k].previous, own, sizeof own);
		else
			walked(a->row, w, ret[k].previous);
		ret[k].expected[0] = ret[k].actual[0] = '\0';
	}
	/* in the order in which the server adds them */
	if (a->newer && w->dangling)
		ret[n++].message = message[0];
	if (a->newer && w->forked)
		ret[n++].message = message[1];
	if (!a->newer && strcmp(own, ret[0].previous))
		ret[n++].message = message[2];
	/* the hash is compared last, and its values stand with it */
	hex_of(w->computed, 32, ret[n].expected);
	print_hash(ret[n].actual, sizeof ret[n].actual, w->claimed, w->claimed_text);
	if (strcmp(ret[n].expected, ret[n].actual)) {
		ret[n].message = message[3];
		ret[n++].hash = true;
	}
	return n;
}

/* Our own verdict on the rows of a correlation. */
static enum verdict_word
our_verdict(const struct peer_row *w, uint64_t n)
{
	unsigned seen[CONTENTS] = { 0 }, links[LINKS] = { 0 };

	for (uint64_t i = 0; i < n; i++) {
		seen[w[i].content]++;
		links[w[i].link]++;
	}
	if (seen[CONTENT_MISMATCH] || seen[CONTENT_UNKNOWN_ALGORITHM] || links[LINK_ELSEWHERE])
		return VERDICT_ALTERED;
	if (links[LINK_MISSING] || links[LINK_LEFT_OUT])
		return VERDICT_INCOMPLETE;
	if (seen[CONTENT_NO_KEY] || seen[CONTENT_NOT_CARRIED] || seen[CONTENT_WITHHELD] ||
	    seen[CONTENT_NO_HASH] == n)
		return VERDICT_NOT_PROVEN;
	return VERDICT_INTACT;
}

/* Why the server gives no answer at all; NULL: it does. */
static const char *
failure(const struct peer *p, const struct group *g)
{
	if (g->hashed > PEER_MAX_EVENTS)
		return "the server verifies at most 10,000 hashed events of one correlation, and "
		       "fails above that";
	for (uint64_t i = g->first; i < g->first + g->hashed; i++) {
		const struct peer_row *w = &p->row[i];

		if (w->has_null)
			return "servers up to v1.4 fail on a NULL in an optional column, which "
			       "practically every row has";
		if (w->no_form)
			return "the server fails on a row without retention_days or is_sensitive, "
			       "or with a time it cannot read";
		if (w->null_previous && p->tells_null)
			return "a hashed row has a NULL predecessor, which the server cannot read: "
			       "it fails for the whole correlation";
		if (w->algorithm == ALGO_HMAC && p->jd.n_keys == 0)
			return "a keyed row and no key: the server fails for the whole correlation";
		if (w->algorithm == ALGO_TEXT)
			return "a row names an algorithm that the server does not have: it fails "
			       "for the whole correlation";
	}
	return NULL;
}

static int
answer(struct peer *p, const struct group *g, int (*f)(void *arg, const struct peer_answer *a),
    void *arg)
{
	struct peer_answer a = { .correlation = { g->text, g->len },
		.http_status = 200,
		.total = g->hashed,
		.skipped = g->n - g->hashed,
		.row = &p->row[g->first],
		.newer = p->newer };
	struct peer_entry entry[PEER_ENTRIES];
	bool valid = true, fine, forked = false, dangling = false, wrong = false;

	/* ours first, so that a disagreement can be explained */
	a.ours = our_verdict(a.row, g->n);
	/* a row that the server fails at ends its answer with an error */
	if ((a.why = failure(p, g)) != NULL) {
		a.http_status = 500;
		return f(arg, &a);
	}
	if (p->newer)
		ask_links(p, &p->row[g->first], g->hashed);
	/* the server counts a row as verified if its hash is right, whatever its link says */
	for (uint64_t i = 0; i < a.total; i++) {
		unsigned n = peer_entries(&a, i, entry);

		a.verified += n == 0 || !entry[n - 1].hash;
		valid &= n == 0;
		wrong |= n && entry[n - 1].hash;
		forked |= a.row[i].forked;
		dangling |= a.row[i].dangling;
	}
	a.is_valid = valid;
	/* our words for why the two disagree: the server's rule is repeated, and not judged */
	fine = a.ours == VERDICT_INTACT;
	if (!valid && fine && p->newer && forked && !dangling && !wrong)
		a.why = "each row gives its hash with the predecessor it names, and every one of "
			"those is here; several rows name "
			"one of them, as the older writer's do in an upgraded database: the newer "
			"server calls each of these a fork";
	else if (!valid && fine && p->newer)
		a.why = "each row gives its hash, as it stands or in the spelling that was hashed, "
			"and every predecessor is here; "
			"the server undoes no spelling of the database, nor what a tool did";
	else if (!valid && fine)
		a.why = "each row gives its hash with the predecessor it names, and every one of "
			"those is here; the server sorts by time and id and expects a line, "
			"but rows of one second, late rows and batches make a tree";
	else if (!valid && a.ours == VERDICT_INCOMPLETE)
		a.why = "rows name predecessors that are not here; the server says tampered of "
			"rows whose content gives their hash";
	else if (!valid && a.ours == VERDICT_NOT_PROVEN)
		a.why = "the content of some rows cannot be checked with what was given";
	else if (valid && a.total == 0)
		a.why = "the server calls zero hashed events valid; nothing was checked";
	else if (valid && !fine)
		a.why = "the server's walk sees no fault in what we find to be otherwise";
	/* an agreement that rests on a guess says so */
	if (a.why == NULL && p->assumed && !valid)
		a.why = "agreed, on the assumption that the server is of the newest version: the "
			"column types are not in the archive";
	return f(arg, &a);
}

/*
 * The server's generation, from the archived columns and their types: v1.4 and before had no time
 * zone in one, migration 19 brought insert_seq. The newest that is seen is the one that answers
 * now.
 */
static void
generation(struct peer *p)
{
	p->assumed = true;
	p->newer = p->rows->migration >= PEER_NEWER;
	for (unsigned k = 0; k < p->rows->n_archives; k++)
		for (uint32_t t = 1; t <= archive_tables(p->rows->archive[k]); t++) {
			const struct table *x = archive_table_of(p->rows->archive[k], t);

			for (unsigned i = 0; x && i < x->n; i++)
				if (x->col[i].known == COL_HOLD_AT && x->col[i].type[0]) {
					p->assumed = false;
					p->old_server |=
					    strstr(x->col[i].type, "without time zone") != NULL;
				}
			p->newer |=
			    x && table_has(x, COL_HASH) && table_extra(x, "insert_seq") < x->n;
		}
	if (p->newer)
		p->assumed = p->old_server = false;
}

int
peer_run(
    struct rows *rows, int (*f)(void *arg, const struct peer_answer *a), void *arg, struct err *e)
{
	struct peer p = { .rows = rows };
	int rc = -1;

	buf_init(&p.text, EX_MAX_BODY);
	/* which version of the server, by the types of its columns */
	generation(&p);
	/* first what it would read, then in its order */
	if (judge_init(&p.jd, rows->hmac, rows->n_hmac) || rows_each(rows, collect, &p, e) ||
	    (p.where = calloc(p.n + 1, sizeof *p.where)) == NULL)
		goto out;
	if (p.n)
		qsort_r(p.row, p.n, sizeof *p.row, server_order, &p);
	/* two orders of the rows, for links in both directions */
	p.by_claim = calloc(p.n + 1, sizeof *p.by_claim);
	p.by_previous = calloc(p.n + 1, sizeof *p.by_previous);
	if (p.by_claim == NULL || p.by_previous == NULL || make_groups(&p) ||
	    rows_each(rows, compute, &p, e))
		goto out;
	/* a group whose rows cannot be read any more has no name; the file changed, which verify
	 * said */
	for (uint64_t i = 0; i < p.n_groups; i++)
		if (p.group[i].text == NULL)
			goto out;
	/* answers come in the order of names, whatever the order of the log */
	if (p.n_groups)
		qsort(p.group, p.n_groups, sizeof *p.group, by_text);
	rc = 0;
	for (uint64_t i = 0; i < p.n_groups && rc == 0; i++)
		rc = answer(&p, &p.group[i], f, arg);
out:
	/* a failure before there were groups was want of memory */
	if (rc && e->status == 0 && p.n_groups == 0)
		err_nomem(e);
	for (uint64_t i = 0; i < p.n; i++) {
		free(p.row[i].claimed_text);
		free(p.row[i].previous_text);
	}
	for (uint64_t i = 0; i < p.n_groups; i++)
		free(p.group[i].text);
	free(p.row);
	free(p.where);
	free(p.by_claim);
	free(p.by_previous);
	free(p.group);
	buf_release(&p.text);
	judge_release(&p.jd);
	return rc;
}
