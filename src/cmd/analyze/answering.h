/* Books of answers that came back: read, held against books made anew, and what was typed
 * (formats/bundle.md X-9). */
#ifndef CMD_ANALYZE_ANSWERING_H
#define CMD_ANALYZE_ANSWERING_H

#include "cmd/analyze/worksheet.h"
#include "report/xlsx_read.h"

struct answering {
	const struct cli *c;
	struct evidence *ev;
	const struct findings *found; /* of the verification */
	struct period period;
	/* the draw that a worksheet must be of; NULL: what its sheet about says */
	const struct sample_wish *want;
	/* of the check of a bundle: a book that is blank or wrong gives no answers; that it is not
	 * as it was made shows when it is made again */
	bool lenient;
	/* the answers; to be released by the caller */
	struct answers typed;
	/* what differs in cells that are evidence: a line each, as far as they are shown */
	struct buf differences;
	uint64_t n_differences;
	/* what the sheet about says of how it was made, where that differs: a line each */
	struct buf causes;
	/* another version that made the book, as it says itself: owned; NULL: this one. And cells
	 * of wording that differ from this version's */
	char *made_by;
	uint64_t n_wording;
};

void answering_init(struct answering *a, const struct cli *c, struct evidence *ev,
    const struct findings *found, const struct period *period);
void answering_release(struct answering *a);

/* Were such books given? */
bool answering_any(const struct cli *c);
/*
 * Behind the sandbox, with evidence verified: reads every book of --management and --auditor, makes
 * them anew, and takes what was typed. out: NULL, or the book as it is made anew, with the answers
 * (of one book). 0; 11: cells that are evidence differ, and nothing was taken; or the exit status
 * of a failure (printed).
 */
int answering_read(struct answering *a, struct buf *out);

/* Says what differs, where nothing was taken; and where answers were, that another version made
 * their book. */
void answering_refuse(const struct answering *a);
void answering_note(const struct answering *a);
/* For a report: the books that the options name, if any; from then on ev->typed. 0, or the exit
 * status (printed); 11: what differs is printed too. a: to be released when ev is not asked any
 * more. */
int answering_of(struct answering *a, const struct cli *c, struct evidence *ev,
    const struct findings *found, const struct period *period);

/* Holds one book against the one that was made anew. 0 or -1 (e). */
int answers_take(struct answering *a, enum answer_book which, const struct sheets *fresh,
    const struct sheets *came);

#endif
