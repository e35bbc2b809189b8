/* One libFuzzer target per parser, chosen by -DTARGET_name; each calls one parser on one buffer. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <stdio.h>

#include "base/limits.h"
#include "event/event.h"
#include "json/json.h"
#include "log/note.h"
#include "source/session.h"
#include "verify/verify.h"
#include "yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#ifdef TARGET_json
/* What is written canonically is read again and written as the same bytes; what is surely canonical is what is written. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct json_doc d, e;
	struct buf a, b;
	bool plain, sure = json_surely_canonical((const char *)p, n, &plain);

	json_init(&d);
	json_init(&e);
	buf_init(&a, 64u << 20);
	buf_init(&b, 64u << 20);
	if (json_parse(&d, (const char *)p, n, EX_JSON_DEPTH) == 0 && json_write(&d, 0, JSON_CANONICAL, &a) == 0) {
		if (json_parse(&e, (char *)a.p, a.len, EX_JSON_DEPTH) || json_write(&e, 0, JSON_CANONICAL, &b) || a.len != b.len || memcmp(a.p, b.p, a.len))
			abort();
		if (sure && (a.len != n || memcmp(a.p, p, n)))
			abort();
		sure = false;
		buf_clear(&b);
		if (json_write(&e, 0, JSON_POSTGRES, &b) == 0) {
			struct buf c;

			buf_init(&c, 64u << 20);
			if (json_parse(&d, (char *)b.p, b.len, EX_JSON_DEPTH) || json_write(&d, 0, JSON_POSTGRES, &c) || c.len != b.len || memcmp(c.p, b.p, c.len))
				abort();
			buf_release(&c);
		}
	}
	if (sure) /* and no JSON, or a number that overflows */
		abort();
	json_release(&d);
	json_release(&e);
	buf_release(&a);
	buf_release(&b);
	return 0;
}
#endif

#ifdef TARGET_yaml
/* What is read is JSON. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct json_doc d;
	struct buf b;
	char why[200];

	json_init(&d);
	buf_init(&b, 16u << 20);
	if (yaml_to_json((const char *)p, n, &b, why) == 0 && json_parse(&d, (char *)b.p, b.len, YAML_DEPTH + 1))
		abort();
	json_release(&d);
	buf_release(&b);
	return 0;
}
#endif

#ifdef TARGET_body
/* What the strict reader accepts is built again byte for byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct event e;
	struct buf text, out;
	const char *why;

	buf_init(&text, 64u << 20);
	buf_init(&out, 64u << 20);
	if (n > 4 && event_parse_body(&e, (const char *)p + 1, n - 1, p[0] & 1 ? BODY_CLUSTER_ID : BODY_CLUSTER_NAME, true, &text, &why) == 0) {
		event_put_body(&out, &e, p[0] & 1 ? BODY_CLUSTER_ID : BODY_CLUSTER_NAME);
		if (out.len != n - 1 || memcmp(out.p, p + 1, n - 1))
			abort();
	}
	buf_release(&text);
	buf_release(&out);
	return 0;
}
#endif

#ifdef TARGET_note
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct vkey k;
	struct note note;
	struct checkpoint c;
	struct err e = { 0 };
	const char *why;

	vkey_parse(&k, (const char *)p, n, &e);
	if (note_parse(&note, (const char *)p, n, &why) == 0)
		checkpoint_parse(&c, note.text, note.text_len);
	checkpoint_parse(&c, (const char *)p, n);
	return 0;
}
#endif

#ifdef TARGET_cosigned
#include "trust/cosigned.h"

/* A witness's key on the first line, a note behind it: what is refused says why. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *end = memchr(p, '\n', n);
	size_t line = end ? (size_t)(end - p) : n;
	const struct witness_key *by;
	struct witness_key k;
	struct note note;
	struct note_sig sig;
	struct err e = { 0 };
	const char *why = NULL;
	uint64_t time;

	note_sig_parse(&sig, (const char *)p, line);
	if (witness_key_parse(&k, (const char *)p, line, &e)) {
		if (e.text[0] == 0)
			abort();
		return 0;
	}
	if (end == NULL || note_parse(&note, (const char *)end + 1, n - line - 1, &why))
		return 0;
	for (unsigned i = 0; i < note.n_sig; i++) {
		enum cosigned c = cosigned_by(&note, &note.sig[i], &k, 1, &by, &time);

		if ((c == COSIGNED_STRANGER) != (by == NULL) ||
		    (c == COSIGNED_VERIFIED) != (time != 0))
			abort();
	}
	return 0;
}
#endif

#ifdef TARGET_stamp
#include "trust/stamp.h"

/* An answer over 32 times A, as authorities give it, spoiled: it counts, or says why not. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t nonce[8] = "\x42\x42\x42\x42\x42\x42\x42\x42";
	uint8_t imprint[32];
	struct err e = { 0 };
	struct stamp s;

	memset(imprint, 'A', sizeof imprint);
	for (unsigned i = 0; i < 2; i++) {
		if (stamp_judge(&s, p, n, imprint, NULL, i ? nonce : NULL, &e))
			abort();
		if (s.counts != (s.why[0] == 0) || (s.counts && !s.dated))
			abort();
	}
	return 0;
}
#endif

#ifdef TARGET_memory
#include "trust/memory.h"

/* What is read and printed reads as the same; what is refused says why. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct auditor_memory m, again;
	struct buf one, two;
	struct err e = { 0 };

	if (memory_parse(&m, (const char *)p, n, &e)) {
		if (e.text[0] == 0)
			abort();
		memory_release(&m);
		return 0;
	}
	buf_init(&one, 64u << 20);
	buf_init(&two, 64u << 20);
	memory_print(&m, &one);
	if (memory_parse(&again, (const char *)one.p, one.len, &e))
		abort();
	memory_print(&again, &two);
	if (one.len != two.len || (one.len && memcmp(one.p, two.p, one.len)))
		abort();
	memory_release(&again);
	memory_release(&m);
	buf_release(&one);
	buf_release(&two);
	return 0;
}
#endif

#ifdef TARGET_proof
#include "trust/proven.h"

/* A proof is printed as it was read, and without a key or an expectation nothing is proven. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tlog_proof proof;
	struct proof_judges judges = { 0 };
	struct proven proven;
	struct err e = { 0 };
	struct buf out;
	char why[200] = "";
	int rc = tlog_parse(&proof, (const char *)p, n, why);

	if (rc < 0 || (rc == 1) != (why[0] != 0))
		abort();
	if (rc == 0) {
		buf_init(&out, 64u << 20);
		tlog_print(&proof, &out);
		if (out.len != n || memcmp(out.p, p, n))
			abort();
		buf_release(&out);
	}
	tlog_release(&proof);
	if (proven_judge(&proven, (const char *)p, n, &judges, &e) || proven.exit == 0)
		abort();
	proven_release(&proven);
	return 0;
}
#endif

#if defined(TARGET_rows) || defined(TARGET_gather) || defined(TARGET_zip) || defined(TARGET_archive)
static char path[64];
static int mem = -1;

static void
put_file(const uint8_t *p, size_t n)
{
	if (mem < 0) {
		mem = memfd_create("fuzz", 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", mem);
	}
	if (ftruncate(mem, 0) || pwrite(mem, p, n, 0) != (ssize_t)n)
		abort();
}
#endif

#ifdef TARGET_rows
/*
 * Any input through recognition and its reader, or with -DREADER=INPUT_… through that reader
 * whatever it is; nothing is written. What is read to its end is accounted for, byte by byte, in
 * three counters none of which is made from the others (record.md R-23).
 */
#ifndef READER
#define READER INPUT_UNKNOWN
#endif

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct session s = { .since = INT64_MIN,
		.until = INT64_MAX,
		.build = "",
		.options = "{}",
		.started_at = "" };
	struct input in = { .path = "fuzz" };
	struct err e = { 0 };
	struct stream *f;
	unsigned stray = 0;

	put_file(p, n);
	if (session_init(&s, &e) == 0 && (f = stream_open(path, &e)) != NULL) {
		in.kind = READER != INPUT_UNKNOWN ? READER : probe(f, "fuzz", &stray, &e);
		/* what is kept as it stands takes no --redact */
		if (n % 2 && in.kind != INPUT_MUST_GATHER && in.kind != INPUT_SERVER_EXPORT &&
		    in.kind != INPUT_DEAD_LETTERS)
			s.redact = redact_new(n % 3 ? "pii,actor_id,data.phase" : "bodies", &e);
		if (in.kind != INPUT_UNKNOWN && session_begin(&s, &in, &e) == 0 &&
		    session_file(&s, "fuzz", "fuzz", f, stray, &e) == 0) {
			if (in.bytes.read != in.bytes.understood + in.bytes.rejected ||
			    in.bytes.read != stream_read(f) + in.bytes.again)
				abort();
			if (input_pages_end(&in, "the server", NULL, &e) == 0)
				session_end(&s, &e);
		}
		stream_free(f);
	}
	session_release(&s);
	redact_free(s.redact);
	input_release(&in);
	return 0;
}
#endif

#ifdef TARGET_gather
#include "source/must_gather.h"

/*
 * A collection whose tar is in order and whose files are anybody's making: the input is cut at each
 * byte 0xff, the byte behind that says which file begins. What is read is accounted for.
 */
static void
put_tar(const uint8_t *p, size_t n)
{
	static const char *const name[] = { "k/collection-metadata.json", "k/SHA256SUMS",
		"k/sanitization-report.txt", "k/datastorage/audit-events.json",
		"k/datastorage/audit-events.json.pre-sanitize", "k/error.json",
		"k/crds/remediationrequests/all-instances.yaml",
		"k/crds/remediationrequests/crd-definition.yaml", "k/version-info.yaml", "k/logs/a.log",
		"README", "l/collection-metadata.json", "l/datastorage/audit-events.json",
		"l/crds/aianalyses/all-instances.yaml", "l/SHA256SUMS", "k/crds/a/all-instances.yaml" };
	struct buf tar;
	unsigned seen = 0;

	buf_init(&tar, 64u << 20);
	while (n) {
		const uint8_t *end = memchr(p, 0xff, n);
		size_t k = end ? (size_t)(end - p) : n, size = k ? k - 1 : 0;
		unsigned which = k ? p[0] % 16u : 0, sum = 0;
		char head[512] = { 0 };

		if (k && !(seen >> which & 1)) {
			seen |= 1u << which;
			snprintf(head, 100, "%s", name[which]);
			memcpy(head + 100, "0000644", 8);
			memcpy(head + 108, "0000000", 8);
			memcpy(head + 116, "0000000", 8);
			snprintf(head + 124, 12, "%011zo", size);
			memcpy(head + 136, "00000000000", 12);
			memset(head + 148, ' ', 8);
			head[156] = '0';
			memcpy(head + 257, "ustar\00000", 8);
			for (unsigned i = 0; i < 512; i++)
				sum += (unsigned char)head[i];
			snprintf(head + 148, 8, "%06o", sum);
			buf_put(&tar, head, 512);
			buf_put(&tar, p + 1, size);
			memset(head, 0, sizeof head);
			buf_put(&tar, head, (512 - size % 512) % 512);
		}
		p += k + (end != NULL);
		n -= k + (end != NULL);
	}
	for (unsigned i = 0; i < 1024; i++)
		buf_byte(&tar, 0);
	put_file(tar.p, tar.len);
	buf_release(&tar);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct session s = { .since = INT64_MIN,
		.until = INT64_MAX,
		.build = "",
		.options = "{}",
		.started_at = "",
		.unsanitised = n % 2 };
	struct gather_root *root = NULL;
	unsigned n_roots = 0;
	struct err e = { 0 };
	struct stream *f;
	struct bundle b;

	put_tar(p, n);
	if (session_init(&s, &e) == 0 && bundle_init(&b, gather_wants, &e) == 0 &&
	    (f = stream_open(path, &e)) != NULL) {
		if (bundle_tar(&b, f, "fuzz", &e) || gather_roots(&b, &root, &n_roots, &e))
			n_roots = 0;
		for (unsigned i = 0; i < n_roots && e.status == 0; i++) {
			struct input in = { .path = "fuzz", .kind = INPUT_MUST_GATHER };

			if (session_begin(&s, &in, &e) == 0 &&
			    read_must_gather(&s, &b, root, n_roots, i, i == 0, &e) == 0) {
				if (in.bytes.read != in.bytes.understood + in.bytes.rejected) {
					fprintf(stderr, "read %llu, understood %llu, rejected %llu\n",
					    (unsigned long long)in.bytes.read,
					    (unsigned long long)in.bytes.understood,
					    (unsigned long long)in.bytes.rejected);
					abort();
				}
				session_end(&s, &e);
			}
			input_release(&in);
		}
		free(root);
		stream_free(f);
	}
	bundle_release(&b);
	session_release(&s);
	return 0;
}
#endif

#ifdef TARGET_zip
/* A ZIP of anybody's making: no file in it is longer than it was unpacked, and each can be read. */
#include "source/bundle.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bundle b;
	struct err e = { 0 };
	struct stream *f;

	put_file(p, n);
	if (bundle_init(&b, NULL, &e) == 0 && (f = stream_open(path, &e)) != NULL) {
		if (bundle_zip(&b, f, "fuzz", &e) == 0) {
			uint64_t sum = 0;

			for (unsigned i = 0; i < b.n; i++) {
				struct stream *g = bundle_stream(&b, &b.file[i], &e);
				uint8_t sha[32];
				uint64_t bytes = 0;

				if (g && (stream_totals(g, &bytes, sha, &e) || bytes != b.file[i].bytes ||
					     memcmp(sha, b.file[i].sha256, 32)))
					abort();
				stream_free(g);
				sum += bytes;
			}
			if (sum != b.total)
				abort();
		}
		stream_free(f);
	}
	bundle_release(&b);
	return 0;
}
#endif

#ifdef TARGET_archive
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct attached *file;
	struct archive *a = NULL;
	struct verification v;
	struct err e = { 0 };

	put_file(p, n);
	memset(&v, 0, sizeof v);
	if ((file = archive_attach(path, path, 0, &e)) && archive_open(file, NULL, 0, &v.findings, &a, &e) >= 0) {
		v.archive = &a;
		v.n_archives = 1;
		v.threads = 1;
		if (vouch_judge(&a, 1, NULL, 0, NULL, 0, &v.findings, &e) == 0 && verify_run(&v, &e) == 0 && v.exit == 0)
			abort();                       /* nothing is verified without a key */
	}
	verify_release(&v);
	archive_close(a);
	return 0;
}
#endif

#ifdef TARGET_block
/* A packed head and bodies of anybody's making, behind frames that are in order; then each record through its view. */
#include <zstd.h>
#include "event/view.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static unsigned char blob[1 << 20];
	static ZSTD_CCtx *c;
	static struct unpacker *u;
	static struct view *view;
	static struct table *t;
	struct block_row row = { .no = 1 };
	struct block b;
	const char *why;
	char text[200];
	size_t head, k, l;

	if (c == NULL) {
		c = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
		u = unpacker_new(NULL, 0);
		view = view_new();
		t = table_new("audit_events", UTC_PG);
		for (unsigned i = 1; i <= COL_COUNT; i++)
			table_add(t, column_info[i].name, strlen(column_info[i].name), "", 0);
		table_add(t, "insert_seq", 10, "bigint", 6);
	}
	if (n < 5 || n > 200000)
		return 0;
	row.count = p[0] % 64u + 1;
	unpacker_read_disclosed(u, p[0] & 128);
	head = (size_t)(p[1] << 8 | p[2]) % (n - 3);
	row.raw_head = head;
	row.raw_body = n - 3 - head;
	k = ZSTD_compress2(c, blob, sizeof blob, p + 3, head);
	memset(blob + k, 0, 2 * row.count);
	row.head_len = k + 2 * row.count;
	l = ZSTD_compress2(c, blob + row.head_len, sizeof blob - row.head_len, p + 3 + head, row.raw_body);
	row.body_len = l;
	if (unpack(u, &row, blob, row.head_len + l, &b, text) == UNPACK_OK)
		for (uint32_t i = 0; i < b.n; i++)
			if (record_event_like(&b.rec[i]) && view_open(view, &b.rec[i], t, &why) >= 0) {
				for (unsigned col = 1; col <= COL_COUNT; col++)
					view_column(view, col);
				view_extra(view, COL_COUNT);
			}
	return 0;
}
#endif

#ifdef TARGET_rebuild
/*
 * Events of anybody's making, a line each: type, resource, action, actor and event_data, tabs between. What is rebuilt is JSON; its YAML, with comments and without, reads back as the same;
 * held against itself it does not differ; the last step of its history is the object.
 */
#include "rebuild/children.h"
#include "rebuild/diff.h"
#include "rebuild/guide.h"

static struct buf last;

static int
step(void *arg, const struct moment *m, const struct rebuilt_rr *r)
{
	(void)arg;
	(void)m;
	buf_clear(&last);
	buf_put(&last, r->object.p, r->object.len);
	return 0;
}

static void
canonical(struct buf *out, const struct buf *json)
{
	struct json_doc d;

	json_init(&d);
	if (json_parse(&d, (char *)json->p, json->len, EX_JSON_DEPTH) || json_write(&d, 0, JSON_CANONICAL, out))
		abort();
	json_release(&d);
}

static void
check_object(const struct rebuilt_rr *r)
{
	struct buf yaml, told, back, a, b;
	char why[200];

	buf_init(&yaml, 64u << 20);
	buf_init(&told, 64u << 20);
	buf_init(&a, 64u << 20);
	canonical(&a, &r->object);
	if (yaml_of_json(&yaml, r->object.p, r->object.len) || yaml_annotate(&told, &yaml, r))
		abort();
	for (int k = 0; k < 2; k++) {
		const struct buf *y = k ? &told : &yaml;

		buf_init(&back, 64u << 20);
		buf_init(&b, 64u << 20);
		if (yaml_to_json((char *)y->p, y->len, &back, why))
			abort();
		canonical(&b, &back);
		if (a.len != b.len || memcmp(a.p, b.p, a.len))
			abort();
		buf_release(&back);
		buf_release(&b);
	}
	buf_release(&a);
	buf_release(&yaml);
	buf_release(&told);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct moment m[64];
	struct correlation c = { .text = (char[]){ "rr-1" }, .n = 4 };
	struct story s = { .m = m };
	struct rebuild_wish wish = { .partial = true };
	struct children children;
	struct rebuilt_rr r;
	struct guide g;
	struct err e = { 0 };
	char *text = malloc(n + 1), *line = text;

	memcpy(text, p, n);
	text[n] = '\0';
	memset(m, 0, sizeof m);
	while (line && s.n < 64) {
		struct moment *x = &m[s.n];
		char *end = strchr(line, '\n'), *field[5] = { line };
		unsigned k = 1;

		if (end)
			*end = '\0';
		for (; k < 5 && (field[k] = strchr(field[k - 1], '\t')) != NULL; k++)
			*field[k]++ = '\0';
		if (k == 5) {
			*x = (struct moment){ .position = s.n, .time = 1790000000000000 + (int64_t)s.n * 700000, .type = field[0], .resource_id = field[1], .action = field[2], .actor_id = field[3],
				.data = field[4], .data_len = strlen(field[4]), .cluster_name = (n & 1) != 0, .namespace = (char[]){ "ns" } };
			x->id[15] = (uint8_t)s.n++;
		}
		line = end ? end + 1 : NULL;
	}
	rebuilt_init(&r);
	buf_init(&last, 64u << 20);
	if (rebuild_rr(&r, &s, &c, &wish, &e) == 0) {
		struct object_diffs d;
		char why[200];

		check_object(&r);
		if (diff_objects(&d, &r, r.object.p, r.object.len, why) || diff_differs(&d))
			abort();
		diff_release(&d);
		if (rebuild_steps(&s, &c, &wish, step, NULL, &e) || (last.len && (last.len != r.object.len || memcmp(last.p, r.object.p, last.len))))
			abort();
		if (children_rebuild(&children, &s, &c, r.namespace))
			abort();
		for (unsigned i = 0; i < children.n; i++)
			check_object(&children.c[i].o);
		children_release(&children);
	}
	if (guide_rebuild(&g, &s, &c, 0))
		abort();
	guide_release(&g);
	rebuilt_release(&r);
	buf_release(&last);
	free(text);
	return 0;
}
#endif

#ifdef TARGET_workbook
#include "report/memory.h"
#include "report/xlsx_read.h"

static void
part(zipFile z, const char *name, const char *p, size_t n)
{
	if (zipOpenNewFileInZip(z, name, NULL, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1) ||
	    zipWriteInFileInZip(z, p, (unsigned)n) || zipCloseFileInZip(z))
		abort();
}

/* A zip of a book whose strings and sheet are these bytes, a NUL between: check sums fit. */
static void
packed(const char *p, size_t n, struct buf *out)
{
	static const char book[] =
	    "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' "
	    "xmlns:r='r'><sheets><sheet name='s' r:id='a'/></sheets></workbook>";
	static const char rels[] =
	    "<Relationships><Relationship Id='a' Type='/worksheet' Target='worksheets/1.xml'/>"
	    "<Relationship Id='b' Type='/sharedStrings' Target='sharedStrings.xml'/>"
	    "</Relationships>";
	const char *nul = n ? memchr(p, 0, n) : NULL;
	size_t first = nul ? (size_t)(nul - p) : n;
	struct memory m = { .data = out };
	zipFile z = memory_zip(&m);

	part(z, "xl/workbook.xml", book, sizeof book - 1);
	part(z, "xl/_rels/workbook.xml.rels", rels, sizeof rels - 1);
	part(z, "xl/sharedStrings.xml", p, first);
	part(z, "xl/worksheets/1.xml", nul ? nul + 1 : "", nul ? n - first - 1 : 0);
	zipClose(z, NULL);
}

/* Cells are in order, none is empty, and their texts are there; what is refused has a reason. The
 * first byte says whether the rest is a whole file, or strings and a sheet. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf zip;
	struct sheets s;
	struct err e = { 0 };
	int rc;

	if (n == 0)
		return 0;
	buf_init(&zip, 64u << 20);
	if (p[0] & 1)
		packed((const char *)p + 1, n - 1, &zip);
	else
		buf_put(&zip, p + 1, n - 1);
	rc = sheets_read(zip.p ? (void *)zip.p : "", zip.len, &s, &e);
	if ((rc != 0) != (e.status != 0) || (rc && e.text[0] == '\0'))
		abort();
	for (unsigned i = 0; i < s.n; i++)
		for (size_t k = 0; k < s.sheet[i].n; k++) {
			const struct sheet_cell *c = &s.sheet[i].cell[k], *b = c - 1;

			if (c->n == 0 || c->at + c->n > s.text.len ||
			    (k && (b->row > c->row || (b->row == c->row && b->column >= c->column))) ||
			    sheet_at(&s.sheet[i], c->row, c->column) != c)
				abort();
		}
	sheets_release(&s);
	buf_release(&zip);
	return 0;
}
#endif
