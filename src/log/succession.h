/* One key of a log follows another (seal.md S-15): a note that both of them signed. */
#ifndef LOG_SUCCESSION_H
#define LOG_SUCCESSION_H

#include "log/note.h"

struct succession {
	struct checkpoint at;       /* the last that the older key sealed */
	struct vkey older, younger; /* of one name */
};

/* The text of the note. */
void succession_print(const struct succession *s, struct buf *out);
/* A whole note: its form, and both signatures. 0; 1: it is none (*why). */
int succession_read(struct succession *s, const char *note, size_t n, const char **why);

/* A key as its line (S-6), with a line feed. */
void vkey_print(const struct vkey *k, struct buf *out);

#endif
