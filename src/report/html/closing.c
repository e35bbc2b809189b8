/* What the report cannot tell, and how to do all of it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

void
report_limitations(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;

	html_section(b, SECTION_limitations);
	buf_str(b, "<ul>\n");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		buf_str(b, "<li>Not checked: ");
		html_text(b, v->not_checked[i]);
		buf_str(b, "</li>\n");
	}
	buf_str(b,
	    "<li>Whoever could write to the source's database before export could change unkeyed "
	    "rows and recompute their hashes; keyed rows only with the key.</li>\n"
	    "<li>Whoever holds the archive's signing key could seal other records; only a "
	    "checkpoint kept elsewhere shows that.</li>\n"
	    "<li>Times are those that the source's services stated, most in whole seconds; events "
	    "of one time stand in the order of the source's flow, which proves nothing. Links "
	    "prove the order of storing only.</li>\n"
	    "<li>The source does not audit everything: changed workflow parameters at approval and "
	    "the approval's real deadline are not in its events.</li>\n"
	    "<li>Absence of an event is not proof of absence of an act.</li>\n</ul>\n");
}

void
report_reperformance(struct buf *b, struct report *rep)
{
	const struct verification *v = rep->v;
	const char *name = archive_name(v->archive[0]);

	html_section(b, SECTION_reperformance);
	buf_str(b,
	    "<p>The same archive and the same program give the same "
	    "bytes of this report on any machine.</p>\n<pre>sha256sum ");
	html_text(b, name);
	buf_str(b, "\nexhibit verify ");
	html_text(b, name);
	buf_str(b, " --vkey KEY.vkey\nexhibit report ");
	html_text(b, name);
	buf_str(b,
	    " --vkey KEY.vkey --out report.html\n\n# without this program (formats/seal.md "
	    "S-12):\nN=$(tail -c 4096 ");
	html_text(b, name);
	buf_str(b, " | sed -n 2p)\nhead -c \"$N\" ");
	html_text(b, name);
	buf_str(b,
	    " | sha256sum        # equals the third line of the last 4096 bytes\nsqlite3 'file:");
	html_text(b, name);
	buf_str(b,
	    "?immutable=1' \"SELECT writefile('block1', data) FROM data WHERE no = 1\"\n"
	    "sha256sum block1                             # equals data_sha256 of block 1\n</pre>\n"
	    "<table><caption>Words</caption><tbody>\n");
	html_row(
	    b, "leaf", "the hash of one record's header; all leaves form the signed tree", false);
	html_row(b, "checkpoint", "origin, size and root of the log, as signed", false);
	html_row(b, "correlation", "all events of one remediation, or of one other matter", false);
	html_row(b, "position", "number of a record in the log, from 0", false);
	buf_str(b, "</tbody></table>\n");
}
