/* The page of an analysis: what it rests on, what is missing, then its sections. */
#include <stdio.h>

#include "base/text.h"
#include "report/html/page.h"

static void
missing(struct buf *b, const struct analysis_page *p)
{
	if (p->limits->n == 0)
		return;
	buf_str(b, "<div class=\"v s-not\"><p>What is known to be missing</p><ul>\n");
	html_limits(b, p->limits);
	buf_str(b,
	    "</ul><div>What is counted here is there at least. What rests on an absence (open, "
	    "undecided, expired, not tested, cannot tell), rates, means and recommendations may be "
	    "more or less.</div></div>\n");
}

static void
archives(struct buf *b, const struct analysis_page *p)
{
	char hex[65];

	buf_str(b, "<p class=\"foot\">");
	for (unsigned i = 0; i < p->n; i++) {
		html_text(b, archive_name(p->archive[i]));
		if (archive_digested(p->archive[i])) {
			hex_of(archive_sha256(p->archive[i]), 32, hex);
			html_put(b, ", SHA-256 <code>%s</code>", hex);
		}
		buf_str(b, "<br>");
	}
	html_text(b, p->version);
	buf_str(b,
	    ". Definitions: <code>exhibit explain A1</code> to <code>A12</code>. This page shows "
	    "figures; it judges nobody.</p>\n");
}

int
analysis_html(struct buf *b, const struct analysis_page *p, struct err *e)
{
	html_begin(b, p->range ? "Analysis of a range" : "Analysis of a remediation",
	    &(struct html_margins){ p->title, "observational", p->version });
	buf_str(b, p->range ? "<h1>Analysis of a range" : "<h1>Analysis of a remediation");
	buf_str(b, "</h1>\n<p><strong>");
	html_text(b, p->title);
	buf_str(b, "</strong></p>\n");
	missing(b, p);
	if (p->range ? html_analysis_range(b, p->json, NULL) :
		       html_analysis_one(b, p->json, p->story))
		return err_set(e, EX_IO_ERR, "the analysis is too long for a page");
	archives(b, p);
	html_end(b);
	return b->failed ? err_nomem(e) : 0;
}
