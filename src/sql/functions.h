/* The functions of a query. */
#ifndef SQL_FUNCTIONS_H
#define SQL_FUNCTIONS_H

#include <sqlite3.h>
#include <stdbool.h>

/* May a query call it? (functions.def, whatever the case of its letters) */
bool function_may(const char *name);
/* Adds ours: regexp(pattern, value), which is the operator REGEXP. SQLite's status. */
int functions_add(sqlite3 *db);

#endif
