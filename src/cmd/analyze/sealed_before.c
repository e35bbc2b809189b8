/* Since when the events of a story have existed, as others say (formats/trust.md W-8). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/analyze.h"
#include "json/emit.h"
#include "read/story.h"

const struct dated *
date_of(const struct evidence *ev, const struct moment *m)
{
	return dates_bound(&ev->dates, archive_origin(ev->archive[m->archive]), m->position);
}

void
date_words(struct buf *b, const struct dated *d)
{
	char at[UTC_TEXT];

	if (d == NULL)
		return;
	utc_text(at, d->before);
	buf_printf(b, "  sealed before %s", at);
}

void
date_members(struct emit *e, const struct dated *d)
{
	if (d == NULL)
		return;
	emit_time(e, "sealed_before", d->before);
	emit_str(e, "sealed_before_by", d->who);
}

void
show_date(const struct evidence *ev, const struct story *s)
{
	const struct dated *latest = NULL;
	struct buf who;
	char at[UTC_TEXT];
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		const struct dated *d = date_of(ev, &s->m[i]);

		n += d != NULL;
		if (d && (latest == NULL || d->before > latest->before))
			latest = d;
	}
	if (latest == NULL)
		return;
	utc_text(at, latest->before);
	buf_init(&who, 4096);
	text_plain(&who, latest->who, strlen(latest->who));
	printf(
	    "%-16s %s, says %.*s", "sealed before", at, (int)who.len, who.p ? (char *)who.p : "");
	if (n < s->n)
		printf(" (%u of its %u events)", n, s->n);
	printf("\n");
	buf_release(&who);
}
