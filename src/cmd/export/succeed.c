#include "cmd/export/succeed.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "json/emit.h"

int
succeed_read(struct succeeding *x, const char *path, struct signing_key *key, struct err *e)
{
	const char *why;
	unsigned char *p;
	ssize_t n;
	int fd;

	buf_init(&x->note, EX_MAX_NOTE);
	if (path == NULL)
		return 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(e, "%s", path);
	if ((p = buf_room(&x->note, EX_MAX_NOTE)) == NULL) {
		close(fd);
		return err_nomem(e);
	}
	while ((n = read(fd, p + x->note.len, EX_MAX_NOTE - x->note.len)) > 0)
		x->note.len += (size_t)n;
	close(fd);
	if (n < 0)
		return err_errno(e, "%s", path);
	if (succession_read(&x->s, (char *)x->note.p, x->note.len, &why))
		return err_set(e, EX_DATA_ERR, "--succession %.500s: %s", path, why);
	if (strcmp(x->s.younger.name, key->pub.name) || memcmp(x->s.younger.key, key->pub.key, 32))
		return err_set(e, EX_DATA_ERR,
		    "--succession %.500s: the key that follows there is another one than --key",
		    path);
	key->pub.older = &x->s.older;
	return 0;
}

int
succeed_fits(const struct succeeding *x, const struct after *after, struct err *e)
{
	struct vkey younger = x->s.younger;
	struct note note;
	const char *why;

	if (x->note.len == 0)
		return 0;
	if (after->n == 0)
		return err_set(e, EX_USAGE_ERR,
		    "--succession wants --after FILE: a log that begins has no key before its own");
	if (after->history.first == x->s.at.size &&
	    memcmp(after->history.root, x->s.at.root, 32) == 0)
		return 0;
	/* behind that end only the younger key seals */
	if (after->history.first > x->s.at.size &&
	    note_parse(&note, after->history.note, strlen(after->history.note), &why) == 0 &&
	    note_verify_by(&note, &younger) == NOTE_VERIFIED)
		return 0;
	return err_set(e, EX_DATA_ERR,
	    "--succession: the note is of the log at %" PRIu64 " records, and these files end at "
	    "%" PRIu64 ", sealed by the older "
	    "key: make it of their "
	    "end (exhibit-export "
	    "keygen --succeeds)",
	    x->s.at.size, after->history.first);
}

void
succeed_member(const struct succeeding *x, struct buf *out)
{
	struct emit e;

	if (x->note.len == 0)
		return;
	emit_within(&e, out);
	emit_text(&e, "succession", (char *)x->note.p, x->note.len);
}
