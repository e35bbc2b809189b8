/*
 * src/cmd/: the two command lines, and the only place that prints, has options or ends with a
 * status. cli.h parses for both, secrets.h hides passwords in messages; analyze/ is exhibit,
 * export/ is exhibit-export. A verb is a row of verbs.def and a function that asks a layer and
 * prints its answer.
 *
 * The grammar both programs share (formats/output.md O-2): PROGRAM VERB FILE... [--id ID]...
 * [options].
 */
#ifndef CMD_CLI_H
#define CMD_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/zone.h"

struct cli;

/* Flags of an option. */
#define CLI_MANY 1u /* may be given several times; others only with one value */
/* a file that is read: `-` is stdin, which can be read once */
#define CLI_FILE 2u
/* an empty value means something, or is refused where it is understood */
#define CLI_EMPTY 8u
#define CLI_LIST 4u /* several words, commas between */

/* The first three members suffice: an option whose values are looked at by its verb. */
struct cli_option {
	const char *name; /* without -- */
	char letter;      /* or 0 */
	bool value;       /* --name VALUE, else a switch */
	unsigned flags;
	/* the values there are, blanks between; NULL: `word`, or any */
	const char *words;
	const char *(*word)(unsigned i); /* the i-th value there is, NULL behind the last */
	/* Looks at a value. 0, or the exit status (printed). */
	int (*check)(const struct cli *c, const struct cli_option *o, const char *value);
};

#define CLI_SWITCH(name) \
	{ \
		name, 0, false, 0, NULL, NULL, NULL \
	}
#define CLI_VALUE(name) \
	{ \
		name, 0, true, 0, NULL, NULL, NULL \
	}
#define CLI_VALUES(name) \
	{ \
		name, 0, true, CLI_MANY, NULL, NULL, NULL \
	}
#define CLI_WORD(name, words) \
	{ \
		name, 0, true, 0, words, NULL, NULL \
	}
#define CLI_CHECKED(name, check) \
	{ \
		name, 0, true, 0, NULL, NULL, check \
	}
#define CLI_END \
	{ \
		NULL, 0, false, 0, NULL, NULL, NULL \
	}

/* Forms of what is printed: the values of -o (output.md O-19). */
enum cli_form {
	OUT_TABLE = 1,
	OUT_JSON = 2,
	OUT_JSONL = 4,
	OUT_CSV = 8,
	OUT_YAML = 16,
	OUT_HTML = 32,
	OUT_TSV = 64,
	OUT_MD = 128
};

/* A verb's forms, or those that it has with a switch. The first row that fits counts. */
struct cli_forms {
	const char *verb, *with; /* with: a switch, NULL: in any case */
	enum cli_form usual;     /* without -o */
	unsigned forms;          /* of enum cli_form */
};

struct cli_verb {
	const char *name, *summary, *help; /* help begins with examples */
	const struct cli_option *options;  /* ends with a NULL name */
	int (*run)(const struct cli *c);   /* the exit status */
};

struct cli_program {
	const char *name, *summary;
	const struct cli_verb *verbs;  /* ends with a NULL name */
	const struct cli_forms *forms; /* ends with a NULL verb */
	/* What options mean together. 0, or the exit status (printed). */
	int (*check)(const struct cli *c);
	/* verbs whose tables are wrapped, blanks between: none whose lines are copied */
	const char *wrapped;
	/* an option that is not CLI_MANY has one value; else its last one counts */
	bool once;
};

#define CLI_MAX 256

struct cli {
	const struct cli_program *program;
	const struct cli_verb *verb;
	const char *arg[CLI_MAX];
	unsigned n_args;
	struct {
		const struct cli_option *o;
		const char *value;
	} opt[CLI_MAX];
	unsigned n_opts;
	enum cli_form form; /* of -o, or what the verb usually prints */
	/* of the terminal that stdout is, in columns; 0: it is none */
	unsigned width;
	unsigned said_width; /* the same of stderr */
	/* --zone; NULL: UTC alone */
	const struct zone *zone;
	bool utf8; /* it is one that shows UTF-8 */
};

/* Finds the verb, parses, looks at every value (J-13: nothing is swallowed), answers --help and
 * --version, runs; returns the exit status. */
int cli_main(const struct cli_program *p, int argc, char **argv);

/* The last value of an option, NULL if it was not given ("" for a switch). */
const char *cli_get(const struct cli *c, const char *name);
/* The i-th value given, NULL behind the last. */
const char *cli_nth(const struct cli *c, const char *name, unsigned i);

/* Prints `program: text` on stderr and returns the status. */
int cli_fail(const struct cli *c, const struct err *e);
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A sentence about what was done, `program: text` on stderr. Texts of others in it are made
 * harmless. */
void cli_note(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text as it may be shown: harmless, and without the passwords of addresses on the command
 * line, or parts of them (J-14). */
void cli_text(const struct cli *c, const char *text, struct buf *out);

/*
 * Says that `value` is no value of what (such as `--rule`): the nearest of those there are, if
 * one is near, and all of them. The exit status.
 * word: the i-th of them, NULL behind the last.
 */
int cli_unknown(const struct cli *c, const char *what, const char *value,
    const char *(*word)(void *arg, unsigned i), void *arg);

/* Flushes stdout; 74 if what was printed did not arrive, else status. */
int cli_done(const struct cli *c, int status);

#endif
