/* From findings to five dimensions, verdicts, headline and exit status (formats/output.md O-1, O-4). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "verify/verify.h"

const char *const dimension_name[DIMENSIONS] = { "integrity", "completeness", "authenticity", "time", "semantics" };
const char *const state_name[] = { "proven", "disproved", "not proven", "not checked" };

static void
headline(struct verification *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (v->n_headlines < 12 && vasprintf(&v->headline[v->n_headlines], fmt, ap) < 0)
		nomem_note();
	else
		v->n_headlines += v->n_headlines < 12;
	va_end(ap);
}

static void
not_checked(struct verification *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (v->n_not_checked < 12 && vasprintf(&v->not_checked[v->n_not_checked], fmt, ap) < 0)
		nomem_note();
	else
		v->n_not_checked += v->n_not_checked < 12;
	va_end(ap);
}

static void
set(struct verification *v, enum dimension d, enum state s, const char *fmt, ...)
{
	va_list ap;

	v->dim[d].state = s;
	va_start(ap, fmt);
	vsnprintf(v->dim[d].why, sizeof v->dim[d].why, fmt, ap);
	va_end(ap);
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void
verdict_make(struct verification *v)
{
	const struct finding *first_archive = NULL, *unreadable = NULL;
	uint64_t archive_alarms = 0, source_alarms = 0, edited = v->content[CONTENT_MISMATCH];
	uint64_t missing = v->links[LINK_MISSING], unchecked = v->content[CONTENT_NO_KEY] + v->content[CONTENT_NOT_CARRIED] + v->content[CONTENT_WITHHELD];
	bool vanished = v->findings.counted[F_S14] > 0, partial = v->findings.counted[F_I01] > 0;
	uint64_t files_missing = 0, changed = v->findings.counted[F_S11] + v->findings.counted[F_S12];
	uint64_t open_files = 0;
	bool conflict = false, unsealed = false, other_key = false, proven_by_expect = v->n_expects > 0, container_only = true, all_signed = true;

	if (v->n_hmac && v->hmac_rows && v->hmac_fit == 0) {
		unchecked += v->hmac_rows;         /* key-unfit */
		edited = edited > v->hmac_rows ? edited - v->hmac_rows : 0;
	}
	unchecked += v->sanitised;                 /* what they said before is unknown */
	edited -= v->sanitised < edited ? v->sanitised : edited;
	for (unsigned i = 0; i < v->findings.n; i++) {
		const struct finding *f = &v->findings.f[i];
		const struct finding_info *d = &finding_info[f->id];

		if (f->id == F_K04 || f->id == F_L02)
			conflict = true;
		else if (f->id == F_L01)
			files_missing++;
		else if (d->level == LEVEL_ALARM && d->id[0] == 'S')
			source_alarms++;
		else if (d->level == LEVEL_ALARM) {
			archive_alarms++;
			container_only &= f->id == F_A01 || f->id == F_A02 || f->id == F_A05 || f->id == F_A06 || f->id == F_A03 || f->id == F_A04;
			if (first_archive == NULL || (f->id != F_A01 && first_archive->id == F_A01))
				first_archive = f;
		} else if (d->level == LEVEL_UNREADABLE && unreadable == NULL) {
			unreadable = f;
		}
	}
	for (unsigned k = 0; k < v->n_archives; k++) {
		struct archive *a = &v->archive[k];

		unsealed |= a->readable && !a->sealed;
		open_files += a->open;
		other_key |= a->sealed && v->any_vkey && a->seal_sig == SIG_UNKNOWN_KEY;
		all_signed &= a->sealed && a->seal_sig == SIG_VERIFIED && a->root_signed;
	}
	for (unsigned i = 0; i < v->n_expects; i++)
		proven_by_expect &= v->expect[i].met;
	all_signed |= proven_by_expect && !conflict;

	/* what is said of the archive and of the source's records is kept apart */
	v->archive_verdict = archive_alarms ? "altered" : conflict ? "conflict" : unreadable ? "unreadable" : all_signed && !open_files ? "verified" : "not proven";
	v->source_verdict = source_alarms ? "altered" : missing ? "incomplete" : unchecked || v->events == 0 ? "not proven" : "intact";
	v->exit = archive_alarms || source_alarms ? EX_ALTERED : conflict ? EX_CONFLICT : unreadable ? EX_UNREADABLE : missing || files_missing ? EX_INCOMPLETE :
	    !all_signed || open_files || unchecked || v->events == 0 ? EX_NOT_PROVEN : EX_OK;
	v->verdict = (const char *[]){ "verified", "altered", "incomplete", "not proven", "conflict", "unreadable" }[v->exit];

	if (archive_alarms && container_only && v->records && first_archive)
		headline(v, "FILE NOT AS IT WAS SEALED: %s Every record in it is.", first_archive->sentence);
	else if (archive_alarms && first_archive)
		headline(v, "ARCHIVE ALTERED: %s%s", first_archive->sentence, archive_alarms > 1 ? " More is listed below." : "");
	if (edited)
		headline(v, "ALTERED SOURCE RECORD%s: %llu of %llu.", edited == 1 ? "" : "S", (unsigned long long)edited, (unsigned long long)v->events);
	if (changed)
		headline(v, "CHANGED AFTER ARCHIVING: %llu row%s of the source's database, between two times that it was read.", (unsigned long long)changed, plural(changed));
	if (source_alarms > edited + changed)
		headline(v, "ODD SOURCE RECORDS: %llu that the source's writer cannot have made like this.", (unsigned long long)(source_alarms - edited - changed));
	if (conflict)
		headline(v, "CONFLICT: two views of one log exist.");
	if (unreadable)
		headline(v, "UNREADABLE: %s", unreadable->sentence);
	if (files_missing)
		headline(v, "FILES OF THE LOG ARE MISSING between those given, in %llu place%s.", (unsigned long long)files_missing, plural(files_missing));
	if (vanished)
		headline(v, "GONE FROM THE SOURCE: events sealed earlier were not in its database any more at a later export; the earlier files hold them.");
	if (missing)
		headline(v, "GAPS%s: %llu record%s name%s a predecessor that is not here, in %llu correlation%s.", edited || archive_alarms || source_alarms ? "" :
		    ", NO ALTERATION FOUND", (unsigned long long)missing, plural(missing), missing == 1 ? "s" : "", (unsigned long long)v->gap_correlations,
		    plural(v->gap_correlations));
	if (!unreadable && v->n_archives && !all_signed && !conflict) {
		if (unsealed && partial)
			headline(v, "NOT PROVEN, AND A PARTIAL COLLECTION: a must-gather, never sealed; what it lacks is said below.");
		else if (unsealed)
			headline(v, "NOT PROVEN: the file was never sealed; it agrees with itself, but anyone could have made it.");
		else if (other_key)
			headline(v, "ORIGIN NOT PROVEN: the file is signed, but by none of the keys you gave.");
		else if (!v->any_vkey)
			headline(v, "ORIGIN NOT PROVEN: the file agrees with itself, but anyone could have made it: no key was given.");
		else if (!archive_alarms)
			headline(v, "ORIGIN NOT PROVEN.");
	}
	if (open_files && !unreadable)
		headline(v, "STILL OPEN: sealed so far, not finished; what came later is not here, and what was finished and cut back would look the same.");
	if (partial && !unsealed)
		headline(v, "A PARTIAL COLLECTION: a must-gather holds what its collector could reach; what it lacks is said below.");
	if (unchecked)
		headline(v, "CONTENT OF %llu OF %llu EVENTS NOT CHECKABLE AGAINST THE SOURCE'S HASH.", (unsigned long long)unchecked, (unsigned long long)v->events);
	if (v->events == 0 && !unreadable)
		headline(v, "NO EVENT IN THE ARCHIVE: nothing was proven.");
	if (v->exit == EX_OK)
		headline(v, "NO ALTERATION FOUND in what could be checked.");

	if (archive_alarms)
		set(v, DIM_INTEGRITY, STATE_DISPROVED, "%s", first_archive ? first_archive->sentence : "");
	else if (unreadable)
		set(v, DIM_INTEGRITY, STATE_NOT_CHECKED, "%s", unreadable->sentence);
	else if (source_alarms && changed >= source_alarms)
		set(v, DIM_INTEGRITY, STATE_DISPROVED, "the files are as they were sealed; the source's database was changed between two exports: %llu alarm%s below",
		    (unsigned long long)source_alarms, plural(source_alarms));
	else if (source_alarms)
		set(v, DIM_INTEGRITY, STATE_DISPROVED, "the file is as it was sealed; what it holds was altered before sealing: %llu alarm%s below",
		    (unsigned long long)source_alarms, plural(source_alarms));
	else if (all_signed && open_files)
		set(v, DIM_INTEGRITY, STATE_NOT_PROVEN, "every one of %llu records is as it was sealed; the file is still open, so its own bytes have no digest yet", (unsigned long long)v->records);
	else if (all_signed)
		set(v, DIM_INTEGRITY, STATE_PROVEN, "every byte of the file and every one of %llu records is as it was sealed", (unsigned long long)v->records);
	else
		set(v, DIM_INTEGRITY, STATE_NOT_PROVEN, "the file agrees with itself; without a key that you trust it could have been remade");
	if (unreadable)
		set(v, DIM_COMPLETENESS, STATE_NOT_CHECKED, "the file could not be read");
	else if (archive_alarms && !container_only)
		set(v, DIM_COMPLETENESS, STATE_NOT_PROVEN, "the archive was altered");
	else if (files_missing)
		set(v, DIM_COMPLETENESS, STATE_DISPROVED, "files of the log between those given are missing; populations are lower bounds");
	else if (missing)
		set(v, DIM_COMPLETENESS, STATE_DISPROVED, "sealed to here: all %llu records; but %llu predecessors that records name are not here; populations are lower bounds",
		    (unsigned long long)v->records, (unsigned long long)missing);
	else if (v->events == 0)
		set(v, DIM_COMPLETENESS, STATE_NOT_PROVEN, "there is no event");
	else if (open_files)
		set(v, DIM_COMPLETENESS, STATE_NOT_PROVEN, "the file is still open: what came after its last seal is not here; populations are lower bounds");
	else
		set(v, DIM_COMPLETENESS, all_signed ? STATE_PROVEN : STATE_NOT_PROVEN, "sealed to here: all %llu records; database to sealed: the exporter's own counts agree; "
		    "happened to database: cannot be proven by any archive", (unsigned long long)v->records);
	if (conflict)
		set(v, DIM_AUTHENTICITY, STATE_DISPROVED, "two views of one log exist, or it does not contain the checkpoint you expect");
	else if (all_signed && v->n_archives && v->archive[0].signer)
		set(v, DIM_AUTHENTICITY, STATE_PROVEN, "signed by the key you gave, %s; that it is theirs is for you to establish", v->archive[0].signer->name);
	else if (all_signed)
		set(v, DIM_AUTHENTICITY, STATE_PROVEN, "the log contains the checkpoint you expect");
	else if (other_key)
		set(v, DIM_AUTHENTICITY, STATE_NOT_PROVEN, "signed by %s, which is none of the keys you gave", v->archive[0].claimed_key);
	else if (unsealed)
		set(v, DIM_AUTHENTICITY, STATE_NOT_PROVEN, "unsealed: no origin, no signature");
	else
		set(v, DIM_AUTHENTICITY, STATE_NOT_PROVEN, v->any_vkey ? "no signature verifies with the keys you gave" : "no key was given");
	set(v, DIM_TIME, v->time.any ? STATE_NOT_PROVEN : STATE_NOT_CHECKED, "times are stated by the source; there is no independent time stamp");
	set(v, DIM_SEMANTICS, STATE_NOT_CHECKED, "verify judges bytes and hashes, not whether approvals were in order");

	if (!v->any_vkey)
		not_checked(v, "who made the file: give the log's public key with --vkey");
	if (v->content[CONTENT_NO_KEY])
		not_checked(v, "content of %llu keyed events: give the source's key with --hmac-key-file", (unsigned long long)v->content[CONTENT_NO_KEY]);
	if (v->content[CONTENT_NO_HASH])
		not_checked(v, "content of %llu events against the source: they have no hash", (unsigned long long)v->content[CONTENT_NO_HASH]);
	if (v->content[CONTENT_NOT_CARRIED])
		not_checked(v, "content of %llu events: their input leaves out hashed columns", (unsigned long long)v->content[CONTENT_NOT_CARRIED]);
	if (v->content[CONTENT_WITHHELD])
		not_checked(v, "content of %llu events: values were withheld at export; whoever has such a row can hold it against the digest that is sealed", (unsigned long long)v->content[CONTENT_WITHHELD]);
	if (v->gave_up)
		not_checked(v, "some spellings and causes of odd rows: more than 12 zeros, too much to hash, or too many rows");
	not_checked(v, "whether events were deleted at the end of a remediation, or whole remediations, before export: only an earlier archive shows that");
	if (!v->letters)
		not_checked(v, "what the source accepted and could not store: its dead letters are not in evidence");
	not_checked(v, "times against an independent clock");
}
