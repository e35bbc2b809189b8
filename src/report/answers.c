#include "report/answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

const struct answer_sheet_info answer_sheet_info[] = {
	[MANAGEMENT_EXCEPTIONS] = { BOOK_MANAGEMENT, "exceptions",
	    { "management_response", "responded_by", "responded_on" } },
	[AUDITOR_EXCEPTIONS] = { BOOK_AUDITOR, "exceptions",
	    { "auditor_conclusion", "concluded_by", "concluded_on" } },
	[SAMPLE_DRAWN] = { BOOK_SAMPLE, "sample", { "remark", "tester", "date" } },
	[SAMPLE_APART] = { BOOK_SAMPLE, "apart", { "remark", "tester", "date" } },
};

const char *const answer_book_name[] = { "management", "auditor", "sample" };
const char *const answer_book_file[] = { "answers-management.xlsx", "answers-auditor.xlsx",
	"sample-worksheet.xlsx" };

static bool
before(const void *key, const void *member)
{
	const struct answer *want = key, *a = member;

	return a->sheet != want->sheet ? a->sheet < want->sheet : a->row < want->row;
}

const struct answer *
answers_at(const struct answers *a, enum answer_sheet sheet, uint32_t row)
{
	const struct answer want = { .sheet = sheet, .row = row };
	size_t at;

	if (a == NULL || a->n == 0)
		return NULL;
	at = lower_bound(&want, a->a, a->n, sizeof *a->a, before);
	return at < a->n && a->a[at].sheet == sheet && a->a[at].row == row ? &a->a[at] : NULL;
}

const char *
answers_cell(const struct answers *a, enum answer_sheet sheet, uint32_t row, enum answer_cell cell)
{
	const struct answer *x = answers_at(a, sheet, row);

	return x ? x->cell[cell] : NULL;
}

void
answers_release(struct answers *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->a[i].no);
		free(a->a[i].rule);
		free(a->a[i].correlation);
		for (unsigned k = 0; k < ANSWER_CELLS; k++)
			free(a->a[i].cell[k]);
	}
	free(a->a);
	memset(a, 0, sizeof *a);
}
