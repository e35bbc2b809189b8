#include "log/succession.h"

#include <string.h>

#define FIRST_LINE "exhibit-succession/1\n"

void
vkey_print(const struct vkey *k, struct buf *out)
{
	unsigned char key[33];

	key[0] = k->type;
	memcpy(key + 1, k->key, 32);
	buf_printf(out, "%s+%02x%02x%02x%02x+", k->name, k->id[0], k->id[1], k->id[2], k->id[3]);
	base64_of(key, sizeof key, out);
	buf_byte(out, '\n');
}

void
succession_print(const struct succession *s, struct buf *out)
{
	buf_str(out, FIRST_LINE);
	checkpoint_print(&s->at, out);
	vkey_print(&s->older, out);
	vkey_print(&s->younger, out);
}

/* The line that begins at *p, with its line feed; *p moves behind it. NULL: there is none. */
static const char *
take_line(const char **p, const char *end, size_t *ret)
{
	const char *line = *p, *nl = memchr(line, '\n', (size_t)(end - line));

	if (nl == NULL)
		return NULL;
	*p = nl + 1;
	*ret = (size_t)(nl + 1 - line);
	return line;
}

int
succession_read(struct succession *s, const char *note, size_t n, const char **why)
{
	struct err e = { 0 };
	struct note x;
	const char *p, *end, *line;
	struct vkey *key[] = { &s->older, &s->younger };
	size_t len, checkpoint = 0;

	memset(s, 0, sizeof *s);
	if (note_parse(&x, note, n, why))
		return 1;
	*why = "want exhibit-succession/1, a checkpoint, and two keys of its log [S-15]";
	end = x.text + x.text_len;
	p = x.text + sizeof FIRST_LINE - 1;
	if (x.text_len < sizeof FIRST_LINE || memcmp(x.text, FIRST_LINE, sizeof FIRST_LINE - 1))
		return 1;
	/* its three lines in the middle are a checkpoint's */
	note = p;
	for (unsigned i = 0; i < 3; i++, checkpoint += len)
		if (take_line(&p, end, &len) == NULL)
			return 1;
	if (checkpoint_parse(&s->at, note, checkpoint) || s->at.size == 0)
		return 1;
	for (unsigned i = 0; i < 2; i++)
		if ((line = take_line(&p, end, &len)) == NULL ||
		    vkey_parse(key[i], line, len - 1, &e) || key[i]->type != 1 ||
		    strcmp(key[i]->name, s->at.origin))
			return 1;
	if (p != end || memcmp(s->older.key, s->younger.key, 32) == 0)
		return 1;
	/* the older one says who follows; the younger one, that somebody has it */
	*why = "both keys must have signed it [S-15]";
	return note_verify_by(&x, &s->older) != NOTE_VERIFIED ||
	    note_verify_by(&x, &s->younger) != NOTE_VERIFIED;
}
