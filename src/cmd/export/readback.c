/*
 * What was written, opened again before the run says that it was: a medium that lost it is found
 * now, not by the auditor.
 */
#include <string.h>

#include "cmd/export/export.h"

/* What is not as it was meant; NULL: all is. */
static const char *
differing(const struct archive *a, const struct vkey *key, const struct writer_result *w)
{
	static const char *const name[] = { "events", "rejects", "conflicts", "contexts",
		"dead_letters" };
	const uint64_t count[] = { w->events, w->rejects, w->conflicts, w->contexts,
		w->dead_letters };
	uint64_t v;

	if (archive_shape(a) != ARCHIVE_FINE || !archive_has_trailer(a) || !archive_readable(a))
		return "its container";
	if (archive_first(a) != w->first || archive_next(a) != w->next ||
	    memcmp(archive_root(a), w->root, 32))
		return "its tree";
	if (!archive_manifest(a) || !archive_indexed(a))
		return "its manifest";
	if (key &&
	    (archive_trust(a) != ARCHIVE_PROVED || archive_trailer_signature(a) != SIG_VERIFIED))
		return "its seal";
	for (unsigned i = 0; i < sizeof count / sizeof *count; i++)
		if (!archive_manifest_u64(a, "counts", name[i], &v) || v != count[i])
			return "a count of its manifest";
	return NULL;
}

int
read_back(
    const char *path, const struct vkey *key, const struct writer_result *wrote, struct err *e)
{
	struct findings f = { .n = 0 };
	struct attached *file = archive_attach(path, path, 0, e);
	struct archive *a = NULL;
	const char *what = NULL;
	int rc = file == NULL || archive_open(file, key, key != NULL, &f, &a, e) < 0 ? -1 : 0;

	if (rc == 0)
		what = differing(a, key, wrote);
	for (unsigned i = 0; rc == 0 && what == NULL && i < f.n; i++)
		if (finding_info[f.f[i].id].level == LEVEL_ALARM)
			what = "its storage";
	if (what)
		rc = err_set(e, EX_IO_ERR,
		    "%s was written and read back, and %s is not what was "
		    "written: do not rely on this file; look at the medium (exhibit verify "
		    "says more), then export again to another place",
		    path, what);
	archive_close(a);
	findings_release(&f);
	return rc;
}
