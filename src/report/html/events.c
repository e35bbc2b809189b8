/* The appendix: the events that the report names, with their whole ids. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

void
html_event(struct buf *b, const char id[37], uint64_t position)
{
	buf_printf(b,
	    "<a class=\"m i\" href=\"#e-%" PRIu64 "-%.8s\" title=\"%s\">%.8s @%" PRIu64 "</a>",
	    position, id, id, id, position);
}

void
report_event(struct buf *b, const struct report *rep, const char id[37], uint64_t position)
{
	/* what the appendix has no room for stands whole where it is named */
	if (mention_add(rep->mentions, mention_of(id, position)))
		html_event(b, id, position);
	else
		buf_printf(b, "<span class=\"m\">%s @%" PRIu64 "</span>", id, position);
}

void
report_events(struct buf *b, struct report *rep)
{
	struct mentions *x = rep->mentions;
	char id[37];

	html_section(b, SECTION_events);
	mentions_sort(x);
	buf_str(b,
	    "<p>On the pages above an event is named by the beginning of its id and, behind "
	    "<code>@</code>, its position in the log. Here are the whole ids, by position. What "
	    "an event holds: <code>exhibit cat FILE --id CORRELATION</code>.</p>\n");
	html_fold(b, "Events that this report names");
	buf_str(b, "<ul class=\"ids m\">\n");
	for (size_t i = 0; i < x->n; i++) {
		uuid_of(x->m[i].id, id);
		/* where a link leads, once */
		if (i && mention_alike(&x->m[i - 1], &x->m[i]))
			buf_str(b, "<li>");
		else
			buf_printf(b, "<li id=\"e-%" PRIu64 "-%.8s\">", x->m[i].position, id);
		buf_printf(b, "%s @%" PRIu64 "</li>\n", id, x->m[i].position);
	}
	buf_str(b, "</ul>\n");
	html_fold_end(b);
	html_put(b, "<p>%zu of %zu shown", x->n, x->n);
	if (x->beyond)
		html_put(b, "; %" PRIu64 " more times an event is named with its whole id above",
		    x->beyond);
	buf_str(b, ".</p>\n");
	b->failed |= x->nomem;
}
