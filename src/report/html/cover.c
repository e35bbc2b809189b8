/* Page 1, the contents behind it, and the files. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html/page.h"

/* From the inputs alone: the same archives and tool give the same id. */
void
report_id(struct report *rep, char out[65])
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];

	memset(d, 0, sizeof d);
	if (s) {
		sha256_begin(s);
		sha256_add(s, rep->version, strlen(rep->version));
		for (unsigned i = 0; i < rep->v->n_archives; i++)
			sha256_add(s, rep->v->archive[i].file_sha256, 32);
		for (unsigned i = 0; i < rep->n_chosen; i++)
			sha256_add(s, rep->chosen[i]->text, rep->chosen[i]->n + 1);
		sha256_add(s, rep->controls->p->digest, strlen(rep->controls->p->digest) + 1);
		sha256_add(
		    s, rep->period ? rep->period : "", rep->period ? strlen(rep->period) + 1 : 1);
		if (rep->cluster)
			sha256_add(s, rep->cluster, strlen(rep->cluster) + 1);
		sha256_end(s, d);
	}
	sha256_free(s);
	hex_of(d, 32, out);
}

void
report_cover(struct buf *b, struct report *rep, const char *id)
{
	const struct verification *v = rep->v;
	struct buf t;

	buf_str(b, "<h1>Evidence report: Kubernaut audit trail</h1>\n");
	html_section(b, SECTION_cover);
	buf_str(b, "<div class=\"v ");
	buf_str(b, v->exit == 0 ? "s-proven" : v->exit == 1 ? "s-disproved" : "s-not");
	buf_str(b, "\">\n");
	for (unsigned i = 0; i < v->n_headlines; i++) {
		buf_str(b, "<p>");
		html_text(b, v->headline[i]);
		buf_str(b, "</p>\n");
	}
	html_put(b, "<div>Verdict: %s (status %d)</div></div>\n", v->verdict, v->exit);
	if (rep->limits->n) {
		buf_str(b,
		    "<div class=\"v s-not\"><p>As far as the rows here tell: what is known to be "
		    "missing</p><ul>\n");
		for (unsigned i = 0; i < rep->limits->n; i++) {
			buf_str(b, "<li>");
			html_text(b, rep->limits->l[i].sentence);
			buf_str(b, "</li>\n");
		}
		buf_str(b,
		    "</ul><div>Counts below are lower bounds; what rests on an absence is not "
		    "testable.</div></div>\n");
	}
	html_names(b, NULL);
	html_row(b, "Entity", "", false);
	html_row(b, "System",
	    v->archive[0].origin[0] ? v->archive[0].origin : "not stated: the archive is unsealed",
	    false);
	buf_init(&t, 256);
	if (v->rows.time.any) {
		utc_print(&t, UTC_REST, v->rows.time.min, 0);
		buf_str(&t, " to ");
		utc_print(&t, UTC_REST, v->rows.time.max, 0);
		buf_str(&t, " (UTC, as stated by the source)");
	}
	buf_byte(&t, '\0');
	html_row(b, "Period covered", t.p ? (char *)t.p : "", false);
	html_row(b, "Audit period", rep->period ? rep->period : "", false);
	if (rep->cluster) {
		html_row(b, "Cluster", rep->cluster, false);
		html_number(b, "Remediations that name no cluster, left out", rep->without_cluster);
	}
	html_number(b, "Archives", v->n_archives);
	html_row(b, "Report id", id, true);
	html_row(b, "Tool", rep->version, false);
	html_row(b, "Prepared by", "", false);
	buf_str(b,
	    "</tbody></table>\n<p>This tool tests evidence; it gives no opinion on the "
	    "effectiveness of controls.</p>\n");
	buf_release(&t);
}

void
report_files(struct buf *b, struct report *rep)
{
	static const char *const sig[] = { "none", "by a key that was not given: not established",
		"FALSE", "verified with the key given" };
	const struct verification *v = rep->v;
	char hex[65], t[256], before[128];

	html_section(b, SECTION_files);
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = &v->archive[i];

		buf_str(b, "<table><caption>");
		html_text(b, archive_name(a));
		buf_str(b, "</caption><tbody>\n");
		html_number(b, "Bytes", a->bytes);
		hex_of(a->file_sha256, 32, hex);
		html_row(b, "SHA-256", hex, true);
		if (a->readable) {
			snprintf(t, sizeof t, "%" PRIu64 " to %" PRIu64, a->first, a->next - 1);
			html_row(b, "Positions in the log", t, false);
			html_row(b, "Origin", a->origin[0] ? a->origin : "none", false);
			html_row(b, "Seal", a->sealed ? a->claimed_key : "none", true);
			html_row(b, "Signature", sig[a->seal_sig], false);
			html_row(b, "Key fingerprint",
			    a->signer ? a->signer->fingerprint : "not established", true);
			hex_of(a->root, 32, hex);
			html_row(b, "Root of the log", hex, true);
			hex_of(a->prev_root, 32, hex);
			snprintf(before, sizeof before, "its root, at size %" PRIu64 ": %s",
			    a->first, hex);
			html_row(b, "File before", a->first ? before : "none: this is the first",
			    a->first > 0);
		} else {
			html_row(b, "State", "not readable as an archive", false);
		}
		buf_str(b, "</tbody></table>\n");
	}
	html_put(b, "<p>%u of %u shown.</p>\n", v->n_archives, v->n_archives);
}
