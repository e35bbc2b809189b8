#include "trust/anchors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive/prove.h"
#include "archive/sequence.h"
#include "base/utc.h"

struct anchoring {
	const struct anchor *all, *x; /* the one that is judged */
	const struct anchor_judges *by;
	struct archive *const *archive;
	unsigned n;
	struct dates *ret;
	struct findings *f;
	struct sha256 *sha;
	struct err *e;
};

static const char *
given_by(const struct anchor *x)
{
	return x->beside ? " (given by the sender)" : "";
}

static int
counts_for_nothing(struct anchoring *j, const char *why)
{
	if (j->x->stamp)
		finding_say(j->f, W05_REFUSED, j->x->file, "the stamp",
		    GIVING(TEXT(j->x->name), TEXT(given_by(j->x)), TEXT(why)));
	else
		finding_say(j->f, W04_REFUSED, j->x->file, "the note",
		    GIVING(TEXT(j->x->name), TEXT(given_by(j->x)), TEXT(why)));
	return 0;
}

static int
date(struct anchoring *j, const struct checkpoint *c, int64_t before, const char *who)
{
	struct dated d = { .size = c->size, .before = before, .stamp = j->x->stamp };
	char at[UTC_TEXT];

	snprintf(d.origin, sizeof d.origin, "%s", c->origin);
	snprintf(d.who, sizeof d.who, "%.199s", who);
	if (dates_add(j->ret, &d))
		return err_nomem(j->e);
	utc_text(at, before);
	finding_say(j->f, W08_DATED, j->x->file, j->x->stamp ? "the stamp" : "the note",
	    GIVING(NUM(c->size), TEXT(c->origin), TEXT(at), TEXT(d.who), TEXT(j->x->name),
		TEXT(given_by(j->x))));
	return 0;
}

/* ---- notes */

/* Where a checkpoint stands to the files. */
enum place { IS_HERE, IS_OTHER, IS_BEHIND, IS_UNLINKED, IS_ELSEWHERE };

/* -1: the tool failed. at: the file that tells; last: the end of all. */
static int
place_of(struct anchoring *j, const struct checkpoint *c, unsigned *at, uint64_t *last)
{
	bool any = false, here = false;
	uint8_t root[32];
	int rc;

	*at = 0;
	*last = 0;
	for (unsigned i = 0; i < j->n; i++) {
		struct archive *a = j->archive[i];

		if (!archive_readable(a) || strcmp(archive_origin(a), c->origin))
			continue;
		any = true;
		if (archive_next(a) > *last)
			*last = archive_next(a), *at = i;
		if ((rc = sequence_root_at(a, c->size, root, j->e)) < 0)
			return -1;
		/* one that proves another root tells, whatever others do */
		if (rc && memcmp(root, c->root, 32)) {
			*at = i;
			return IS_OTHER;
		}
		here |= rc;
	}
	return here ? IS_HERE : !any ? IS_ELSEWHERE : c->size > *last ? IS_BEHIND : IS_UNLINKED;
}

/* What the lines of a note are worth. */
struct lines {
	bool log_verified, log_false, witness_verified;
	const char *who; /* the first witness that verifies */
	uint64_t time;   /* its time */
};

/* Says of one line why it counts for nothing. */
static void
say_line(struct anchoring *j, enum finding_level level, const char *name, const char *why)
{
	if (level == LEVEL_NOTE)
		finding_say(j->f, W09_LINE, j->x->file, "the note",
		    GIVING(TEXT(name), TEXT(j->x->name), TEXT(given_by(j->x)), TEXT(why)));
	else
		finding_say(j->f, W04_LINE, j->x->file, "the note",
		    GIVING(TEXT(name), TEXT(j->x->name), TEXT(given_by(j->x)), TEXT(why)));
}

/* Is the line of a key of the log? Its own signature is judged here. -1: no memory. */
static int
of_log(struct anchoring *j, const struct note *note, const struct note_sig *sig, struct lines *l)
{
	for (size_t i = 0; i < j->by->n_log_keys; i++) {
		const struct vkey *k = &j->by->log_key[i];

		if (!note_sig_of(sig, k))
			continue;
		switch (note_verify_by(note, k)) {
		case NOTE_VERIFIED:
			l->log_verified = true;
			return 1;
		case NOTE_NOMEM:
			return err_nomem(j->e);
		default:
			l->log_false = true;
			return 1;
		}
	}
	return 0;
}

static int
judge_lines(struct anchoring *j, const struct note *note, const char *origin, struct lines *l)
{
	for (unsigned i = 0; i < note->n_sig; i++) {
		const struct note_sig *s = &note->sig[i];
		const struct witness_key *k;
		uint64_t t;
		int rc;

		if ((rc = of_log(j, note, s, l)) < 0)
			return -1;
		/* a line of the log's own name is nobody else's word */
		if (rc || strcmp(s->name, origin) == 0)
			continue;
		switch (cosigned_by(note, s, j->by->witness, j->by->n_witnesses, &k, &t)) {
		case COSIGNED_VERIFIED:
			if (!l->witness_verified)
				l->who = k->key.name;
			if (l->time == 0 || t < l->time)
				l->time = t, l->who = k->key.name;
			l->witness_verified = true;
			break;
		case COSIGNED_FALSE:
			say_line(j, LEVEL_GAP, s->name, "it is not over this checkpoint");
			break;
		case COSIGNED_NO_CHECK:
			say_line(j, LEVEL_NOTE, s->name,
			    k->key.type == WITNESS_ML_DSA ? "ML-DSA-44 is not checked" :
							    "its type of key is not known");
			break;
		case COSIGNED_STRANGER:
			say_line(
			    j, LEVEL_NOTE, s->name, "its key was not given (--witness-vkey KEY)");
			break;
		case COSIGNED_NOMEM:
			return err_nomem(j->e);
		}
	}
	return 0;
}

/* Every line that verifies dates the checkpoint by itself. */
static int
date_lines(struct anchoring *j, const struct note *note, const struct checkpoint *c)
{
	for (unsigned i = 0; i < note->n_sig; i++) {
		const struct witness_key *k;
		uint64_t t;

		if (strcmp(note->sig[i].name, c->origin) &&
		    cosigned_by(note, &note->sig[i], j->by->witness, j->by->n_witnesses, &k, &t) ==
			COSIGNED_VERIFIED &&
		    date(j, c, ((int64_t)t + 1) * 1000000, k->key.name))
			return -1;
	}
	return 0;
}

/* Another log than the files', by somebody whose signature verifies. */
static void
contradicts(struct anchoring *j, enum place where, const struct checkpoint *c,
    const struct lines *l, unsigned at, uint64_t last)
{
	const char *seal = archive_seal_note(j->archive[at]);
	const char *who = l->witness_verified ? l->who : c->origin;
	struct finding *f;

	if (where == IS_OTHER)
		f = finding_say(j->f, W01_SPLIT, at, "the note",
		    GIVING(TEXT(c->origin), NUM(c->size), TEXT(j->x->name), TEXT(who)));
	else
		f = finding_say(j->f, W02_BEHIND, at, "the note",
		    GIVING(TEXT(j->x->name), TEXT(who), NUM(c->size), TEXT(c->origin), NUM(last)));
	finding_values(f, j->x->text, seal ? seal : "");
}

static int
judge_note(struct anchoring *j)
{
	struct lines l = { .log_verified = false };
	struct checkpoint c;
	struct note note;
	const char *why;
	char text[300];
	uint64_t last;
	unsigned at;
	int where;

	if (note_parse(&note, j->x->text, j->x->n, &why)) {
		snprintf(text, sizeof text, "it is no signed note: %s", why);
		return counts_for_nothing(j, text);
	}
	if (checkpoint_parse(&c, note.text, note.text_len))
		return counts_for_nothing(j, "its text is no checkpoint [S-7]");
	if (judge_lines(j, &note, c.origin, &l) || (where = place_of(j, &c, &at, &last)) < 0)
		return -1;
	if (l.log_false)
		return counts_for_nothing(j, "the log's own signature in it is false");
	if (where == IS_ELSEWHERE) {
		snprintf(text, sizeof text, "no file of its log, %.200s, is here", c.origin);
		return counts_for_nothing(j, text);
	}
	if (where == IS_UNLINKED)
		return counts_for_nothing(
		    j, "these files prove nothing of its size: the ones between are missing");
	if ((where == IS_OTHER || where == IS_BEHIND) && (l.witness_verified || l.log_verified)) {
		contradicts(j, (enum place)where, &c, &l, at, last);
		return 0;
	}
	if (where == IS_OTHER)
		return counts_for_nothing(
		    j, "it is of another root, and signed by nobody whose key was given");
	if (where == IS_BEHIND)
		return counts_for_nothing(
		    j, "it is of more records, and signed by nobody whose key was given");
	return date_lines(j, &note, &c);
}

/* ---- stamps */

/* Judges it over the seals of one file, the newest first; of a stamp that fits none that one's
 * reason stands. 0 and, if it counts, the checkpoint that it is over; or -1. */
static int
over_seals(struct anchoring *j, const struct archive *a, struct stamp *ret, struct checkpoint *c)
{
	struct stamp one;
	struct note note;
	const char *why;
	uint8_t imprint[32];

	for (uint64_t i = archive_interim_seals(a) + 1; i-- > 0;) {
		const char *seal = archive_note(a, i);
		bool newest = i == archive_interim_seals(a);

		sha256_once(j->sha, seal, strlen(seal), imprint);
		if (stamp_judge(&one, j->x->text, j->x->n, imprint, j->by->authorities, NULL, j->e))
			return -1;
		if (newest || one.counts)
			*ret = one;
		if (one.counts)
			return note_parse(&note, seal, strlen(seal), &why) ||
				checkpoint_parse(c, note.text, note.text_len) ?
			    counts_for_nothing(j, "the seal that it is over is none") :
			    0;
	}
	return 0;
}

static int
say_stamp(struct anchoring *j, const struct stamp *s)
{
	if (s->counts && s->unordered)
		finding_say(j->f, W09_UNORDERED, j->x->file, "the stamp",
		    GIVING(TEXT(j->x->name), TEXT(given_by(j->x))));
	return s->counts ? 0 : counts_for_nothing(j, s->why);
}

/* W-6: over the bytes of the one before it. */
static int
judge_renewal(struct anchoring *j)
{
	const struct anchor *old = j->x - 1;
	uint8_t imprint[32];
	char at[UTC_TEXT];
	struct stamp s;

	sha256_once(j->sha, old->text, old->n, imprint);
	if (stamp_judge(&s, j->x->text, j->x->n, imprint, j->by->authorities, NULL, j->e))
		return -1;
	if (s.counts) {
		utc_text(at, s.before);
		finding_say(j->f, W08_RENEWED, j->x->file, "the stamp",
		    GIVING(TEXT(old->name), TEXT(at), TEXT(s.signer), TEXT(j->x->name),
			TEXT(given_by(j->x))));
	}
	return say_stamp(j, &s);
}

static int
judge_stamp(struct anchoring *j)
{
	struct stamp s, first = { .counts = false };
	struct checkpoint c;
	bool tried = false;
	uint64_t last;
	unsigned at;
	int where;

	if (j->by->authorities == NULL) {
		finding_say(j->f, W09_STAMP, j->x->file, "the stamp",
		    GIVING(TEXT(j->x->name), TEXT(given_by(j->x))));
		return 0;
	}
	if (j->x->renews)
		return judge_renewal(j);
	/* over whichever seal it is: of a stamp that fits none, the first reason is told */
	for (unsigned i = 0; i < j->n; i++) {
		const struct archive *a = j->archive[i];

		if (!archive_readable(a) || archive_cannot_prove(a))
			continue;
		if (over_seals(j, a, &s, &c))
			return -1;
		/* the records that the file holds must be those of the seal */
		if (s.counts && (where = place_of(j, &c, &at, &last)) != IS_HERE)
			return where < 0 ?
			    -1 :
			    counts_for_nothing(j, "the seal that it is over is of other records");
		if (s.counts)
			return date(j, &c, s.before, s.signer) ? -1 : say_stamp(j, &s);
		if (!tried || archive_file(a) == j->x->file)
			first = s;
		tried = true;
	}
	return tried ? say_stamp(j, &first) :
		       counts_for_nothing(j, "no file given has a seal that it could be over");
}

/* ---- answers that are missing */

/* Are there so many answers of a kind beside the file as its manifest says others were asked? */
static void
missing_answers(struct anchoring *j, unsigned n)
{
	for (unsigned i = 0; i < j->n; i++) {
		const struct archive *a = j->archive[i];
		const struct json_doc *m = archive_readable(a) ? archive_manifest(a) : NULL;
		uint32_t asked = m ? json_member(m, 0, "asked") : JSON_NONE;
		bool note = false, stamp = false;

		if (asked == JSON_NONE || m->node[asked].type != JSON_OBJECT)
			continue;
		for (unsigned k = 0; k < n; k++) {
			note |= !j->all[k].stamp && (j->all[k].file == i || !j->all[k].beside);
			stamp |= j->all[k].stamp && (j->all[k].file == i || !j->all[k].beside);
		}
		if (json_member(m, asked, "witnesses") != JSON_NONE && !note)
			finding_say(j->f, W06_MISSING, i, "the manifest",
			    GIVING(TEXT(archive_name(a)), TEXT("witnesses were to cosign"),
				TEXT("note")));
		if (json_member(m, asked, "authorities") != JSON_NONE && !stamp)
			finding_say(j->f, W06_MISSING, i, "the manifest",
			    GIVING(TEXT(archive_name(a)), TEXT("an authority was to stamp"),
				TEXT("tsr")));
	}
}

/* Whom the auditor named in vain: that is no silence of theirs. */
static void
unused(struct anchoring *j)
{
	bool stamped = false, used;

	for (size_t k = 0; k < j->by->n_witnesses; k++) {
		used = false;
		for (unsigned i = 0; i < j->ret->n; i++)
			used |= !j->ret->d[i].stamp &&
			    strcmp(j->ret->d[i].who, j->by->witness[k].key.name) == 0;
		if (!used)
			finding_say(j->f, W09_NO_LINE, 0, "the keys given",
			    GIVING(TEXT(j->by->witness[k].key.name)));
	}
	for (unsigned i = 0; i < j->ret->n; i++)
		stamped |= j->ret->d[i].stamp;
	if (j->by->authorities && !stamped)
		finding_say(j->f, W09_NO_STAMP, 0, "the authorities given", GIVING_NOTHING);
}

int
anchors_judge(const struct anchor *x, unsigned n, const struct anchor_judges *by,
    struct archive *const *a, unsigned n_archives, struct dates *ret, struct findings *f,
    struct err *e)
{
	struct anchoring j = { .all = x,
		.by = by,
		.archive = a,
		.n = n_archives,
		.ret = ret,
		.f = f,
		.sha = sha256_new(),
		.e = e };
	int rc = 0;

	if (j.sha == NULL)
		return err_nomem(e);
	for (unsigned i = 0; i < n && rc == 0; i++) {
		j.x = &x[i];
		rc = x[i].stamp ? judge_stamp(&j) : judge_note(&j);
	}
	if (rc == 0) {
		missing_answers(&j, n);
		unused(&j);
	}
	sha256_free(j.sha);
	return rc ? -1 : f->failed ? err_nomem(e) : 0;
}
