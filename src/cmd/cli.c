#include "cmd/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/version.h"

/* Edit distance, small words only. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[64], n = (unsigned)strlen(b);

	if (n > 62 || strlen(a) > 62)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diag = row[0], up;

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			up = row[j];
			row[j] = diag + (*a != b[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[n];
}

int
cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", c->program->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nHelp: %s %s%s--help\n", c->program->name, c->verb ? c->verb->name : "", c->verb ? " " : "");
	return EX_USAGE_ERR;
}

int
cli_fail(const struct cli *c, const struct err *e)
{
	struct buf b;

	buf_init(&b, 8192);
	text_plain(&b, e->text, strlen(e->text));
	fprintf(stderr, "%s: %.*s\n", c->program->name, (int)b.len, b.p ? (char *)b.p : "");
	buf_release(&b);
	return e->status;
}

int
cli_done(const struct cli *c, int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: standard output cannot be written: what was printed is not complete\n", c->program->name);
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

/* One argument of the form --name, --name=VALUE, -x or -x VALUE. 0, or the exit status. */
static int
option(struct cli *c, int argc, char **argv, int *i)
{
	const char *a = argv[*i], *eq = strchr(a, '=');
	const struct cli_option *o, *best = NULL;
	unsigned near = 4;

	for (o = c->verb->options; o && o->name; o++) {
		if (a[1] == '-' ? strlen(o->name) == (eq ? (size_t)(eq - a - 2) : strlen(a + 2)) && strncmp(a + 2, o->name, strlen(o->name)) == 0 :
		    o->letter && a[1] == o->letter && a[2] == '\0')
			break;
		if (a[1] == '-' && distance(a + 2, o->name) < near) {
			near = distance(a + 2, o->name);
			best = o;
		}
	}
	if (o == NULL || o->name == NULL)
		return best ? cli_usage(c, "unknown option %s; did you mean --%s?", a, best->name) : cli_usage(c, "unknown option %s", a);
	if (c->n_opts == CLI_MAX)
		return cli_usage(c, "too many options");
	c->opt[c->n_opts].o = o;
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

int
cli_main(const struct cli_program *p, int argc, char **argv)
{
	struct cli c = { .program = p };
	const struct cli_verb *v, *best = NULL;
	unsigned near = 4;
	bool only_args = false;
	int rc;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (strcmp(argv[1], "help") == 0 && argc < 3)) {
		help(p);
		return cli_done(&c, argc < 2 ? EX_USAGE_ERR : 0);
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s (archive format 1)\n", p->name, EXHIBIT_VERSION);
		return cli_done(&c, 0);
	}
	if (strcmp(argv[1], "help") == 0) {
		argv++;
		argc--;
		only_args = true;
	}
	for (v = p->verbs; v->name && strcmp(v->name, argv[1]); v++)
		if (distance(v->name, argv[1]) < near) {
			near = distance(v->name, argv[1]);
			best = v;
		}
	if (v->name == NULL)
		return best ? cli_usage(&c, "unknown verb %s; did you mean %s?", argv[1], best->name) : cli_usage(&c, "unknown verb %s", argv[1]);
	c.verb = v;
	for (int i = 2; i < argc || only_args; i++) {
		if ((only_args && argc == 2) || strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			printf("%s", v->help);
			return cli_done(&c, 0);
		}
		if (!only_args && strcmp(argv[i], "--") == 0) {
			for (i++; i < argc && c.n_args < CLI_MAX; i++)
				c.arg[c.n_args++] = argv[i];
			break;
		}
		if (argv[i][0] == '-' && argv[i][1] != '\0') {
			if ((rc = option(&c, argc, argv, &i)))
				return rc;
		} else if (c.n_args < CLI_MAX) {
			c.arg[c.n_args++] = argv[i];
		} else {
			return cli_usage(&c, "more than %d files", CLI_MAX);
		}
	}
	return cli_done(&c, v->run(&c));
}
