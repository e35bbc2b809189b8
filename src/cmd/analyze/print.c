/* A verification as an auditor reads it, and as JSON (formats/output.md O-4). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cmd/analyze/analyze.h"

static void line(const char *label, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
line(const char *label, const char *fmt, ...)
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
print_file(const struct archive *a)
{
	char b1[32], b2[32], hex[65];

	line("file", "%s (%s bytes)", a->path, text_grouped(a->bytes, b1));
	hex_of(a->file_sha256, 32, hex);
	line("sha256", "%s", hex);
	if (!a->readable)
		return;
	line("records", "positions %s to %s of the log%s%s", text_grouped(a->first, b1),
	    text_grouped(a->next - 1, b2), a->origin[0] ? " " : "", a->origin);
	if (a->sealed) {
		line("seal", "%s %s", a->claimed_key,
		    a->seal_sig == SIG_VERIFIED  ? "signed it; the signature verifies with the key "
						   "you gave" :
			a->seal_sig == SIG_FALSE ? "is named, and the signature is FALSE" :
			a->vouched == VOUCHED_EXPECTED ? "is named as the signer; the file is "
							 "contained in the checkpoint you expect" :
							 "is named as the signer: not established");
		if (a->signer)
			line("fingerprint", "%s", a->signer->fingerprint);
	} else {
		line("seal", "none");
	}
}

static void
print_finding(const struct verification *v, const struct finding *f)
{
	const struct finding_info *d = &finding_info[f->id];
	char id[37];

	line(d->id, "%s", f->sentence);
	if (f->n_events > 1 || (f->n_events == 1 && strncmp(f->sentence, "Event ", 6) != 0)) {
		uuid_of(f->event[0], id);
		line("", f->n_events > 1 ? "%u events, the first %s" : "%u event, %s", f->n_events,
		    id);
	}
	line("", "%s%s%sat %s%s%s%s%s%s", f->correlation ? "correlation " : "",
	    f->correlation ? f->correlation : "", f->correlation ? ", " : "", f->place,
	    v->n_archives > 1 ? " of " : "", v->n_archives > 1 ? v->archive[f->file].path : "",
	    d->clause[0] ? " [" : "", d->clause, d->clause[0] ? "]" : "");
	for (unsigned i = 0; i < f->n_explanations; i++)
		if (f->explanation[i].state != EXPLAINED_RULED_OUT)
			line("", "%s: %s", explained_name[f->explanation[i].state],
			    f->explanation[i].sentence);
	for (unsigned i = 0; i < f->n_explanations; i++)
		if (f->explanation[i].state == EXPLAINED_RULED_OUT)
			line("", "ruled out: %s", f->explanation[i].sentence);
	if (f->expected) {
		line("", "stored   %s", f->expected);
		line("", "computed %s", f->found);
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
		line(c->label(&v->grounds), "%.*s", (int)b.len, b.p ? (char *)b.p : "");
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
			line("and", "%s more %s like these; all of them: -o json",
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

	for (unsigned i = 0; i < v->n_headlines; i++)
		print_plain(v->headline[i]);
	printf("\n");
	for (unsigned i = 0; i < v->n_archives; i++)
		print_file(&v->archive[i]);
	printf("\n");
	for (unsigned p = 0; p < PARTS; p++) {
		const char *rests = v->part[p].rests_on;

		if (p != PART_SEMANTICS)
			line(title[p] ? title[p] : "", "%s%s%s%s: %s", way[p] ? way[p] : "",
			    state_name[v->part[p].state],
			    v->part[p].state == STATE_PROVEN ? " by " : "",
			    v->part[p].state == STATE_PROVEN ? rests : "",
			    v->part[p].why ? v->part[p].why : "");
	}
	if (v->records) {
		printf("\nSource records (what Kubernaut wrote), judged apart from the file\n");
		print_claims(v, CLAIM_SOURCE);
	}
	print_finding_list(v, LEVEL_UNREADABLE, "Not readable");
	print_finding_list(
	    v, LEVEL_ALARM, "Alarms: not explained by the known behaviour of source and exporter");
	print_finding_list(v, LEVEL_GAP, "Gaps: something is missing or cannot be judged");
	print_finding_list(v, LEVEL_NOTE, "Notes: honest, worth knowing");
	printf("\nNot checked\n");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		printf("  - ");
		print_plain(v->not_checked[i]);
	}
	printf("\n");
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

static void
put(struct buf *b, const char *key, const char *value)
{
	if (b->len && b->p[b->len - 1] != '{' && b->p[b->len - 1] != '[')
		buf_byte(b, ',');
	text_json(b, key, strlen(key));
	buf_byte(b, ':');
	if (value)
		text_json(b, value, strlen(value));
	else
		buf_str(b, "null");
}

static void
put_u(struct buf *b, const char *key, uint64_t v)
{
	if (b->len && b->p[b->len - 1] != '{' && b->p[b->len - 1] != '[')
		buf_byte(b, ',');
	buf_printf(b, "\"%s\":%llu", key, (unsigned long long)v);
}

void
put_finding_json(struct buf *b, const struct archive *files, const struct finding *f)
{
	const struct finding_info *d = &finding_info[f->id];
	static const char *const level[] = { "note", "gap", "alarm", "alarm" };
	char id[37];

	buf_byte(b, '{');
	put(b, "id", d->id);
	put(b, "class", d->class);
	put(b, "level", level[d->level]);
	if (f->correlation)
		put(b, "correlation_id", f->correlation);
	if (f->n_correlations) {
		buf_str(b, ",\"correlation_ids\":[");
		for (unsigned i = 0; i < f->n_correlations; i++) {
			buf_str(b, i ? "," : "");
			text_json(b, f->correlations[i], strlen(f->correlations[i]));
		}
		buf_byte(b, ']');
		if (f->more_correlations)
			put_u(b, "correlations_more", f->more_correlations);
	}
	buf_str(b, ",\"event_ids\":[");
	for (unsigned i = 0; i < f->n_events; i++) {
		uuid_of(f->event[i], id);
		buf_printf(b, "%s\"%s\"", i ? "," : "", id);
	}
	buf_byte(b, ']');
	put(b, "place", f->place);
	put(b, "file", files[f->file].path);
	put(b, "sentence", f->sentence);
	if (f->expected) {
		put(b, "expected", f->expected);
		put(b, "found", f->found);
	}
	buf_str(b, ",\"explanations\":[");
	for (unsigned i = 0; i < f->n_explanations; i++) {
		buf_str(b, i ? ",{" : "{");
		put(b, "sentence", f->explanation[i].sentence);
		put(b, "state", explained_name[f->explanation[i].state]);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
	put(b, "clause", d->clause);
	buf_byte(b, '}');
}

/* The three statements of completeness (judgement.md J-2). */
static void
put_parts(struct buf *b, const struct verification *v)
{
	buf_str(b, ",\"parts\":[");
	for (unsigned p = PART_SEALED_HERE; p <= PART_HAPPENED_SOURCE; p++) {
		buf_str(b, p > PART_SEALED_HERE ? ",{" : "{");
		put(b, "part", part_name[p]);
		put(b, "state", state_name[v->part[p].state]);
		put(b, "why", v->part[p].why);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

void
print_verification_json(const struct verification *v, const struct evidence *ev, struct buf *b)
{
	char hex[65];

	buf_byte(b, '{');
	put(b, "verdict", v->verdict);
	put_u(b, "exit", (uint64_t)v->exit);
	buf_printf(b, ",\"tool\":{\"sandbox\":\"%s\"}", sandbox_word[ev->confined]);
	buf_str(b, ",\"headline\":[");
	for (unsigned i = 0; i < v->n_headlines; i++) {
		if (i)
			buf_byte(b, ',');
		text_json(b, v->headline[i], strlen(v->headline[i]));
	}
	buf_str(b, "],\"dimensions\":{");
	for (int d = 0; d < DIMENSIONS; d++) {
		buf_printf(b, "%s\"%s\":{", d ? "," : "", dimension_name[d]);
		put(b, "state", state_name[v->dim[d].state]);
		put(b, "why", v->dim[d].why);
		if (d == DIM_COMPLETENESS)
			put_parts(b, v);
		buf_byte(b, '}');
	}
	buf_str(b, "},\"archive\":{");
	put(b, "verdict", v->archive_verdict);
	buf_str(b, ",\"files\":[");
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = &v->archive[i];

		buf_str(b, i ? ",{" : "{");
		put(b, "path", a->path);
		put_u(b, "bytes", a->bytes);
		hex_of(a->file_sha256, 32, hex);
		put(b, "sha256", hex);
		put(b, "origin", a->origin);
		put_u(b, "first_position", a->first);
		put_u(b, "next_position", a->next);
		buf_printf(b, ",\"sealed\":%s", a->sealed ? "true" : "false");
		hex_of(a->root, 32, hex);
		put(b, "root", a->readable ? hex : NULL);
		put(b, "signed_by", a->sealed ? a->claimed_key : NULL);
		put(b, "key_fingerprint", a->signer ? a->signer->fingerprint : NULL);
		put(b, "vouched_by", vouched_name[a->vouched]);
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
	put_u(b, "records", v->records);
	put_u(b, "events", v->rows.events - v->rows.repeats);
	put_u(b, "rejects", v->rejects);
	put_u(b, "conflicts", v->conflicts);
	put_u(b, "contexts", v->contexts);
	buf_str(b, "},\"source_chain\":{");
	put(b, "verdict", v->source_verdict);
	put_u(b, "events", v->rows.events - v->rows.repeats);
	put_u(b, "hashed", v->rows.hashed);
	put_u(b, "matching", v->rows.content[CONTENT_MATCH]);
	put_u(b, "matching_by_variant", v->rows.content[CONTENT_VARIANT]);
	put_u(b, "mismatching", v->rows.content[CONTENT_MISMATCH]);
	put_u(b, "no_key", v->rows.content[CONTENT_NO_KEY]);
	put_u(b, "unknown_algorithm", v->rows.content[CONTENT_UNKNOWN_ALGORITHM]);
	put_u(b, "no_hash", v->rows.content[CONTENT_NO_HASH]);
	put_u(b, "not_carried", v->rows.content[CONTENT_NOT_CARRIED]);
	put_u(b, "withheld", v->rows.content[CONTENT_WITHHELD]);
	put_u(b, "forks", v->rows.forks);
	put_u(b, "forks_unexplained", v->rows.forks_unexplained);
	put_u(b, "correlations", v->rows.correlations);
	put_u(b, "remediations", v->remediations);
	buf_str(b, "},\"findings\":[");
	for (unsigned i = 0; i < v->findings.n; i++) {
		if (i)
			buf_byte(b, ',');
		put_finding_json(b, v->archive, &v->findings.f[i]);
	}
	buf_str(b, "],\"not_checked\":[");
	for (unsigned i = 0; i < v->n_not_checked; i++) {
		if (i)
			buf_byte(b, ',');
		text_json(b, v->not_checked[i], strlen(v->not_checked[i]));
	}
	for (int id = 0; id < FINDING_COUNT; id++)
		if (v->findings.counted[id] > FINDINGS_KEPT) {
			char t[128];

			snprintf(t, sizeof t, "%llu findings %s, of which the first %u are listed",
			    (unsigned long long)v->findings.counted[id], finding_info[id].id,
			    FINDINGS_KEPT);
			buf_byte(b, ',');
			text_json(b, t, strlen(t));
		}
	buf_str(b, "]}\n");
}
