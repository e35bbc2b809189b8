/* keygen: a signing key and the key that verifies (seal.md S-5, S-15). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/export/export.h"
#include "log/succession.h"
#include "write/sign.h"

/* The end of the log that the older key sealed, from its newest file. 0 or -1 (e). */
static int
last_seal(const char *path, const struct vkey *older, struct checkpoint *ret, struct err *e)
{
	struct findings f = { .n = 0 };
	struct attached *file = archive_attach(path, path, 0, e);
	struct archive *a = NULL;

	if (file == NULL || archive_open(file, older, 1, &f, &a, e) < 0) {
		e->status = e->status ? e->status : EX_DATA_ERR;
	} else if (archive_trust(a) != ARCHIVE_PROVED || archive_still_open(a) ||
	    strcmp(archive_origin(a), older->name)) {
		err_set(e, EX_DATA_ERR,
		    "%s: want the newest file of the log, finished and sealed by the key that is "
		    "succeeded; look with: exhibit verify",
		    path);
	} else {
		*ret = *archive_seal(a);
	}
	archive_close(a);
	findings_release(&f);
	return e->status ? -1 : 0;
}

/* BASE.succession; it is never replaced. */
static int
put_note(const char *base, const struct buf *note, struct err *e)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s.succession", base);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0)
		return err_errno(e, "%s", path);
	if (write(fd, note->p, note->len) != (ssize_t)note->len || fsync(fd) || close(fd))
		return err_errno(e, "%s", path);
	return 0;
}

/* The note by which the key that was made follows the older one. */
static int
succeed(
    const struct signing_key *older, const struct checkpoint *at, const char *base, struct err *e)
{
	struct signing_key younger;
	struct succession s = { .at = *at, .older = older->pub };
	struct buf text, note, second;
	char path[4096];
	const char *line;
	int rc;

	snprintf(path, sizeof path, "%s.key", base);
	if (sign_key_load(&younger, path, e))
		return -1;
	s.younger = younger.pub;
	buf_init(&text, 16384);
	buf_init(&note, 32768);
	buf_init(&second, 32768);
	succession_print(&s, &text);
	/* one note with a line of each: the second line is taken from a note of its own */
	buf_put(&note, text.p, text.len);
	rc = sign_note(older, (char *)text.p, text.len, &note, e) ||
	    sign_note(&younger, (char *)text.p, text.len, &second, e);
	if (rc == 0) {
		buf_byte(&second, '\0');
		line = (char *)second.p + 1;
		buf_str(&note, line);
		rc = note.failed ? err_nomem(e) : put_note(base, &note, e);
	}
	explicit_bzero(younger.seed, sizeof younger.seed);
	buf_release(&text);
	buf_release(&note);
	buf_release(&second);
	return rc ? -1 : 0;
}

static void
tell(const char *out, const struct vkey *k, bool followed)
{
	struct buf base, log;

	buf_init(&base, 65536);
	buf_init(&log, 65536);
	text_plain(&base, out, strlen(out));
	text_plain(&log, k->name, strlen(k->name));
	buf_byte(&base, '\0');
	buf_byte(&log, '\0');
	printf("%s.key    the signing key: keep it secret, it seals archives of the log "
	       "%s\n%s.vkey   the public key: give it to auditors\n",
	    (char *)base.p, (char *)log.p, (char *)base.p);
	if (followed)
		printf("%s.succession   that it follows the older key: archive --succession, and "
		       "for auditors\n",
		    (char *)base.p);
	printf("fingerprint (read it out to them over another channel):\n%s\n", k->fingerprint);
	buf_release(&base);
	buf_release(&log);
}

int
cmd_keygen(const struct cli *c)
{
	const char *name = cli_get(c, "name"), *out = cli_get(c, "out"),
		   *succeeds = cli_get(c, "succeeds"), *after = cli_get(c, "after");
	struct signing_key older;
	struct checkpoint at;
	struct err e = { 0 };
	struct vkey k;

	if ((name == NULL) == (succeeds == NULL) || out == NULL || c->n_args)
		return cli_usage(c,
		    "keygen wants --name ORIGIN and --out BASE, or --succeeds OLD.key, --after "
		    "NEWEST.exhibit and --out BASE");
	if ((succeeds == NULL) != (after == NULL))
		return cli_usage(c,
		    "--succeeds OLD.key wants --after FILE, the newest that OLD.key sealed: from "
		    "its end on the new key seals the log");
	/* all that can be refused is, before a key is made */
	if (succeeds &&
	    (sign_key_load(&older, succeeds, &e) || last_seal(after, &older.pub, &at, &e)))
		return cli_fail(c, &e);
	if (sign_keygen(succeeds ? older.pub.name : name, out, &k, &e) ||
	    (succeeds && succeed(&older, &at, out, &e)))
		return cli_fail(c, &e);
	tell(out, &k, succeeds != NULL);
	return 0;
}
