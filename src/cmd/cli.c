#include "cmd/cli.h"

#include "cmd/help.h"
#include "cmd/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/say.h"
#include "cmd/secrets.h"
#include "cmd/version.h"
#include "os/os.h"

int
cli_done(const struct cli *c, int status)
{
	int told = screen_end();

	if (told || fflush(stdout) || ferror(stdout)) {
		fprintf(stderr,
		    "%s: standard output cannot be written: what was printed is not complete\n",
		    c->program->name);
		return EX_IO_ERR;
	}
	return status;
}

const char *
cli_nth(const struct cli *c, const char *name, unsigned i)
{
	for (unsigned k = 0; k < c->n_opts; k++)
		if (strcmp(c->opt[k].o->name, name) == 0 && i-- == 0)
			return c->opt[k].value;
	return NULL;
}

const char *
cli_get(const struct cli *c, const char *name)
{
	const char *v = NULL;

	for (unsigned k = 0; k < c->n_opts; k++)
		if (strcmp(c->opt[k].o->name, name) == 0)
			v = c->opt[k].value;
	return v;
}

static void
help(const struct cli_program *p)
{
	printf("%s: %s\n\n", p->name, p->summary);
	for (const struct cli_verb *v = p->verbs; v->name; v++)
		printf("  %-12s %s\n", v->name, v->summary);
	printf("\n%s VERB --help begins with examples; %s --version\n", p->name, p->name);
}

static const struct {
	const char *name;
	enum cli_form form;
} form_name[] = { { "table", OUT_TABLE }, { "json", OUT_JSON }, { "jsonl", OUT_JSONL },
	{ "csv", OUT_CSV }, { "yaml", OUT_YAML }, { "html", OUT_HTML }, { "tsv", OUT_TSV },
	{ "md", OUT_MD }, { "wide", OUT_TABLE } };

#define FORMS (sizeof form_name / sizeof *form_name)

/* Is a word in a list with blanks between? */
static bool
in_list(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p && *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && memcmp(p, word, n) == 0)
			return true;
	return false;
}

/* Has a verb this one of them? `wide` is a table, of a verb whose tables are as wide as a
 * terminal. */
static bool
form_fits(const struct cli_program *p, const char *verb, unsigned forms, unsigned i)
{
	return (forms & form_name[i].form) &&
	    (in_list(p->wrapped, verb) || strcmp(form_name[i].name, "wide"));
}

/* The forms that a verb has, with whatever switch, blanks between. */
static void
list_forms(const struct cli_program *p, const struct cli_verb *v)
{
	unsigned forms = 0, n = 0;

	for (const struct cli_forms *f = p->forms; f && f->verb; f++)
		if (strcmp(f->verb, v->name) == 0)
			forms |= f->forms;
	for (unsigned i = 0; i < FORMS; i++)
		if (form_fits(p, v->name, forms, i))
			printf("%s%s", n++ ? " " : "", form_name[i].name);
}

/*
 * The tables of verbs and options, for what completes a command line (tools/pages.py): lines
 * `verb NAME SUMMARY`, and for each of its options `option NAME LETTER KIND VALUES`, between tabs;
 * LETTER may be -, KIND is switch, value, file or words.
 */
static void
list_options(const struct cli_program *p)
{
	for (const struct cli_verb *v = p->verbs; v->name; v++) {
		printf("verb\t%s\t%s\n", v->name, v->summary);
		for (const struct cli_option *o = v->options; o->name; o++) {
			printf("option\t%s\t%c\t%s\t", o->name, o->letter ? o->letter : '-',
			    !o->value               ? "switch" :
				o->flags & CLI_FILE ? "file" :
				o->words || o->word ? "words" :
						      "value");
			if (o->words)
				printf("%s", o->words);
			for (unsigned i = 0; o->word && o->word(i); i++)
				printf("%s%s", i ? " " : "", o->word(i));
			if (strcmp(o->name, "output") == 0)
				list_forms(p, v);
			printf("\n");
		}
	}
}

/* One argument of the form --name, --name=VALUE, -x or -x VALUE. 0, or the exit status. */
static int
option(struct cli *c, int argc, char **argv, int *i)
{
	const char *a = argv[*i], *eq = strchr(a, '=');
	const struct cli_option *o, *best = NULL;
	unsigned near = 4;

	/* by its whole name, or by its letter; the nearest name is kept for the message */
	for (o = c->verb->options; o && o->name; o++) {
		if (a[1] == '-' ? strlen(o->name) == (eq ? (size_t)(eq - a - 2) : strlen(a + 2)) &&
			    strncmp(a + 2, o->name, strlen(o->name)) == 0 :
				  o->letter && a[1] == o->letter && a[2] == '\0')
			break;
		if (a[1] == '-' && word_distance(a + 2, o->name) < near) {
			near = word_distance(a + 2, o->name);
			best = o;
		}
	}
	if (o == NULL || o->name == NULL)
		return best ?
		    cli_usage(c, "unknown option %.200s; did you mean --%s?", a, best->name) :
		    cli_usage(c, "unknown option %.200s", a);
	if (c->n_opts == CLI_MAX)
		return cli_usage(c, "too many options");
	c->opt[c->n_opts].o = o;
	/* a value where none belongs, or none where one does */
	if (!o->value) {
		if (eq && a[1] == '-')
			return cli_usage(c, "--%s takes no value", o->name);
		c->opt[c->n_opts++].value = "";
	} else if (eq && a[1] == '-') {
		c->opt[c->n_opts++].value = eq + 1;
	} else if (++*i < argc) {
		c->opt[c->n_opts++].value = argv[*i];
	} else {
		return cli_usage(c, "--%s wants a value", o->name);
	}
	return 0;
}

/* ---- values, looked at before anything is opened */

struct words {
	char list[600];
	const char *word[64];
};

static const char *
split_word(void *arg, unsigned i)
{
	const struct words *w = arg;

	return i < 64 ? w->word[i] : NULL;
}

static const char *
table_word(void *arg, unsigned i)
{
	const struct cli_option *o = arg;

	return o->word(i);
}

static void
words_split(struct words *w, const char *list)
{
	unsigned n = 0;
	char *save;

	memset(w->word, 0, sizeof w->word);
	snprintf(w->list, sizeof w->list, "%s", list);
	for (char *p = strtok_r(w->list, " ", &save); p && n < 63; p = strtok_r(NULL, " ", &save))
		w->word[n++] = p;
}

/* One word of an option that has a list of them. 0, or the exit status. */
static int
known_word(const struct cli *c, const struct cli_option *o, const char *value)
{
	const char *(*word)(void *arg, unsigned i) = o->words ? split_word : table_word;
	const char *w;
	struct words words;
	void *arg = (void *)(uintptr_t)o;
	char what[64];

	if (o->words) {
		words_split(&words, o->words);
		arg = &words;
	}
	for (unsigned i = 0; (w = word(arg, i)) != NULL; i++)
		if (strcmp(w, value) == 0)
			return 0;
	snprintf(what, sizeof what, "--%s", o->name);
	return cli_unknown(c, what, value, word, arg);
}

static int
known_words(const struct cli *c, const struct cli_option *o, const char *value)
{
	char *copy, *next;
	int status = 0;

	if ((o->flags & CLI_LIST) == 0)
		return known_word(c, o, value);
	if ((copy = strdup(value)) == NULL)
		return EX_OS_ERR;
	next = copy;
	for (char *one; status == 0 && (one = strsep(&next, ",")) != NULL;)
		status = known_word(c, o, one);
	free(copy);
	return status;
}

struct form_words {
	const struct cli_program *program;
	const char *verb;
	unsigned forms;
};

static const char *
form_word(void *arg, unsigned i)
{
	const struct form_words *w = arg;

	for (unsigned k = 0; k < FORMS; k++)
		if (form_fits(w->program, w->verb, w->forms, k) && i-- == 0)
			return form_name[k].name;
	return NULL;
}

/* -o against the forms that the verb has, as it was asked. 0, or the exit status. */
static int
check_form(struct cli *c)
{
	const char *value = cli_get(c, "output");
	const struct cli_forms *f = c->program->forms;
	char what[80];

	while (
	    f && f->verb && (strcmp(f->verb, c->verb->name) || (f->with && !cli_get(c, f->with))))
		f++;
	if (f == NULL || f->verb == NULL)
		return 0;
	c->form = f->usual;
	if (value == NULL)
		return 0;
	for (unsigned k = 0; k < FORMS; k++)
		if (form_fits(c->program, c->verb->name, f->forms, k) &&
		    strcmp(value, form_name[k].name) == 0) {
			c->form = form_name[k].form;
			return 0;
		}
	snprintf(what, sizeof what, "-o of %s%s%s", c->verb->name, f->with ? " --" : "",
	    f->with ? f->with : "");
	return cli_unknown(
	    c, what, value, form_word, &(struct form_words){ c->program, c->verb->name, f->forms });
}

/* How wide, by whose clock, with which colours: --width, --zone and the terminal say. 0, or the
 * exit status (printed). */
static int
begin_screen(struct cli *c)
{
	const char *width = cli_get(c, "width"), *zone = cli_get(c, "zone"),
		   *form = cli_get(c, "output"), *term = getenv("TERM");
	const char *const plain = getenv("NO_COLOR");
	struct screen_wish w = { 0, NULL, false };
	bool table = c->form == OUT_TABLE && cli_get(c, "out") == NULL &&
	    in_list(c->program->wrapped, c->verb->name);
	uint64_t n;

	c->width = screen_width(1);
	if (width && dec_u64(width, strlen(width), &n))
		c->width = (unsigned)n;
	if (form && strcmp(form, "wide") == 0)
		c->width = 0;
	c->zone = zone ? zone_named(zone) : NULL;
	if (!table && (width || zone))
		return cli_usage(c, "--%s is of tables that are printed, not of this form",
		    width ? "width" : "zone");
	if (!table)
		return 0;
	w = (struct screen_wish){ c->width, c->zone,
		isatty(1) && (plain == NULL || plain[0] == '\0') &&
		    !(term && strcmp(term, "dumb") == 0) && strcmp(c->verb->name, "verify") == 0 };
	if (screen_begin(&w) == 0)
		return 0;
	fprintf(stderr, "%s: out of memory\n", c->program->name);
	return EX_OS_ERR;
}

/* Is stdout a terminal that shows UTF-8, by the first of its variables that is set? */
static bool
terminal_utf8(void)
{
	static const char *const name[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (unsigned i = 0; isatty(1) && i < sizeof name / sizeof *name; i++) {
		const char *value = getenv(name[i]);

		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
	}
	return false;
}

/* The rules that hold for every option of every verb. 0, or the exit status. */
static int
check_options(struct cli *c)
{
	unsigned stdins = 0;
	int status;

	for (unsigned i = 0; i < c->n_args; i++) {
		if (c->arg[i][0] == '\0')
			return cli_usage(c, "an empty name of a file");
		stdins += strcmp(c->arg[i], "-") == 0;
	}
	if ((status = check_form(c)) != 0)
		return status;
	for (unsigned i = 0; i < c->n_opts; i++) {
		const struct cli_option *o = c->opt[i].o;
		const char *value = c->opt[i].value;

		if (!o->value)
			continue;
		for (unsigned k = 0; k < i && c->program->once && (o->flags & CLI_MANY) == 0; k++)
			if (c->opt[k].o == o && strcmp(c->opt[k].value, value))
				return cli_usage(c, "--%s was given twice, as %.200s and as %.200s",
				    o->name, c->opt[k].value, value);
		if ((o->words || o->word) && (status = known_words(c, o, value)) != 0)
			return status;
		if (value[0] == '\0' && (o->flags & CLI_EMPTY) == 0)
			return cli_usage(c, "--%s wants a value, and it is empty", o->name);
		if (o->check && (status = o->check(c, o, value)) != 0)
			return status;
		stdins += o->flags & CLI_FILE && strcmp(value, "-") == 0;
	}
	if (stdins > 1)
		return cli_usage(
		    c, "standard input can be read once, and - stands for it %u times", stdins);
	return c->program->check ? c->program->check(c) : 0;
}

/* What is asked of the program and of no verb. False: nothing of that kind. */
static bool
asked_of_program(const struct cli_program *p, int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc < 3))
		help(p);
	else if (strcmp(argv[1], "--list-options") == 0)
		list_options(p);
	else if (strcmp(argv[1], "--version") == 0)
		printf("%s %s (archive format 1)\n", p->name, EXHIBIT_VERSION);
	else
		return false;
	return true;
}

/* NULL: there is none of that name; *ret_best: the one that is spelled most like it, or NULL. */
static const struct cli_verb *
verb_named(const struct cli_program *p, const char *name, const struct cli_verb **ret_best)
{
	unsigned near = 4;

	*ret_best = NULL;
	for (const struct cli_verb *v = p->verbs; v->name; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
		if (word_distance(v->name, name) < near) {
			near = word_distance(v->name, name);
			*ret_best = v;
		}
	}
	return NULL;
}

static int
take_argument(struct cli *c, char *word)
{
	if (c->n_args == CLI_MAX)
		return cli_usage(c, "more than %d files", CLI_MAX);
	c->arg[c->n_args++] = word;
	return 0;
}

/* Options and arguments behind the verb; behind -- there are arguments alone. 0, or the exit
 * status; *ret_help: the verb's help was asked for instead. */
static int
take_words(struct cli *c, int argc, char **argv, bool *ret_help)
{
	bool only_args = false;
	int rc = 0;

	for (int i = 2; i < argc && rc == 0; i++) {
		if (only_args) {
			rc = take_argument(c, argv[i]);
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			*ret_help = true;
			return 0;
		} else if (strcmp(argv[i], "--") == 0) {
			only_args = true;
		} else if (argv[i][0] == '-' && argv[i][1] != '\0') {
			rc = option(c, argc, argv, &i);
		} else {
			rc = take_argument(c, argv[i]);
		}
	}
	return rc;
}

int
cli_main(const struct cli_program *p, int argc, char **argv)
{
	struct cli c = { .program = p, .said_width = screen_width(2) };
	const struct cli_verb *best;
	bool wants_help;
	int rc;

	/* a file that may not grow any further is an error of writing, told and cleaned up
	 * behind */
	os_begin();
	for (int i = 1; i < argc; i++)
		secrets_note(argv[i]);
	if (asked_of_program(p, argc, argv))
		return cli_done(&c, argc < 2 ? EX_USAGE_ERR : 0);
	/* help VERB is VERB --help, whatever stands behind it */
	if ((wants_help = strcmp(argv[1], "help") == 0)) {
		argv++;
		argc--;
	}
	if ((c.verb = verb_named(p, argv[1], &best)) == NULL)
		return best ?
		    cli_usage(&c, "unknown verb %.200s; did you mean %s?", argv[1], best->name) :
		    cli_usage(&c, "unknown verb %.200s", argv[1]);
	if (!wants_help && (rc = take_words(&c, argc, argv, &wants_help)) != 0)
		return rc;
	if (wants_help) {
		help_print(c.verb->help, screen_width(1));
		return cli_done(&c, 0);
	}
	if ((rc = check_options(&c)) != 0)
		return rc;
	c.utf8 = terminal_utf8();
	if ((rc = begin_screen(&c)) != 0)
		return rc;
	return cli_done(&c, c.verb->run(&c));
}
