/* Between the recognition of inputs and the reader of JSON: what a value is, by the names of its
 * members, before it is read whole. */
#ifndef SOURCE_JSON_INNER_H
#define SOURCE_JSON_INNER_H

#include <stdbool.h>
#include <stddef.h>

enum json_looks { JSON_LOOKS_ELSE, JSON_LOOKS_ROW, JSON_LOOKS_LIST };

/* Has the object at p such a member, as far as it stands in p[0..n)? */
bool json_has_member(const char *p, size_t n, const char *name);
/* A row has an event_id or the like; a list has a member that is an array of objects, or the names
 * of an answer. */
enum json_looks json_looks_like(const char *p, size_t n);
/* The same; *ret_seen: how many bytes told it. */
enum json_looks json_look(const char *p, size_t n, size_t *ret_seen);
/* Do the names of a row stand in p[0..n) as they do inside a text? */
bool json_row_in_text(const char *p, size_t n);
/* Has the object at p a member that is a row, or a text that holds one, such as {"row_to_json":
 * {…}}? */
bool json_holds_row(const char *p, size_t n);
/* The first object in p[0..n) that looks like a row. */
bool json_first_row(const char *p, size_t n, size_t *ret);
/* Does p[i] stand behind an object, as the next row does? *ret_comma: a comma is between. */
bool json_behind_row(const char *p, size_t i, bool *ret_comma);
/* Lists of values beside a list of their names, {"columns": […], "rows": [[…]]} or [[names],
 * [values]]: no rows of ours as they stand. The program for jq that makes them such; false: it is
 * none of these. */
bool json_lists_of_values(const char *p, size_t n, char program[400]);
/* Does a line of COPY's text form stand here whose text is JSON over several lines? Its line ends
 * are escapes then, where JSON has none. */
bool json_of_copy(const char *p, size_t n);
/* What PowerShell's ConvertTo-Json writes for what is deeper than its -Depth? */
bool json_left_by_powershell(const char *p, size_t n);
/* Is the row at p one of an answer of the server (version), or one of the table (event_version)? */
bool json_row_of_answer(const char *p, size_t n);

#endif
