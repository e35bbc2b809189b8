/* How many threads are worth starting. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

/* Processors that this process may use, 1 to 16. */
unsigned cpu_count(void);

#endif
