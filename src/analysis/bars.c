/* Columns and bars of a text: eighths of a column where the terminal can show them. */
#include "analysis/inner.h"

void
put_bar(struct buf *b, int64_t n, int64_t of, unsigned columns, bool blocks)
{
	static const char *const part[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int64_t eighths = of > 0 && n > 0 ? (int64_t)((wide)n * columns * 8 / of) : 0;

	if (eighths > (int64_t)columns * 8)
		eighths = (int64_t)columns * 8;
	for (int64_t i = 0; i < eighths / 8; i++)
		buf_str(b, blocks ? "█" : "#");
	if (blocks)
		buf_str(b, part[eighths % 8]);
}

void
put_right(struct buf *b, struct buf *cell, size_t columns)
{
	for (size_t n = cell->len; n < columns; n++)
		buf_byte(b, ' ');
	buf_put(b, cell->p, cell->len);
	buf_str(b, "  ");
	buf_clear(cell);
}
