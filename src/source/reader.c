#include "source/reader.h"

#include "source/session.h"

const struct input_reader input_reader[INPUT_KINDS] = {
	[INPUT_UNKNOWN] = { .name = "unknown" },
#define READER(kind, name, rank, kept, begins, read) \
	[kind] = { name, rank, KEPT_##kept, begins, read },
#include "source/reader.def"
#undef READER
};
