/* The kinds of inputs (reader.def): a new one is a file and a row. */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct session;
struct stream;

enum input_kind {
	INPUT_UNKNOWN,
#define READER(kind, name, rank, kept, begins, read) kind,
#include "source/reader.def"
#undef READER
	INPUT_KINDS
};

/* What an input knows of a row; lower is read first. */
enum input_rank {
	RANK_DUMP,
	RANK_ROWS,
	RANK_ANSWERS,
	RANK_COLLECTION,
	RANK_OLD_ANSWERS, /* of servers that leave hashed columns unread */
	RANK_EXPORT,
	RANK_DEAD_LETTERS
};

enum input_kept { KEPT_ROWS, KEPT_FILES, KEPT_LETTERS };

struct input_reader {
	const char *name;
	enum input_rank rank;
	enum input_kept kept;
	bool (*begins)(const char *p, size_t n);
	/* 0, or -1 (e) */
	int (*read)(struct session *s, struct stream *f, struct err *e);
};

/* By kind. */
extern const struct input_reader input_reader[INPUT_KINDS];

#endif
