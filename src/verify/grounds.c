#include "verify/grounds.h"

#include <stdio.h>
#include <string.h>

#include "verify/verify.h"

/* Which of two states says less: proven, not proven, not checked, disproved. */
static int
rank(enum state s)
{
	static const int of[] = { [STATE_PROVEN] = 0,
		[STATE_NOT_PROVEN] = 1,
		[STATE_NOT_CHECKED] = 2,
		[STATE_DISPROVED] = 3 };

	return of[s];
}

enum state
state_worse(enum state a, enum state b)
{
	return rank(a) >= rank(b) ? a : b;
}

int
status_worse(int a, int b)
{
	/* when several apply (O-1): 1 outranks 4, 5, 2, 3, 0 */
	static const int of[] = { [EX_OK] = 0,
		[EX_ALTERED] = 5,
		[EX_INCOMPLETE] = 2,
		[EX_NOT_PROVEN] = 1,
		[EX_CONFLICT] = 4,
		[EX_UNREADABLE] = 3 };

	return of[a] >= of[b] ? a : b;
}

/* Alarms about the container around the records, which may be whole all the same (C-17). */
static bool
of_container(enum finding_id id)
{
	return id == F_A01 || id == F_A02 || id == F_A03 || id == F_A04 || id == F_A05 ||
	    id == F_A06;
}

/* From the findings, by what each forces: nothing here knows a single one by name. Whether nothing
 * but the container is wrong decides the first sentence. */
static void
count_forced(struct grounds *f, const struct findings *l)
{
	f->container_only = true;
	for (unsigned id = 0; id < FINDING_COUNT; id++) {
		const struct finding_info *d = &finding_info[id];

		if (l->counted[id] == 0)
			continue;
		f->status = status_worse(f->status, d->forces.status);
		if (d->forces.part != PART_NONE)
			f->forced[d->forces.part] =
			    state_worse(f->forced[d->forces.part], d->forces.state);
		/* alarms about rows of the source, and about the file */
		if (d->level == LEVEL_ALARM && d->id[0] == 'S') {
			f->source_alarms += l->counted[id];
		} else if (d->level == LEVEL_ALARM && d->forces.status == EX_ALTERED) {
			f->archive_alarms += l->counted[id];
			f->container_only &= of_container((enum finding_id)id);
		}
	}
}

/* The sentences that a headline tells: of what is wrong behind a file's bytes rather than that they
 * differ, and of what is wrong with its records rather than with what lies around them. */
static void
choose_sentences(struct grounds *f, const struct findings *l)
{
	const struct finding *alarm = NULL;

	for (unsigned i = 0; i < l->n; i++) {
		const struct finding *x = &l->f[i];
		const struct finding_info *d = &finding_info[x->id];

		if (d->level == LEVEL_ALARM && d->id[0] != 'S' && d->forces.status == EX_ALTERED &&
		    (alarm == NULL || (alarm->id == F_A01 && x->id != F_A01) ||
			(of_container(alarm->id) && !of_container(x->id))))
			alarm = x;
		if (d->level == LEVEL_UNREADABLE && x->id != F_U05 && f->unreadable == NULL)
			f->unreadable = x->sentence;
		if (x->id == F_U05 && f->medium == NULL)
			f->medium = x->sentence;
		if ((x->id == F_L01 || x->id == F_L04 || x->id == F_L06 || x->id == F_K08 ||
			x->id == F_W02) &&
		    f->missing_words == NULL)
			f->missing_words = x->sentence;
	}
	f->first_alarm = alarm ? alarm->sentence : "";
}

/* Findings by name, where a claim is about each. */
static void
count_findings(struct grounds *f, const struct findings *l)
{
	f->conflict = l->counted[F_L02] || l->counted[F_K04] || l->counted[F_K07] ||
	    l->counted[F_K14] || l->counted[F_W01];
	f->rolled_back = l->counted[F_K08];
	f->witnessed_behind = l->counted[F_W02];
	f->unlinked = l->counted[F_K09];
	f->key_changed = l->counted[F_K10] + l->counted[F_K13];
	f->look_alike = l->counted[F_K11];
	f->revoked = l->counted[F_K12];
	f->missing_places = l->counted[F_L01] + l->counted[F_L04] + l->counted[F_L06] +
	    l->counted[F_K08] + l->counted[F_W02];
	f->miscounts = l->counted[F_A18];
	f->changed = l->counted[F_S11] + l->counted[F_S12];
	f->versions = l->counted[F_S41];
	f->withheld_unlike = l->counted[F_S43];
	f->downgraded = l->counted[F_S32];
	f->unhashed = l->counted[F_S44];
	f->numbers_missing = l->counted[F_S34];
	f->renumbered = l->counted[F_S36];
	f->numbers_repeated = l->counted[F_S45];
	f->restored = l->counted[F_S37];
	f->unmet = l->counted[F_K05];
	f->vanished = l->counted[F_S14];
	f->partial = l->counted[F_I01] > 0;
	f->other_sources = l->counted[F_I05];
	f->scope_uncovered = l->counted[F_I06];
}

/* Since when records have existed, by others (W-8). */
static void
count_dated(struct grounds *f, const struct verification *v)
{
	const struct timely *t = &v->timely;

	f->bounded = t->bounded;
	f->unbounded = t->unbounded;
	f->late = t->late;
	f->behind_bound = t->behind;
	f->bound_time = t->last_text;
	f->bound_who = t->who;
	f->window = t->window_text;
	for (unsigned i = 0; v->dates && i < v->dates->n; i++)
		f->stamped |= v->dates->d[i].stamp;
}

/* Who vouches for a file (J-5): all of them, or the statement does not hold. */
static void
count_vouched(struct grounds *f, const struct archive *a)
{
	switch (archive_vouched(a)) {
	case VOUCHED_KEY:
		f->by_key++;
		f->bytes_vouched &= archive_has_trailer(a) && archive_trailer_vouched(a);
		if (f->key == NULL)
			f->key = archive_claimed_key(a);
		break;
	case VOUCHED_EXPECTED:
		f->by_expected++;
		break;
	case VOUCHED_STRANGER:
		f->strangers++;
		if (f->claimed == NULL)
			f->claimed = archive_claimed_key(a);
		break;
	case VOUCHED_UNSEALED:
		f->unsealed++;
		break;
	case VOUCHED_FALSE:
		f->falsified++;
		break;
	case VOUCHED_NOT:
		f->nobody++;
		break;
	}
	f->vouched &= archive_vouched(a) == VOUCHED_KEY || archive_vouched(a) == VOUCHED_EXPECTED;
}

/* The newest position over all files, and the clock of its export. */
static void
note_newest(struct grounds *f, const struct archive *a)
{
	struct str clock;

	if (archive_next(a) == 0 || archive_next(a) - 1 < f->newest_position || archive_is_copy(a))
		return;
	f->newest_position = archive_next(a) - 1;
	clock = archive_manifest_str(a, "started_at");
	if (clock.n && clock.n < 40)
		snprintf(f->newest_clock, sizeof f->newest_clock, "%.*s", (int)clock.n, clock.p);
}

static void
count_files(struct grounds *f, const struct verification *v)
{
	f->files = v->n_archives;
	f->vouched = f->bytes_vouched = true;
	f->key_given = v->any_vkey;
	f->confirmed = v->confirmed;
	f->no_news = v->rows.events == 0;
	for (unsigned i = 0; i < v->n_archives; i++) {
		const struct archive *a = v->archive[i];

		f->unread_files += archive_unread(a);
		f->open_files += archive_still_open(a);
		if (!archive_readable(a))
			continue;
		f->readable++;
		f->disclosed += archive_disclosed(a) && !archive_is_copy(a);
		f->no_news &= archive_first(a) > 0;
		count_vouched(f, a);
		note_newest(f, a);
	}
	/* none at all vouches for nothing */
	f->vouched &= f->readable > 0;
	f->bytes_vouched &= f->by_key > 0;
	for (unsigned i = 0; i < v->n_expects; i++)
		f->expected_origin = v->expect[i].c.origin;
	f->claimed = f->claimed ? f->claimed : "";
	f->key = f->key ? f->key : "";
}

static void
count_records(struct grounds *f, const struct verification *v)
{
	/* each number is the ground of a sentence; none is derived where it is printed */
	const uint64_t *c = v->rows.content;

	f->records = v->records;
	f->left_records = v->left_records;
	f->left_events = v->rows.left_out;
	f->left_hidden = v->rows.left_hidden;
	f->guessable = v->left_plain > 0;
	f->events = v->rows.events - v->rows.repeats;
	f->unread_records = v->unread_records;
	f->unread_events = v->unread_events;
	f->damaged_blocks = v->damaged_blocks;
	f->correlations = v->rows.correlations;
	f->remediations = v->remediations;
	f->hashed = v->rows.hashed;
	f->matching = c[CONTENT_MATCH] + c[CONTENT_VARIANT];
	f->variants = c[CONTENT_VARIANT];
	f->mismatching = f->edited = c[CONTENT_MISMATCH];
	f->unknown_algorithm = c[CONTENT_UNKNOWN_ALGORITHM];
	f->no_key = c[CONTENT_NO_KEY];
	f->not_carried = c[CONTENT_NOT_CARRIED];
	f->withheld = c[CONTENT_WITHHELD];
	f->no_hash = c[CONTENT_NO_HASH];
	/* rows of which nothing was checked */
	f->unchecked = f->no_key + f->not_carried + f->withheld;
	if (v->n_hmac && v->rows.hmac_rows && v->rows.hmac_fit == 0) { /* key-unfit is said once */
		f->unchecked += v->rows.hmac_rows;
		f->edited = f->edited > v->rows.hmac_rows ? f->edited - v->rows.hmac_rows : 0;
	}
	/* a sanitiser's mark: the row's own words are gone */
	f->unchecked += v->rows.sanitised; /* what they said before is unknown */
	f->edited -= v->rows.sanitised < f->edited ? v->rows.sanitised : f->edited;
	/* alarms that are neither edits nor versions */
	f->odd = f->edited + f->changed + f->versions < f->source_alarms ?
	    f->source_alarms - f->edited - f->changed - f->versions :
	    0;
	f->unkeyed = v->rows.unkeyed_fit;
	f->keyed = v->rows.keyed_fit;
	f->linked = v->rows.links[LINK_LINKED];
	f->beginnings = v->rows.links[LINK_FIRST];
	f->missing = v->rows.links[LINK_MISSING];
	f->links_left_out = v->rows.links[LINK_LEFT_OUT];
	f->elsewhere = v->rows.links[LINK_ELSEWHERE];
	f->gap_correlations = v->rows.gap_correlations;
	f->forks = v->rows.forks;
	f->forks_unexplained = v->rows.forks_unexplained;
	f->decisions_missing = v->rows.decisions_missing;
	f->letters_deciding = v->letters_deciding;
	f->unreadable_rows = v->lost.rows;
	f->bare_rejects = v->lost.bare;
	f->rejects = v->rejects;
	f->conflicts = v->conflicts;
	f->letters = v->letters;
	f->gave_up = v->rows.gave_up;
}

static void
count_inputs(struct grounds *f, const struct verification *v)
{
	const struct account *t = &v->account;

	f->inputs = t->inputs;
	f->older_inputs = t->older;
	f->counted_inputs = t->counted;
	f->uncounted_inputs = t->uncounted;
	f->lacks = t->lacks;
	f->lacking_rows = t->lacking_rows;
	f->outside = t->outside;
	f->lack_unknown = t->unknown_number;
	f->count_disagrees = t->disagrees;
	f->marks = t->marks;
	f->uncounted_kind = t->uncounted_kind;
	f->lack = t->lack;
}

void
grounds_of(struct grounds *f, struct verification *v)
{
	memset(f, 0, sizeof *f);
	for (unsigned i = 0; i < PARTS; i++)
		f->forced[i] = STATE_PROVEN;
	count_forced(f, &v->findings);
	choose_sentences(f, &v->findings);
	count_findings(f, &v->findings);
	count_files(f, v);
	count_records(f, v);
	count_inputs(f, v);
	if (v->rows.time.any) {
		struct buf t;

		buf_init(&t, sizeof v->period_text);
		utc_print(&t, UTC_REST, v->rows.time.min, 0);
		buf_str(&t, " to ");
		utc_print(&t, UTC_REST, v->rows.time.max, 0);
		buf_byte(&t, '\0');
		if (!t.failed)
			memcpy(v->period_text, t.p, t.len);
		buf_release(&t);
		f->period = v->period_text;
		count_dated(f, v);
	}
	f->missing_words = f->missing_words ? f->missing_words : "";
	f->medium = f->medium ? f->medium : "";
}
