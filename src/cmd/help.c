#include "cmd/help.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd/screen.h"

/* The column at which the text of a line stands: behind the blanks after an option, or where the
 * line begins. */
static size_t
text_column(const char *line, size_t n)
{
	size_t lead = strspn(line, " ");

	for (size_t i = lead; i + 2 < n; i++)
		if (line[i] == ' ' && line[i + 1] == ' ')
			return i + strspn(line + i, " ");
	return lead;
}

/* Is the line behind this one more of its text? Between options none begins alike. */
static bool
goes_on(const char *line, size_t n, const char *next)
{
	size_t lead = strspn(next, " "), column = text_column(line, n);

	return n && next[0] && next[0] != '\n' && lead == column && (lead == 0 || lead > 4);
}

void
help_print(const char *text, unsigned width)
{
	struct screen_wish w = { width, NULL, false };
	const char *rest = strstr(text, "\n\n");
	bool joined = false;

	if (width == 0 || rest == NULL || strncmp(text, "Examples:", 9)) {
		printf("%s", text);
		return;
	}
	printf("%.*s\n", (int)(rest - text), text);
	/* without memory the terminal wraps it */
	(void)fflush(stdout);
	(void)screen_begin(&w);
	for (const char *p = rest + 1, *end; *p; p = end) {
		size_t n = strcspn(p, "\n"), skip = joined ? strspn(p, " ") : 0;

		end = p + n + (p[n] == '\n');
		joined = goes_on(p, n, end);
		printf("%.*s%s", (int)(n - skip), p + skip, joined ? " " : "\n");
	}
}
