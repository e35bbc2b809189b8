/* What is told of a restored source, and what else the files say of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "base/err.h"
#include "base/text.h"
#include "chain/restored_inner.h"

/* What the manifest says of the databases that a file was read from. */
void
restored_identity(const struct archive *a, struct export *to)
{
	for (uint32_t i = 0; i < archive_told(a)->n; i++) {
		const struct told_input *in = &archive_told(a)->input[i];
		struct buf t;

		to->tells |= in->dump || in->database;
		if (in->system_identifier.n == 0 || to->identity[0])
			continue;
		buf_init(&t, 256);
		buf_str(&t, "system identifier ");
		text_plain(&t, in->system_identifier.p,
		    in->system_identifier.n > 40 ? 40 : in->system_identifier.n);
		if (in->timeline.n) {
			buf_str(&t, ", timeline ");
			text_plain(&t, in->timeline.p, in->timeline.n > 20 ? 20 : in->timeline.n);
		}
		snprintf(
		    to->identity, sizeof to->identity, "%.*s", (int)t.len, t.p ? (char *)t.p : "");
		buf_release(&t);
	}
}

struct number {
	uint64_t seq;
	uint32_t event;
};

static int
by_number(const void *pa, const void *pb)
{
	const struct number *a = pa, *b = pb;

	return a->seq != b->seq ? a->seq < b->seq ? -1 : 1 :
	    a->event < b->event ? -1 :
				  a->event > b->event;
}

/* Numbers that a later file has for other rows than an earlier one. */
int
restored_reused(struct restored *x)
{
	const struct rows *rows = x->rows;
	struct number *p;
	uint64_t n = 0;

	if (rows->seq == NULL)
		return 0;
	if ((p = malloc((rows->events + 1) * sizeof *p)) == NULL)
		return -1;
	for (uint32_t e = 0; e < rows->events; e++)
		if (rows->seq[e])
			p[n++] = (struct number){ rows->seq[e], e };
	if (n)
		qsort(p, n, sizeof *p, by_number);
	for (uint64_t i = 1; i < n; i++) {
		uint32_t a = p[i - 1].event, b = p[i].event, from = restored_export_of(x, a),
			 to = restored_export_of(x, b);

		if (p[i - 1].seq == p[i].seq && from != to &&
		    rows->node[a].id != rows->node[b].id &&
		    strcmp(archive_origin(rows->archive[from]),
			archive_origin(rows->archive[to])) == 0)
			x->export[to].reused++;
	}
	free(p);
	return 0;
}

/* The file of the same log before this one. */
uint32_t
restored_before(const struct restored *x, uint32_t k)
{
	struct archive *const *a = x->rows->archive;

	for (uint32_t i = k; i--;)
		if (strcmp(archive_origin(a[i]), archive_origin(a[k])) == 0 &&
		    !archive_is_copy(a[i]))
			return i;
	return k;
}

/* The sentence, once all is counted, and what can have led to it. */
void
restored_conclude(struct restored *x, uint32_t k)
{
	struct export *to = &x->export[k], *was = &x->export[restored_before(x, k)];
	struct findings *l = x->rows->findings;
	struct finding *f = to->finding == UINT32_MAX ? NULL : &l->f[to->finding];
	char since[40] = "", until[40] = "";
	bool both = was->identity[0] && to->identity[0];

	if (f == NULL)
		return;
	/* times are given where a row has one */
	if (to->since != INT64_MIN)
		utc_text(since, to->since);
	if (to->until != INT64_MAX)
		utc_text(until, to->until);
	finding_retell(l, f, S37_WENT_BACK,
	    GIVING(NUM(to->forks), TEXT(since), NUM(to->restarts), NUM(to->reused),
		NUM(to->abandoned), TEXT(until),
		TEXT(was->identity[0] ? was->identity : "not told"),
		TEXT(to->identity[0] ? to->identity : "not told")));
	/* another database, or timeline, than the file before was made from */
	if (both && strcmp(was->identity, to->identity))
		finding_explain(
		    l, f, BECAUSE_RESTORED_OTHER, GIVING(TEXT(was->identity), TEXT(to->identity)));
	else
		/* the same database, or not on record: it fits all the same */
		finding_explain(
		    l, f, both ? BECAUSE_RESTORED_SAME : BECAUSE_RESTORED_UNKNOWN, GIVING_NOTHING);
	/* last, and never ruled out */
	finding_explain(l, f, BECAUSE_REPLACED, GIVING_NOTHING);
}
