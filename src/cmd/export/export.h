#ifndef CMD_EXPORT_EXPORT_H
#define CMD_EXPORT_EXPORT_H

#include "cmd/cli.h"
#include "source/session.h"

int cmd_keygen(const struct cli *c);
int cmd_inspect(const struct cli *c);
int cmd_archive(const struct cli *c);

/* The files of one argument, in byte order of their names: itself, or what a folder holds (not what its folders hold). */
struct file_list {
	char **path;
	unsigned n;
};

int files_of(const char *arg, struct file_list *ret, struct err *e);
void files_free(struct file_list *l);
/* Reads one argument into the session; fills *in. */
int read_argument(struct session *s, const char *arg, struct input *in, struct err *e);

#endif
