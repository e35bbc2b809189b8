/* A workbook while it is read: its parts (xlsx_read.c), and a sheet (xlsx_sheet.c). */
#ifndef REPORT_XLSX_INNER_H
#define REPORT_XLSX_INNER_H

#include <expat.h>
#include <minizip/unzip.h>

#include "report/memory.h"
#include "report/xlsx_read.h"

#define SHEETS_READ 64u /* sheets of a book */

/* A text of the string table. */
struct shared {
	size_t at;
	uint32_t n;
};

struct opened {
	struct sheets *ret;
	struct err *e;
	unzFile zip;
	struct memory memory;
	struct buf data; /* borrowed bytes of the file */
	uint64_t unpacked;
	const char *part; /* that is read */
	XML_Parser xml;
	/* of the workbook: its sheets, and where their parts lie */
	char id[SHEETS_READ][64];
	struct related {
		char id[64], target[200];
		bool strings; /* it is the string table */
	} related[SHEETS_READ + 16];
	unsigned n_related;
	struct shared *shared;
	size_t n_shared, shared_cap;
	/* the text that is collected: of an element `t` or `v` */
	struct buf value;
	bool collect, phonetic;
	/* the sheet that is read */
	struct sheet *sheet;
	bool in_data, data_seen, in_inline;
	uint32_t row;
	unsigned column;
	char type[12];  /* attribute t of the cell */
	size_t n_cells; /* of all sheets */
};

/* An element's, or attribute's, name without its name space; NULL: an element of no workbook. */
const char *xlsx_local(const char *name);
const char *xlsx_attribute(const XML_Char **a, const char *name);
bool xlsx_true(const char *value);
/* Notes why the book is refused and ends the parsing: place, then the reason. */
void xlsx_refuse(struct opened *x, const char *place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Keeps the collected text with the escapes of the format undone. false: no memory. */
bool xlsx_keep(struct opened *x, size_t *at, uint32_t *n);

/* The elements of a sheet, and of the string table. x->sheet is being filled. */
void xlsx_sheet_start(void *arg, const XML_Char *name, const XML_Char **a);
void xlsx_sheet_end(void *arg, const XML_Char *name);
void xlsx_strings_start(void *arg, const XML_Char *name, const XML_Char **a);
void xlsx_strings_end(void *arg, const XML_Char *name);
void xlsx_collect(void *arg, const XML_Char *p, int n);

#endif
