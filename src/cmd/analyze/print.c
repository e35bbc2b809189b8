/* A verification as an auditor reads it (formats/output.md O-26). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/analyze.h"
#include "verify/threats.h"

void
print_line(const char *label, const char *fmt, ...)
{
	char text[4096];
	struct buf b;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&b, 32768);
	text_plain(&b, text, strlen(text));
	printf("  %-13s %.*s\n", label, (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

static void
print_file(const struct archive *a, bool confirmed)
{
	char b1[32], b2[32], hex[65];

	print_line("file", "%s (%s bytes)", archive_path(a), text_grouped(archive_bytes(a), b1));
	hex_of(archive_sha256(a), 32, hex);
	print_line("sha256", "%s", hex);
	if (!archive_readable(a))
		return;
	print_line("records", "positions %s to %s of the log%s%s",
	    text_grouped(archive_first(a), b1), text_grouped(archive_next(a) - 1, b2),
	    archive_origin(a)[0] ? " " : "", archive_origin(a));
	if (archive_seal(a)) {
		print_line("seal", "%s %s", archive_claimed_key(a),
		    archive_signature(a) == SIG_VERIFIED ? confirmed ? "signed it; the signature "
								       "verifies with the key you "
								       "confirmed" :
								       "signed it; the signature "
								       "verifies with the key you "
								       "gave" :
			archive_signature(a) == SIG_FALSE ? "is named, and the signature is FALSE" :
			archive_vouched(a) == VOUCHED_EXPECTED ? "is named as the signer; the file "
								 "is "
								 "contained in the checkpoint you "
								 "expect" :
								 "is named as the signer: not "
								 "established");
		if (archive_signer(a))
			print_line("fingerprint", "%s", archive_signer(a)->fingerprint);
	} else {
		print_line("seal", "none");
	}
}

/* The rows of verdict.def of one kind that apply. */
static void
print_claims(const struct verification *v, enum claim_kind kind)
{
	struct buf b;

	buf_init(&b, 8192);
	for (unsigned i = 0; i < verdict_claims; i++) {
		const struct claim *c = &verdict_claim[i];

		if (c->kind != kind || !c->applies(&v->grounds))
			continue;
		buf_clear(&b);
		c->words(&v->grounds, &b);
		print_line(c->label(&v->grounds), "%.*s", (int)b.len, b.p ? (char *)b.p : "");
	}
	buf_release(&b);
}

/* A sentence that may quote somebody else, on a line of its own. */
static void
print_plain(const char *text)
{
	struct buf b;

	buf_init(&b, 65536);
	text_plain(&b, text, strlen(text));
	printf("%.*s\n", (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

/* Each threat, its state, and a line of what that rests on. */
static void
print_threats(const struct verification *v)
{
	struct threat t[THREATS_MAX];
	unsigned n = threats_of(v, t);

	printf("\nThreats\n");
	for (unsigned i = 0; i < n; i++) {
		print_line(threat_state_name[t[i].state], "%s", t[i].name);
		if (t[i].state == THREAT_EXCLUDED) {
			print_line("", "%s", t[i].why);
			print_line("", "if %s", t[i].if_);
		} else if (t[i].state == THREAT_NOT_EXCLUDED) {
			print_line("", "would be closed by: %s", t[i].closed);
		} else {
			print_line("", "see the findings above");
		}
	}
}

/* Each part of the statement, with what it rests on. */
static void
print_parts(const struct verification *v)
{
	static const char *const title[PARTS] = {
		[PART_INTEGRITY] = "integrity",
		[PART_SEALED_HERE] = "completeness",
		[PART_AUTHENTICITY] = "authenticity",
		[PART_TIME] = "time",
	};
	static const char *const way[PARTS] = {
		[PART_SEALED_HERE] = "sealed to here, ",
		[PART_SOURCE_SEALED] = "source to sealed, ",
		[PART_HAPPENED_SOURCE] = "happened to source, ",
	};

	for (unsigned p = 0; p < PARTS; p++) {
		const char *rests = v->part[p].rests_on;

		if (p != PART_SEMANTICS)
			print_line(title[p] ? title[p] : "", "%s%s%s%s: %s", way[p] ? way[p] : "",
			    state_name[v->part[p].state],
			    v->part[p].state == STATE_PROVEN ? " by " : "",
			    v->part[p].state == STATE_PROVEN ? rests : "",
			    v->part[p].why ? v->part[p].why : "");
	}
}

void
print_verification(const struct verification *v, const struct evidence *ev)
{
	const struct finding *worst = NULL;

	/* the verdict, in one sentence or a few */
	for (unsigned i = 0; i < v->n_headlines; i++)
		print_plain(v->headline[i]);
	printf("\n");
	/* then each file, by what is known of it */
	for (unsigned i = 0; i < v->n_archives; i++)
		print_file(v->archive[i], v->confirmed != NULL);
	printf("\n");
	/* of a file that is no archive only what it is: all else would be "not checked" */
	if (v->exit == EX_UNREADABLE && !evidence_readable(ev))
		for (unsigned i = 0; i < v->n_archives; i++)
			print_looks_like(v->archive[i]);
	else
		print_parts(v);
	/* rows of the source are another matter than the file */
	if (v->records) {
		printf("\nSource records (what Kubernaut wrote), judged apart from the file\n");
		print_claims(v, CLAIM_SOURCE);
	}
	/* findings from the worst on */
	print_findings(v);
	if (cli_get(ev->c, "threats"))
		print_threats(v);
	/* what nobody checked, so that silence says nothing */
	if (v->n_not_checked)
		printf("\nNot checked\n");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		printf("  - ");
		print_plain(v->not_checked[i]);
	}
	printf("\n");
	/* one example of how to read on */
	for (unsigned i = 0; i < v->findings.n; i++)
		if (finding_info[v->findings.f[i].id].level > LEVEL_NOTE &&
		    (worst == NULL ||
			finding_info[v->findings.f[i].id].level > finding_info[worst->id].level))
			worst = &v->findings.f[i];
	if (worst)
		printf("What a finding means and how to redo its check: exhibit explain %s\n",
		    finding_info[worst->id].id);
	/* nothing is called verified without saying by what (J-1) */
	printf("Status %d, %s%s%s. Sandbox: %s.\n", v->exit, v->verdict,
	    v->exit == EX_OK ? " by " : "",
	    v->exit == EX_OK ? v->part[PART_INTEGRITY].rests_on : "", ev->sandbox);
}
