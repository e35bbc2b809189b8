/*
 * What the verdict is made from (judgement.md J-1): counted facts, nothing that was not counted.
 * Every sentence of the first
 * screen is a row of verdict.def whose condition reads these.
 */
#ifndef VERIFY_GROUNDS_H
#define VERIFY_GROUNDS_H

#include "finding/finding.h"

struct verification;

struct grounds {
	/* what findings force, wherever they stand: at best this state of a part, at least this
	 * status */
	enum state forced[PARTS];
	int status;
	/* the files given */
	uint64_t files, readable, unread_files, by_key, by_expected, strangers, nobody, unsealed,
	    falsified, open_files;
	/* of the readable ones: disclosure copies (C-20); what they leave out of `records`, and of
	 * the log's events beside `events` */
	uint64_t disclosed, left_records, left_events;
	uint64_t left_hidden; /* of left_events: headers do not show what they say */
	bool guessable;       /* what is left out stands in headers as digests */
	/* every readable file is, by a key or an expected checkpoint; there is one */
	bool vouched;
	bool conflict; /* two views of one log */
	/* what the auditor's memory says of the files (M-2 to M-4) */
	uint64_t rolled_back, unlinked, key_changed, look_alike, revoked;
	/* somebody signed more of the log than is given (W-7) */
	uint64_t witnessed_behind;
	/* events below a dated seal, and those that state a time without one; late; that state a
	 * time behind their bound (W-8) */
	uint64_t bounded, unbounded, late, behind_bound;
	const char *bound_time, *bound_who, *window; /* of bounded */
	bool stamped;                                /* an authority dated one */
	/* when the auditor confirmed the key that signed; NULL: it was given */
	const char *confirmed;
	bool key_given, keys_all_used;
	/* the key that verified each seal verified the file's digest too */
	bool bytes_vouched;
	const char *origin, *key, *fingerprint, *claimed, *expected_origin;
	uint64_t newest_position; /* the last one of the newest seal given */
	/* start of the export that sealed it, by the exporter's clock; '': not told */
	char newest_clock[40];
	/* the archive's own findings */
	uint64_t archive_alarms;
	bool container_only; /* all of them about the container around the records */
	const char *first_alarm, *unreadable, *medium; /* their sentences */
	uint64_t records, events, unread_records, unread_events, damaged_blocks, missing_places,
	    miscounts;
	/* the source's records */
	uint64_t source_alarms, edited, changed, odd, versions;
	uint64_t correlations, remediations, hashed, matching, variants, mismatching,
	    unknown_algorithm, no_key, withheld, no_hash, not_carried, unchecked, unkeyed, keyed;
	uint64_t linked, beginnings, missing, links_left_out, elsewhere, gap_correlations, forks,
	    forks_unexplained;
	uint64_t unreadable_rows, downgraded, unhashed, numbers_missing, numbers_repeated,
	    renumbered, restored, unmet, withheld_unlike, vanished, decisions_missing,
	    letters_deciding;
	uint64_t rejects, conflicts;
	const char *period; /* of events, as text; NULL: none has a time */
	bool partial;       /* a must-gather */
	bool letters, gave_up;
	/* what the inputs say of themselves (J-2) */
	uint64_t inputs, older_inputs, counted_inputs, uncounted_inputs, lacks, lacking_rows,
	    outside, bare_rejects;
	bool lack_unknown, count_disagrees;
	const char *marks, *uncounted_kind, *lack;
	bool no_news; /* no event at all, and every file continues a log */
	/* the period that the auditor declares was not looked at whole */
	uint64_t scope_uncovered;
	/* increments without news that may be of another source (J-13) */
	uint64_t other_sources;
	/* filled while the verdict is made */
	const char *missing_words; /* of the first place that is not here */
	bool good;                 /* nothing else was said that lowers the verdict */
};

/* Counts them. The texts are borrowed from the verification, which must outlive them. */
void grounds_of(struct grounds *f, struct verification *v);

#endif
