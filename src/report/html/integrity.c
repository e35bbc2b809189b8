/* What is excluded, found, or not excluded, threat by threat; and the findings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

static unsigned
count_class(const struct verification *v, enum finding_id from, enum finding_id to)
{
	unsigned n = 0;

	for (enum finding_id i = from; i <= to; i++)
		n += v->findings.counted[i] != 0;
	return n;
}

static void
dimensions(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;

	html_table(b, TABLE_dimensions, NULL);
	for (int d = 0; d < DIMENSIONS; d++) {
		html_put(b, "<tr><td>%s</td><td class=\"%s\">%s</td><td>", dimension_name[d],
		    v->dim[d].state == STATE_PROVEN        ? "s-proven" :
			v->dim[d].state == STATE_DISPROVED ? "s-disproved" :
							     "s-not",
		    state_name[v->dim[d].state]);
		html_text(b, v->dim[d].why);
		buf_str(b, "</td></tr>\n");
	}
	html_table_end(b);
}

/* Long: a table of threats whose rows need what was computed above them. What is excluded, found,
 * or not excluded, and what would close it. */
static void
threats(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;
	bool sealed = v->dim[DIM_AUTHENTICITY].state == STATE_PROVEN;
	bool archive_bad = strcmp(v->archive_verdict, "altered") == 0,
	     container = count_class(v, F_A01, F_A06) != 0;
	bool before =
	    v->findings.counted[F_L01] || v->findings.counted[F_L04] || v->findings.counted[F_L06];
	bool tail =
	    v->findings.counted[F_A16] || v->findings.counted[F_A19] || v->findings.counted[F_A07];
	bool keyed = v->rows.events && v->rows.keyed_fit == v->rows.events - v->rows.repeats &&
	    !v->unread_events,
	     met = v->n_expects > 0, covered;
	uint64_t next = 0;

	for (unsigned i = 0; i < v->n_archives; i++)
		next = archive_readable(v->archive[i]) && archive_next(v->archive[i]) > next ?
		    archive_next(v->archive[i]) :
		    next;
	for (unsigned i = 0; i < v->n_expects; i++)
		met &= v->expect[i].met && !v->expect[i].refuted;
	covered = met && v->n_expects == 1 && v->expect[0].c.size >= next;
	struct {
		const char *threat;
		int state;
		const char *why, *close;
	} row[] = {
		{ "A byte of the file changed after sealing",
		    container || archive_bad ? 1 :
			sealed               ? 0 :
					       2,
		    "every byte is under the file's signed digest", "the log's public key" },
		{ "A record changed, removed, inserted or reordered after sealing",
		    archive_bad && !container ? 1 :
			sealed                ? 0 :
						2,
		    "every record is a leaf of the signed tree", "the log's public key" },
		{ "Records cut at the beginning or end",
		    tail                  ? 1 :
			sealed && !before ? 0 :
					    2,
		    "first position and size are in the signed checkpoint and manifest",
		    "the log's public key" },
		{ "The whole file rewritten and signed with another key",
		    v->findings.counted[F_K02] ? 1 :
			sealed                 ? 0 :
						 2,
		    "only the key that was given counts", "the log's public key" },
		{ "An older state of the log presented",
		    v->findings.counted[F_K04] || v->findings.counted[F_L06] ? 1 :
			met                                                  ? 0 :
									       2,
		    "the log contains the expected checkpoint",
		    "a later checkpoint (--expect), or another copy" },
		{ "The holder of the signing key rewrote everything",
		    v->findings.counted[F_K04] ? 1 :
			covered                ? 0 :
						 2,
		    "all positions here lie below the expected checkpoint",
		    "a checkpoint written down later (--expect), or a witness" },
		{ "A source record edited before export",
		    v->rows.content[CONTENT_MISMATCH] ? 1 :
			keyed                         ? 0 :
							2,
		    "by a writer of the database without the source's key: every event gives the "
		    "keyed hash that its source stored; who has that "
		    "key (cluster administrators, and whoever got it to verify) is not excluded",
		    "keyed hashes for all rows; unkeyed ones can be recomputed by whoever writes "
		    "to the database" },
		{ "Rows deleted inside a remediation before export, where a keyed row behind them "
		  "is kept",
		    keyed && v->rows.links[LINK_MISSING] == 0 ? 0 : 2,
		    "by a writer of the database without the source's key: every predecessor that "
		    "a row names is here",
		    "keyed hashes for all rows, or an earlier archive of the same log; "
		    "predecessors that are not here are among the gaps below" },
		{ "Unkeyed rows deleted or rewritten before export, their hashes made again",
		    v->rows.unkeyed_fit || !keyed ? 2 : 0, "no unkeyed hash was accepted",
		    "keyed hashes for all rows, or an earlier archive of the same log" },
		{ "The last rows, or a whole remediation, deleted before export", 2, "",
		    "an earlier archive of the same log" },
		{ "Times backdated by the source", 2, "",
		    "an independent time stamp; there is none in this format version" },
	};
	static const char *const state[] = { "excluded", "FOUND", "not excluded" },
				 *const class[] = { "s-proven", "s-disproved", "s-not" };

	html_table(b, TABLE_threats, NULL);
	for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
		html_put(b, "<tr><td>%s</td><td class=\"%s\">%s</td><td>", row[i].threat,
		    class[row[i].state], state[row[i].state]);
		html_put(b,
		    row[i].state == 0     ? "%s" :
			row[i].state == 2 ? "would be closed by: %s" :
					    "see the findings below",
		    row[i].state == 0 ? row[i].why : row[i].close);
		buf_str(b, "</td></tr>\n");
	}
	html_table_end(b);
}

static void
findings(struct buf *b, const struct report *rep)
{
	const struct verification *v = rep->v;
	unsigned shown = 0;

	html_table(b, TABLE_findings, "Findings");
	for (unsigned i = 0; i < v->findings.n && shown < 500; i++, shown++) {
		const struct finding *f = &v->findings.f[i];
		static const char *const level[] = { "note", "gap", "unreadable", "alarm" };

		html_put(b, "<tr><td class=\"t\">%s</td><td>%s</td><td>", finding_info[f->id].id,
		    level[finding_info[f->id].level]);
		html_text(b, f->sentence);
		if (f->expected) {
			buf_str(b, "<br>stored <code>");
			html_text(b, f->expected);
			buf_str(b, "</code><br>computed <code>");
			html_text(b, f->found);
			buf_str(b, "</code>");
		}
		buf_str(b, "</td><td>");
		if (f->correlation) {
			html_text(b, f->correlation);
			buf_str(b, "<br>");
		}
		html_text(b, f->place);
		if (v->n_archives > 1) {
			buf_str(b, " of ");
			html_text(b, archive_name(v->archive[f->file]));
		}
		if (finding_info[f->id].clause[0])
			html_put(b, " [%s]", finding_info[f->id].clause);
		buf_str(b, "</td></tr>\n");
	}
	html_put(b, "</tbody></table>\n<p>%u of %u findings shown%s.</p>\n", shown, v->findings.n,
	    shown < v->findings.n ? "; all of them: exhibit verify -o json" : "");
}

void
report_integrity(struct buf *b, struct report *rep)
{
	html_section(b, SECTION_integrity);
	dimensions(b, rep);
	threats(b, rep);
	findings(b, rep);
}
