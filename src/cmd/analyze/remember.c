/* verify --remember: the newest checkpoint of each proven log goes into the memory, which only
 * moves forward (formats/memory.md M-4). */
#include <inttypes.h>
#include <string.h>

#include "cmd/analyze/analyze.h"
#include "cmd/analyze/memory_file.h"
#include "cmd/analyze/remember.h"

/* Why an archive's seal is not remembered; NULL: it may be, as far as it tells by itself. */
static const char *
unproven(const struct evidence *v, const struct verification *x, const struct archive *a)
{
	const char *origin = archive_origin(a);
	const struct memory_log *l = memory_active(&v->memory, origin);
	const struct vkey *signer = archive_signer(a);

	if (archive_vouched(a) == VOUCHED_UNSEALED)
		return "it was never sealed";
	if (l == NULL)
		return "you have not confirmed a key of its log: exhibit trust KEY.vkey";
	if (archive_vouched(a) != VOUCHED_KEY || signer == NULL ||
	    memcmp(signer->key, l->key.key, 32))
		return "it is not signed by the key that you confirmed";
	if (archive_still_open(a))
		return "it is still open";
	if (x->grounds.archive_alarms || x->grounds.unread_records)
		return "not every file here is as it was sealed";
	return NULL;
}

/* The same log in two versions, or taken back: both notes are kept. -1: no memory (v->err). */
static int
keep_conflicts(struct evidence *v, const struct archive *a, struct memory_log *l, bool *ret_changed)
{
	unsigned before = l->n_conflicts;
	const struct expect *x;

	for (unsigned i = 0; i < v->n_expects; i++) {
		x = &v->expect[i];
		if (!x->remembered || strcmp(x->c.origin, archive_origin(a)) ||
		    (!x->refuted && x->c.size <= archive_next(a)))
			continue;
		if (memory_keep_conflict(l, archive_seal_note(a), v->now, &v->err))
			return -1;
	}
	*ret_changed |= l->n_conflicts > before;
	return 0;
}

/* Does the log go on from what was seen? A checkpoint that was seen is met by the files given. */
static const char *
unlinked(const struct evidence *v, const struct archive *a)
{
	for (unsigned i = 0; i < v->n_expects; i++) {
		const struct expect *x = &v->expect[i];

		if (!x->remembered || strcmp(x->c.origin, archive_origin(a)))
			continue;
		if (x->refuted)
			return "you saw another version of its log: both notes are kept";
		if (x->c.size > archive_next(a))
			return "you saw more of its log: the memory never goes back";
		if (!x->met)
			return "the files between what you saw of its log and this are missing";
	}
	return NULL;
}

/* The file that reaches farthest of each log; whether another of the files given does. */
static bool
newest(const struct evidence *v, unsigned i)
{
	for (unsigned k = 0; k < v->n; k++)
		if (k != i && archive_counts(v->archive[k]) &&
		    strcmp(archive_origin(v->archive[k]), archive_origin(v->archive[i])) == 0 &&
		    (archive_next(v->archive[k]) > archive_next(v->archive[i]) ||
			(archive_next(v->archive[k]) == archive_next(v->archive[i]) && k < i)))
			return false;
	return true;
}

int
remember(struct evidence *v, const struct verification *x, struct memory_file *file)
{
	unsigned kept = 0, left = 0;
	bool changed = false;

	memory_now(v->now);
	for (unsigned i = 0; i < v->n; i++) {
		const struct archive *a = v->archive[i];
		struct memory_log *l;
		const char *why;

		if (!archive_readable(a)) {
			cli_note(v->c, "not remembered: %s: it cannot be read", archive_name(a));
			left++;
			continue;
		}
		if (!archive_counts(a) || !newest(v, i))
			continue;
		l = memory_active(&v->memory, archive_origin(a));
		if ((why = unproven(v, x, a)) == NULL) {
			if (keep_conflicts(v, a, l, &changed))
				return cli_fail(v->c, &v->err);
			why = unlinked(v, a);
		}
		if (why) {
			cli_note(v->c, "not remembered: %s: %s", archive_name(a), why);
			left++;
			continue;
		}
		if (memory_see(l, a, v->now, verdict_name[x->archive_verdict], &v->err))
			return cli_fail(v->c, &v->err);
		cli_note(v->c, "remembered: %s %" PRIu64 " %s", archive_origin(a),
		    archive_seal(a)->size, v->now);
		changed = true;
		kept++;
	}
	if (changed && memory_file_save(file, &v->memory, &v->err))
		return cli_fail(v->c, &v->err);
	return left ? EX_KEPT_ASIDE : 0;
}
