/* trust: keys that the auditor confirms, and what the memory holds (output.md O-31). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/analyze/analyze.h"
#include "cmd/analyze/journal.h"
#include "cmd/analyze/memory_file.h"
#include "report/form.h"

struct trusting {
	const struct cli *c;
	struct evidence ev; /* keys and the memory; no archive */
	struct memory_file file;
	char now[MEMORY_TIME];
	bool terminal; /* somebody can be asked; behind the sandbox that cannot be told */
};

static void
plain(const char *label, const char *text)
{
	struct buf b;

	buf_init(&b, 8192);
	text_plain(&b, text, strlen(text));
	fprintf(stderr, "%-13s %.*s\n", label, (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
}

/* A name with what is not ASCII as escapes: two that look alike differ in it. */
static void
escaped(const char *label, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t left = strlen(name);
	struct buf b;
	uint32_t cp;

	buf_init(&b, 8192);
	for (unsigned k; left && (k = utf8_next(p, left, &cp)) != 0; p += k, left -= k)
		if (cp > 0x20 && cp < 0x7f)
			buf_byte(&b, cp);
		else
			buf_printf(&b, "\\u{%04X}", cp);
	buf_byte(&b, '\0');
	plain(label, b.failed ? "" : (char *)b.p);
	buf_release(&b);
}

/* ---- confirming */

/* The same digits, whatever stands between them, in any case. */
static bool
same_fingerprint(const char *a, const char *b)
{
	static const char blank[] = " \t:-\r\n";

	for (;; a++, b++) {
		a += strspn(a, blank);
		b += strspn(b, blank);
		if (*a == '\0' || *b == '\0')
			return *a == *b;
		if ((*a | 0x20) != (*b | 0x20))
			return false;
	}
}

/* 0: the auditor says so; else the exit status. */
static int
confirmed(struct trusting *t, const struct vkey *key)
{
	const char *given = cli_get(t->c, "fingerprint");
	char answer[256];

	if (given) {
		if (same_fingerprint(given, key->fingerprint))
			return 0;
		plain("of the key", key->fingerprint);
		plain("you gave", given);
		return err_set(&t->ev.err, EX_CONFLICT,
			   "the fingerprint is another one than the key's: nothing was stored"),
		       cli_fail(t->c, &t->ev.err);
	}
	if (!t->terminal)
		return cli_usage(t->c,
		    "nobody is asked here: give the fingerprint that you got by another way than "
		    "the key (--fingerprint TEXT)");
	fprintf(
	    stderr, "Compare it with what the log's owner reads out to you. The same? Type yes: ");
	if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
		return 0;
	err_set(&t->ev.err, EX_NOT_PROVEN, "not confirmed: nothing was stored");
	return cli_fail(t->c, &t->ev.err);
}

/* The form that the two of them may sign and file. */
static void
put_receipt(const struct vkey *key, const char *now)
{
	struct buf b;

	buf_init(&b, 8192);
	text_plain(&b, key->name, strlen(key->name));
	printf("KEY RECEIPT\nlog          %.*s\nfingerprint  %s\nconfirmed    %s\nby (auditor) "
	       "______________________  with (owner of the log) ______________________\nby which "
	       "way (telephone, in person, …) ______________________\n",
	    (int)b.len, (char *)b.p, key->fingerprint, now);
	buf_release(&b);
}

/* --succession: the note fits this key. 0; 1: none was given; -1 (t->ev.err). */
static int
succession_of(struct trusting *t, const struct vkey *key, struct succession *s)
{
	const struct given *g = evidence_given(&t->ev, "succession");
	const char *why;

	if (g == NULL)
		return 1;
	if (succession_read(s, g->text, g->n, &why))
		return err_set(&t->ev.err, EX_DATA_ERR, "--succession %.500s: %s", g->given, why);
	if (memcmp(s->younger.key, key->key, 32) || strcmp(s->younger.name, key->name))
		return err_set(&t->ev.err, EX_CONFLICT,
		    "--succession %.500s: the key that follows there is another one than this",
		    g->given);
	return 0;
}

static int
confirm(struct trusting *t)
{
	const struct vkey *key = &t->ev.vkey[0];
	const struct memory_log *was = memory_active(&t->ev.memory, key->name);
	const char *like = memory_look_alike(&t->ev.memory, key->name);
	struct succession s;
	int status, rc, follows = succession_of(t, key, &s);

	if (follows < 0)
		return cli_fail(t->c, &t->ev.err);
	plain("log", key->name);
	plain("fingerprint", key->fingerprint);
	/* a name that looks like another one is how a wrong key is slipped in */
	if (like) {
		fprintf(stderr, "Its name looks like that of a log that you know:\n");
		escaped("  this", key->name);
		escaped("  known", like);
	}
	if (follows == 0 && was) {
		plain("follows", was->key.fingerprint);
		fprintf(stderr,
		    "The older key named it, from %" PRIu64 " records on. Whoever had that key can "
							    "have written so.\n",
		    s.at.size);
	}
	/* a second key for a log is never taken over silently */
	if (was && follows && memcmp(was->key.key, key->key, 32)) {
		plain("confirmed", was->key.fingerprint);
		err_set(&t->ev.err, EX_CONFLICT,
		    "you confirmed another key for this log on %s: if it was changed, revoke that "
		    "one first (exhibit trust --revoke OLD.vkey)",
		    was->confirmed);
		return cli_fail(t->c, &t->ev.err);
	}
	/* the same key again changes nothing, not even the date */
	if (was && memcmp(was->key.key, key->key, 32) == 0) {
		cli_note(t->c, "you confirmed this key on %s: nothing changes", was->confirmed);
		return 0;
	}
	/* asked after everything that speaks against it was shown */
	if ((status = confirmed(t, key)) != 0)
		return status;
	rc = follows ? memory_confirm(&t->ev.memory, key, t->now, &t->ev.err) :
		       memory_succeed(&t->ev.memory, &s, t->now, &t->ev.err);
	if (rc > 0)
		err_set(&t->ev.err, EX_CONFLICT,
		    "the older key of the note is not the one that counts for this log here, or "
		    "the younger one was confirmed before: nothing was stored");
	if (rc || memory_file_save(&t->file, &t->ev.memory, &t->ev.err))
		return cli_fail(t->c, &t->ev.err);
	put_receipt(key, t->now);
	return 0;
}

static int
take_back(struct trusting *t)
{
	const struct vkey *key = &t->ev.vkey[0];
	struct memory_log *l = memory_active(&t->ev.memory, key->name);

	if (l == NULL || memcmp(l->key.key, key->key, 32))
		err_set(&t->ev.err, EX_NO_SUCH,
		    "--revoke: this memory holds no such key of %.200s, or it was revoked before",
		    key->name);
	else {
		snprintf(l->revoked, sizeof l->revoked, "%s", t->now);
		memory_file_save(&t->file, &t->ev.memory, &t->ev.err);
	}
	if (t->ev.err.status)
		return cli_fail(t->c, &t->ev.err);
	cli_note(t->c,
	    "revoked: what this key signed is not proven any more, but for what you saw of the log "
	    "before");
	return 0;
}

/* ---- what is in it */

/* --expect: a checkpoint that was typed back. Was the memory itself taken back? */
static int
compare(const struct trusting *t)
{
	int status = 0;

	for (unsigned i = 0; i < t->ev.n_expects; i++) {
		const struct checkpoint *c = &t->ev.expect[i].c;
		uint64_t newest = 0;
		bool other = false;

		for (unsigned k = 0; k < t->ev.memory.n; k++) {
			const struct memory_log *l = &t->ev.memory.log[k];

			if (!l->seen || strcmp(l->newest.origin, c->origin))
				continue;
			newest = l->newest.size > newest ? l->newest.size : newest;
			other |= l->newest.size == c->size && memcmp(l->newest.root, c->root, 32);
		}
		if (newest >= c->size && !other)
			continue;
		status = EX_CONFLICT;
		cli_note(t->c,
		    "of %.200s this memory saw %" PRIu64 " records%s, and you noted %" PRIu64
		    ": it was taken back, or is another copy",
		    c->origin, newest, other ? " with another root" : "", c->size);
	}
	return status;
}

static int
list(const struct trusting *t)
{
	static const struct form_column column[] = { { "origin", "LOG", COLUMN_TEXT, 24, 0 },
		{ "size", "SIZE", COLUMN_NUMBER, 8, 0 }, { "root", "ROOT", COLUMN_TEXT, 64, 3 },
		{ "seen", "SEEN", COLUMN_TEXT, 20, 2 },
		{ "verdict", "VERDICT", COLUMN_TEXT, 10, 2 },
		{ "confirmed", "CONFIRMED", COLUMN_TEXT, 20, 1 },
		{ "revoked", "REVOKED", COLUMN_TEXT, 8, 1 },
		{ "conflicts", "CONFLICTS", COLUMN_NUMBER, 9, 0 },
		{ "fingerprint", "FINGERPRINT", COLUMN_TEXT, 0, 0 } };
	enum form_style style = t->c->form == OUT_JSON ? STYLE_JSON : STYLE_TABLE;
	struct form f;
	struct buf b;
	char hex[65];
	bool ok;

	buf_init(&b, 16 * MEMORY_MAX);
	form_begin(&f, &b, style, "keys", column, sizeof column / sizeof *column, t->c->width);
	for (unsigned i = 0; i < t->ev.memory.n; i++) {
		const struct memory_log *l = &t->ev.memory.log[i];

		hex_of(l->newest.root, 32, hex);
		form_str(&f, l->key.name);
		/* a log whose file was never seen has no size */
		if (l->seen)
			form_number(&f, l->newest.size);
		else
			form_str(&f, NULL);
		form_str(&f, l->seen ? hex : NULL);
		form_str(&f, l->seen ? l->newest_note.at : NULL);
		form_str(&f, l->seen ? l->verdict : NULL);
		form_str(&f, l->confirmed);
		form_str(&f, l->revoked[0] ? l->revoked : NULL);
		form_number(&f, l->n_conflicts);
		form_str(&f, l->key.fingerprint);
	}
	ok = form_end(&f);
	if (ok && style == STYLE_JSON) {
		emit_end(&f.emit);
		buf_byte(&b, '\n');
	}
	fwrite(b.p, 1, b.len, stdout);
	buf_release(&b);
	return ok ? compare(t) : EX_OS_ERR;
}

/* ---- the verb */

int
cmd_trust(const struct cli *c)
{
	const char *gone = cli_get(c, "revoke"), *given = c->n_args ? c->arg[0] : gone;
	struct trusting *t = calloc(1, sizeof *t);
	struct sandbox_may may = { NULL, NULL, NULL };
	int status;

	if (t == NULL)
		return EX_OS_ERR;
	t->c = t->ev.c = c;
	t->file.lock = t->file.target.fd = -1;
	/* without a terminal nobody can answer */
	t->terminal = isatty(0);
	memory_now(t->now);
	/* what is written is opened before the sandbox; who only lists opens nothing for writing */
	if (journal_begin(c, &t->ev.err) ||
	    (given ? memory_file_open(&t->file, c, &may, &t->ev.err) ||
			evidence_key_given(&t->ev, given) :
		     memory_path(c) == NULL &&
			err_set(&t->ev.err, EX_USAGE_ERR,
			    "no memory is named: --memory FILE, or EXHIBIT_MEMORY in the "
			    "environment")) ||
	    given_read(&t->ev))
		status = cli_fail(c, &t->ev.err);
	else if ((status = evidence_confine(&t->ev, c, given ? &may : NULL)) == 0)
		status = given_parse(&t->ev)          ? cli_fail(c, &t->ev.err) :
		    given && t->ev.n_given_vkeys != 1 ? cli_usage(c, "want one key") :
		    gone                              ? take_back(t) :
		    given                             ? confirm(t) :
							list(t);
	memory_file_close(&t->file);
	evidence_close(&t->ev);
	free(t);
	return status;
}
