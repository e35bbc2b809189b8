/*
 * The table of claims (verdict.def) walked over combinations of facts and held against judgement.md J-1 to J-10: whatever comes together, no
 * statement is stronger than its proof. Facts are put together as verification does: what a finding forces comes from finding.def. Run
 * from the top folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "verify/verdict.h"

/* ---- facts ---- */

static void
found(struct grounds *f, enum finding_id id)
{
	const struct finding_info *d = &finding_info[id];

	f->status = status_worse(f->status, d->forces.status);
	if (d->forces.part != PART_NONE)
		f->forced[d->forces.part] = state_worse(f->forced[d->forces.part], d->forces.state);
	if (d->level == LEVEL_ALARM && d->id[0] == 'S')
		f->source_alarms++;
	else if (d->level == LEVEL_ALARM && d->forces.status == EX_ALTERED)
		f->archive_alarms++;
}

/* One file with events, of which nothing else is known. */
static void
begin(struct grounds *f)
{
	memset(f, 0, sizeof *f);
	for (unsigned i = 0; i < PARTS; i++)
		f->forced[i] = STATE_PROVEN;
	f->files = f->readable = 1;
	f->container_only = true;
	f->records = 20;
	f->events = f->hashed = f->matching = f->unkeyed = 12;
	f->correlations = f->remediations = 2;
	f->linked = 10;
	f->beginnings = 2;
	f->newest_position = 19;
	strcpy(f->newest_clock, "2026-01-01T00:00:00Z");
	f->period = "2026-01-01 to 2026-01-02";
	f->origin = f->expected_origin = NULL;
	f->key = f->fingerprint = f->claimed = f->first_alarm = f->missing_words = f->medium = "";
	f->bound_time = f->bound_who = f->window = "";
	f->marks = f->uncounted_kind = f->lack = "";
}

/* Who vouches for the files: one way each, and two files of two ways. */
enum { BY_KEY, BY_KEY_NOT_BYTES, BY_EXPECTED, BY_BOTH, STRANGER, NOBODY, NOBODY_WITH_KEY, NOBODY_EXPECTED, UNSEALED, FALSE_SEAL, KEY_AND_STRANGER, KEY_AND_UNSEALED,
    KEY_AND_NOBODY, UNREADABLE_ALONE, KEY_AND_UNREADABLE, VOUCHES };

static void
vouch(struct grounds *f, unsigned how)
{
	f->key_given = how != NOBODY && how != NOBODY_EXPECTED && how != BY_EXPECTED && how != UNSEALED;
	if (how == BY_BOTH || how >= KEY_AND_STRANGER)
		f->files = f->readable = 2;
	if (how == BY_KEY || how == BY_KEY_NOT_BYTES || how == BY_BOTH || (how >= KEY_AND_STRANGER && how != UNREADABLE_ALONE)) {
		f->by_key = 1;
		f->key = "log+00000000";
	}
	f->by_expected = how == BY_EXPECTED || how == BY_BOTH || how == NOBODY_EXPECTED;
	if (f->by_expected)
		f->expected_origin = "log";
	f->bytes_vouched = f->by_key && how != BY_KEY_NOT_BYTES;
	f->vouched = how <= BY_BOTH || how == KEY_AND_UNREADABLE;
	switch (how) {
	case STRANGER: case KEY_AND_STRANGER:
		f->strangers = 1;
		f->claimed = "other+11111111";
		found(f, F_K02);
		break;
	case NOBODY_EXPECTED:
		f->files = f->readable = 2;        /* of two files the checkpoint covers one */
		/* fall through */
	case NOBODY: case NOBODY_WITH_KEY: case KEY_AND_NOBODY:
		f->nobody = 1;
		found(f, F_K01);
		break;
	case UNSEALED: case KEY_AND_UNSEALED:
		f->unsealed = 1;
		found(f, F_K03);
		break;
	case FALSE_SEAL:
		f->falsified = 1;
		f->container_only = false;
		found(f, F_A15);
		break;
	case UNREADABLE_ALONE:
		f->files = 1;
		f->readable = f->records = f->events = f->hashed = f->matching = f->unkeyed = f->correlations = f->remediations = 0;
		f->period = NULL;
		/* fall through */
	case KEY_AND_UNREADABLE:
		if (how == KEY_AND_UNREADABLE)
			f->readable = 1;
		f->unreadable = "This is not an Exhibit archive.";
		found(f, F_U01);
		break;
	default:
		break;
	}
	if (f->archive_alarms)
		f->first_alarm = "An alarm.";
}

/* What the files say of their inputs. */
enum { COUNTED, UNCOUNTED, OLDER, COUNTED_AND_UNCOUNTED, NO_INPUT, INPUTS };

static void
inputs(struct grounds *f, unsigned how)
{
	f->inputs = how == NO_INPUT ? 0 : how == COUNTED_AND_UNCOUNTED ? 2 : 1;
	f->counted_inputs = how == COUNTED || how == COUNTED_AND_UNCOUNTED;
	f->uncounted_inputs = how == UNCOUNTED || how == COUNTED_AND_UNCOUNTED;
	f->older_inputs = how == OLDER;
	f->marks = f->counted_inputs ? "the dump's end mark" : "";
	f->uncounted_kind = f->uncounted_inputs ? "rows" : "";
}

static void
no_events(struct grounds *f, bool continues)
{
	f->events = f->hashed = f->matching = f->unkeyed = f->correlations = f->remediations = f->linked = f->beginnings = 0;
	f->period = NULL;
	f->no_news = continues;
}

/* Each further fact, as counting makes it. */
#define FACTS(X) \
	X(no_event, no_events(f, false)) \
	X(no_news, if (f->readable) no_events(f, true)) \
	X(trailer_of_another, found(f, F_A03); f->bytes_vouched = false; f->first_alarm = "Trailer.") \
	X(container, found(f, F_A01); f->first_alarm = "Bytes.") \
	X(content_of_archive, found(f, F_A13); f->container_only = false; f->first_alarm = "Records.") \
	X(miscount, found(f, F_A18); f->miscounts++; f->container_only = false; f->first_alarm = "Counts.") \
	X(proofs, found(f, F_A26); found(f, F_A12); f->container_only = false; f->first_alarm = "Proofs.") \
	X(edited, found(f, F_S01); f->edited++; f->mismatching++; f->matching -= f->matching > 0) \
	X(changed, found(f, F_S11); f->changed++; f->conflicts++) \
	X(versions, found(f, F_S41); f->versions++; f->conflicts++) \
	X(odd, found(f, F_S23); f->odd++; f->forks++; f->forks_unexplained++) \
	X(unknown_algorithm, found(f, F_S06); f->odd++; f->unknown_algorithm++) \
	X(fork_of_log, found(f, F_L02); f->conflict = true) \
	X(not_expected, found(f, F_K04); f->conflict = true) \
	X(split_view, found(f, F_K07); f->conflict = true) \
	X(rolled_back, found(f, F_K08); f->rolled_back++; f->missing_places++; f->missing_words = "later records are not here") \
	X(unlinked, found(f, F_K09); f->unlinked++) \
	X(witnessed_behind, found(f, F_W02); f->witnessed_behind++; f->missing_places++; f->missing_words = "later records are not here") \
	X(bounded, f->bounded = 12; f->stamped = true) \
	X(bounded_late, f->bounded = 10; f->unbounded = 2; f->late = 1; f->behind_bound = 1) \
	X(key_changed, found(f, F_K10); f->key_changed++) \
	X(key_announced, found(f, F_K13); f->key_changed++) \
	X(followed_key, found(f, F_K14); f->conflict = true) \
	X(look_alike, found(f, F_K11); f->look_alike++) \
	X(revoked, found(f, F_K12); f->revoked++) \
	X(confirmed, f->confirmed = f->by_key ? "2026-01-01T00:00:00Z" : NULL) \
	X(medium, found(f, F_U05); f->unread_files++; f->files++; f->medium = "cannot be read") \
	X(damaged, if (f->readable) { found(f, F_A09); found(f, F_A29); f->container_only = false; f->first_alarm = "Block."; \
	    f->unread_records += 5; f->unread_events += 4; f->damaged_blocks++; }) \
	X(disclosed, if (f->readable) { f->disclosed++; f->guessable = true; f->left_records += 8; f->left_events += 7; \
	    f->links_left_out += 3; }) \
	X(hidden, if (f->readable) { f->disclosed++; f->guessable = f->left_events > 0; f->left_records += 8; f->left_events += 7; \
	    f->left_hidden += 7; f->links_left_out += 3; }) \
	X(missing_file, found(f, F_L01); f->missing_places++; f->missing_words = "positions 3 to 7 are not here") \
	X(later_positions, found(f, F_L06); f->missing_places++; f->missing_words = "later positions are not here") \
	X(lack, found(f, F_I03); f->lacks++; f->lacking_rows += 3; f->lack = "it was cut off") \
	X(lack_unknown, found(f, F_I03); f->lacks++; f->lack_unknown = true; f->lack = "it was cut off") \
	X(outside, found(f, F_I04); f->outside++) \
	X(unreadable_row, found(f, F_S42); f->unreadable_rows++; f->rejects++) \
	X(bare_reject, f->bare_rejects++; f->rejects++) \
	X(downgraded, found(f, F_S32); f->downgraded++) \
	X(unhashed, found(f, F_S44); f->unhashed++) \
	X(numbers, found(f, F_S34); f->numbers_missing++) \
	X(restored, found(f, F_S37); f->restored++) \
	X(unlike, found(f, F_S43); f->withheld_unlike++; f->withheld++; f->unchecked++) \
	X(vanished, found(f, F_S14); f->vanished++) \
	X(decision, found(f, F_S29); f->decisions_missing++) \
	X(deciding, found(f, F_S31); f->letters = true; f->letters_deciding++) \
	X(missing, found(f, F_S02); f->missing++; f->gap_correlations++) \
	X(open, if (f->readable) { found(f, F_L05); f->open_files++; }) \
	X(collection, found(f, F_I01); f->partial = true) \
	X(keyed_unchecked, found(f, F_S03); f->no_key++; f->unchecked++) \
	X(not_carried, found(f, F_S09); f->not_carried++; f->unchecked++) \
	X(withheld, f->withheld++; f->unchecked++) \
	X(repeated, found(f, F_S45); f->numbers_repeated++) \
	X(renumbered, found(f, F_S36); f->renumbered++) \
	X(scope, found(f, F_I06); f->scope_uncovered++) \
	X(unmet, found(f, F_K05); f->unmet++) \
	X(another_source, if (f->no_news) { found(f, F_I05); f->other_sources++; }) \
	X(disagrees, f->count_disagrees = true; f->counted_inputs += f->counted_inputs == 0) \
	X(no_hash, f->no_hash++) \
	X(keyed, f->keyed++) \
	X(letters, f->letters = true) \
	X(gave_up, f->gave_up = true) \
	X(variants, f->variants++)

#define FACT(name, ...) static void fact_##name(struct grounds *f) { __VA_ARGS__; }
FACTS(FACT)
#define FACT_ROW(name, ...) { #name, fact_##name },
static const struct { const char *name; void (*add)(struct grounds *f); } fact[] = { FACTS(FACT_ROW) };
#define N_FACTS (sizeof fact / sizeof *fact)

/* ---- what has to hold ---- */

static unsigned char reached[512];
static const struct claim *good;
static char what[400];                     /* the facts at hand */

#define HOLDS(condition) do { if (!(condition)) fail_msg("%s: does not hold of %s", #condition, what); } while (0)

static void
words_hold(const struct claim *c, const struct grounds *f)
{
	struct buf b;

	buf_init(&b, 8192);
	c->words(f, &b);
	buf_byte(&b, '\0');
	HOLDS(!b.failed && b.len > 1);
	HOLDS(strstr((char *)b.p, "(null)") == NULL);
	buf_release(&b);
}

static void
judge(struct grounds *f)
{
	const struct claim *s[PARTS];
	bool lowering = false;
	int status;

	verdict_of(f, s, &status);
	for (unsigned p = 0; p < PARTS; p++) {
		if (p == PART_NONE)
			continue;
		HOLDS(s[p]);
		reached[s[p] - verdict_claim] = 1;
		words_hold(s[p], f);
		/* J-1: a finding's state is never bettered, and nothing is proven without its by what */
		if (state_worse(s[p]->state, f->forced[p]) != s[p]->state)
			fail_msg("%s betters what a finding forces, with %s", s[p]->name, what);
		if (s[p]->state == STATE_PROVEN && *s[p]->label(f) == '\0')
			fail_msg("%s is proven by nothing, with %s", s[p]->name, what);
		HOLDS(status_worse(status, s[p]->status) == status);
	}
	HOLDS(status_worse(status, f->status) == status);
	for (unsigned i = 0; i < verdict_claims; i++) {
		const struct claim *c = &verdict_claim[i];

		if (c->kind == CLAIM_STATEMENT || !c->applies(f))
			continue;
		reached[i] = 1;
		words_hold(c, f);
		if (c->kind != CLAIM_HEADLINE)
			continue;
		lowering |= c->status != EX_OK;
		HOLDS(status_worse(status, c->status) == status);
		if (c == good)
			HOLDS(status == EX_OK);
	}
	/* a status is always said in a headline, and what is good too */
	HOLDS((status == EX_OK) != lowering);
	HOLDS(good->applies(f) == (status == EX_OK));

	/* J-13, J-2: no event is no proof; an increment without news may be */
	if (f->events == 0 && (!f->no_news || f->other_sources))
		HOLDS(status != EX_OK);
	/* J-2: what is known to be missing is never complete, and lowers the status */
	if (f->missing_places || f->unread_records || f->open_files || f->left_records)
		HOLDS(s[PART_SEALED_HERE]->state != STATE_PROVEN && status != EX_OK);
	if (f->lacks || f->outside || f->unreadable_rows || f->bare_rejects || f->missing || f->count_disagrees || f->miscounts ||
	    f->numbers_missing || f->scope_uncovered || f->downgraded || f->unhashed || f->restored || f->withheld_unlike || f->other_sources)
		HOLDS(s[PART_SOURCE_SEALED]->state != STATE_PROVEN && status != EX_OK);
	if (s[PART_SOURCE_SEALED]->state == STATE_PROVEN)
		HOLDS(f->counted_inputs && !f->uncounted_inputs && !f->older_inputs && f->vouched);
	HOLDS(s[PART_HAPPENED_SOURCE]->state != STATE_PROVEN);
	if (f->decisions_missing || f->letters_deciding || f->vanished)
		HOLDS(status != EX_OK);
	/* J-2: that an input carries no count changes nothing of the status: see uncounted_inputs_lower_nothing */
	/* J-4, J-5: nobody vouches, nothing is proven; a key vouches for the bytes only by the trailer */
	if (!f->vouched)
		HOLDS(status != EX_OK && s[PART_AUTHENTICITY]->state != STATE_PROVEN && s[PART_INTEGRITY]->state != STATE_PROVEN &&
		    s[PART_SEALED_HERE]->state != STATE_PROVEN && s[PART_SOURCE_SEALED]->state != STATE_PROVEN);
	if (f->by_key && !f->bytes_vouched)
		HOLDS(s[PART_INTEGRITY]->state != STATE_PROVEN);
	/* J-1: alarms */
	if (f->archive_alarms || f->source_alarms)
		HOLDS(status == EX_ALTERED && s[PART_INTEGRITY]->state == STATE_DISPROVED);
	if (f->conflict)
		HOLDS(status == EX_ALTERED || status == EX_CONFLICT);
	/* J-9: what could not be read is never good */
	if (f->unread_files || f->unreadable)
		HOLDS(status != EX_OK && s[PART_INTEGRITY]->state != STATE_PROVEN);
	/* what nobody could check is said, and no reason for 0 */
	if (f->unchecked)
		HOLDS(status != EX_OK);
}

static void
name_what(unsigned how, unsigned in, const unsigned *k, unsigned n)
{
	int at = snprintf(what, sizeof what, "vouched %u, inputs %u", how, in);

	for (unsigned i = 0; i < n && at < (int)sizeof what; i++)
		at += snprintf(what + at, sizeof what - (size_t)at, ", %s", fact[k[i]].name);
}

static void
combine(unsigned how, unsigned in, const unsigned *k, unsigned n)
{
	struct grounds f;

	begin(&f);
	vouch(&f, how);
	inputs(&f, in);
	name_what(how, in, k, n);
	for (unsigned i = 0; i < n; i++)
		fact[k[i]].add(&f);
	judge(&f);
}

/* ---- tests ---- */

/* Every way to vouch × every kind of inputs × every fact alone, in pairs and in threes. */
static void
few_facts(void **state)
{
	(void)state;
	for (unsigned how = 0; how < VOUCHES; how++)
		for (unsigned in = 0; in < INPUTS; in++) {
			unsigned k[3];

			combine(how, in, k, 0);
			for (k[0] = 0; k[0] < N_FACTS; k[0]++) {
				combine(how, in, k, 1);
				for (k[1] = k[0] + 1; k[1] < N_FACTS; k[1]++) {
					combine(how, in, k, 2);
					for (k[2] = k[1] + 1; k[2] < N_FACTS; k[2]++)
						combine(how, in, k, 3);
				}
			}
		}
}

/* Many facts at once, drawn by a fixed generator. */
static void
many_facts(void **state)
{
	uint64_t x = 88172645463325252ull;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		unsigned k[N_FACTS], n = 0, how, in, most;

		x ^= x << 13; x ^= x >> 7; x ^= x << 17;
		how = (unsigned)(x % VOUCHES);
		in = (unsigned)(x >> 8) % INPUTS;
		most = (unsigned)(x >> 16) % 12;
		for (unsigned i = 0; i < N_FACTS; i++) {
			x ^= x << 13; x ^= x >> 7; x ^= x << 17;
			if (x % N_FACTS < most)
				k[n++] = i;
		}
		combine(how, in, k, n);
	}
}

/* J-2: an input without a count is not proven complete, and never lowers the status. */
static void
uncounted_inputs_lower_nothing(void **state)
{
	(void)state;
	for (unsigned how = 0; how < VOUCHES; how++)
		for (unsigned k = 0; k <= N_FACTS; k++) {
			int status[INPUTS];

			if (k < N_FACTS && strcmp(fact[k].name, "disagrees") == 0)
				continue;                  /* says that there is a count */
			for (unsigned in = 0; in < INPUTS; in++) {
				const struct claim *s[PARTS];
				struct grounds f;

				begin(&f);
				vouch(&f, how);
				inputs(&f, in);
				if (k < N_FACTS)
					fact[k].add(&f);
				verdict_of(&f, s, &status[in]);
				assert_int_equal(status[in], status[0]);
			}
		}
}

/* Worse facts never make a better verdict: one fact more leaves the status as it is, or outranks it. */
static void
more_is_never_better(void **state)
{
	(void)state;
	for (unsigned how = 0; how < VOUCHES; how++)
		for (unsigned a = 0; a < N_FACTS; a++)
			for (unsigned b = 0; b < N_FACTS; b++) {
				const struct claim *s[PARTS];
				struct grounds f;
				int before, after;

				/* an increment without news is another file, not a fact more; and what there is to check is */
				if (strncmp(fact[a].name, "no_", 3) == 0 || strncmp(fact[b].name, "no_", 3) == 0)
					continue;
				begin(&f);
				vouch(&f, how);
				inputs(&f, COUNTED);
				fact[a].add(&f);
				verdict_of(&f, s, &before);
				fact[b].add(&f);
				verdict_of(&f, s, &after);
				if (status_worse(before, after) != after)
					fail_msg("vouched %u, %s: %d; %s as well: %d", how, fact[a].name, before, fact[b].name, after);
			}
}

/* No row stands there for nothing. Behind the walks. */
static void
every_row_is_reached(void **state)
{
	unsigned missing = 0;

	(void)state;
	for (unsigned i = 0; i < verdict_claims; i++)
		if (!reached[i]) {
			print_error("no combination of facts reaches %s\n", verdict_claim[i].name);
			missing++;
		}
	assert_int_equal(missing, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_facts), cmocka_unit_test(many_facts), cmocka_unit_test(uncounted_inputs_lower_nothing),
		cmocka_unit_test(more_is_never_better), cmocka_unit_test(every_row_is_reached)
	};

	for (unsigned i = 0; i < verdict_claims; i++)
		if (strcmp(verdict_claim[i].name, "H_GOOD") == 0)
			good = &verdict_claim[i];
	if (good == NULL || verdict_claims > sizeof reached)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
