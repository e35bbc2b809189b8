/* The parts of a workbook that came back: which there may be, where they lie, how much they may be
 * (formats/bundle.md X-9). */
#include "report/xlsx_read.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/vec.h"
#include "report/xlsx_inner.h"

#define PARTS_MOST 500u
#define UNPACKED_MOST (256ull << 20) /* bytes of all parts */
#define TEXT_MOST (128u << 20)       /* bytes of all texts */
#define CELL_TEXT_MOST (1u << 20)    /* bytes of one, as it is spelled */
#define XML_MEMORY (16u << 20)       /* what the parser may take */
#define PART_NAME 200u

/* ---- expat: its memory has a ceiling, and its names lose their name spaces */

static size_t xml_taken; /* bytes, of the one parser there is */

struct taken {
	_Alignas(16) size_t n;
};

static void *
xml_realloc(void *p, size_t n)
{
	struct taken *t = p ? (struct taken *)p - 1 : NULL;
	size_t was = t ? t->n : 0;

	/* so that no depth of elements, and no length of names, of a hostile part takes more */
	if (n > XML_MEMORY || xml_taken - was + n > XML_MEMORY ||
	    (t = vec_resize(t, sizeof *t + n, 1)) == NULL)
		return NULL;
	xml_taken += n - was;
	t->n = n;
	return t + 1;
}

static void *
xml_malloc(size_t n)
{
	return xml_realloc(NULL, n);
}

static void
xml_free(void *p)
{
	if (p == NULL)
		return;
	xml_taken -= ((struct taken *)p - 1)->n;
	free((struct taken *)p - 1);
}

const char *
xlsx_local(const char *name)
{
	static const char *const own[] = { "http://schemas.openxmlformats.org/spreadsheetml/2006/"
					   "main\n",
		"http://purl.oclc.org/ooxml/spreadsheetml/main\n" };

	for (unsigned i = 0; i < 2; i++)
		if (strncmp(name, own[i], strlen(own[i])) == 0)
			return name + strlen(own[i]);
	return NULL;
}

/* The same of any name space. */
static const char *
last_of(const char *name)
{
	const char *end = strrchr(name, '\n');

	return end ? end + 1 : name;
}

const char *
xlsx_attribute(const XML_Char **a, const char *name)
{
	for (; *a; a += 2)
		if (strcmp(a[0], name) == 0)
			return a[1];
	return NULL;
}

bool
xlsx_true(const char *value)
{
	return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

void
xlsx_refuse(struct opened *x, const char *place, const char *fmt, ...)
{
	char why[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	/* the first reason is told: what a parser meets behind it may be its echo */
	if (x->e->status == 0 && x->sheet)
		err_set(x->e, EX_DATA_ERR, "sheet %.60s%s%.60s: %s", x->sheet->name,
		    place ? ", " : "", place ? place : "", why);
	else if (x->e->status == 0)
		err_set(x->e, EX_DATA_ERR, "%.100s%s%.100s: %s", x->part, place ? ", " : "",
		    place ? place : "", why);
	if (x->xml)
		XML_StopParser(x->xml, XML_FALSE);
}

static void
refuse_dtd(void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public, int own)
{
	(void)name;
	(void)system;
	(void)public;
	(void)own;
	xlsx_refuse(arg, NULL, "a document type (DTD), which no workbook has");
}

/* ---- one part */

struct handlers {
	XML_StartElementHandler start;
	XML_EndElementHandler end;
};

static int
feed(struct opened *x)
{
	char chunk[16384];
	int n;

	do {
		if ((n = unzReadCurrentFile(x->zip, chunk, sizeof chunk)) < 0) {
			xlsx_refuse(x, NULL, "it cannot be unpacked: the file is cut or damaged");
			return -1;
		}
		x->unpacked += (uint64_t)n;
		if (x->unpacked > UNPACKED_MOST) {
			xlsx_refuse(
			    x, NULL, "its parts are more than 256 MiB when they are unpacked");
			return -1;
		}
		if (XML_Parse(x->xml, chunk, n, n == 0) != XML_STATUS_OK) {
			if (x->e->status == 0)
				xlsx_refuse(x, NULL, "no XML in line %lu: %s",
				    (unsigned long)XML_GetCurrentLineNumber(x->xml),
				    XML_ErrorString(XML_GetErrorCode(x->xml)));
			return -1;
		}
	} while (n);
	return x->e->status ? -1 : 0;
}

/* Parses the part that is the current file of the zip. 0 or -1 (e). */
static int
parse(struct opened *x, const char *name, struct handlers h)
{
	const XML_Memory_Handling_Suite memory = { xml_malloc, xml_realloc, xml_free };
	int rc;

	x->part = name;
	if (unzOpenCurrentFile(x->zip) != UNZ_OK)
		return xlsx_refuse(x, NULL, "it cannot be unpacked"), -1;
	if ((x->xml = XML_ParserCreate_MM(NULL, &memory, "\n")) == NULL) {
		unzCloseCurrentFile(x->zip);
		return err_nomem(x->e);
	}
	XML_SetUserData(x->xml, x);
	XML_SetElementHandler(x->xml, h.start, h.end);
	XML_SetCharacterDataHandler(x->xml, xlsx_collect);
	/* without a DTD there are no entities, and so none that grow or read files */
	XML_SetStartDoctypeDeclHandler(x->xml, refuse_dtd);
	x->collect = x->phonetic = false;
	rc = feed(x);
	XML_ParserFree(x->xml);
	x->xml = NULL;
	/* minizip compares the check sum only here, when all was read */
	if (unzCloseCurrentFile(x->zip) != UNZ_OK && rc == 0) {
		xlsx_refuse(x, NULL, "its check sum does not fit: the file is damaged");
		rc = -1;
	}
	return rc;
}

/* The same of a part by its name, which is there. */
static int
parse_named(struct opened *x, const char *name, struct handlers h)
{
	x->part = name;
	if (unzLocateFile(x->zip, name, 1) != UNZ_OK)
		return xlsx_refuse(x, NULL, "the book does not have this part"), -1;
	return parse(x, name, h);
}

/* ---- which parts there may be */

static bool
begins(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

static bool
ends(const char *s, const char *with)
{
	return strlen(s) >= strlen(with) && strcasecmp(s + strlen(s) - strlen(with), with) == 0;
}

/* What a part is that no book of answers has; NULL: it may be here. */
static const char *
foreign(const char *name)
{
	static const char *const whole[] = { "[Content_Types].xml", "_rels/.rels",
		"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml",
		"xl/styles.xml" };
	static const char *const folder[] = { "docProps/", "docMetadata/", "customXml/",
		"xl/theme/", "xl/printerSettings/", "xl/worksheets/_rels/", "xl/persons/" };
	static const struct {
		const char *with, *what;
	} known[] = { { "vba", "macros" }, { "macro", "macros" },
		{ "externalLink", "links to other files" },
		{ "connections", "links to other data" }, { "queryTable", "links to other data" },
		{ "comment", "comments: what is to be said stands in the given cells" },
		{ "calcChain", "formulas" }, { "media", "pictures" },
		{ "embeddings", "objects of other programs" }, { "activeX", "controls" },
		{ "ctrlProps", "controls" } };

	for (unsigned i = 0; i < sizeof whole / sizeof *whole; i++)
		if (strcmp(name, whole[i]) == 0)
			return NULL;
	for (unsigned i = 0; i < sizeof folder / sizeof *folder; i++)
		if (begins(name, folder[i]))
			return NULL;
	if (ends(name, "/") || (begins(name, "xl/worksheets/") && ends(name, ".xml")) ||
	    (begins(name, "xl/drawings/drawing") && ends(name, ".xml")))
		return NULL;
	/* not in the list of what there may be, so it is refused: this only finds words for it */
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		for (const char *p = name; *p; p++)
			if (begins(p, known[i].with))
				return known[i].what;
	return "a part that no book of answers has";
}

static void
start_types(void *arg, const XML_Char *name, const XML_Char **a)
{
	const char *type = xlsx_attribute(a, "ContentType");

	(void)name;
	if (type && (strstr(type, "macroEnabled") || strstr(type, "vba")))
		xlsx_refuse(arg, NULL, "the book holds macros: save it as .xlsx, without them");
}

/* Some programs write an empty drawing for each sheet. */
static void
start_drawing(void *arg, const XML_Char *name, const XML_Char **a)
{
	(void)a;
	if (ends(last_of(name), "Anchor"))
		xlsx_refuse(arg, NULL, "a picture, note or control lies on a sheet");
}

static void
start_relation(void *arg, const XML_Char *name, const XML_Char **a)
{
	struct opened *x = arg;
	const char *id = xlsx_attribute(a, "Id"), *target = xlsx_attribute(a, "Target"),
		   *type = xlsx_attribute(a, "Type"), *mode = xlsx_attribute(a, "TargetMode");
	struct related *r;

	if (strcmp(last_of(name), "Relationship"))
		return;
	if (mode && strcasecmp(mode, "External") == 0) {
		xlsx_refuse(x, NULL, "a link to something outside of the book");
		return;
	}
	/* of the workbook's own relations, two kinds are followed; those of other parts were looked
	 * at for links, and are not */
	if (strcmp(x->part, "xl/_rels/workbook.xml.rels") || id == NULL || target == NULL ||
	    type == NULL || !(ends(type, "/worksheet") || ends(type, "/sharedStrings")))
		return;
	if (x->n_related == sizeof x->related / sizeof *x->related || strlen(id) >= sizeof r->id ||
	    strlen(target) >= sizeof r->target - 4 || strstr(target, "..")) {
		xlsx_refuse(x, NULL, "more sheets, or longer names, than a book of answers has");
		return;
	}
	r = &x->related[x->n_related++];
	snprintf(r->id, sizeof r->id, "%s", id);
	if (*target == '/')
		snprintf(r->target, sizeof r->target, "%s", target + 1);
	else
		snprintf(r->target, sizeof r->target, "xl/%s", target);
	r->strings = ends(type, "/sharedStrings");
}

static void
nothing(void *arg, const XML_Char *name)
{
	(void)arg;
	(void)name;
}

/* Looks at every entry of the zip. 0 or -1 (e). */
static int
look_through(struct opened *x)
{
	char(*name)[PART_NAME] = calloc(PARTS_MOST, sizeof *name);
	unsigned n = 0;
	int at = unzGoToFirstFile(x->zip), rc = 0;

	/* every entry is looked at, also those that no book has */
	if (name == NULL)
		return err_nomem(x->e);
	for (; at == UNZ_OK && rc == 0; at = unzGoToNextFile(x->zip)) {
		unz_file_info64 info;
		const char *what;

		x->part = "the zip";
		/* names and their number are bounded before they are read */
		if (n == PARTS_MOST ||
		    unzGetCurrentFileInfo64(x->zip, &info, NULL, 0, NULL, 0, NULL, 0) ||
		    info.size_filename >= PART_NAME ||
		    unzGetCurrentFileInfo64(x->zip, &info, name[n], PART_NAME, NULL, 0, NULL, 0)) {
			xlsx_refuse(
			    x, NULL, "more parts, or longer names, than a book of answers has");
			rc = -1;
			break;
		}
		x->part = name[n];
		/* a name that is here twice could be read as either */
		what = info.flag & 1 ? "it is encrypted" : foreign(name[n]);
		for (unsigned i = 0; i < n && what == NULL; i++)
			if (strcasecmp(name[i], name[n]) == 0)
				what = "it is here twice";
		/* each part by its own reader, and others not at all */
		if (what)
			xlsx_refuse(x, NULL, "%s", what), rc = -1;
		else if (strcmp(name[n], "[Content_Types].xml") == 0)
			rc = parse(x, name[n], (struct handlers){ start_types, nothing });
		else if (ends(name[n], ".rels"))
			rc = parse(x, name[n], (struct handlers){ start_relation, nothing });
		else if (begins(name[n], "xl/drawings/") && !ends(name[n], "/"))
			rc = parse(x, name[n], (struct handlers){ start_drawing, nothing });
		n++;
	}
	/* a directory that ends early is a damaged file */
	if (rc == 0 && at != UNZ_END_OF_LIST_OF_FILE) {
		x->part = "the zip";
		xlsx_refuse(x, NULL, "its directory cannot be read: the file is cut or damaged");
		rc = -1;
	}
	free(name);
	return rc;
}

/* ---- the workbook, and its sheets */

static void
start_sheet(struct opened *x, const XML_Char **a)
{
	const char *name = xlsx_attribute(a, "name"), *state = xlsx_attribute(a, "state"),
		   *id = NULL;
	struct sheets *s = x->ret;

	for (const XML_Char **k = a; *k; k += 2)
		if (strchr(k[0], '\n') && strcmp(last_of(k[0]), "id") == 0)
			id = k[1];
	if (name == NULL || id == NULL || strlen(id) >= sizeof *x->id || s->n == SHEETS_READ) {
		xlsx_refuse(x, NULL, "more sheets, or longer names, than a book of answers has");
		return;
	}
	if (state && strcmp(state, "visible")) {
		xlsx_refuse(x, name, "this sheet is hidden");
		return;
	}
	if (vec_more(&s->sheet, s->n, sizeof *s->sheet)) {
		xlsx_refuse(x, NULL, "no memory");
		return;
	}
	s->sheet[s->n] = (struct sheet){ .name = strdup(name) };
	if (s->sheet[s->n].name == NULL) {
		xlsx_refuse(x, NULL, "no memory");
		return;
	}
	snprintf(x->id[s->n++], sizeof *x->id, "%s", id);
}

static void
start_workbook(void *arg, const XML_Char *name, const XML_Char **a)
{
	struct opened *x = arg;
	const char *l = xlsx_local(name), *defined;

	if (l == NULL)
		return;
	if (strcmp(l, "sheet") == 0)
		start_sheet(x, a);
	else if (strcmp(l, "externalReference") == 0)
		xlsx_refuse(x, NULL, "a link to another workbook");
	else if (strcmp(l, "definedName") == 0 && (defined = xlsx_attribute(a, "name")) != NULL &&
	    strncmp(defined, "_xlnm.", 6))
		xlsx_refuse(x, defined, "a name that is not the book's own");
}

static int
read_sheets(struct opened *x)
{
	const struct handlers strings = { xlsx_strings_start, xlsx_strings_end },
			      cells = { xlsx_sheet_start, xlsx_sheet_end };

	for (unsigned i = 0; i < x->n_related; i++)
		if (x->related[i].strings && parse_named(x, x->related[i].target, strings))
			return -1;
	for (unsigned i = 0; i < x->ret->n; i++) {
		const char *target = NULL;

		x->sheet = &x->ret->sheet[i];
		for (unsigned k = 0; k < x->n_related; k++)
			if (!x->related[k].strings && strcmp(x->related[k].id, x->id[i]) == 0)
				target = x->related[k].target;
		x->row = 0;
		x->column = 0;
		x->in_data = x->data_seen = x->in_inline = false;
		if (target == NULL)
			return xlsx_refuse(x, NULL, "it is no sheet of cells"), -1;
		if (parse_named(x, target, cells))
			return -1;
	}
	return 0;
}

/* What is wrong with bytes that are no zip. */
static int
no_zip(const unsigned char *p, size_t n, struct err *e)
{
	static const unsigned char ole[] = { 0xd0, 0xcf, 0x11, 0xe0 };

	if (n >= 4 && memcmp(p, ole, 4) == 0)
		return err_set(e, EX_DATA_ERR,
		    "it has a password, or is of the old form .xls: save it as .xlsx without one");
	return err_set(e, EX_DATA_ERR, "it is no workbook: want .xlsx, as it was handed out");
}

int
sheets_read(const void *p, size_t n, struct sheets *ret, struct err *e)
{
	struct opened *x = calloc(1, sizeof *x);
	int rc = -1;

	memset(ret, 0, sizeof *ret);
	buf_init(&ret->text, TEXT_MOST);
	if (x == NULL)
		return err_nomem(e);
	x->ret = ret;
	x->e = e;
	x->part = "the zip";
	buf_init(&x->value, CELL_TEXT_MOST);
	/* the bytes stay where they are: the zip reads from memory */
	x->data = (struct buf){ .p = (unsigned char *)p, .len = n, .cap = n, .max = n };
	x->memory.data = &x->data;
	/* bounded before anything is unpacked */
	if (n > WORKBOOK_MOST)
		err_set(e, EX_DATA_ERR, "it has more than 64 MiB");
	else if (n < 4 || memcmp(p, "PK\3\4", 4))
		no_zip(p, n, e);
	else if ((x->zip = memory_unzip(&x->memory)) == NULL)
		xlsx_refuse(x, NULL, "its directory cannot be read: the file is cut or damaged");
	else if (unzLocateFile(x->zip, "xl/workbook.xml", 1) != UNZ_OK)
		err_set(e, EX_DATA_ERR,
		    "it is no workbook of the form .xlsx (no xl/workbook.xml in it)");
	else
		/* first all parts, then the workbook, then its sheets */
		rc = look_through(x) ||
			parse_named(
			    x, "xl/workbook.xml", (struct handlers){ start_workbook, nothing }) ||
			read_sheets(x) ?
		    -1 :
		    0;
	if (x->zip)
		unzClose(x->zip);
	buf_release(&x->value);
	free(x->shared);
	free(x);
	return rc;
}

void
sheets_release(struct sheets *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		free(s->sheet[i].name);
		free(s->sheet[i].cell);
	}
	free(s->sheet);
	buf_release(&s->text);
	memset(s, 0, sizeof *s);
}

static bool
cell_before(const void *key, const void *member)
{
	const struct sheet_cell *want = key, *c = member;

	return c->row != want->row ? c->row < want->row : c->column < want->column;
}

const struct sheet_cell *
sheet_at(const struct sheet *s, uint32_t row, unsigned column)
{
	const struct sheet_cell want = { .row = row, .column = (uint16_t)column };
	size_t at = lower_bound(&want, s->cell, s->n, sizeof *s->cell, cell_before);

	return at < s->n && s->cell[at].row == row && s->cell[at].column == column ? &s->cell[at] :
										     NULL;
}

const struct sheet *
sheets_named(const struct sheets *s, const char *name)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->sheet[i].name, name) == 0)
			return &s->sheet[i];
	return NULL;
}
