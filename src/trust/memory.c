#include "trust/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "base/vec.h"

#define FIRST_LINE "exhibit-memory/1"

/* ---- reading (M-1) */

struct reading_memory {
	struct auditor_memory *m;
	struct memory_log *log; /* the one that lines belong to; NULL before the first */
	struct err *e;
	unsigned no; /* of the line */
};

static int
broken(struct reading_memory *r, const char *what)
{
	return err_set(r->e, EX_DATA_ERR,
	    "line %u: %s: this memory is broken; keep it, and use another copy of it [M-1]", r->no,
	    what);
}

/* A time as this program prints it. */
static bool
time_of(const char *s, char out[MEMORY_TIME])
{
	struct utc t;

	if (strlen(s) >= MEMORY_TIME || utc_parse(s, strlen(s), &t) != UTC_OK)
		return false;
	snprintf(out, MEMORY_TIME, "%s", s);
	return true;
}

/* A note in base64, with its checkpoint. NULL: it is none, or there was no memory. */
static char *
note_of(const char *s, struct checkpoint *ret)
{
	struct buf b;
	struct note n;
	const char *why;

	buf_init(&b, EX_MAX_NOTE + 1);
	if (!base64_to(s, strlen(s), &b) || note_parse(&n, (char *)b.p, b.len, &why) ||
	    checkpoint_parse(ret, n.text, n.text_len)) {
		buf_release(&b);
		return NULL;
	}
	buf_byte(&b, '\0');
	if (b.failed)
		buf_release(&b);
	return (char *)b.p;
}

static int
line_key(struct reading_memory *r, char *rest)
{
	struct err why = { 0 };

	if (r->m->n == MEMORY_LOGS)
		return broken(r, "more keys than a memory has room for");
	if (vec_more(&r->m->log, r->m->n, sizeof *r->m->log))
		return err_nomem(r->e);
	r->log = &r->m->log[r->m->n++];
	memset(r->log, 0, sizeof *r->log);
	return vkey_parse(&r->log->key, rest, strlen(rest), &why) ? broken(r, why.text) : 0;
}

/* confirmed TIME, revoked TIME: each says something of its key once. */
static int
line_time(struct reading_memory *r, const char *rest, char at[MEMORY_TIME])
{
	if (at[0])
		return broken(r, "its key has such a line already");
	return time_of(rest, at) ? 0 : broken(r, "want a time");
}

/* seen SIZE ROOT TIME SHA-256 VERDICT */
static int
line_seen(struct reading_memory *r, char *rest)
{
	char *word[5], *save = NULL;
	unsigned n = 0;

	/* a second one would be another checkpoint than the note that is kept is of */
	if (r->log->seen)
		return broken(r, "its key has such a line already");
	/* the fifth is all that is left: a verdict may hold blanks */
	for (char *p = strtok_r(rest, " ", &save); p && n < 5;
	     p = strtok_r(NULL, n == 4 ? "" : " ", &save))
		word[n++] = p;
	if (n != 5 || !dec_u64(word[0], strlen(word[0]), &r->log->newest.size) ||
	    word[0][0] == '0' || strlen(word[1]) != 64 ||
	    !hex_to(word[1], 64, r->log->newest.root) ||
	    !time_of(word[2], r->log->newest_note.at) || strlen(word[3]) != 64 ||
	    !hex_to(word[3], 64, r->log->file_sha256) || strlen(word[4]) >= sizeof r->log->verdict)
		return broken(r, "want `seen`, size, root, time, digest and verdict");
	/* the name is the key's (S-6): the line need not say it, and cannot say another */
	snprintf(r->log->verdict, sizeof r->log->verdict, "%s", word[4]);
	snprintf(r->log->newest.origin, sizeof r->log->newest.origin, "%s", r->log->key.name);
	r->log->seen = true;
	return 0;
}

/* succeeded SIZE ROOT */
static int
line_succeeded(struct reading_memory *r, char *rest)
{
	char *blank = strchr(rest, ' ');

	if (r->log->succeeded)
		return broken(r, "its key has such a line already");
	if (blank == NULL || rest[0] == '0' ||
	    !dec_u64(rest, (size_t)(blank - rest), &r->log->last.size) || strlen(blank + 1) != 64 ||
	    !hex_to(blank + 1, 64, r->log->last.root))
		return broken(r, "want `succeeded`, size and root");
	snprintf(r->log->last.origin, sizeof r->log->last.origin, "%s", r->log->key.name);
	r->log->succeeded = true;
	return 0;
}

/* The note of what was seen says the same. */
static int
line_note(struct reading_memory *r, char *rest)
{
	struct checkpoint c;

	if (!r->log->seen || r->log->newest_note.note)
		return broken(r, "a note without what was seen");
	if ((r->log->newest_note.note = note_of(rest, &c)) == NULL)
		return broken(r, "want a signed checkpoint in base64");
	return strcmp(c.origin, r->log->key.name) || c.size != r->log->newest.size ||
		memcmp(c.root, r->log->newest.root, 32) ?
	    broken(r, "the note is of another checkpoint than the line before it") :
	    0;
}

static int
line_conflict(struct reading_memory *r, char *rest)
{
	struct memory_note *x = &r->log->conflict[r->log->n_conflicts];
	char *blank = strchr(rest, ' ');
	struct checkpoint c;

	if (r->log->n_conflicts == MEMORY_CONFLICTS || blank == NULL)
		return broken(r, "want `conflict`, a time and a note");
	*blank = '\0';
	if (!time_of(rest, x->at) || (x->note = note_of(blank + 1, &c)) == NULL)
		return broken(r, "want `conflict`, a time and a note");
	r->log->n_conflicts++;
	return 0;
}

static int
line(struct reading_memory *r, char *s)
{
	char *rest = strchr(s, ' ');

	if (rest == NULL)
		return broken(r, "want a word, a blank, and what it says");
	*rest++ = '\0';
	if (strcmp(s, "key") == 0)
		return line_key(r, rest);
	if (r->log == NULL)
		return broken(r, "want a key first");
	if (strcmp(s, "confirmed") == 0)
		return line_time(r, rest, r->log->confirmed);
	if (strcmp(s, "revoked") == 0)
		return line_time(r, rest, r->log->revoked);
	if (strcmp(s, "succeeded") == 0)
		return line_succeeded(r, rest);
	if (strcmp(s, "seen") == 0)
		return line_seen(r, rest);
	if (strcmp(s, "note") == 0)
		return line_note(r, rest);
	if (strcmp(s, "conflict") == 0)
		return line_conflict(r, rest);
	return broken(r, "a word that no clause knows");
}

/* The last line holds the digest of all before it: half a memory is none. */
static bool
whole(const char *text, size_t n, size_t *ret_end)
{
	struct sha256 *s = sha256_new();
	uint8_t d[32];
	char hex[65];
	size_t end = n < 69 ? 0 : n - 69; /* `end `, 64 digits, a line feed */

	/* without memory nothing is whole, so that no digest of zeros ever fits */
	if (s == NULL)
		return false;
	sha256_once(s, text, end, d);
	sha256_free(s);
	hex_of(d, 32, hex);
	*ret_end = end;
	return end && memcmp(text + end, "end ", 4) == 0 && memcmp(text + end + 4, hex, 64) == 0 &&
	    text[n - 1] == '\n' && text[end - 1] == '\n';
}

int
memory_parse(struct auditor_memory *m, const char *text, size_t n, struct err *e)
{
	struct reading_memory r = { .m = m, .e = e, .no = 1 };
	char *copy, *next, *p;
	size_t end;
	int rc = 0;

	memset(m, 0, sizeof *m);
	/* M-1: a file that was just made is an empty memory */
	if (n == 0)
		return 0;
	if (n < sizeof FIRST_LINE || memcmp(text, FIRST_LINE "\n", sizeof FIRST_LINE))
		return broken(&r, "want " FIRST_LINE);
	/* held against its digest before a line of it is believed; a NUL would end a line for
	 * strsep and not for the digest */
	if (memchr(text, '\0', n) || !whole(text, n, &end)) {
		if (nomem_noted())
			return err_nomem(e);
		return err_set(e, EX_DATA_ERR,
		    "its last line is not the digest of those before it: this memory is broken, or "
		    "was edited; keep it, and use another copy of it [M-1]");
	}
	if ((copy = malloc(end + 1)) == NULL)
		return err_nomem(e);
	memcpy(copy, text, end);
	copy[end - 1] = '\0';
	next = copy;
	strsep(&next, "\n");
	while (rc == 0 && (p = strsep(&next, "\n")) != NULL) {
		r.no++;
		rc = line(&r, p);
	}
	/* M-1: a key nobody confirmed counts for nothing, and a checkpoint without its signed note
	 * is no evidence of a split view */
	for (unsigned i = 0; i < m->n && rc == 0; i++)
		if (m->log[i].confirmed[0] == '\0' ||
		    (m->log[i].seen && !m->log[i].newest_note.note))
			rc = broken(&r, "a key without when it was confirmed, or what it signed");
	free(copy);
	return rc;
}

/* ---- writing */

static void
put_note(const char *note, struct buf *out)
{
	base64_of((const unsigned char *)note, strlen(note), out);
	buf_byte(out, '\n');
}

static void
put_log(const struct memory_log *l, struct buf *out)
{
	char id[9], hex[65];
	unsigned char key[33];

	hex_of(l->key.id, 4, id);
	key[0] = l->key.type;
	memcpy(key + 1, l->key.key, 32);
	buf_printf(out, "key %s+%s+", l->key.name, id);
	base64_of(key, sizeof key, out);
	buf_printf(out, "\nconfirmed %s\n", l->confirmed);
	if (l->revoked[0])
		buf_printf(out, "revoked %s\n", l->revoked);
	if (l->succeeded) {
		hex_of(l->last.root, 32, hex);
		buf_printf(out, "succeeded %" PRIu64 " %s\n", l->last.size, hex);
	}
	if (l->seen) {
		hex_of(l->newest.root, 32, hex);
		buf_printf(out, "seen %" PRIu64 " %s %s ", l->newest.size, hex, l->newest_note.at);
		hex_of(l->file_sha256, 32, hex);
		buf_printf(out, "%s %s\nnote ", hex, l->verdict);
		put_note(l->newest_note.note, out);
	}
	for (unsigned i = 0; i < l->n_conflicts; i++) {
		buf_printf(out, "conflict %s ", l->conflict[i].at);
		put_note(l->conflict[i].note, out);
	}
}

void
memory_print(const struct auditor_memory *m, struct buf *out)
{
	struct sha256 *s = sha256_new();
	uint8_t d[32] = { 0 };

	buf_str(out, FIRST_LINE "\n");
	for (unsigned i = 0; i < m->n; i++)
		put_log(&m->log[i], out);
	/* a memory without its digest would be refused when it is read (M-1): it is not written */
	if (s == NULL) {
		nomem_note();
		out->failed = out->nomem = true;
	} else {
		sha256_once(s, out->p, out->len, d);
	}
	sha256_free(s);
	buf_str(out, "end ");
	buf_hash(out, d);
	buf_byte(out, '\n');
}

void
memory_release(struct auditor_memory *m)
{
	for (unsigned i = 0; i < m->n; i++) {
		free(m->log[i].newest_note.note);
		for (unsigned k = 0; k <= m->log[i].n_conflicts && k < MEMORY_CONFLICTS; k++)
			free(m->log[i].conflict[k].note);
	}
	free(m->log);
	memset(m, 0, sizeof *m);
}

/* ---- asking */

struct memory_log *
memory_active(const struct auditor_memory *m, const char *origin)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->log[i].revoked[0] == '\0' && !m->log[i].succeeded &&
		    strcmp(m->log[i].key.name, origin) == 0)
			return &m->log[i];
	return NULL;
}

bool
memory_knows(const struct auditor_memory *m, const char *origin)
{
	for (unsigned i = 0; i < m->n; i++)
		if (strcmp(m->log[i].key.name, origin) == 0)
			return true;
	return false;
}

/* ---- changing */

int
memory_confirm(struct auditor_memory *m, const struct vkey *key, const char *at, struct err *e)
{
	struct memory_log *l = memory_active(m, key->name);

	if (l)
		return memcmp(l->key.key, key->key, 32) != 0;
	/* M-2: the key, and not its name, was stolen */
	for (unsigned i = 0; i < m->n; i++)
		if (strcmp(m->log[i].key.name, key->name) == 0 &&
		    memcmp(m->log[i].key.key, key->key, 32) == 0)
			return m->log[i].revoked[0] ? err_set(e, EX_USAGE_ERR,
							  "you revoked this key on %s: what was "
							  "stolen once is not trusted "
							  "again",
							  m->log[i].revoked) :
						      err_set(e, EX_USAGE_ERR,
							  "another key follows this one: it is not "
							  "confirmed again");
	if (m->n == MEMORY_LOGS)
		return err_set(e, EX_DATA_ERR, "this memory has room for %u keys", MEMORY_LOGS);
	if (vec_more(&m->log, m->n, sizeof *m->log))
		return err_nomem(e);
	l = &m->log[m->n++];
	memset(l, 0, sizeof *l);
	l->key = *key;
	snprintf(l->confirmed, sizeof l->confirmed, "%s", at);
	return 0;
}

int
memory_succeed(struct auditor_memory *m, const struct succession *s, const char *at, struct err *e)
{
	struct memory_log *l = memory_active(m, s->at.origin);

	if (l == NULL || memcmp(l->key.key, s->older.key, 32))
		return 1;
	for (unsigned i = 0; i < m->n; i++)
		if (memcmp(m->log[i].key.key, s->younger.key, 32) == 0)
			return 1;
	/* what the older key is known to have sealed cannot lie behind its end */
	if (l->seen &&
	    (l->newest.size > s->at.size ||
		(l->newest.size == s->at.size && memcmp(l->newest.root, s->at.root, 32))))
		return err_set(e, EX_CONFLICT,
		    "the note says that the older key ends at %" PRIu64 " records, and you saw "
									"%" PRIu64
		    " that it sealed, or others: nothing was stored; keep the note",
		    s->at.size, l->newest.size);
	l->succeeded = true;
	l->last = s->at;
	return memory_confirm(m, &s->younger, at, e);
}

int
memory_see(struct memory_log *l, const struct archive *a, const char *at, const char *verdict,
    struct err *e)
{
	char *note = strdup(archive_seal_note(a));

	if (note == NULL)
		return err_nomem(e);
	free(l->newest_note.note);
	l->newest_note.note = note;
	snprintf(l->newest_note.at, sizeof l->newest_note.at, "%s", at);
	l->newest = *archive_seal(a);
	memcpy(l->file_sha256, archive_sha256(a), 32);
	snprintf(l->verdict, sizeof l->verdict, "%s", verdict);
	l->seen = true;
	return 0;
}

int
memory_keep_conflict(struct memory_log *l, const char *note, const char *at, struct err *e)
{
	struct memory_note *x = &l->conflict[l->n_conflicts];

	/* M-1: the first MEMORY_CONFLICTS are kept; two views prove a split, more prove no more,
	 * and whoever forges views must not fill the memory */
	for (unsigned i = 0; i < l->n_conflicts; i++)
		if (strcmp(l->conflict[i].note, note) == 0)
			return 0;
	if (l->n_conflicts == MEMORY_CONFLICTS)
		return 0;
	if ((x->note = strdup(note)) == NULL)
		return err_nomem(e);
	snprintf(x->at, sizeof x->at, "%s", at);
	l->n_conflicts++;
	return 0;
}

/* ---- judging */

/* Is a log among those of the files? */
static bool
of_files(struct archive *const *a, unsigned n, const char *origin)
{
	for (unsigned i = 0; i < n; i++)
		if (archive_readable(a[i]) && strcmp(archive_origin(a[i]), origin) == 0)
			return true;
	return false;
}

int
memory_expects(const struct auditor_memory *m, struct archive *const *a, unsigned n_archives,
    struct expect **x, unsigned *n, struct err *e)
{
	for (unsigned i = 0; i < m->n; i++) {
		if (!m->log[i].seen || !of_files(a, n_archives, m->log[i].key.name))
			continue;
		if (vec_more(x, *n, sizeof **x))
			return err_nomem(e);
		(*x)[(*n)++] = (struct expect){ .c = m->log[i].newest,
			.remembered = m->log[i].newest_note.at,
			.note = m->log[i].newest_note.note };
	}
	return 0;
}

/* The key of a log that was revoked and that a seal names; NULL: none. */
static const struct memory_log *
revoked_signer(const struct auditor_memory *m, const char *origin, const char *seal)
{
	struct note n;
	const char *why;

	if (seal == NULL || note_parse(&n, seal, strlen(seal), &why))
		return NULL;
	/* by name and id of a signature line alone, whether it verifies or not: a seal that names a
	 * revoked key is told, whatever else vouches for it (M-2) */
	for (unsigned i = 0; i < m->n; i++)
		for (unsigned k = 0; k < n.n_sig; k++)
			if (m->log[i].revoked[0] && strcmp(m->log[i].key.name, origin) == 0 &&
			    note_sig_of(&n.sig[k], &m->log[i].key))
				return &m->log[i];
	return NULL;
}

/* The key of a log that a seal verifies by and that another follows; NULL: none. */
static const struct memory_log *
followed_signer(const struct auditor_memory *m, const struct vkey *signer)
{
	for (unsigned i = 0; i < m->n && signer; i++)
		if (m->log[i].succeeded && memcmp(m->log[i].key.key, signer->key, 32) == 0)
			return &m->log[i];
	return NULL;
}

/* Does a key that is followed seal more than it may, or another log than its successor goes on
 * from? */
static bool
behind_its_end(const struct archive *a, const struct memory_log *l)
{
	return archive_next(a) > l->last.size ||
	    (archive_next(a) == l->last.size && memcmp(archive_root(a), l->last.root, 32));
}

/* Does the file hold a note by which its key follows the one that counts (S-15)? */
static bool
announced(const struct archive *a, const struct memory_log *active, struct succession *s)
{
	struct str note = archive_manifest_str(a, "succession");
	const char *seal = archive_seal_note(a), *why;
	struct note n;

	return active && note.n && seal && succession_read(s, note.p, note.n, &why) == 0 &&
	    memcmp(s->older.key, active->key.key, 32) == 0 &&
	    note_parse(&n, seal, strlen(seal), &why) == 0 &&
	    note_verify_by(&n, &s->younger) == NOTE_VERIFIED &&
	    (archive_first(a) > s->at.size ||
		(archive_first(a) == s->at.size &&
		    memcmp(archive_root_before(a), s->at.root, 32) == 0));
}

void
memory_judge(
    const struct auditor_memory *m, struct archive *const *a, unsigned n, struct findings *f)
{
	for (unsigned i = 0; i < n; i++) {
		const char *origin, *like;
		const struct memory_log *active, *revoked, *followed;
		struct succession s;
		const struct vkey *signer;

		if (!archive_readable(a[i]) || *(origin = archive_origin(a[i])) == '\0')
			continue;
		active = memory_active(m, origin);
		signer = archive_signer(a[i]);
		/* the worst that can be said of a file, once: a key that was stolen before one that
		 * is another, and that before a name that is only like a known one */
		if ((revoked = revoked_signer(m, origin, archive_seal_note(a[i]))) != NULL)
			finding_say(f, K12_REVOKED, i, "the seal",
			    GIVING(TEXT(archive_name(a[i])), TEXT(origin),
				TEXT(revoked->key.fingerprint), TEXT(revoked->revoked)));
		else if ((followed = followed_signer(m, signer)) != NULL) {
			if (behind_its_end(a[i], followed))
				finding_say(f, K14_BEHIND, i, "the seal",
				    GIVING(TEXT(archive_name(a[i])),
					TEXT(followed->key.fingerprint), NUM(followed->last.size)));
		} else if (memory_knows(m, origin) && announced(a[i], active, &s))
			finding_say(f, K13_ANNOUNCED, i, "the seal",
			    GIVING(TEXT(archive_name(a[i])), TEXT(s.younger.fingerprint),
				TEXT(active->key.fingerprint), NUM(s.at.size)));
		else if (memory_knows(m, origin) &&
		    (active == NULL || signer == NULL || memcmp(signer->key, active->key.key, 32)))
			finding_say(f, K10_CHANGED, i, "the seal",
			    GIVING(TEXT(archive_name(a[i])), TEXT(archive_claimed_key(a[i])),
				TEXT(active ? active->key.fingerprint : "it was revoked")));
		else if ((like = memory_look_alike(m, origin)) != NULL)
			finding_say(f, K11_LOOKS, i, "the origin",
			    GIVING(TEXT(archive_name(a[i])), TEXT(origin), TEXT(like)));
	}
}
