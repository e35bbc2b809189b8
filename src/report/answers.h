/*
 * What was typed into the given cells of books of answers (formats/bundle.md ), for what
 * shows it. It was typed by whoever had the book, and is not authenticated: who shows it says so.
 */
#ifndef REPORT_ANSWERS_H
#define REPORT_ANSWERS_H

#include "base/buf.h"

enum answer_book { BOOK_MANAGEMENT, BOOK_AUDITOR, BOOK_SAMPLE, ANSWER_BOOKS };

/* The sheets that have given cells, and their columns. */
enum answer_sheet {
	MANAGEMENT_EXCEPTIONS,
	AUDITOR_EXCEPTIONS,
	SAMPLE_DRAWN,
	SAMPLE_APART,
	ANSWER_SHEETS
};
enum answer_cell { ANSWER_WORDS, ANSWER_BY, ANSWER_ON, ANSWER_CELLS };

struct answer_sheet_info {
	enum answer_book book;
	const char *sheet;                /* its name */
	const char *column[ANSWER_CELLS]; /* names, in the order of enum answer_cell */
};
extern const struct answer_sheet_info answer_sheet_info[ANSWER_SHEETS];
/* What a book is called: of `-o json`, and the file in a bundle. */
extern const char *const answer_book_name[ANSWER_BOOKS], *const answer_book_file[ANSWER_BOOKS];

struct answer {
	enum answer_sheet sheet;
	uint32_t row; /* of the sheet, from 2: the exception's number is one less */
	char *no, *rule, *correlation; /* as the sheet has them, NULL: empty; owned */
	char *cell[ANSWER_CELLS];      /* owned; NULL: nothing was typed */
};

struct answers {
	struct answer *a; /* by sheet, then by row */
	size_t n, cap;
	uint64_t rows[ANSWER_SHEETS]; /* that could be answered */
	bool given[ANSWER_BOOKS];     /* the book was given */
};

/* What was typed in a row; NULL: nothing. a: NULL: no book was given. */
const struct answer *answers_at(const struct answers *a, enum answer_sheet sheet, uint32_t row);
/* One cell of it; NULL: nothing. */
const char *
answers_cell(const struct answers *a, enum answer_sheet sheet, uint32_t row, enum answer_cell cell);
void answers_release(struct answers *a);

#endif
