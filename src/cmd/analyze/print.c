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
		    archive_signature(a) == SIG_VERIFIED ?
			confirmed ? "signed it; the signature verifies with the key you confirmed" :
				    "signed it; the signature verifies with the key you gave" :
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

/* A signed note, a line each: either of two that contradict each other is evidence. */
static void
print_note(const char *label, const char *note)
{
	print_line("", "%s:", label);
	for (const char *p = note; *p; p += strcspn(p, "\n"), p += *p == '\n')
		print_line("", "  %.*s", (int)strcspn(p, "\n"), p);
}

static void
print_finding(const struct verification *v, const struct finding *f)
{
	const struct finding_info *d = &finding_info[f->id];
	char id[37];

	print_line(d->id, "%s", f->sentence);
	if (f->n_events > 1 || (f->n_events == 1 && strncmp(f->sentence, "Event ", 6) != 0)) {
		uuid_of(f->event[0], id);
		print_line("", f->n_events > 1 ? "%u events, the first %s" : "%u event, %s",
		    f->n_events, id);
	}
	print_line("", "%s%s%sat %s%s%s%s%s%s", f->correlation ? "correlation " : "",
	    f->correlation ? f->correlation : "", f->correlation ? ", " : "", f->place,
	    v->n_archives > 1 ? " of " : "",
	    v->n_archives > 1 ? archive_path(v->archive[f->file]) : "", d->clause[0] ? " [" : "",
	    d->clause, d->clause[0] ? "]" : "");
	for (unsigned i = 0; i < f->n_explanations; i++)
		if (f->explanation[i].state != EXPLAINED_RULED_OUT)
			print_line("", "%s: %s", explained_name[f->explanation[i].state],
			    f->explanation[i].sentence);
	for (unsigned i = 0; i < f->n_explanations; i++)
		if (f->explanation[i].state == EXPLAINED_RULED_OUT)
			print_line("", "ruled out: %s", f->explanation[i].sentence);
	if (f->expected && strchr(f->expected, '\n')) {
		print_note("you saw", f->expected);
		print_note("here", f->found);
	} else if (f->expected) {
		print_line("", "stored   %s", f->expected);
		print_line("", "computed %s", f->found);
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

/* The first few of each class, then how many more there are: a screen is for reading, JSON has
 * them all. */
static void
print_finding_list(const struct verification *v, enum finding_level level, const char *title)
{
	static const unsigned shown[] = {
		[LEVEL_NOTE] = 3, [LEVEL_GAP] = 5, [LEVEL_ALARM] = 20, [LEVEL_UNREADABLE] = 20
	};
	unsigned seen[FINDING_COUNT] = { 0 };
	char b[32];

	if (findings_of_level(&v->findings, level) == 0)
		return;
	printf("\n%s\n", title);
	for (unsigned i = 0; i < v->findings.n; i++) {
		const struct finding *f = &v->findings.f[i];

		/* what a collection lacks is said whole */
		if (finding_info[f->id].level == level &&
		    (seen[f->id]++ < shown[level] || f->id == F_I01))
			print_finding(v, f);
	}
	for (int id = 0; id < FINDING_COUNT; id++)
		if (seen[id] > shown[level] && id != F_I01)
			print_line("and", "%s more %s like these; all of them: -o json",
			    text_grouped(v->findings.counted[id] - shown[level], b),
			    finding_info[id].id);
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

void
print_verification(const struct verification *v, const struct evidence *ev)
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
	const struct finding *worst = NULL;

	/* the verdict, in one sentence or a few */
	for (unsigned i = 0; i < v->n_headlines; i++)
		print_plain(v->headline[i]);
	printf("\n");
	/* then each file, by what is known of it */
	for (unsigned i = 0; i < v->n_archives; i++)
		print_file(v->archive[i], v->confirmed != NULL);
	printf("\n");
	/* each part of the statement, with what it rests on */
	for (unsigned p = 0; p < PARTS; p++) {
		const char *rests = v->part[p].rests_on;

		if (p != PART_SEMANTICS)
			print_line(title[p] ? title[p] : "", "%s%s%s%s: %s", way[p] ? way[p] : "",
			    state_name[v->part[p].state],
			    v->part[p].state == STATE_PROVEN ? " by " : "",
			    v->part[p].state == STATE_PROVEN ? rests : "",
			    v->part[p].why ? v->part[p].why : "");
	}
	/* rows of the source are another matter than the file */
	if (v->records) {
		printf("\nSource records (what Kubernaut wrote), judged apart from the file\n");
		print_claims(v, CLAIM_SOURCE);
	}
	/* findings from the worst on */
	print_finding_list(
	    v, LEVEL_ALARM, "Alarms: not explained by the known behaviour of source and exporter");
	print_finding_list(v, LEVEL_UNREADABLE, "Not readable");
	print_finding_list(v, LEVEL_GAP, "Gaps: something is missing or cannot be judged");
	print_finding_list(v, LEVEL_NOTE, "Notes: honest, worth knowing");
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
