/* Notes and stamps that were given, or lie beside the files (formats/trust.md W-7). */
#ifndef CMD_ANALYZE_ANCHORS_GIVEN_H
#define CMD_ANALYZE_ANCHORS_GIVEN_H

struct evidence;

/* Before the sandbox: what the options name, and what lies beside. 0 or -1 (v->err). */
int anchors_read(struct evidence *v, const char *const *path, unsigned n);
/* Behind it: keys and authorities. 0 or -1 (v->err). */
int anchors_parse(struct evidence *v);
/* When the files are open, and stand in the order in which they were given. */
void anchors_bind(struct evidence *v);
/* When they are vouched for: fills v->dates, and says what was found. 0 or -1 (v->err). */
int anchors_date(struct evidence *v);
void anchors_release(struct evidence *v);

#endif
