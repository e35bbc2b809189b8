#include "cmd/analyze/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cmd/analyze/memory_file.h"
#include "cmd/version.h"
#include "json/emit.h"
#include "os/os.h"

#define LINE_MAX_BYTES (1u << 20)
#define CLAIM 11u /* bytes before the 64 digits, a quote and a brace that a line ends with */

/* The one of this process; fd -1: none is kept. */
static struct {
	int fd;
	struct journal_chain chain; /* what was held against itself */
	uint8_t tool[32];           /* of this program's own file */
	bool tool_known;
	struct buf command; /* as an array */
	struct buf files;   /* elements of the array, commas between */
	uint8_t policy[32], memory[32];
	bool with_policy, with_memory;
} journal = { .fd = -1 };

static const char *
path_of(const struct cli *c)
{
	const char *given = cli_get(c, "journal"), *usual = getenv("EXHIBIT_JOURNAL");

	return given ? given : usual && *usual ? usual : NULL;
}

bool
journal_follow(struct journal_chain *c, const char *p, size_t n)
{
	struct sha256 *s = sha256_new();
	const size_t tail = CLAIM + 64 + 2;
	bool fits = s != NULL;

	while (fits && n) {
		const char *nl = memchr(p, '\n', n), *claim;
		uint8_t d[32];
		size_t len = nl ? (size_t)(nl - p) : 0;

		claim = p + len - tail;
		fits = nl && len > tail && memcmp(claim, ",\"before\":\"", CLAIM) == 0 &&
		    memcmp(p + len - 2, "\"}", 2) == 0 && hex_to(claim + CLAIM, 64, d) &&
		    memcmp(d, c->before, 32) == 0;
		if (!fits)
			break;
		sha256_once(s, p, len + 1, c->before);
		c->bytes += len + 1;
		c->lines++;
		n -= len + 1;
		p = nl + 1;
	}
	sha256_free(s);
	return fits;
}

/* The program that runs, as it lies on the disk. */
static void
know_tool(void)
{
	static unsigned char piece[1 << 16];
	struct sha256 *s = sha256_new();
	int fd = os_open_program();
	ssize_t n = -1;

	if (s && fd >= 0) {
		sha256_begin(s);
		while ((n = read(fd, piece, sizeof piece)) > 0)
			sha256_add(s, piece, (size_t)n);
		sha256_end(s, journal.tool);
	}
	journal.tool_known = n == 0;
	if (fd >= 0)
		close(fd);
	sha256_free(s);
}

const uint8_t *
journal_tool(void)
{
	if (!journal.tool_known)
		know_tool();
	return journal.tool_known ? journal.tool : NULL;
}

/* What was asked for, without passwords of addresses; kept, since the command line is gone when the
 * line is written. */
static void
keep_command(const struct cli *c)
{
	char name[64];
	struct emit e;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	emit_init(&e, &journal.command);
	emit_array(&e, NULL);
	emit_str(&e, NULL, c->verb->name);
	for (unsigned i = 0; i < c->n_args; i++) {
		buf_clear(&b);
		cli_text(c, c->arg[i], &b);
		emit_text(&e, NULL, (char *)b.p, b.len);
	}
	for (unsigned i = 0; i < c->n_opts; i++) {
		snprintf(name, sizeof name, "--%s", c->opt[i].o->name);
		emit_str(&e, NULL, name);
		if (!c->opt[i].o->value)
			continue;
		buf_clear(&b);
		cli_text(c, c->opt[i].value, &b);
		emit_text(&e, NULL, (char *)b.p, b.len);
	}
	emit_end(&e);
	buf_release(&b);
}

/* Opens it, and holds it against itself. -1 (e). */
static int
open_journal(const char *path, struct err *e)
{
	struct stat st;
	char *text;
	size_t n = 0;

	if ((journal.fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) <
	    0) {
		err_errno(e, "journal %s", path);
		if (errno == ENOENT)
			e->status = EX_CANT_CREATE;
		return -1;
	}
	if (fstat(journal.fd, &st))
		return err_errno(e, "journal %s", path);
	if (memory_own("journal", path, &st, e) ||
	    (text = file_slurp(path, JOURNAL_MAX, &n, e)) == NULL)
		return -1;
	if (!journal_follow(&journal.chain, text, n))
		err_set(e, EX_DATA_ERR,
		    "journal %s, line %" PRIu64 ": it does not follow from the one before: the "
		    "journal was changed; keep it, "
		    "and begin another [M-5]",
		    path, journal.chain.lines + 1);
	free(text);
	return e->status ? -1 : 0;
}

int
journal_begin(const struct cli *c, struct err *e)
{
	const char *path = path_of(c);

	/* two exports at once are one run */
	if (path == NULL || journal.fd >= 0)
		return 0;
	if (open_journal(path, e)) {
		if (journal.fd >= 0)
			close(journal.fd);
		journal.fd = -1;
		return -1;
	}
	buf_init(&journal.files, LINE_MAX_BYTES);
	buf_init(&journal.command, LINE_MAX_BYTES);
	keep_command(c);
	know_tool();
	return 0;
}

/* ---- what the run looked at */

static void
put_file(const char *name, uint64_t bytes, const uint8_t *d, const struct archive *a)
{
	const struct checkpoint *seal = a ? archive_seal(a) : NULL;
	struct emit e;

	if (journal.files.len)
		buf_byte(&journal.files, ',');
	emit_init(&e, &journal.files);
	emit_object(&e, NULL);
	emit_str(&e, "name", name);
	emit_u64(&e, "bytes", bytes);
	if (d)
		emit_hash(&e, "sha256", d);
	if (seal) {
		emit_str(&e, "origin", seal->origin);
		emit_u64(&e, "size", seal->size);
		emit_hash(&e, "root", seal->root);
	}
	emit_end(&e);
}

void
journal_file(const char *name, uint64_t bytes, const uint8_t d[32])
{
	const char *slash = strrchr(name, '/');

	if (journal.fd >= 0)
		put_file(slash ? slash + 1 : name, bytes, d, NULL);
}

void
journal_evidence(const struct evidence *v)
{
	struct sha256 *s;

	if (journal.fd < 0 || (s = sha256_new()) == NULL)
		return;
	for (unsigned i = 0; i < v->n; i++)
		if (v->archive[i])
			put_file(archive_name(v->archive[i]), archive_bytes(v->archive[i]),
			    archive_digested(v->archive[i]) ? archive_sha256(v->archive[i]) : NULL,
			    v->archive[i]);
	for (unsigned i = 0; i < v->n_sides; i++) {
		const struct given *x = &v->side[i];

		if (strcmp(x->option, "policy") == 0) {
			sha256_once(s, x->text, x->n, journal.policy);
			journal.with_policy = true;
		} else if (strcmp(x->option, "memory") == 0) {
			sha256_once(s, x->text, x->n, journal.memory);
			journal.with_memory = true;
		}
	}
	sha256_free(s);
}

/* ---- its line */

static void
put_line(int status, struct buf *out)
{
	char now[MEMORY_TIME];
	struct emit e;

	memory_now(now);
	emit_init(&e, out);
	emit_object(&e, NULL);
	emit_u64(&e, "no", journal.chain.lines + 1);
	emit_str(&e, "time", now);
	emit_raw(&e, "command", (char *)journal.command.p, journal.command.len);
	emit_str(&e, "tool", "exhibit " EXHIBIT_VERSION);
	if (journal.tool_known)
		emit_hash(&e, "tool_sha256", journal.tool);
	else
		emit_null(&e, "tool_sha256");
	emit_array(&e, "files");
	if (journal.files.len)
		emit_raw(&e, NULL, (char *)journal.files.p, journal.files.len);
	emit_end(&e);
	if (journal.with_policy)
		emit_hash(&e, "policy_sha256", journal.policy);
	if (journal.with_memory)
		emit_hash(&e, "memory_sha256", journal.memory);
	emit_u64(&e, "status", (uint64_t)status);
	emit_hash(&e, "before", journal.chain.before);
	emit_end(&e);
	buf_byte(out, '\n');
}

/* Takes in what other runs appended meanwhile. Under the lock. false: it cannot be, or does not
 * follow. */
static bool
catch_up(void)
{
	struct stat st;
	char *text;
	size_t n;
	bool fits = false;

	if (fstat(journal.fd, &st) || (uint64_t)st.st_size < journal.chain.bytes ||
	    (uint64_t)st.st_size - journal.chain.bytes > JOURNAL_MAX)
		return false;
	n = (size_t)((uint64_t)st.st_size - journal.chain.bytes);
	if ((text = malloc(n + 1)) != NULL &&
	    pread(journal.fd, text, n, (off_t)journal.chain.bytes) == (ssize_t)n)
		fits = journal_follow(&journal.chain, text, n);
	free(text);
	return fits;
}

int
journal_end(int status)
{
	struct buf b;
	bool written;

	if (journal.fd < 0)
		return status;
	buf_init(&b, 4 * LINE_MAX_BYTES);
	/* a lock of the open file: it goes with it */
	written = os_lock(journal.fd) && catch_up();
	if (written)
		put_line(status, &b);
	written = written && !b.failed && !journal.files.failed && !journal.command.failed &&
	    write(journal.fd, b.p, b.len) == (ssize_t)b.len && fsync(journal.fd) == 0;
	if (!written) {
		fprintf(
		    stderr, "exhibit: the journal could not be written: this run is not in it\n");
		status = status < EX_USAGE_ERR ? EX_IO_ERR : status;
	}
	buf_release(&b);
	buf_release(&journal.files);
	buf_release(&journal.command);
	close(journal.fd);
	journal.fd = -1;
	return status;
}
