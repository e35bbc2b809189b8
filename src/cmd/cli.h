/* The grammar both programs share (formats/output.md O-2): PROGRAM VERB FILE... [--id ID]... [options]. */
#ifndef CMD_CLI_H
#define CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct cli_option {
	const char *name;              /* without -- */
	char letter;                   /* or 0 */
	bool value;                    /* --name VALUE, else a switch */
};

struct cli;

struct cli_verb {
	const char *name, *summary, *help;          /* help begins with examples */
	const struct cli_option *options;           /* ends with a NULL name */
	int (*run)(const struct cli *c);            /* the exit status */
};

struct cli_program {
	const char *name, *summary;
	const struct cli_verb *verbs;               /* ends with a NULL name */
};

#define CLI_MAX 256

struct cli {
	const struct cli_program *program;
	const struct cli_verb *verb;
	const char *arg[CLI_MAX];
	unsigned n_args;
	struct { const struct cli_option *o; const char *value; } opt[CLI_MAX];
	unsigned n_opts;
};

/* Finds the verb, parses, answers --help and --version, runs; returns the exit status. */
int cli_main(const struct cli_program *p, int argc, char **argv);

/* The last value of an option, NULL if it was not given ("" for a switch). */
const char *cli_get(const struct cli *c, const char *name);
/* The i-th value given, NULL behind the last. */
const char *cli_nth(const struct cli *c, const char *name, unsigned i);

/* Prints `program: text` on stderr and returns the status. */
int cli_fail(const struct cli *c, const struct err *e);
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Flushes stdout; 74 if what was printed did not arrive, else status. */
int cli_done(const struct cli *c, int status);

#endif
